"""What an elder was granted: how much, why, and until when it can be used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch
from models.grants import GrantEntitlement, GrantRun
from models.ledger import AccountKind, Entry, Transfer
from models.people import Member
from services import rates
from services.batches import periods
from services.batches.kinds.grants import is_issued
from services.context import Context
from services.grants.ending import last_moment
from services.ledger.accounts import standings
from services.queries.elder.near import ElderView, near, view_of
from services.rules.grants import Facts, Reason, reasons

_KEY = re.compile(r"batch:([0-9a-f-]{36}):[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Grant:
    """One time that something was granted. Minutes are standard minutes.

    ``month`` is its first day, None for a list that a region made by hand; so are the reasons.
    """

    transfer_id: UUID
    month: date | None
    minutes: int
    posted_at: datetime
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Quarter:
    """The grants of a quarter: they end together. ``ended``: what is left goes to the pool."""

    period: str
    available_minutes: int
    held_minutes: int
    last_at: datetime
    ended: bool
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Granted:
    """All of an elder's grants, those that end last first."""

    elder: ElderView
    available_minutes: int
    quarters: tuple[Quarter, ...]


def granted_to(ctx: Context, elder_id: UUID) -> Granted:
    """An elder's grants. Raises ``NotAMember`` or a refusal."""
    member = near(ctx, elder_id, "statement.read")
    later = periods.quarters_later(ctx)
    quarters = []
    for each in standings(ctx.session, member.home_book, member.id, now=ctx.now):
        ends = periods.ends_at(each.period, later)
        if each.kind is AccountKind.GRANTED and ends is not None:
            quarters.append(
                Quarter(
                    period=each.period,
                    available_minutes=each.available_minutes,
                    held_minutes=each.held_minutes,
                    last_at=last_moment(ends),
                    ended=ends <= ctx.now,
                    grants=_grants(ctx, member, each.account_id),
                )
            )
    quarters.reverse()
    return Granted(
        elder=view_of(ctx, member),
        available_minutes=sum(each.available_minutes for each in quarters if not each.ended),
        quarters=tuple(quarters),
    )


def _grants(ctx: Context, member: Member, account_id: UUID) -> tuple[Grant, ...]:
    """What came to an account, newest first; what was reversed is left out."""
    book, back = member.home_book, sa.orm.aliased(Transfer)
    reversed_since = (
        sa.select(back.id).where(back.book == book, back.reverses_id == Transfer.id).exists()
    )
    rows = ctx.session.execute(
        sa.select(Entry.amount_minutes, Transfer.id, Transfer.idem_key, Transfer.posted_at)
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Entry.book == book, Entry.account_id == account_id, Entry.amount_minutes > 0)
        .where(Transfer.kind == "grant", ~reversed_since)
        .order_by(Entry.version.desc())
    ).all()
    found = []
    for row in rows:
        month = _month(ctx, book, row.idem_key)
        found.append(
            Grant(
                transfer_id=row.id,
                month=date.fromisoformat(f"{month}-01") if month else None,
                minutes=row.amount_minutes,
                posted_at=row.posted_at,
                reasons=_reasons(ctx, book, month, member.id) if month else (),
            )
        )
    return tuple(found)


def _month(ctx: Context, book: str, key: str) -> str | None:
    """The month of the batch that a transfer's key names, if it was issued for one."""
    named = _KEY.fullmatch(key)
    batch = ctx.session.get(Batch, (book, UUID(named[1]))) if named else None
    return str(batch.terms["month"]) if batch is not None and is_issued(batch.terms) else None


def _reasons(ctx: Context, book: str, month: str, member_id: UUID) -> tuple[Reason, ...]:
    line = ctx.session.get(GrantEntitlement, (book, month, member_id))
    if line is None:
        return ()
    run = ctx.session.get_one(GrantRun, (book, month))
    return reasons(rates.rule_set(ctx.session, run.rule_set_version), Facts.from_dict(line.facts))
