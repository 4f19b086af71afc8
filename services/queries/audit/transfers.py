"""Transfers of a book: the list, and one transfer with its legs, its holds and its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, AccountKind, Entry, HoldOutcome, Transfer
from models.oversight import IssueAuthorisation
from models.requests import Visit
from services.context import Context
from services.errors import NotFound
from services.ledger.rows import whole_sum
from services.queries.audit.listing import (
    Page,
    Person,
    Want,
    cut,
    from_day,
    ordered,
    people,
    to_day,
)
from services.queries.audit.scope import Place, require_book
from services.queries.notes import NoteLine, note_lines
from services.queries.two_hands.marks import entry_behind

#: Kinds of transfers that there are today; a later kind is shown by its code.
KINDS = (
    "service",
    "session",
    "closed_door",
    "issue",
    "import",
    "gift",
    "donation",
    "grant",
    "grant_expiry",
    "grant_expired",
    "estate",
    "inheritance",
    "estate_pool",
    "reversal",
)


@dataclass(frozen=True, slots=True)
class TransferFilter:
    """Which transfers, by kind and by the day on which they were posted."""

    kind: str = ""
    first: date | None = None
    last: date | None = None
    reversed_only: bool = False


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A transfer in a list; ``amount_minutes`` is what moved, in standard minutes."""

    id: UUID
    kind: str
    reason: str
    posted_at: datetime
    effective_at: datetime
    actor: Person | None
    legs: int
    amount_minutes: int
    reverses_id: UUID | None
    valuation_id: UUID | None


@dataclass(frozen=True, slots=True)
class LegLine:
    """One entry of a transfer."""

    leg: int
    account_id: UUID
    kind: AccountKind
    owner: Person | None
    amount_minutes: int
    #: The balance row it is on, of how many the account has; the balance after it is this row's.
    slot: int
    slots: int
    balance_after_minutes: int
    version: int


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """A hold that the transfer ended, and how much of it was used."""

    hold_id: UUID
    outcome: str
    captured_minutes: int


@dataclass(frozen=True, slots=True)
class Authority:
    """The two signatures and the backing behind an issue."""

    amount_minutes: int
    backing: str
    proposed_by: Person | None
    proposed_at: datetime
    signed_by: Person | None
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TransferPage:
    """One transfer: who posted it, for whom, why, and what it moved."""

    place: Place
    id: UUID
    kind: str
    reason: str
    idem_key: str
    posted_at: datetime
    effective_at: datetime
    actor: Person | None
    acting_for: Person | None
    legs: tuple[LegLine, ...]
    captures: tuple[CaptureLine, ...]
    valuation_id: UUID | None
    visit_id: UUID | None
    #: The entry by hand that it pays.
    manual_entry_id: UUID | None
    reverses_id: UUID | None
    reversed_by_id: UUID | None
    authority: Authority | None
    notes: tuple[NoteLine, ...]

    @property
    def sum_minutes(self) -> int:
        """The sum over the legs, which must be zero."""
        return sum(leg.amount_minutes for leg in self.legs)


def transfers(ctx: Context, book: str, wanted: TransferFilter, want: Want) -> Page[TransferLine]:
    """Transfers of a book that fit the filter, the newest first unless told otherwise."""
    require_book(ctx, book)
    own = sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id)
    moved = sa.case((Entry.amount_minutes > 0, Entry.amount_minutes))
    amount = sa.select(whole_sum(moved)).where(own).correlate(Transfer).scalar_subquery()
    legs = sa.select(sa.func.count(Entry.leg)).where(own).correlate(Transfer).scalar_subquery()
    shown = (
        Transfer.id,
        Transfer.kind,
        Transfer.reason,
        Transfer.posted_at,
        Transfer.effective_at,
        Transfer.actor_id,
        Transfer.reverses_id,
        Transfer.valuation_id,
    )
    statement = sa.select(*shown, legs.label("legs"), amount.label("amount")).where(
        Transfer.book == book, *_conditions(wanted)
    )
    columns = {"posted": Transfer.posted_at, "amount": amount, "kind": Transfer.kind}
    newest = ordered(statement, Want(), columns, "-posted", Transfer.id.desc())
    statement = ordered(statement, want, columns, "-posted", Transfer.id.desc())
    sums = {"amount_minutes": lambda c: whole_sum(c.amount), "legs": lambda c: whole_sum(c.legs)}
    rows, page, total, added = cut(ctx, statement, want, sums, newest)
    actors = people(ctx, (row.actor_id for row in rows))
    lines = tuple(
        TransferLine(
            id=row.id,
            kind=row.kind,
            reason=row.reason,
            posted_at=row.posted_at,
            effective_at=row.effective_at,
            actor=actors.get(row.actor_id),
            legs=row.legs,
            amount_minutes=row.amount,
            reverses_id=row.reverses_id,
            valuation_id=row.valuation_id,
        )
        for row in rows
    )
    return Page(lines, page, want.size, total, added)


def _conditions(wanted: TransferFilter) -> list[sa.ColumnElement[bool]]:
    found = [
        *from_day(Transfer.posted_at, wanted.first),
        *to_day(Transfer.posted_at, wanted.last),
    ]
    if wanted.kind:
        found.append(Transfer.kind == wanted.kind)
    if wanted.reversed_only:
        found.append(Transfer.reverses_id.is_not(None))
    return found


def transfer_page(ctx: Context, book: str, transfer_id: UUID) -> TransferPage:
    """One transfer of a book; raises NotFound."""
    place = require_book(ctx, book)
    transfer = ctx.session.get(Transfer, (book, transfer_id))
    if transfer is None:
        raise NotFound
    legs = ctx.session.execute(
        sa.select(Entry, Account.kind, Account.owner_id, Account.slots)
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Entry.book == book, Entry.transfer_id == transfer_id)
        .order_by(Entry.leg)
    ).all()
    issue = ctx.session.scalar(
        sa.select(IssueAuthorisation).where(
            IssueAuthorisation.book == book, IssueAuthorisation.transfer_id == transfer_id
        )
    )
    named = [transfer.actor_id, transfer.acting_for_id, *(leg.owner_id for leg in legs)]
    if issue is not None:
        named += [issue.proposed_by_id, issue.signed_by_id]
    known = people(ctx, named)
    visit_id = _visit_id(ctx, book, transfer_id)
    return TransferPage(
        place=place,
        id=transfer.id,
        kind=transfer.kind,
        reason=transfer.reason,
        idem_key=transfer.idem_key,
        posted_at=transfer.posted_at,
        effective_at=transfer.effective_at,
        actor=known.get(transfer.actor_id),
        acting_for=_known(known, transfer.acting_for_id),
        legs=tuple(_leg(row, known) for row in legs),
        captures=_captures(ctx, book, transfer_id),
        valuation_id=transfer.valuation_id,
        visit_id=visit_id,
        manual_entry_id=entry_behind(ctx, book, visit_id),
        reverses_id=transfer.reverses_id,
        reversed_by_id=ctx.session.scalar(
            sa.select(Transfer.id).where(Transfer.book == book, Transfer.reverses_id == transfer_id)
        ),
        authority=_authority(issue, known),
        notes=note_lines(ctx, book, transfer_id),
    )


def _known(known: dict[UUID, Person], member_id: UUID | None) -> Person | None:
    return None if member_id is None else known.get(member_id)


def _leg(row: Any, known: dict[UUID, Person]) -> LegLine:
    return LegLine(
        leg=row.Entry.leg,
        account_id=row.Entry.account_id,
        kind=row.kind,
        owner=_known(known, row.owner_id),
        amount_minutes=row.Entry.amount_minutes,
        slot=row.Entry.slot,
        slots=row.slots,
        balance_after_minutes=row.Entry.balance_after_minutes,
        version=row.Entry.version,
    )


def _captures(ctx: Context, book: str, transfer_id: UUID) -> tuple[CaptureLine, ...]:
    rows = ctx.session.scalars(
        sa.select(HoldOutcome)
        .where(HoldOutcome.book == book, HoldOutcome.transfer_id == transfer_id)
        .order_by(HoldOutcome.hold_id)
    )
    return tuple(CaptureLine(row.hold_id, row.outcome.value, row.captured_minutes) for row in rows)


def _visit_id(ctx: Context, book: str, transfer_id: UUID) -> UUID | None:
    return ctx.session.scalar(
        sa.select(Visit.id).where(Visit.book == book, Visit.transfer_id == transfer_id)
    )


def _authority(row: IssueAuthorisation | None, known: dict[UUID, Person]) -> Authority | None:
    if row is None:
        return None
    return Authority(
        amount_minutes=row.amount_minutes,
        backing=row.backing,
        proposed_by=known.get(row.proposed_by_id),
        proposed_at=row.proposed_at,
        signed_by=_known(known, row.signed_by_id),
        signed_at=row.signed_at,
    )
