"""The end of grants: notices before it, and what was not used goes back to the pool.

What is held for a service stays until it is free; the next run of the job takes it then. The
amount is read under the lock of the very rows that it leaves, so a second process finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.grants import GrantNotice
from models.ledger import Account, AccountKind, Balance
from models.people import Member, MemberStatus
from models.places import Book
from services import audit, outbox, policy
from services.batches import periods
from services.claims import claim_row
from services.clock import local_date
from services.context import Context
from services.ids import derived
from services.ledger.accounts import pool_of
from services.ledger.decide import AccountState
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.expiry import lock_accounts
from services.ledger.post import post
from services.ledger.rows import whole_sum
from services.notices.ways import SMS
from services.policy import Subject
from services.rules.grants import notice_due

EXPIRY = "grant_expiry"
#: Accounts of one unit of work.
CHUNK = 200

ENDS_SOON = (
    "您的补助还有{amount_minutes}没有用，最晚用到{last_at}，过后回到公益池。"
    "想用请提出申请，或者找网点。"
)
ENDED = "您的补助有{amount_minutes}到期没有用完，已经回到公益池，留给别的老人用。"


def books(ctx: Context) -> list[str]:
    """Every book, in order."""
    return list(ctx.session.scalars(sa.select(Book.book).order_by(Book.book)))


def expire(ctx: Context, book: str) -> int:
    """Bring what has run out back to the pool, some accounts at a time; how many those were."""
    policy.require(ctx.actor, "jobs.run", Subject(book=book))
    over = periods.over_at(ctx.now, periods.quarters_later(ctx), _opened_on(ctx, book))
    wanted = {row.id: row for row in ctx.session.execute(_usable(book, over)).all()}
    if not wanted:
        return 0
    stamp, pool = Stamp(ctx.now, ctx.actor.id), pool_of(book)
    found = lock_accounts(ctx.session, book, [*wanted, pool], (), stamp, wide=True)
    left = {key: max(0, found[key].headroom_minutes()) for key in wanted}
    drafts = [
        _back(ctx, book, key, found[key], minutes) for key, minutes in left.items() if minutes
    ]
    if not drafts:
        return 0
    for key, minutes in left.items():
        if minutes and wanted[key].status is MemberStatus.ACTIVE:
            outbox.tell(ctx, book, wanted[key].owner_id, ENDED, amount_minutes=minutes)
    after = {"accounts": len(drafts), "minutes": sum(left.values())}
    place = derived("grant expiry", book, ctx.now)
    audit.record(ctx, "grant.expire", "grants", place, book=book, after=after)
    post(ctx.session, drafts, stamp)
    return len(drafts)


def warn(ctx: Context, book: str) -> int:
    """Tell whose grants end soon, some accounts at a time; how many were told."""
    policy.require(ctx.actor, "jobs.run", Subject(book=book))
    return sum(
        _warn(ctx, book, period, ends, days)
        for period, ends, days in _ending(ctx, _opened_on(ctx, book))
    )


def _warn(ctx: Context, book: str, period: str, ends: datetime, days: int) -> int:
    told = sa.select(GrantNotice.account_id).where(
        GrantNotice.book == book, GrantNotice.days == days
    )
    wanted = (
        _usable(book, [period])
        .where(Account.id.not_in(told))
        .where(Member.status == MemberStatus.ACTIVE)
    )
    count = 0
    for row in ctx.session.execute(wanted).all():
        claim = {"book": book, "account_id": row.id, "days": days, "at": ctx.now}
        if claim_row(ctx.session, GrantNotice, claim):
            last_at = last_moment(ends)
            words = {"amount_minutes": row.usable_minutes, "last_at": last_at}
            outbox.tell(ctx, book, row.owner_id, ENDS_SOON, channel=SMS, **words)
            count += 1
    ctx.session.flush()
    return count


def last_moment(ends: datetime) -> datetime:
    """The last minute in which a grant can be used."""
    return ends - timedelta(minutes=1)


def _ending(ctx: Context, since: date) -> Iterator[tuple[str, datetime, int]]:
    """The quarters whose grants end within the days of a notice: period, end, which notice."""
    later, today = periods.quarters_later(ctx), local_date(ctx.now)
    for period in periods.quarters(since, today):
        ends = periods.ends_at(period, later)
        assert ends is not None
        days = notice_due((local_date(last_moment(ends)) - today).days)
        if days is not None:
            yield period, ends, days


def _opened_on(ctx: Context, book: str) -> date:
    return local_date(ctx.session.get_one(Book, book).opened_at)


def _usable(book: str, of: list[str]) -> Any:
    """Accounts of granted coins of some quarters of which something is there and not held."""
    usable = whole_sum(Balance.posted_minutes) - whole_sum(Balance.held_minutes)
    return (
        sa.select(Account.id, Account.owner_id, Member.status, usable.label("usable_minutes"))
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .join(Member, Member.id == Account.owner_id)
        .where(Account.book == book, Account.kind == AccountKind.GRANTED)
        .where(Account.period.in_(of), Account.closed_at.is_(None))
        .group_by(Account.id, Account.owner_id, Member.status)
        .having(usable > 0)
        .order_by(Account.id)
        .limit(CHUNK)
    )


def _back(ctx: Context, book: str, key: UUID, state: AccountState, minutes: int) -> Draft:
    """From an account to the pool; its key follows from the account's last entry."""
    version = max(row.version for row in state.rows.values())
    return Draft(
        book=book,
        kind=EXPIRY,
        key=f"{EXPIRY}:{key}:{version}",
        legs=(Leg(key, -minutes), Leg(pool_of(book), minutes)),
        effective_at=ctx.now,
        reason="grant_ended",
    )
