"""Gifts and donations of a book as auditors list them: who, to whom, how, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.giving import BenefitFund, Donation, Gift, GiftOrigin, GiftState
from models.papers import Paper
from services.context import Context
from services.ledger.linked import other_halves
from services.ledger.rows import whole_sum
from services.papers.issuing import PaperKind
from services.queries.audit.accounts import owner_of
from services.queries.audit.across import books_with, elsewhere
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
from services.queries.audit.scope import require_book
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class GiftFilter:
    """Which gifts. ``number`` is either side's volunteer number; days are those of making."""

    state: GiftState | None = None
    number: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class GiftLine:
    """One gift; figures in standard minutes. ``how``: own or counter."""

    id: UUID
    reference: str
    giver: Person | None
    receiver: Person | None
    relation: str
    origin: GiftOrigin
    amount_minutes: int
    given_minutes: int
    how: str
    witness: Person | None
    state: GiftState
    reason: str
    made_at: datetime
    final_at: datetime | None
    ended_at: datetime | None
    #: In the book that is looked at.
    transfer_id: UUID | None
    #: Check code of the deed that holds; empty where none does.
    paper: str
    #: The region of the side that lives elsewhere.
    elsewhere: Name | None


@dataclass(frozen=True, slots=True)
class DonationFilter:
    """Which donations. ``number`` is the donor's; ``how``: own, counter or overflow."""

    how: str = ""
    number: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class DonationLine:
    """One donation. ``fund`` is None where it went to the region's pool."""

    id: UUID
    reference: str
    at: datetime
    donor: Person | None
    fund: Name | None
    amount_minutes: int
    how: str
    witness: Person | None
    transfer_id: UUID
    paper: str
    #: The region that it came from or went to, where that is another one.
    elsewhere: Name | None


def gifts(ctx: Context, book: str, wanted: GiftFilter, want: Want) -> Page[GiftLine]:
    """Gifts that fit the filter, the newest first; those from other regions as well."""
    require_book(ctx, book, "gift.read")
    conditions = [
        Gift.book.in_(books_with(ctx, book)),
        sa.or_(Gift.book == book, Gift.receiver_book == book),
        *from_day(Gift.made_at, wanted.first),
        *to_day(Gift.made_at, wanted.last),
    ]
    if wanted.state is not None:
        conditions.append(Gift.state == wanted.state)
    if wanted.number:
        side = owner_of(ctx, wanted.number)
        conditions.append(sa.or_(Gift.giver_id == side, Gift.receiver_id == side))
    shown = [getattr(Gift, name) for name in _GIFT_COLUMNS]
    columns = {"made": Gift.made_at, "amount": Gift.amount_minutes, "state": Gift.state}
    statement = ordered(sa.select(*shown).where(*conditions), want, columns, "-made", Gift.id)
    sums = {
        "amount_minutes": lambda c: whole_sum(c.amount_minutes),
        "given_minutes": lambda c: whole_sum(c.given_minutes),
    }
    rows, page, total, added = cut(ctx, statement, want, sums)
    who = people(ctx, (each for r in rows for each in (r.giver_id, r.receiver_id, r.witness_id)))
    codes = _codes(ctx, book, PaperKind.GIFT_DEED, [row.id for row in rows if row.book == book])
    here = _own_halves(ctx, book, rows)
    lines = tuple(
        GiftLine(
            id=row.id,
            reference=row.reference,
            giver=who.get(row.giver_id),
            receiver=who.get(row.receiver_id),
            relation=row.relation,
            origin=row.origin,
            amount_minutes=row.amount_minutes,
            given_minutes=row.given_minutes,
            how=row.how,
            witness=who.get(row.witness_id) if row.witness_id else None,
            state=row.state,
            reason=row.reason or "",
            made_at=row.made_at,
            final_at=row.final_at,
            ended_at=row.ended_at,
            transfer_id=here.get(row.id),
            paper=codes.get(row.id, ""),
            elsewhere=elsewhere(ctx, book, row.book, row.receiver_book),
        )
        for row in rows
    )
    return Page(lines, page, want.size, total, added)


_GIFT_COLUMNS = (
    "book",
    "receiver_book",
    "id",
    "reference",
    "giver_id",
    "receiver_id",
    "relation",
    "origin",
    "amount_minutes",
    "given_minutes",
    "how",
    "witness_id",
    "state",
    "reason",
    "made_at",
    "final_at",
    "ended_at",
    "transfer_id",
)


def donations(ctx: Context, book: str, wanted: DonationFilter, want: Want) -> Page[DonationLine]:
    """Donations that fit the filter, the newest first; those from other regions as well."""
    require_book(ctx, book, "donation.read")
    books = books_with(ctx, book)
    conditions = [
        Donation.book.in_(books),
        sa.or_(Donation.book == book, Donation.to_book == book),
        *from_day(Donation.at, wanted.first),
        *to_day(Donation.at, wanted.last),
    ]
    if wanted.how:
        conditions.append(Donation.how == wanted.how)
    if wanted.number:
        conditions.append(Donation.donor_id == owner_of(ctx, wanted.number))
    statement = _donated(books).where(*conditions)
    columns = {"at": Donation.at, "amount": Donation.amount_minutes}
    statement = ordered(statement, want, columns, "-at", Donation.id)
    sums = {"amount_minutes": lambda c: whole_sum(c.amount_minutes)}
    rows, page, total, added = cut(ctx, statement, want, sums)
    who = people(ctx, (each for row in rows for each in (row.donor_id, row.witness_id)))
    own = [row.id for row in rows if row.book == book]
    codes = _codes(ctx, book, PaperKind.DONATION_CERTIFICATE, own)
    here = _own_halves(ctx, book, rows)
    lines = tuple(
        DonationLine(
            id=row.id,
            reference=row.reference,
            at=row.at,
            donor=who.get(row.donor_id),
            fund=Name(row.name, row.name_en) if row.name else None,
            amount_minutes=row.amount_minutes,
            how=row.how,
            witness=who.get(row.witness_id) if row.witness_id else None,
            transfer_id=here[row.id],
            paper=codes.get(row.id, ""),
            elsewhere=elsewhere(ctx, book, row.book, row.to_book),
        )
        for row in rows
    )
    return Page(lines, page, want.size, total, added)


def _own_halves(ctx: Context, book: str, rows: Sequence[Any]) -> dict[UUID, UUID]:
    """By gift or donation, the transfer in this book, of those that have moved something."""
    moved = [row for row in rows if row.transfer_id is not None]
    found = {row.id: row.transfer_id for row in moved if row.book == book}
    for other in sorted({row.book for row in moved} - {book}):
        of_other = {row.transfer_id: row.id for row in moved if row.book == other}
        for key, half in other_halves(ctx.session, other, list(of_other)).items():
            found[of_other[key]] = half.transfer_id
    return found


def _donated(books: Collection[str]) -> sa.Select[*tuple[Any, ...]]:
    """Donations, each with the name of its fund."""
    return sa.select(
        Donation.book,
        Donation.id,
        Donation.reference,
        Donation.at,
        Donation.donor_id,
        Donation.amount_minutes,
        Donation.how,
        Donation.witness_id,
        Donation.transfer_id,
        Donation.to_book,
        BenefitFund.name,
        BenefitFund.name_en,
    ).outerjoin(
        BenefitFund,
        sa.and_(
            BenefitFund.book.in_(books),
            BenefitFund.book == sa.func.coalesce(Donation.to_book, Donation.book),
            BenefitFund.id == Donation.fund_id,
        ),
    )


def _codes(ctx: Context, book: str, kind: PaperKind, subjects: list[UUID]) -> dict[UUID, str]:
    """Check codes of the papers that hold, by what they are about."""
    found: dict[UUID, str] = {}
    for start in range(0, len(subjects), 500):
        rows = ctx.session.execute(
            sa.select(Paper.subject_id, Paper.code).where(
                Paper.book == book,
                Paper.kind == kind.value,
                Paper.withdrawn_at.is_(None),
                Paper.subject_id.in_(subjects[start : start + 500]),
            )
        )
        found |= {row.subject_id: row.code for row in rows}
    return found
