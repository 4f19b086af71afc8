"""The register of a book's accounts, the fullest first, as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance
from services.ledger.rows import whole_sum
from services.ledger.streams import rows_of


@dataclass(frozen=True, slots=True)
class Registered:
    """An account and what stands on it, over all of its slots, in standard minutes."""

    account_id: UUID
    kind: AccountKind
    owner_id: UUID | None
    period: str
    posted_minutes: int
    held_minutes: int


def accounts_of(
    session: Session, book: str, kind: AccountKind | None = None
) -> Iterator[Registered]:
    """Every account of a book, or those of one kind."""
    posted = whole_sum(Balance.posted_minutes)
    statement = (
        sa.select(
            Account.id,
            Account.kind,
            Account.owner_id,
            Account.period,
            posted,
            whole_sum(Balance.held_minutes),
        )
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Balance.book == book)
        .group_by(Account.id, Account.kind, Account.owner_id, Account.period)
        .order_by(posted.desc(), Account.id)
    )
    if kind is not None:
        statement = statement.where(Account.kind == kind)
    return (Registered(*row) for row in rows_of(session, statement))
