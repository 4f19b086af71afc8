"""Who may pay a parent's or grandparent's service from own earned coins, and how much a year.

The coins are held at the request, before the elder's own. They count against the year in China
in which the request was made: what an open hold keeps of them, and what was taken in the end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import AccountKind, Hold, HoldLeg, HoldOutcome, Outcome, Transfer
from models.people import Member, MemberStatus
from models.requests import Request, RequestState
from services import rates
from services.clock import age_on, at_local, local_date
from services.context import Context
from services.corridors.foreseeing import require_room
from services.errors import DomainError
from services.ledger.accounts import account_id, standings
from services.ledger.drafts import Leg
from services.people.books import books_of
from services.people.guardians import require_no_ward
from services.people.reading import kin_relation, member_row
from services.places import regional_settings
from services.requests import sentences as say
from services.rules.regional import regional_value

FIELD = "kin_payment_per_year_minutes"


@dataclass(frozen=True, slots=True)
class Payment:
    """What somebody pays of one request of an elder, in standard minutes."""

    request_id: UUID
    reference: str
    elder_id: UUID
    service_code: str
    starts_at: datetime
    asked_at: datetime
    state: RequestState
    minutes: int
    #: Whether the service has been paid; else the minutes are set aside.
    paid: bool
    #: The elder's book, where the payer's minutes cross to it.
    to_book: str | None


@dataclass(frozen=True, slots=True)
class Purse:
    """What a payer could pay now: the year's amount, what is left of it, and what there is."""

    year_minutes: int
    left_minutes: int
    available_minutes: int
    #: Whether the elder's account is in another book, to which the minutes cross.
    crosses: bool = False

    @property
    def most_minutes(self) -> int:
        """The most that the next request may take."""
        return min(self.left_minutes, self.available_minutes)


def require_payer(ctx: Context, elder: Member, consent: str) -> None:
    """Raise unless whoever asks may pay for the elder and has something left to pay with.

    Raises PayerNotKin, PayerTooYoung, WardMayNot, PayersYearIsOver or PayerHasNothing, and from
    another book NotJoined, CorridorShut or CapReached; ask under the lock of the payer's row.
    """
    if consent != "family":
        raise say.PayerNotKin(field="payer")
    purse = _purse_of_kin(ctx, elder)
    if purse.left_minutes <= 0:
        raise say.PayersYearIsOver(field="payer", year_minutes=purse.year_minutes)
    if purse.most_minutes <= 0:
        raise say.PayerHasNothing(field="payer")


def purse_for(ctx: Context, elder: Member) -> Purse | None:
    """What whoever asks could pay for the elder; None for anybody who may not pay."""
    try:
        return _purse_of_kin(ctx, elder) if ctx.actor.acts_for(elder.id) else None
    except DomainError:
        return None


def _purse_of_kin(ctx: Context, elder: Member) -> Purse:
    payer, today = member_row(ctx.session, ctx.actor.id), local_date(ctx.now)
    rules = rates.rule_set_on(ctx.session, today)
    relation = kin_relation(ctx.session, payer.id, elder.id)
    if relation not in rules.gifts.kin_payment_relations:
        raise say.PayerNotKin(field="payer")
    if payer.home_book != elder.home_book:
        require_room(ctx, payer.home_book, elder.home_book, 1, field="payer")
    if age_on(payer.born_on, today) < rules.earning.adult_age:
        raise say.PayerTooYoung(field="payer", adult_age=rules.earning.adult_age)
    require_no_ward(ctx.session, payer)
    return replace(purse_of(ctx, payer), crosses=payer.home_book != elder.home_book)


def purse_of(ctx: Context, payer: Member) -> Purse:
    """What a payer could pay now."""
    earned = account_id(payer.home_book, AccountKind.EARNED, payer.id)
    available = sum(
        each.available_minutes
        for each in standings(ctx.session, payer.home_book, payer.id, now=ctx.now)
        if each.account_id == earned
    )
    whole = _year_minutes(ctx, payer)
    used = used_in(ctx.session, payer.home_book, payer.id, local_date(ctx.now).year, ctx.now)
    return Purse(whole, max(0, whole - used), max(0, available))


def payers_leg(ctx: Context, request: Request) -> Leg | None:
    """The account of a payer of the same book, and the most it may pay of this request; or None.

    Ask when nothing is held for the request: its own part would count against itself.
    """
    left = left_for(ctx, request)
    if request.payer_id is None or left <= 0:
        return None
    payer = member_row(ctx.session, request.payer_id)
    if payer.home_book != request.book:
        return None
    return Leg(account_id(request.book, AccountKind.EARNED, payer.id), left)


def left_for(ctx: Context, request: Request) -> int:
    """What is left of the payer's year for a request; 0 without a payer who can pay."""
    if request.payer_id is None:
        return 0
    payer = member_row(ctx.session, request.payer_id)
    if payer.status is not MemberStatus.ACTIVE:
        return 0
    year = local_date(request.submitted_at).year
    used = used_in(ctx.session, payer.home_book, payer.id, year, ctx.now)
    return max(0, _year_minutes(ctx, payer) - used)


def used_in(session: Session, book: str, payer_id: UUID, year: int, now: datetime) -> int:
    """How much of a year's amount is set aside or paid."""
    return sum(each.minutes for each in payments_in(session, book, payer_id, year, now))


def payments_in(
    session: Session, book: str, payer_id: UUID, year: int, now: datetime
) -> list[Payment]:
    """What somebody pays for elders by requests of a year, the newest first.

    ``book`` is the payer's own; requests of elders elsewhere count as well. What went back
    (called off, run out, reversed) is left out.
    """
    first, after = (at_local(date(each, 1, 1), time.min) for each in (year, year + 1))
    within = (Request.submitted_at >= first, Request.submitted_at < after)
    books = {book, *books_of(member_row(session, payer_id))}
    rows = [
        row
        for each in sorted(books)
        for row in session.execute(_payments(each, payer_id).where(*within))
    ]
    found = [_payment(row, row, now) for row in rows]
    found += _from_afar(session, books, payer_id, within, now)
    standing_ones = [each for each in found if each is not None]
    return sorted(standing_ones, key=lambda each: (each.asked_at, each.request_id), reverse=True)


def payer_part(session: Session, request: Request) -> int:
    """What the payer's account keeps of what is set aside for a request, open or not."""
    if request.payer_id is None:
        return 0
    book, hold_id = request.book, request.hold_id
    if request.payer_book is not None:
        book, hold_id = request.payer_book, request.payer_hold_id
    if hold_id is None:
        return 0
    minutes = session.scalar(
        sa.select(HoldLeg.amount_minutes).where(
            HoldLeg.book == book,
            HoldLeg.hold_id == hold_id,
            HoldLeg.account_id == account_id(book, AccountKind.EARNED, request.payer_id),
        )
    )
    return minutes or 0


def _payment(row: Any, held: Any, now: datetime) -> Payment | None:
    """A request and what is kept or taken for it; None where it went back."""
    paid = held.outcome is Outcome.CAPTURED
    run_out = held.outcome is None and held.expires_at is not None and held.expires_at <= now
    minutes = min(held.minutes, held.captured) if paid else held.minutes
    if not minutes or run_out or held.outcome not in (None, Outcome.CAPTURED):
        return None
    return Payment(
        request_id=row.id,
        reference=row.reference,
        elder_id=row.elder_id,
        service_code=row.service_code,
        starts_at=row.starts_at,
        asked_at=row.submitted_at,
        state=row.state,
        minutes=minutes,
        paid=paid,
        to_book=row.book if row.payer_book else None,
    )


def _from_afar(
    session: Session,
    books: Collection[str],
    payer_id: UUID,
    within: Sequence[sa.ColumnElement[bool]],
    now: datetime,
) -> list[Payment | None]:
    """Requests of elders of other books: what is kept for them stands in the payer's."""
    requests = session.scalars(
        sa.select(Request).where(
            Request.book.in_(books),
            Request.payer_id == payer_id,
            Request.payer_hold_id.is_not(None),
            *within,
        )
    ).all()
    found: list[Payment | None] = []
    for book in sorted({row.payer_book for row in requests if row.payer_book is not None}):
        of_book = {row.payer_hold_id: row for row in requests if row.payer_book == book}
        rows = session.execute(_kept(book).where(Hold.id.in_(of_book)))
        found.extend(_payment(of_book[held.hold_id], held, now) for held in rows)
    return found


def _kept(book: str) -> sa.Select[*tuple[Any, ...]]:
    """Legs of holds with what became of them, but for what was taken and reversed."""
    reversal = sa.orm.aliased(Transfer)
    taken_back = sa.exists().where(
        reversal.book == HoldOutcome.book, reversal.reverses_id == HoldOutcome.transfer_id
    )
    return (
        sa.select(
            Hold.id.label("hold_id"),
            HoldLeg.amount_minutes.label("minutes"),
            HoldOutcome.outcome,
            HoldOutcome.captured_minutes.label("captured"),
            Hold.expires_at,
        )
        .join(HoldLeg, sa.and_(HoldLeg.book == Hold.book, HoldLeg.hold_id == Hold.id))
        .outerjoin(
            HoldOutcome, sa.and_(HoldOutcome.book == Hold.book, HoldOutcome.hold_id == Hold.id)
        )
        .where(Hold.book == book, sa.not_(taken_back))
    )


def _payments(book: str, payer_id: UUID) -> sa.Select[*tuple[Any, ...]]:
    """The payer's leg of each request's present hold in one book, with what became of it."""
    return (
        _kept(book)
        .add_columns(
            Request.id,
            Request.reference,
            Request.elder_id,
            Request.service_code,
            Request.starts_at,
            Request.submitted_at,
            Request.state,
            Request.book,
            Request.payer_book,
        )
        .join(Request, sa.and_(Request.book == Hold.book, Request.hold_id == Hold.id))
        .where(Request.payer_id == payer_id)
        .where(HoldLeg.account_id == account_id(book, AccountKind.EARNED, payer_id))
    )


def _year_minutes(ctx: Context, payer: Member) -> int:
    """The year's amount by the payer's own region."""
    today = local_date(ctx.now)
    settings = regional_settings(ctx.session, payer.region_code, today)
    return regional_value(rates.rule_set_on(ctx.session, today), FIELD, settings.get(FIELD))
