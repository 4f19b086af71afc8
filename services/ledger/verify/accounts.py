"""Accounts: running balances, kept balances, what is held, floors and ceilings, moments.

What each moment's available balance was is not recorded: limits in the past are tested against
what was posted, today's against what was posted less what is held.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import UtcDateTime
from models.ledger import Account, Balance, Entry, Hold, HoldLeg, HoldOutcome, Transfer
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import rows_of
from services.ledger.verify.slots import walk
from services.ledger.verify.suspects import Suspects, broken, is_whole, unsearched

_NONE = sa.literal_column("0", sa.BigInteger())
_ONE = sa.literal_column("1", sa.BigInteger())


def check_accounts(session: Session, book: str, _tally: Tally) -> Iterator[Breach]:
    """Accounts, kept balances, entries and open holds against one another."""
    suspects = Suspects(session)
    for screen in (_running, _never_posted, _held, _spread, _overdrawn):
        suspects.look(screen(book))
    for ids in suspects.parts():
        yield from walk(session, book, ids)
    yield from _check_closed(session, book)


def _running(book: str) -> sa.Select[Any]:
    """Accounts whose entries do not follow one another, or do not lead to what is kept."""
    rows = _in_order(book)
    amount, after = rows.c.amount_minutes, rows.c.balance_after_minutes
    row = (
        sa.select(
            rows.c.account_id,
            rows.c.slot,
            sa.func.count().label("entries"),
            sa.func.sum(amount).label("total"),
            sa.func.min(after).label("lowest"),
            sa.func.max(sa.case((amount > 0, after))).label("highest"),
            sa.func.max(rows.c.posted_at, type_=UtcDateTime()).label("last_at"),
            sa.func.max(rows.c.wrong).label("wrong"),
        )
        .group_by(rows.c.account_id, rows.c.slot)
        .subquery()
    )
    sound = sa.and_(
        row.c.wrong == 0,
        row.c.entries == Balance.version,
        row.c.total == Balance.posted_minutes,
        # Floors of slots are shifted: what was right then may be below today's.
        sa.or_(
            Account.slots > 1,
            Balance.floor_minutes.is_(None),
            row.c.lowest >= Balance.floor_minutes,
        ),
        sa.or_(
            Account.ceiling_minutes.is_(None),
            row.c.highest.is_(None),
            row.c.highest <= Account.ceiling_minutes,
        ),
        # A shift of floors stamps all slots of an account.
        sa.or_(
            Balance.posted_at == row.c.last_at,
            sa.and_(Account.slots > 1, Balance.posted_at > row.c.last_at),
        ),
    )
    of_row = sa.and_(
        Balance.book == book, Balance.account_id == row.c.account_id, Balance.slot == row.c.slot
    )
    return (
        sa.select(row.c.account_id)
        .outerjoin(Balance, of_row)
        .outerjoin(Account, sa.and_(Account.book == book, Account.id == row.c.account_id))
        .where(broken(sound))
    )


def _in_order(book: str) -> sa.Subquery:
    """Every entry with whether it fails to follow the one before it on its balance row."""
    posted = (
        sa.select(
            Entry.account_id,
            Entry.slot,
            Entry.version,
            Entry.amount_minutes,
            Entry.balance_after_minutes,
            Transfer.posted_at,
        )
        .outerjoin(Transfer, sa.and_(Transfer.book == book, Transfer.id == Entry.transfer_id))
        .where(unsearched(Entry.book) == book)
        .subquery()
    )
    order: dict[str, Any] = {
        "partition_by": (posted.c.account_id, posted.c.slot),
        "order_by": posted.c.version,
    }
    before = sa.func.lag(posted.c.balance_after_minutes, type_=sa.BigInteger()).over(**order)
    moment = sa.func.lag(posted.c.posted_at, type_=UtcDateTime()).over(**order)
    follows = sa.and_(
        posted.c.version == sa.func.row_number().over(**order),
        posted.c.balance_after_minutes == posted.c.amount_minutes + sa.func.coalesce(before, _NONE),
        posted.c.posted_at >= sa.func.coalesce(moment, posted.c.posted_at),
        is_whole(posted.c.amount_minutes),
    )
    return sa.select(
        posted.c.account_id,
        posted.c.slot,
        posted.c.amount_minutes,
        posted.c.balance_after_minutes,
        posted.c.posted_at,
        sa.case((follows, _NONE), else_=_ONE).label("wrong"),
    ).subquery()


def _never_posted(book: str) -> sa.Select[Any]:
    """Accounts with a balance row that no entry leads to."""
    posted = sa.exists().where(
        Entry.book == Balance.book,
        Entry.account_id == Balance.account_id,
        Entry.slot == Balance.slot,
    )
    fresh = sa.and_(Balance.posted_minutes == 0, Balance.version == 0)
    stamped = sa.and_(Account.slots == 1, Balance.posted_at.is_not(None))
    return (
        sa.select(Balance.account_id)
        .outerjoin(Account, sa.and_(Account.book == Balance.book, Account.id == Balance.account_id))
        .where(Balance.book == book, ~posted, sa.or_(broken(fresh), stamped))
    )


def _held(book: str) -> sa.Select[Any]:
    """Accounts that keep aside something else than their open holds, or for longer."""
    same_hold = sa.and_(HoldOutcome.book == HoldLeg.book, HoldOutcome.hold_id == HoldLeg.hold_id)
    of_leg = sa.and_(Hold.book == HoldLeg.book, Hold.id == HoldLeg.hold_id)
    never = sa.cast(sa.null(), UtcDateTime())
    rows = sa.union_all(
        sa.select(
            Balance.account_id,
            Balance.slot,
            Balance.held_minutes.label("kept"),
            _NONE.label("held"),
            Balance.expires_at.label("kept_until"),
            never.label("until"),
        ).where(Balance.book == book),
        sa.select(
            HoldLeg.account_id, HoldLeg.slot, _NONE, HoldLeg.amount_minutes, never, Hold.expires_at
        )
        .outerjoin(HoldOutcome, same_hold)
        .outerjoin(Hold, of_leg)
        .where(HoldLeg.book == book, HoldOutcome.hold_id.is_(None)),
    ).subquery()
    until, kept_until = sa.func.min(rows.c.until), sa.func.min(rows.c.kept_until)
    sound = sa.and_(
        sa.func.sum(rows.c.kept) == sa.func.sum(rows.c.held),
        sa.or_(until.is_(None), kept_until <= until),
    )
    by_row = (rows.c.account_id, rows.c.slot)
    return sa.select(rows.c.account_id).group_by(*by_row).having(broken(sound))


def _spread(book: str) -> sa.Select[Any]:
    """Accounts that lack a slot, or whose slots' floors are not theirs, or not kept now."""
    available = Balance.posted_minutes - Balance.held_minutes
    kept = sa.or_(Balance.floor_minutes.is_(None), available >= Balance.floor_minutes)
    nothing = sa.cast(sa.null(), sa.BigInteger())
    rows = sa.union_all(
        sa.select(
            Account.id.label("id"),
            _ONE.label("heads"),
            Account.slots.label("slots"),
            Account.floor_minutes.label("floor"),
            _NONE.label("rows"),
            _NONE.label("floors"),
            nothing.label("row_floor"),
            _NONE.label("wrong"),
        ).where(Account.book == book),
        sa.select(
            Balance.account_id,
            _NONE,
            _NONE,
            nothing,
            _ONE,
            sa.case((Balance.floor_minutes.is_(None), _NONE), else_=_ONE),
            Balance.floor_minutes,
            sa.case((kept, _NONE), else_=_ONE),
        ).where(Balance.book == book),
    ).subquery()
    floor, floors, count = sa.func.sum(rows.c.floor), sa.func.sum(rows.c.floors), rows.c.rows
    sound = sa.and_(
        sa.func.sum(rows.c.heads) == 1,
        sa.func.sum(count) == sa.func.sum(rows.c.slots),
        sa.func.sum(rows.c.wrong) == 0,
        sa.or_(
            sa.and_(floor.is_(None), floors == 0),
            sa.and_(floors == sa.func.sum(count), sa.func.sum(rows.c.row_floor) == floor),
        ),
    )
    return sa.select(rows.c.id).group_by(rows.c.id).having(broken(sound))


def _overdrawn(book: str) -> sa.Select[Any]:
    """Accounts of several slots that stood below their floor at some moment, all slots together."""
    spread = sa.and_(Account.book == book, Account.slots > 1, Account.floor_minutes.is_not(None))
    those = sa.select(Account.id).where(spread)
    moments = (
        sa.select(
            Entry.account_id,
            Account.floor_minutes,
            sa.func.sum(sa.func.sum(Entry.amount_minutes))
            .over(partition_by=Entry.account_id, order_by=Transfer.posted_at)
            .label("total"),
        )
        .join(Account, sa.and_(spread, Account.id == Entry.account_id))
        .join(Transfer, sa.and_(Transfer.book == book, Transfer.id == Entry.transfer_id))
        .where(Entry.book == book, Entry.account_id.in_(those))
        .group_by(Entry.account_id, Account.floor_minutes, Transfer.posted_at)
        .subquery()
    )
    return sa.select(moments.c.account_id).where(moments.c.total < moments.c.floor_minutes)


def _check_closed(session: Session, book: str) -> Iterator[Breach]:
    """Nothing is posted on an account after it was closed."""
    closed = sa.select(Account.id).where(Account.book == book, Account.closed_at.is_not(None))
    statement = (
        sa.select(Entry.account_id, Entry.slot, Entry.version)
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Entry.book == book, Entry.account_id.in_(closed))
        .where(Transfer.posted_at > Account.closed_at)
        .order_by(Entry.account_id, Entry.slot, Entry.version)
    )
    for row in rows_of(session, statement):
        place = f"account {row.account_id}/{row.slot} v{row.version}"
        yield Breach("entry_after_closing", book, place)
