"""Accounts of members and of a region's book. Their ids follow from what they are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance
from services.ids import derived
from services.ledger.rows import whole_sum

#: The order in which a member's coins are spent.
SPENDING_ORDER = (AccountKind.GRANTED, AccountKind.RECEIVED, AccountKind.EARNED)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account holds now, in standard minutes."""

    account_id: UUID
    kind: AccountKind
    period: str
    posted_minutes: int
    held_minutes: int

    @property
    def available_minutes(self) -> int:
        """What may be spent."""
        return self.posted_minutes - self.held_minutes


def account_id(
    book: str, kind: AccountKind, owner_id: UUID | None = None, period: str = ""
) -> UUID:
    """The id of an account: the same for the same book, kind, owner and period."""
    return derived("account", book, kind.value, owner_id or "", period)


def open_account(
    session: Session,
    book: str,
    kind: AccountKind,
    *,
    now: datetime,
    owner_id: UUID | None = None,
    period: str = "",
    floor_minutes: int | None = 0,
    ceiling_minutes: int | None = None,
) -> UUID:
    """Open an account with an empty balance; an account that is open already is left alone."""
    key = account_id(book, kind, owner_id, period)
    if session.get(Account, (book, key)) is not None:
        return key
    session.add(
        Account(
            book=book,
            id=key,
            kind=kind,
            owner_id=owner_id,
            period=period,
            floor_minutes=floor_minutes,
            ceiling_minutes=ceiling_minutes,
            slots=1,
            opened_at=now,
        )
    )
    session.flush()
    session.add(
        Balance(
            book=book,
            account_id=key,
            slot=0,
            posted_minutes=0,
            held_minutes=0,
            floor_minutes=floor_minutes,
            version=0,
        )
    )
    session.flush()
    return key


def open_book_accounts(session: Session, book: str, *, now: datetime) -> None:
    """A book's own accounts: the pool never goes below zero, the issue account is its source."""
    open_account(session, book, AccountKind.POOL, now=now)
    open_account(session, book, AccountKind.ISSUE, now=now, floor_minutes=None)


def open_member_accounts(
    session: Session, book: str, member_id: UUID, *, now: datetime, ceiling_minutes: int
) -> None:
    """A member's coins by origin; the storage cap is the ceiling of the earned ones."""
    open_account(
        session,
        book,
        AccountKind.EARNED,
        now=now,
        owner_id=member_id,
        ceiling_minutes=ceiling_minutes,
    )
    open_account(session, book, AccountKind.RECEIVED, now=now, owner_id=member_id)


def pool_of(book: str) -> UUID:
    """The book's public-welfare pool."""
    return account_id(book, AccountKind.POOL)


def standings(session: Session, book: str, owner_id: UUID) -> list[Standing]:
    """A member's accounts in spending order, older grant periods first."""
    rows = session.execute(
        sa.select(Account.id, Account.kind, Account.period, *_sums())
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Account.owner_id == owner_id)
        .group_by(Account.id, Account.kind, Account.period)
    )
    found = [Standing(*row) for row in rows]
    order = {kind: place for place, kind in enumerate(SPENDING_ORDER)}
    return sorted((s for s in found if s.kind in order), key=lambda s: (order[s.kind], s.period))


def standing(session: Session, book: str, key: UUID) -> Standing:
    """What one account of the book holds now."""
    row = session.execute(
        sa.select(Account.id, Account.kind, Account.period, *_sums())
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Account.id == key)
        .group_by(Account.id, Account.kind, Account.period)
    ).one()
    return Standing(*row)


def available_minutes(found: Sequence[Standing]) -> int:
    """What a member may spend in all."""
    return sum(s.available_minutes for s in found)


def _sums() -> tuple[sa.Cast[int], sa.Cast[int]]:
    """Posted and held, over all slots of an account."""
    return whole_sum(Balance.posted_minutes), whole_sum(Balance.held_minutes)
