"""A volunteer says yes: nobody is ever assigned. The price is pinned here, and both sides held."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import ProviderDay, Request, RequestState, Visit, VisitState
from services import audit, outbox, policy, rates
from services.acts import once
from services.asking import settling
from services.clock import local_date
from services.context import Context
from services.ledger.drafts import NotEnough
from services.ledger.holds import held_minutes
from services.ledger.rows import read_holds
from services.matching.marks import mark
from services.people.books import remember_book
from services.people.reading import member_row
from services.places import regional_settings
from services.requests.funding import hold_from_pool
from services.requests.reviewing import locked_request, service_name, subject_of, tell_elder
from services.requests.sentences import REQUEST_WAITING
from services.requests.shares import keep_share, shared_minutes
from services.reserve.reading import premium_stop_now
from services.rules.booking import TRAVEL_BUFFER_MINUTES
from services.rules.calendar import Calendar
from services.rules.caps import credit_left, reserved_at_acceptance
from services.rules.factors import STOPS
from services.rules.rule_set import RuleSet
from services.rules.valuation import largest_pool_share
from services.visits import sentences as say
from services.visits.across import claim_cost
from services.visits.codes import make_digits
from services.visits.days import claim_slots, lock_members, locked_day
from services.visits.fitness import COMING, Fitness, fitness_of


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a volunteer is told after saying yes."""

    visit_id: UUID
    #: Minutes of the day's credit that this visit reserves; the rest would be honour minutes.
    reserved_minutes: int


def accept(ctx: Context, book: str, request_id: UUID) -> Acceptance:
    """Promise to come.

    Raises Taken, Ineligible (with every reason), Overlap, PoolShort or CapReached.
    """
    request = locked_request(ctx, book, request_id)
    policy.require(ctx.actor, "visit.accept", subject_of(request, ctx.actor.id))
    result = once(
        ctx, book, "visit.accept", {"request_id": request_id}, lambda: _accept(ctx, request)
    )
    return Acceptance(UUID(result["visit_id"]), int(result["reserved_minutes"]))


def _accept(ctx: Context, request: Request) -> dict[str, str]:
    # Somebody in training may still join a request that has everybody it needs.
    joinable = (RequestState.OPEN, RequestState.FILLED)
    if request.state not in joinable or request.starts_at <= ctx.now:
        raise say.Taken
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    calendar = rates.calendar_on(ctx.session)
    # The week's and the year's hours are on other days' rows: one promise of a person at a time.
    lock_members(ctx.session, {ctx.actor.id})
    provider = member_row(ctx.session, ctx.actor.id)
    day = locked_day(ctx.session, provider.home_book, provider.id, local_date(request.starts_at))
    fitness = fitness_of(ctx, request, provider, rules)
    if fitness.full:
        raise say.Taken
    if fitness.refusals:
        first = fitness.refusals[0]
        raise say.Ineligible(first.sentence, reasons=fitness.refusals, **first.params)
    settings = regional_settings(ctx.session, provider.region_code, local_date(ctx.now))
    left = credit_left(day.credit_minutes, rules, settings)
    visit = _visit(ctx, request, provider, fitness, rules, calendar, left)
    try:
        # What the promise wrote goes back when the pool cannot hold its share. A cap that is used
        # up refuses it too, and the request stays open to whoever needs no cap.
        with ctx.session.begin_nested():
            _promise(ctx, request, visit, day)
            claim_cost(ctx, request, visit)
            # From the first promise on the elder's share stays set aside until it is settled.
            keep_share(ctx, request)
            _hold_pool_share(ctx, request, visit, rules, calendar)
    except NotEnough as short:
        _wait_for_pool(ctx, request, short.params["shortfall_minutes"])
        raise say.PoolShort from None
    _close_when_full(ctx, request)
    settling.accepted(ctx, request, provider.id)
    _tell(ctx, request, visit, provider)
    return {"visit_id": str(visit.id), "reserved_minutes": str(visit.reserved_minutes)}


def _visit(
    ctx: Context,
    request: Request,
    provider: Member,
    fitness: Fitness,
    rules: RuleSet,
    calendar: Calendar,
    left: int,
) -> Visit:
    """The promise with everything its price depends on: nothing later lowers it."""
    return Visit(
        book=request.book,
        id=ctx.new_id(),
        request_id=request.id,
        elder_id=request.elder_id,
        provider_id=provider.id,
        provider_book=provider.home_book,
        state=VisitState.ACCEPTED,
        accepted_at=ctx.now,
        starts_at=request.starts_at,
        booked_minutes=request.booked_minutes,
        rule_set_version=rules.version,
        calendar_version=calendar.version,
        provider_level=fitness.level,
        certificate_relevant=fitness.certificate_relevant,
        care_grade=fitness.care_grade,
        premium_stop=premium_stop_now(ctx, request.book),
        extra=fitness.extra,
        reserved_minutes=reserved_at_acceptance(request.booked_minutes, left),
        breaks=[],
    )


def _promise(ctx: Context, request: Request, visit: Visit, day: ProviderDay) -> None:
    """Write the visit, take its part of the day, and claim its quarters of an hour."""
    ctx.session.add(visit)
    day.credit_minutes += visit.reserved_minutes
    day.actual_minutes += visit.booked_minutes
    ctx.session.flush()
    claim_slots(ctx.session, visit, TRAVEL_BUFFER_MINUTES)
    visit.changed_at = ctx.now
    remember_book(member_row(ctx.session, visit.provider_id), visit.book)
    mark(ctx.session, [visit.provider_id], ctx.now)
    if not request.remote:
        make_digits(ctx, visit)
    ctx.session.flush()


def _hold_pool_share(
    ctx: Context,
    request: Request,
    visit: Visit,
    rules: RuleSet,
    calendar: Calendar,
) -> None:
    """Hold the most the pool may have to pay, less what it already holds for the elder.

    The day's credit is not taken into account: another visit of the day may be cancelled and
    give its minutes back, and the pool must never be short after the work.
    """
    first = _first_paid(ctx, request, visit)
    elder, kept = shared_minutes(ctx, request) if first else 0, 0
    if first and request.pool_hold_id is not None:
        holds = read_holds(ctx.session, request.book, [request.pool_hold_id])
        kept = held_minutes(holds.get(request.pool_hold_id))
    largest = largest_pool_share(
        service=request.service_code,
        booked_start=request.starts_at,
        booked_minutes=request.booked_minutes,
        provider_level=visit.provider_level,
        certificate_relevant=visit.certificate_relevant,
        care_grade=visit.care_grade,
        credit_left_minutes=None,
        elder_hold_minutes=elder,
        rules=rules,
        calendar=calendar,
        premium_stop=STOPS[visit.premium_stop],
    )
    needed = largest - kept
    if needed > 0:
        visit.pool_hold_id = hold_from_pool(ctx, request.book, "pool_share", visit.id, needed)


def _first_paid(ctx: Context, request: Request, visit: Visit) -> bool:
    """The elder pays once: only the first acceptance counts on the elder's hold."""
    others = _promised(ctx, request)
    return not [other for other in others if other.id != visit.id and not other.extra]


def _promised(ctx: Context, request: Request) -> list[Visit]:
    return list(
        ctx.session.scalars(
            sa.select(Visit).where(
                Visit.book == request.book,
                Visit.request_id == request.id,
                Visit.state.in_(COMING),
            )
        )
    )


def _wait_for_pool(ctx: Context, request: Request, missing_minutes: int) -> None:
    """Put the request in the pool's queue: it says so before the work, never after it."""
    request.state = RequestState.WAITING_POOL
    request.pool_needed_minutes = missing_minutes
    tell_elder(ctx, request, REQUEST_WAITING)
    audit.record(
        ctx,
        "request.wait_for_pool",
        "request",
        request.id,
        book=request.book,
        before={"state": RequestState.OPEN.value},
        after={"state": request.state.value, "missing_minutes": missing_minutes},
    )
    settling.settle(ctx, request)
    ctx.session.flush()


def _close_when_full(ctx: Context, request: Request) -> None:
    promised = [visit for visit in _promised(ctx, request) if not visit.extra]
    if len(promised) >= request.people_needed:
        request.state = RequestState.FILLED


def _tell(ctx: Context, request: Request, visit: Visit, provider: Member) -> None:
    elder = member_row(ctx.session, request.elder_id)
    service = service_name(ctx, request)
    outbox.tell(
        ctx,
        request.book,
        elder.id,
        say.VISITOR_FOUND,
        channel="sms",
        until=request.starts_at,
        request_id=request.id,
        visit_id=visit.id,
        start_at=request.starts_at,
        **service,
        visitor=provider.name,
        door_word=elder.door_word or say.DOOR_WORD,
    )
    outbox.tell(
        ctx,
        request.book,
        provider.id,
        say.YOU_ACCEPTED,
        start_at=request.starts_at,
        **service,
        reference=request.reference,
    )
    audit.record(
        ctx,
        "visit.accept",
        "visit",
        visit.id,
        book=visit.book,
        after={
            "request": str(request.id),
            "level": visit.provider_level,
            "reserved_minutes": visit.reserved_minutes,
            "rule_set": visit.rule_set_version,
        },
    )
