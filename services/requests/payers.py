"""Who may pay a parent's or grandparent's service from own earned coins, and how much a year.

The coins are held at the request, before the elder's own. They count against the year in China
in which the request was made: what an open hold keeps of them, and what was taken in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from services.errors import DomainError
from services.ledger.accounts import account_id, standings
from services.ledger.drafts import Leg
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


@dataclass(frozen=True, slots=True)
class Purse:
    """What a payer could pay now: the year's amount, what is left of it, and what there is."""

    year_minutes: int
    left_minutes: int
    available_minutes: int

    @property
    def most_minutes(self) -> int:
        """The most that the next request may take."""
        return min(self.left_minutes, self.available_minutes)


def require_payer(ctx: Context, elder: Member, consent: str) -> None:
    """Raise unless whoever asks may pay for the elder and has something left to pay with.

    Raises PayerNotKin, PayerElsewhere, PayerTooYoung, WardMayNot, PayersYearIsOver or
    PayerHasNothing; ask under the lock of the payer's row.
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
        raise say.PayerElsewhere(field="payer")
    if age_on(payer.born_on, today) < rules.earning.adult_age:
        raise say.PayerTooYoung(field="payer", adult_age=rules.earning.adult_age)
    require_no_ward(ctx.session, payer)
    return purse_of(ctx, payer)


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
    """The payer's account and the most it may pay of this request; None without a payer.

    Ask when nothing is held for the request: its own part would count against itself.
    """
    if request.payer_id is None:
        return None
    payer = member_row(ctx.session, request.payer_id)
    if payer.status is not MemberStatus.ACTIVE:
        return None
    year = local_date(request.submitted_at).year
    used = used_in(ctx.session, request.book, payer.id, year, ctx.now)
    left = _year_minutes(ctx, payer) - used
    earned = account_id(request.book, AccountKind.EARNED, payer.id)
    return Leg(earned, left) if left > 0 else None


def used_in(session: Session, book: str, payer_id: UUID, year: int, now: datetime) -> int:
    """How much of a year's amount is set aside or paid."""
    return sum(each.minutes for each in payments_in(session, book, payer_id, year, now))


def payments_in(
    session: Session, book: str, payer_id: UUID, year: int, now: datetime
) -> list[Payment]:
    """What somebody pays for elders by requests of a year, the newest first.

    What went back (called off, run out, reversed) is left out.
    """
    first, after = (at_local(date(each, 1, 1), time.min) for each in (year, year + 1))
    rows = session.execute(
        _payments(book, payer_id)
        .where(Request.submitted_at >= first, Request.submitted_at < after)
        .order_by(Request.submitted_at.desc(), Request.id)
    )
    found = []
    for row in rows:
        paid = row.outcome is Outcome.CAPTURED
        run_out = row.outcome is None and row.expires_at is not None and row.expires_at <= now
        minutes = min(row.minutes, row.captured) if paid else row.minutes
        if minutes and not run_out and row.outcome in (None, Outcome.CAPTURED):
            found.append(
                Payment(
                    request_id=row.id,
                    reference=row.reference,
                    elder_id=row.elder_id,
                    service_code=row.service_code,
                    starts_at=row.starts_at,
                    asked_at=row.submitted_at,
                    state=row.state,
                    minutes=minutes,
                    paid=paid,
                )
            )
    return found


def payer_part(session: Session, request: Request) -> int:
    """What the payer's account keeps of the hold of a request, open or not."""
    if request.payer_id is None or request.hold_id is None:
        return 0
    minutes = session.scalar(
        sa.select(HoldLeg.amount_minutes).where(
            HoldLeg.book == request.book,
            HoldLeg.hold_id == request.hold_id,
            HoldLeg.account_id == account_id(request.book, AccountKind.EARNED, request.payer_id),
        )
    )
    return minutes or 0


def _payments(book: str, payer_id: UUID) -> sa.Select[*tuple[Any, ...]]:
    """The payer's leg of each request's present hold, with what became of it."""
    reversal = sa.orm.aliased(Transfer)
    taken_back = sa.exists().where(
        reversal.book == HoldOutcome.book, reversal.reverses_id == HoldOutcome.transfer_id
    )
    return (
        sa.select(
            Request.id,
            Request.reference,
            Request.elder_id,
            Request.service_code,
            Request.starts_at,
            Request.submitted_at,
            Request.state,
            HoldLeg.amount_minutes.label("minutes"),
            HoldOutcome.outcome,
            HoldOutcome.captured_minutes.label("captured"),
            Hold.expires_at,
        )
        .join(Hold, sa.and_(Hold.book == Request.book, Hold.id == Request.hold_id))
        .join(HoldLeg, sa.and_(HoldLeg.book == Hold.book, HoldLeg.hold_id == Hold.id))
        .outerjoin(
            HoldOutcome, sa.and_(HoldOutcome.book == Hold.book, HoldOutcome.hold_id == Hold.id)
        )
        .where(Request.book == book, Request.payer_id == payer_id)
        .where(HoldLeg.account_id == account_id(book, AccountKind.EARNED, payer_id))
        .where(sa.not_(taken_back))
    )


def _year_minutes(ctx: Context, payer: Member) -> int:
    """The year's amount by the payer's own region."""
    today = local_date(ctx.now)
    settings = regional_settings(ctx.session, payer.region_code, today)
    return regional_value(rates.rule_set_on(ctx.session, today), FIELD, settings.get(FIELD))
