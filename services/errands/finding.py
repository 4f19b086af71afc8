"""The sums of a visit, found under the visit's lock."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.errands import ErrandMoney
from services.errands.sentences import MoneyFirst, MoneyUnknown


def sums_of(session: Session, book: str, visit_id: UUID) -> list[ErrandMoney]:
    """Every sum of a visit, the oldest first."""
    return list(
        session.scalars(
            sa.select(ErrandMoney)
            .where(ErrandMoney.book == book, ErrandMoney.visit_id == visit_id)
            .order_by(ErrandMoney.handed_at, ErrandMoney.id)
            .execution_options(populate_existing=True)
        )
    )


def sum_of(session: Session, book: str, visit_id: UUID, money_id: UUID) -> ErrandMoney:
    """One sum of a visit; raises MoneyUnknown, also for one of another visit."""
    for row in sums_of(session, book, visit_id):
        if row.id == money_id:
            return row
    raise MoneyUnknown


def is_open(row: ErrandMoney) -> bool:
    """Whether the two sides still have to speak about it."""
    return row.closed_at is None


def require_spoken_of(session: Session, book: str, visit_id: UUID) -> None:
    """Raise MoneyFirst while the elder's side has said neither yes nor no to a sum of the visit."""
    found = sa.select(ErrandMoney.id).where(
        ErrandMoney.book == book,
        ErrandMoney.visit_id == visit_id,
        ErrandMoney.closed_at.is_(None),
        ErrandMoney.disputed_at.is_(None),
    )
    if session.scalar(found.limit(1)) is not None:
        raise MoneyFirst
