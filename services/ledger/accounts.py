"""Accounts of members and of a region's book. Their ids follow from what they are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance
from services.errors import Conflict
from services.ids import derived
from services.ledger.drafts import Stamp
from services.ledger.expiry import lock_accounts, run_out_minutes
from services.ledger.rows import whole_sum

#: Balance rows of a pool, which must keep its floor, and of accounts without one.
POOL_SLOTS, SOURCE_SLOTS = 8, 16
#: The order in which a member's coins are spent.
SPENDING_ORDER = (AccountKind.GRANTED, AccountKind.RECEIVED, AccountKind.EARNED)
#: Begins the period of a received account that holds an inheritance; its day follows.
INHERITED = "I"


class AccountNotEmpty(Conflict):
    """账户里还有时间，不能关闭。"""

    code = "account_not_empty"


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
    slots: int = 1,
) -> UUID:
    """Open an account with an empty balance; an account that is open already is left alone.

    With several ``slots`` writers spread over as many balance rows; their floors sum to the
    account's. What has a ceiling has one row.
    """
    if slots > 1 and ceiling_minutes is not None:
        raise ValueError("an account with a ceiling has one balance row")
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
            slots=slots,
            opened_at=now,
        )
    )
    session.flush()
    session.add_all(
        Balance(
            book=book,
            account_id=key,
            slot=slot,
            posted_minutes=0,
            held_minutes=0,
            floor_minutes=floor_minutes if slot == 0 else _further_floor(floor_minutes),
            version=0,
        )
        for slot in range(slots)
    )
    session.flush()
    return key


def spread_account(session: Session, book: str, key: UUID, slots: int, stamp: Stamp) -> None:
    """Let writers spread over more balance rows; an account never gets fewer.

    Waits for whoever writes on the account now. Raises ValueError for one that has a ceiling.
    """
    lock_accounts(session, book, [key], (), stamp, wide=True)
    account = session.get_one(Account, (book, key), populate_existing=True)
    if account.ceiling_minutes is not None:
        raise ValueError("an account with a ceiling has one balance row")
    session.add_all(
        Balance(
            book=book,
            account_id=key,
            slot=slot,
            posted_minutes=0,
            held_minutes=0,
            floor_minutes=_further_floor(account.floor_minutes),
            version=0,
        )
        for slot in range(account.slots, slots)
    )
    account.slots = max(account.slots, slots)
    session.flush()


def close_account(session: Session, book: str, key: UUID, stamp: Stamp) -> None:
    """Close an account for good: nothing goes in or out any more. It must be empty.

    Raises AccountNotEmpty when anything stands or is held on it.
    """
    found = lock_accounts(session, book, [key], (), stamp, wide=True)[key]
    if any(row.posted_minutes or row.held_minutes for row in found.rows.values()):
        raise AccountNotEmpty(account_id=key)
    account = session.get_one(Account, (book, key), populate_existing=True)
    # Never before the last entry, whatever the clock says by now.
    latest = [row.posted_at for row in found.rows.values() if row.posted_at is not None]
    account.closed_at = account.closed_at or max([stamp.now, *latest])
    session.flush()


def reopen_account(
    session: Session, book: str, key: UUID, stamp: Stamp, *, ceiling_minutes: int | None = None
) -> None:
    """Let an account that was closed take minutes again: its member has come back.

    Whatever stood on it before stays in its history. ``ceiling_minutes`` raises a lower ceiling.
    """
    lock_accounts(session, book, [key], (), stamp, wide=True)
    account = session.get_one(Account, (book, key), populate_existing=True)
    account.closed_at = None
    if account.ceiling_minutes is not None and ceiling_minutes is not None:
        account.ceiling_minutes = max(account.ceiling_minutes, ceiling_minutes)
    session.flush()


def _further_floor(floor_minutes: int | None) -> int | None:
    """Floor of every row but the first: together they make the account's."""
    return None if floor_minutes is None else 0


def open_book_accounts(session: Session, book: str, *, now: datetime) -> None:
    """A book's own accounts: the pool never goes below zero, the issue account is its source."""
    open_account(session, book, AccountKind.POOL, now=now, slots=POOL_SLOTS)
    open_account(session, book, AccountKind.ISSUE, now=now, floor_minutes=None, slots=SOURCE_SLOTS)


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


def fund_account(book: str, fund_id: UUID) -> UUID:
    """The account of donated coins with a purpose: a pool that the fund owns."""
    return account_id(book, AccountKind.POOL, fund_id)


def estate_account(book: str, member_id: UUID) -> UUID:
    """Where a dead member's coins stand until they are divided."""
    return account_id(book, AccountKind.ESTATE, member_id)


def inherited_period(day: date) -> str:
    """What tells coins inherited on a day from gifts, among a member's received ones."""
    return f"{INHERITED}{day.isoformat()}"


def inherited_on(period: str) -> date | None:
    """The day on which the coins of such an account were inherited; None for any other."""
    if not period.startswith(INHERITED):
        return None
    return date.fromisoformat(period.removeprefix(INHERITED))


def standings(session: Session, book: str, owner_id: UUID, *, now: datetime) -> list[Standing]:
    """A member's accounts in spending order, older grant periods first, as they stand ``now``.

    Holds that have run out keep nothing any more, whether or not they have been ended yet.
    """
    rows = session.execute(
        sa.select(
            Account.id,
            Account.kind,
            Account.period,
            *_sums(),
            sa.func.min(Balance.expires_at).label("expires_at"),
        )
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Account.owner_id == owner_id)
        .group_by(Account.id, Account.kind, Account.period)
    ).all()
    run_out = [row.id for row in rows if row.expires_at is not None and row.expires_at <= now]
    freed = run_out_minutes(session, book, run_out, now) if run_out else {}
    found = [
        Standing(row.id, row.kind, row.period, row.posted, row.held - freed.get(row.id, 0))
        for row in rows
    ]
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


def _sums() -> tuple[sa.Label[int], sa.Label[int]]:
    """Posted and held, over all slots of an account."""
    return (
        whole_sum(Balance.posted_minutes).label("posted"),
        whole_sum(Balance.held_minutes).label("held"),
    )
