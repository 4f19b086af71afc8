"""The reserve ratio, read daily and whenever a fund record is signed, and what it stops.

An acceptance asks only for the latest reading: what is stopped is what the region has been told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance
from models.places import Book
from models.reserve import FundRecord, ReserveReading
from services import audit, outbox, rates
from services.clock import at_local, local_date
from services.context import Context
from services.corridors.warning import administrators_of
from services.errors import NotFound
from services.ledger.rows import whole_sum
from services.reserve import sentences as say
from services.rules.factors import PremiumStop
from services.rules.reserve import backed_percent, premium_stop
from services.rules.rule_set import RuleSet

_LATEST = (ReserveReading.at.desc(), ReserveReading.id.desc())


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: percent rounded down, None where nothing is outstanding."""

    fund_fen: int
    outstanding_minutes: int
    backed_percent: int | None
    premium_stop: PremiumStop


def premium_stop_now(ctx: Context, book: str) -> PremiumStop:
    """Which premiums the region's latest reading stops for whatever is accepted now."""
    found = ctx.session.scalar(
        sa.select(ReserveReading.premium_stop)
        .where(ReserveReading.book == book)
        .order_by(*_LATEST)
        .limit(1)
    )
    return cast("PremiumStop", found or "none")


def read_reserve(ctx: Context, book: str) -> Reading | None:
    """Work the ratio out and write it down; administrators hear what has changed.

    None where no fund record is signed. Readings of a book are made one after the other.
    """
    lock_book(ctx.session, book)
    fund = latest_signed(ctx.session, book)
    if fund is None:
        return None
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    before = _latest_reading(ctx.session, book)
    outstanding = outstanding_minutes(ctx.session, book)
    found = Reading(
        fund_fen=fund.fund_fen,
        outstanding_minutes=outstanding,
        backed_percent=backed_percent(fund.fund_fen, outstanding, rules),
        premium_stop=premium_stop(fund.fund_fen, outstanding, rules),
    )
    _write(ctx, book, fund, found, rules)
    _tell(ctx, book, before, found, rules)
    ctx.session.flush()
    return found


def _write(ctx: Context, book: str, fund: FundRecord, found: Reading, rules: RuleSet) -> None:
    key = ctx.new_id()
    ctx.session.add(
        ReserveReading(
            book=book,
            id=key,
            at=ctx.now,
            fund_record_id=fund.id,
            fund_fen=found.fund_fen,
            outstanding_minutes=found.outstanding_minutes,
            backed_percent=found.backed_percent,
            premium_stop=found.premium_stop,
            rule_set_version=rules.version,
        )
    )
    after = {
        "fund_fen": found.fund_fen,
        "outstanding_minutes": found.outstanding_minutes,
        "backed_percent": found.backed_percent,
        "premium_stop": found.premium_stop,
    }
    audit.record(ctx, "reserve.compute", "reserve_reading", key, book=book, after=after)


def _tell(
    ctx: Context, book: str, before: ReserveReading | None, found: Reading, rules: RuleSet
) -> None:
    stopped = before.premium_stop if before else "none"
    sentence, threshold = "", 0
    if found.premium_stop != stopped:
        sentence = _changed(stopped, found.premium_stop)
        threshold = {
            "pt": rules.reserve.stop_pt_below_percent,
            "ptr": rules.reserve.stop_ptr_below_percent,
        }.get(found.premium_stop, 0)
    else:
        passed = _passed(rules, found.backed_percent)
        if len(passed) > len(_passed(rules, before.backed_percent if before else None)):
            sentence, threshold = say.ALERT, min(passed)
    for member_id in administrators_of(ctx, book) if sentence else ():
        outbox.tell(
            ctx,
            book,
            member_id,
            sentence,
            backed_percent=found.backed_percent,
            threshold_percent=threshold,
        )


def _changed(before: str, now: str) -> str:
    if now == "none":
        return say.RESTORED
    return say.PARTLY_RESTORED if (before, now) == ("ptr", "pt") else say.STOPPED[now]


def _passed(rules: RuleSet, percent: int | None) -> Sequence[int]:
    """The thresholds of the rules that a ratio lies below."""
    return [each for each in rules.reserve.alert_percents if percent is not None and percent < each]


def outstanding_minutes(session: Session, book: str) -> int:
    """What the members of a book have earned and not yet spent, over all rows of their accounts."""
    total = session.scalar(
        sa.select(whole_sum(Balance.posted_minutes))
        .join(Account, sa.and_(Account.book == Balance.book, Account.id == Balance.account_id))
        .where(
            Balance.book == book,
            Account.book == book,
            Account.kind == AccountKind.EARNED,
            Account.closed_at.is_(None),
        )
    )
    return total or 0


def latest_signed(session: Session, book: str) -> FundRecord | None:
    """The signed record that counts: the latest day, of one day the one signed last."""
    return session.scalar(
        sa.select(FundRecord)
        .where(FundRecord.book == book, FundRecord.signed_at.is_not(None))
        .order_by(FundRecord.on_day.desc(), FundRecord.signed_at.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _latest_reading(session: Session, book: str) -> ReserveReading | None:
    return session.scalar(
        sa.select(ReserveReading).where(ReserveReading.book == book).order_by(*_LATEST).limit(1)
    )


def lock_book(session: Session, book: str) -> None:
    """Records and readings of one book come one after the other. Raises NotFound."""
    row = session.scalar(
        sa.select(Book.book).where(Book.book == book).with_for_update(key_share=True)
    )
    if row is None:
        raise NotFound


def due_to_read(ctx: Context) -> list[str]:
    """The books with a signed fund that nobody has read today, in their order."""
    today = at_local(local_date(ctx.now), time())
    read = sa.select(ReserveReading.id).where(
        ReserveReading.book == FundRecord.book, ReserveReading.at >= today
    )
    return list(
        ctx.session.scalars(
            sa.select(FundRecord.book)
            .where(FundRecord.signed_at.is_not(None), ~read.exists())
            .distinct()
            .order_by(FundRecord.book)
            .execution_options(cross_book=True)
        )
    )
