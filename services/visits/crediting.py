"""The minutes: each visit valued by the pinned rules, and both sides posted in one act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.ledger import ValuationRecord
from models.people import Member
from models.requests import Request, RequestState, Visit, VisitState
from services import audit, outbox, rates
from services.clock import local_date
from services.context import Context
from services.corridors.crossing import Halves, post_all, settle_all
from services.donations.overflowing import Destination, destination, note_overflow
from services.ids import derived
from services.ledger.decide import HeldLegs
from services.ledger.drafts import Stamp
from services.ledger.holds import release
from services.ledger.post import transfer_id_of
from services.ledger.rows import read_holds
from services.matching.marks import mark
from services.places import regional_settings
from services.requests.reviewing import release_holds, service_name
from services.requests.shares import open_shares, shared_minutes
from services.rules.caps import credit_per_day
from services.rules.factors import STOPS
from services.rules.valuation import (
    Valuation,
    VisitFacts,
    creditable_span,
    settle,
    settle_pair,
    value,
)
from services.visits import sentences as say
from services.visits.days import lock_members, locked_day, settle_day
from services.visits.halves import NOTHING, charge_of, credited, service_halves, unpaid
from services.visits.paid import tell_paid

#: A visit in one of these has come to its end.
ENDED = (
    VisitState.CREDITED,
    VisitState.REJECTED,
    VisitState.CANCELLED,
    VisitState.NO_SHOW,
    VisitState.CLOSED_DOOR,
)


def credit_when_complete(ctx: Context, request: Request) -> None:
    """Value and post once every visit of the request is confirmed or has otherwise ended."""
    visits = ctx.session.scalars(
        sa.select(Visit)
        .where(Visit.book == request.book, Visit.request_id == request.id)
        .order_by(Visit.accepted_at, Visit.id)
    ).all()
    if any(visit.state not in (*ENDED, VisitState.CONFIRMED) for visit in visits):
        return
    confirmed = [visit for visit in visits if visit.state is VisitState.CONFIRMED]
    if request.ended_at is None:
        # One that was called off or has run out stays so.
        request.state, request.ended_at = RequestState.CLOSED, ctx.now
    if confirmed:
        _credit(ctx, request, confirmed)
    else:
        ctx.session.flush()
        release_holds(ctx, request)


def _credit(ctx: Context, request: Request, visits: Sequence[Visit]) -> None:
    _lock_providers(ctx, visits)
    holds = _holds(ctx, request, visits)
    elder_hold = shared_minutes(ctx, request)
    found = [_value(ctx, request, visit) for visit in visits]
    valued = _shares(found, elder_hold)
    #: Which transfer charges the elder's side; it captures what was held for it, or frees it.
    charged = max(range(len(found)), key=lambda i: found[i].elder_share_minutes)
    #: The charge comes first: what it leaves of the holds is there for the others.
    acts: list[tuple[Visit, Destination | None, Halves]] = []
    spare: list[UUID] = []
    for place in sorted(range(len(visits)), key=lambda i: i != charged):
        visit, valuation = visits[place], valued[place]
        _settle_visit(ctx, request, visit, valuation)
        ended = [visit.pool_hold_id]
        charge = NOTHING
        if place == charged:
            ended += [request.hold_id, request.pool_hold_id]
            share = found[place].elder_share_minutes
            charge = charge_of(ctx, request, visit, holds, share, valuation)
        captures = tuple(hold for hold in ended if hold is not None and hold in holds)
        if not valuation.earn_minutes:
            spare.extend(captures)
            acts.append((visit, None, unpaid(visit, charge)))
            continue
        provider = ctx.session.get_one(Member, visit.provider_id)
        to = destination(ctx, visit.provider_book, provider)
        earn = valuation.earn_minutes
        halves = service_halves(ctx, request, visit, earn, charge, to, captures)
        visit.transfer_id = transfer_id_of(halves.drafts[0])
        acts.append((visit, to, halves))
    _post(ctx, request, acts, spare)


def _post(
    ctx: Context,
    request: Request,
    acts: Sequence[tuple[Visit, Destination | None, Halves]],
    spare: Sequence[UUID],
) -> None:
    """End the claims, give back what nobody takes, and post every half of every visit."""
    ctx.session.flush()
    halves = [each for _, _, each in acts]
    settle_all(ctx, halves)
    stamp = Stamp(ctx.now, ctx.actor.id)
    release(ctx.session, request.book, spare, stamp)
    posted = post_all(ctx, halves)
    if request.payer_book is not None and request.payer_hold_id is not None:
        # What was captured has ended; where nothing was to be paid, the coins are free again.
        release(ctx.session, request.payer_book, [request.payer_hold_id], stamp)
    for visit, to, act in acts:
        if to is not None:
            draft = credited(visit, act)
            note_overflow(ctx, to, posted[transfer_id_of(draft)], draft)


def _lock_providers(ctx: Context, visits: Sequence[Visit]) -> None:
    """Lock those who came, then their days, in key order: two pairs may share their people.

    Hours are added up in the member's row, which two visits of different days both change.
    """
    lock_members(ctx.session, {visit.provider_id for visit in visits})
    days = {(v.provider_book, v.provider_id, local_date(v.starts_at)) for v in visits}
    for book, provider_id, day in sorted(days):
        locked_day(ctx.session, book, provider_id, day)


def _shares(valuations: list[Valuation], elder_hold_minutes: int) -> list[Valuation]:
    """The elder pays once, the larger share, and never above the hold."""
    if len(valuations) == 1:
        return [settle(valuations[0], elder_hold_minutes)]
    first, second, *extras = valuations
    if first.earn_minutes == 0 or second.earn_minutes == 0:
        payer = max(range(len(valuations)), key=lambda i: valuations[i].elder_minutes)
        return [
            settle(each, elder_hold_minutes if place == payer else 0)
            for place, each in enumerate(valuations)
        ]
    pair = settle_pair(first, second, elder_hold_minutes)
    return [*pair, *(settle(extra, 0) for extra in extras)]


def _value(ctx: Context, request: Request, visit: Visit) -> Valuation:
    """Value a visit under the lock of the provider's day."""
    day = locked_day(
        ctx.session, visit.provider_book, visit.provider_id, local_date(visit.starts_at)
    )
    return valued(ctx, request, visit, day.credit_minutes)


def valued(ctx: Context, request: Request, visit: Visit, day_credit_minutes: int) -> Valuation:
    """What an ended visit is worth by the rules, the calendar and the facts pinned at acceptance.

    ``day_credit_minutes`` is all that is reserved or credited on its date, its own part included.
    """
    assert visit.checked_in_at is not None
    assert visit.checked_out_at is not None
    breaks = tuple(
        (datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in visit.breaks
    )
    span = creditable_span(visit.checked_in_at, visit.checked_out_at, visit.starts_at, breaks)
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    calendar = rates.calendar_version(ctx.session, visit.calendar_version)
    elsewhere = day_credit_minutes - visit.reserved_minutes
    provider = ctx.session.get_one(Member, visit.provider_id)
    settings = regional_settings(ctx.session, provider.region_code, local_date(ctx.now))
    facts = VisitFacts(
        service=request.service_code,
        start=span.start,
        actual_minutes=span.actual_minutes,
        booked_minutes=visit.booked_minutes,
        provider_level=visit.provider_level,
        certificate_relevant=visit.certificate_relevant,
        care_grade=visit.care_grade,
        credited_today_minutes=elsewhere,
        breaks=span.breaks,
        # A cap that the region has tightened since never takes away what was reserved.
        credit_per_day_minutes=max(
            credit_per_day(rules, settings), elsewhere + visit.reserved_minutes
        ),
        booked_start=visit.starts_at,
        premium_stop=STOPS[visit.premium_stop],
    )
    return value(facts, rules, calendar)


def _settle_visit(ctx: Context, request: Request, visit: Visit, valuation: Valuation) -> None:
    """Store the valuation, close the visit, and count the hours that were really given."""
    valuation_id = derived("valuation", visit.book, visit.id)
    # Each book proves itself: where two take part, both hold what the minutes follow from.
    for book in sorted({visit.book, visit.provider_book}):
        ctx.session.add(
            ValuationRecord(
                book=book,
                id=valuation_id,
                visit_id=visit.id,
                rule_set_version=valuation.rule_set_version,
                rule_set_hash=valuation.rule_set_hash,
                calendar_version=valuation.calendar_version,
                content=valuation.to_dict(),
                credited_minutes=valuation.credited_minutes,
                earn_minutes=valuation.earn_minutes,
                elder_minutes=valuation.elder_minutes,
                pool_minutes=valuation.pool_minutes,
                created_at=ctx.now,
            )
        )
    visit.valuation_id = valuation_id
    visit.state, visit.ended_at = VisitState.CREDITED, ctx.now
    visit.actual_minutes = valuation.creditable_minutes
    credited = valuation.credited_minutes if valuation.earn_minutes else 0
    settle_day(ctx.session, visit, credited, valuation.creditable_minutes)
    provider = ctx.session.get_one(Member, visit.provider_id)
    provider.served_minutes += valuation.creditable_minutes
    mark(ctx.session, [provider.id], ctx.now)
    _tell(ctx, request, visit, valuation)


def _tell(ctx: Context, request: Request, visit: Visit, valuation: Valuation) -> None:
    name = service_name(ctx, request)
    outbox.tell(
        ctx,
        visit.book,
        visit.provider_id,
        say.CREDITED_TO_YOU,
        earn_minutes=valuation.earn_minutes,
        **name,
    )
    tell_paid(ctx, request, valuation, name)
    audit.record(
        ctx,
        "visit.credit",
        "visit",
        visit.id,
        book=visit.book,
        after={
            "earn_minutes": valuation.earn_minutes,
            "elder_minutes": valuation.elder_minutes,
            "pool_minutes": valuation.pool_minutes,
            "valuation": str(visit.valuation_id),
        },
        acting_for_id=None if ctx.actor.id == request.elder_id else request.elder_id,
    )


def _holds(ctx: Context, request: Request, visits: Sequence[Visit]) -> dict[UUID, HeldLegs]:
    """The holds behind these visits that are still open."""
    ids = [request.pool_hold_id, *(visit.pool_hold_id for visit in visits)]
    found = read_holds(ctx.session, request.book, [hold for hold in ids if hold is not None])
    found |= open_shares(ctx, request)
    return {key: held for key, held in found.items() if not held.ended}
