"""The entries of one account: the newest first, or those of a kind and of some days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from models.ledger import Account, Entry, Transfer
from services.context import Context
from services.errors import NotFound
from services.ledger.rows import whole_sum
from services.queries.audit.listing import Page, Want, cut, from_day, ordered, to_day
from services.queries.audit.scope import require_book


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries, by the kind of their transfer and by the day of posting."""

    kind: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def is_any(self) -> bool:
        """Whether every entry is wanted."""
        return not (self.kind or self.first or self.last)


ANY = EntryFilter()


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry with the balance after it."""

    transfer_id: UUID
    #: Its balance row, and its number on it: each slot of an account counts for itself.
    slot: int
    version: int
    kind: str
    reason: str
    posted_at: datetime
    effective_at: datetime
    amount_minutes: int
    balance_after_minutes: int
    #: Whether the balance before it and its amount give the balance after it.
    is_right: bool


def entries(
    ctx: Context, book: str, account_id: UUID, want: Want, wanted: EntryFilter = ANY
) -> Page[EntryLine]:
    """The entries of an account, newest first, for an export; raises NotFound."""
    require_book(ctx, book)
    account = ctx.session.get(Account, (book, account_id))
    if account is None:
        raise NotFound
    return entry_lines(ctx, account, wanted, want)


def entry_lines(ctx: Context, account: Account, wanted: EntryFilter, want: Want) -> Page[EntryLine]:
    """The entries of an account that may be seen already."""
    plain = _statement(account, wanted)
    newest = _in_order(plain, Want(), account, wanted)
    statement = _in_order(plain, want, account, wanted)
    sums = {
        "in_minutes": lambda c: whole_sum(sa.case((c.amount_minutes > 0, c.amount_minutes))),
        "out_minutes": lambda c: whole_sum(sa.case((c.amount_minutes < 0, -c.amount_minutes))),
    }
    rows, page, total, added = cut(ctx, statement, want, sums, newest)
    lines = tuple(
        EntryLine(
            transfer_id=row.transfer_id,
            slot=row.slot,
            version=row.version,
            kind=row.kind,
            reason=row.reason,
            posted_at=row.posted_at,
            effective_at=row.effective_at,
            amount_minutes=row.amount_minutes,
            balance_after_minutes=row.balance_after_minutes,
            is_right=row.before_minutes + row.amount_minutes == row.balance_after_minutes,
        )
        for row in rows
    )
    return Page(lines, page, want.size, total, added)


def _statement(account: Account, wanted: EntryFilter) -> Any:
    earlier = aliased(Entry)
    before = (
        sa.select(earlier.balance_after_minutes)
        .where(
            earlier.book == Entry.book,
            earlier.account_id == Entry.account_id,
            earlier.slot == Entry.slot,
            earlier.version == Entry.version - 1,
        )
        .correlate(Entry)
        .scalar_subquery()
    )
    # Where kind or days say which transfers, those are read by their own index, and not the
    # whole history of an account: an expression keeps the planner from the account's index.
    of_account: Any = Entry.account_id
    if not wanted.is_any:
        of_account = sa.func.coalesce(Entry.account_id, Entry.account_id)
    conditions = [
        *from_day(Transfer.posted_at, wanted.first),
        *to_day(Transfer.posted_at, wanted.last),
    ]
    if wanted.kind:
        conditions.append(Transfer.kind == wanted.kind)
    return (
        sa.select(
            Entry.transfer_id,
            Entry.slot,
            Entry.version,
            Entry.leg,
            Entry.amount_minutes,
            Entry.balance_after_minutes,
            sa.func.coalesce(before, 0).label("before_minutes"),
            Transfer.kind,
            Transfer.reason,
            Transfer.posted_at,
            Transfer.effective_at,
        )
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(
            Entry.book == account.book,
            Transfer.book == account.book,
            of_account == account.id,
            *conditions,
        )
    )


def _in_order(statement: Any, want: Want, account: Account, wanted: EntryFilter) -> Any:
    """As asked for; else the newest first, which on one balance row is the order of its numbers."""
    columns = {"version": Entry.version, "amount": Entry.amount_minutes}
    if want.sort.removeprefix("-") in columns:
        return ordered(statement, want, columns, "-version", Entry.slot)
    if account.slots == 1 and wanted.is_any:
        return statement.order_by(Entry.slot.desc(), Entry.version.desc())
    return statement.order_by(Transfer.posted_at.desc(), Entry.slot, Entry.version.desc())
