"""The transfers that an estate has made, and what stands on its account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateMove
from models.ledger import Account, Balance, Entry, Transfer
from services.context import Context
from services.ledger.rows import whole_sum


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One transfer: what for, and how many minutes it moved."""

    transfer_id: UUID
    what: str
    minutes: int
    at: datetime


def moves_of(ctx: Context, estate: Estate) -> tuple[MoveLine, ...]:
    """What the estate has moved, the oldest first."""
    given = sa.and_(
        Entry.book == EstateMove.book,
        Entry.transfer_id == EstateMove.transfer_id,
        Entry.amount_minutes > 0,
    )
    rows = ctx.session.execute(
        sa.select(
            EstateMove.transfer_id,
            EstateMove.what,
            Transfer.posted_at,
            whole_sum(Entry.amount_minutes).label("minutes"),
        )
        .join(
            Transfer,
            sa.and_(Transfer.book == EstateMove.book, Transfer.id == EstateMove.transfer_id),
        )
        .outerjoin(Entry, given)
        .where(EstateMove.book == estate.book, EstateMove.estate_id == estate.id)
        .group_by(EstateMove.transfer_id, EstateMove.what, Transfer.posted_at)
        .order_by(Transfer.posted_at, EstateMove.transfer_id)
    )
    return tuple(MoveLine(row.transfer_id, row.what, row.minutes, row.posted_at) for row in rows)


def account_minutes(ctx: Context, book: str, account_id: UUID) -> int:
    """What is posted on an account; 0 for one that was never opened."""
    return (
        ctx.session.scalar(
            sa.select(whole_sum(Balance.posted_minutes))
            .join(Account, sa.and_(Account.book == Balance.book, Account.id == Balance.account_id))
            .where(Account.book == book, Account.id == account_id)
        )
        or 0
    )
