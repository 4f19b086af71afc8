"""What stands on many accounts, locked or not, and accounts opened and closed by the hundred."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance
from services.ledger.decide import AccountState
from services.ledger.drafts import Stamp
from services.ledger.expiry import lock_accounts, run_out_minutes
from services.ledger.rows import insert_rows, whole_sum


@dataclass(frozen=True, slots=True)
class Stand:
    """An account over all of its slots. ``room_minutes`` is what it may pay; None: anything."""

    posted_minutes: int
    held_minutes: int
    room_minutes: int | None
    ceiling_minutes: int | None
    is_closed: bool
    posted_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account of granted coins that a line needs and nobody has opened yet."""

    id: UUID
    owner_id: UUID
    period: str


def locked_stands(
    session: Session, book: str, accounts: Iterable[UUID], stamp: Stamp
) -> dict[UUID, Stand]:
    """What stands on those of the accounts that exist, all their rows locked in key order.

    Holds that have run out on them are ended first, as every posting does.
    """
    found = lock_accounts(session, book, accounts, (), stamp, wide=True)
    return {key: _stand(state) for key, state in found.items()}


def _stand(state: AccountState) -> Stand:
    rows = list(state.rows.values())
    floored = all(row.floor_minutes is not None for row in rows)
    moments = [row.posted_at for row in rows if row.posted_at is not None]
    return Stand(
        sum(row.posted_minutes for row in rows),
        sum(row.held_minutes for row in rows),
        state.headroom_minutes() if floored else None,
        state.ceiling_minutes,
        state.closed,
        max(moments, default=None),
    )


def stands(
    session: Session, book: str, accounts: Iterable[UUID], now: datetime
) -> dict[UUID, Stand]:
    """The same without locks, for a dry run: holds that have run out keep nothing."""
    wanted = list(set(accounts))
    account, balance = Account, Balance
    rows = session.execute(
        sa.select(
            account.id,
            whole_sum(balance.posted_minutes).label("posted"),
            whole_sum(balance.held_minutes).label("held"),
            whole_sum(balance.floor_minutes).label("floor"),
            sa.func.count(balance.floor_minutes).label("floors"),
            account.ceiling_minutes,
            account.closed_at,
            sa.func.max(balance.posted_at).label("posted_at"),
            sa.func.min(balance.expires_at).label("expires_at"),
        )
        .join(balance, sa.and_(balance.book == account.book, balance.account_id == account.id))
        .where(account.book == book, account.id.in_(wanted))
        .group_by(account.id, account.ceiling_minutes, account.closed_at)
    ).all()
    due = [row.id for row in rows if row.expires_at is not None and row.expires_at <= now]
    freed = run_out_minutes(session, book, due, now) if due else {}
    found = {}
    for row in rows:
        held = row.held - freed.get(row.id, 0)
        room = row.posted - held - row.floor if row.floors else None
        closed = row.closed_at is not None
        found[row.id] = Stand(row.posted, held, room, row.ceiling_minutes, closed, row.posted_at)
    return found


def open_granted(session: Session, book: str, wanted: Sequence[NewAccount], now: datetime) -> None:
    """Open accounts of granted coins: two statements, however many."""
    insert_rows(
        session,
        Account,
        [
            {
                "book": book,
                "id": each.id,
                "kind": AccountKind.GRANTED.value,
                "owner_id": each.owner_id,
                "period": each.period,
                "floor_minutes": 0,
                "slots": 1,
                "opened_at": now,
            }
            for each in wanted
        ],
    )
    insert_rows(
        session,
        Balance,
        [
            {
                "book": book,
                "account_id": each.id,
                "slot": 0,
                "posted_minutes": 0,
                "held_minutes": 0,
                "floor_minutes": 0,
                "version": 0,
            }
            for each in wanted
        ],
    )


def close_accounts(session: Session, book: str, wanted: Iterable[UUID], now: datetime) -> None:
    """Close accounts on which nothing stands; their rows are locked.

    The day of closing is never before an account's last entry.
    """
    last = {
        key: max(now, stand.posted_at or now)
        for key, stand in stands(session, book, wanted, now).items()
        if stand.posted_minutes == 0 and stand.held_minutes == 0
    }
    for moment in set(last.values()):
        there = [key for key, at in last.items() if at == moment]
        session.execute(
            sa.update(Account)
            .where(Account.book == book, Account.id.in_(there), Account.closed_at.is_(None))
            .values(closed_at=moment)
            .execution_options(synchronize_session=False)
        )
