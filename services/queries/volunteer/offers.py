"""Requests that look for somebody, and what one of them would be worth to this volunteer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, RequestState
from services import audit, policy, rates
from services.availability.loading import Stated, stated_by
from services.clock import local_date
from services.context import Context
from services.corridors.finding import require_open
from services.people.reading import member_row
from services.people.texts import masked_name
from services.places import BranchView, branch, regional_settings
from services.queries.volunteer.abroad import Quote, quote
from services.queries.volunteer.asked import Asked, asked
from services.queries.volunteer.away import (
    asking_books,
    book_of_request,
    payer_away,
    place_away,
)
from services.queries.volunteer.places import distance_m, masked_address
from services.requests.hosted import books_at, takes_place_in
from services.requests.sentences import RequestUnknown
from services.reserve.reading import premium_stop_now
from services.rules.availability import covers
from services.rules.booking import TRAVEL_BUFFER_MINUTES
from services.rules.caps import credit_left
from services.rules.explanation import Line
from services.rules.names import Name
from services.rules.refusals import Refusal
from services.rules.rule_set import RuleSet
from services.rules.valuation import VisitFacts, explain, value
from services.visits.days import minutes_between
from services.visits.fitness import Fitness, coming_to, fitness_of_all

#: More open requests than this are never looked at in one go; the nearest in time come first.
MOST = 300
#: The parts of the list, in their order.
PARTS = ("asked", "fitting", "other", "not")
#: Lines of an explanation that say what others pay, or speak of a visit as past.
NOT_IN_ESTIMATE = frozenset(
    {"served", "elder", "elder_full", "elder_hold", "elder_pair", "pool", "pool_receives"}
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A request as a volunteer sees it before saying yes: no full name, no door."""

    book: str
    id: UUID
    service_code: str
    service: Name
    starts_at: datetime
    booked_minutes: int
    remote: bool
    street: str | None
    elder: str
    people_needed: int
    coming: int
    #: From home to home, rounded up to 100; None where one is not known.
    distance_m: int | None
    refusals: tuple[Refusal, ...]
    #: Joins to learn: honour minutes only.
    extra: bool
    #: Lies in the hours that the volunteer has stated, the way there and back with it.
    fits_hours: bool
    #: The volunteer has been asked for it, and may still answer.
    asked: Asked | None
    #: The region of an elder of another book; it pays, whether the service is here or there.
    elders_region: Name | None

    @property
    def eligible(self) -> bool:
        """Whether nothing stands against it."""
        return not self.refusals

    @property
    def part(self) -> str:
        """Where it stands in the list: asked, fitting, other, not."""
        if not self.eligible:
            return "not"
        if self.asked is not None:
            return "asked"
        return "fitting" if self.fits_hours else "other"


@dataclass(frozen=True, slots=True)
class OfferList:
    """Offers in parts, each by time or by distance; and what they can be filtered by."""

    offers: tuple[Offer, ...]
    #: Visits to step in for when somebody else cannot come.
    standbys: tuple[Asked, ...]
    days: tuple[date, ...]
    services: tuple[tuple[str, Name], ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the booked minutes would be worth, as things stand now. Standard minutes."""

    #: What the day of the visit still holds for credit, before this visit.
    left_minutes: int
    counted_minutes: int
    honour_minutes: int
    earn_minutes: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class OfferPage:
    """One request in full. ``offer`` is None when it no longer looks for anybody.

    ``my_visit_id`` is the volunteer's own promise to it. The estimate shows the elder's care
    grade, so only somebody who could come reads it.
    """

    book: str
    id: UUID
    state: RequestState
    service: Name
    limits: Name | None
    branch: BranchView
    my_visit_id: UUID | None
    offer: Offer | None
    estimate: Estimate | None
    #: The region in which it takes place, where that is not the volunteer's own.
    place: Name | None
    #: What stands between the elder's book and the volunteer's, where they are two.
    quote: Quote | None


def offers(
    ctx: Context,
    *,
    day: date | None = None,
    service: str | None = None,
    by_distance: bool = False,
    book: str | None = None,
) -> OfferList:
    """Requests that look for somebody where the volunteer lives, or in the region of a ``book``.

    First what one has been asked for, then what fits the hours stated, then the rest. Raises
    NotJoined or CorridorShut where that book is not open to the volunteer's.
    """
    policy.require(ctx.actor, "request.browse")
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    provider = member_row(ctx.session, ctx.actor.id)
    found = _open_requests(ctx, provider.home_book if book is None else _opened(ctx, book))
    fits = fitness_of_all(ctx, found, provider, rules) if found else {}
    found = [each for each in found if _is_offered(each, fits[each.id])]
    shown = [
        each
        for each in found
        if (day is None or local_date(each.starts_at) == day)
        and service in (None, each.service_code)
    ]
    questions = asked(ctx)
    rows = _offers(ctx, shown, provider, fits, questions)
    services = {each.service_code: _name(ctx, each) for each in found}
    return OfferList(
        offers=tuple(sorted(rows, key=partial(_order, by_distance=by_distance))),
        standbys=tuple(each for each in questions if each.is_standby),
        days=tuple(sorted({local_date(each.starts_at) for each in found})),
        services=tuple(sorted(services.items())),
    )


def offer(ctx: Context, request_id: UUID, book: str | None = None) -> OfferPage:
    """One request with its estimate; call it in a unit of work, since a look is recorded.

    Without a ``book`` it is one of those in which the volunteer may be asked; any other has to
    be open to the volunteer's own: NotJoined or CorridorShut otherwise.
    """
    policy.require(ctx.actor, "request.browse")
    if book is None:
        book = book_of_request(ctx, request_id)
    elif book not in asking_books(ctx):
        _opened(ctx, book)
    request = ctx.session.get(Request, (book, request_id))
    if request is None or request.state is RequestState.SUBMITTED:
        raise RequestUnknown
    provider = member_row(ctx.session, ctx.actor.id)
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    line = rates.rule_set(ctx.session, request.rule_set_version).service(request.service_code)
    mine = _mine(ctx, request)
    shown = estimate = priced = None
    if _looks_for_somebody(ctx, request) and mine is None:
        fits = fitness_of_all(ctx, [request], provider, rules)
        if _is_offered(request, fits[request.id]):
            [shown] = _offers(ctx, [request], provider, fits, asked(ctx))
        if shown is not None and shown.eligible:
            estimate = _estimate(ctx, request, provider, fits[request.id], rules)
            priced = quote(ctx, request, fits[request.id], rules)
            _record_look(ctx, request)
    return OfferPage(
        book=request.book,
        id=request.id,
        state=request.state,
        service=line.name,
        limits=line.limits,
        branch=branch(ctx.session, request.branch_id),
        my_visit_id=mine,
        offer=shown,
        estimate=estimate,
        place=place_away(ctx, request),
        quote=priced,
    )


def _opened(ctx: Context, book: str) -> str:
    """Another book, once it is certain that it may pay into the volunteer's."""
    if book != ctx.actor.home_book:
        require_open(ctx, book, ctx.actor.home_book)
    return book


def _open_requests(ctx: Context, place: str) -> list[Request]:
    """What takes place in a county and looks for somebody, elders' who only stay there too."""
    return list(
        ctx.session.scalars(
            sa.select(Request)
            .where(
                Request.book.in_(books_at(ctx.session, place, ctx.now)),
                takes_place_in(place),
                Request.state.in_((RequestState.OPEN, RequestState.FILLED)),
                Request.starts_at > ctx.now,
            )
            .order_by(Request.starts_at, Request.id)
            .limit(MOST)
        )
    )


def _looks_for_somebody(ctx: Context, request: Request) -> bool:
    joinable = (RequestState.OPEN, RequestState.FILLED)
    return request.state in joinable and request.starts_at > ctx.now


def _is_offered(request: Request, fitness: Fitness) -> bool:
    """Open to everybody; a filled one only to a learner who may join it."""
    codes = {each.code for each in fitness.refusals}
    if fitness.barred:
        return False
    if "already_accepted" in codes or "own_request" in codes:
        return False
    return request.state is RequestState.OPEN or (fitness.extra and fitness.eligible)


def _order(each: Offer, *, by_distance: bool) -> tuple[int, int, int, str]:
    far = 10**9
    distance = far if each.distance_m is None else each.distance_m
    minute = int(each.starts_at.timestamp() // 60)
    first, second = (distance, minute) if by_distance else (minute, distance)
    return (PARTS.index(each.part), first, second, str(each.id))


def _offers(
    ctx: Context,
    requests: Sequence[Request],
    provider: Member,
    fits: Mapping[UUID, Fitness],
    questions: Sequence[Asked],
) -> list[Offer]:
    coming = coming_to(ctx, requests) if requests else {}
    elders = _members(ctx, {each.elder_id for each in requests})
    mine = {each.request_id: each for each in questions if not each.is_standby}
    stated = stated_by(ctx.session, [provider.id], local_date(ctx.now))[provider.id]
    return [
        Offer(
            book=each.book,
            id=each.id,
            service_code=each.service_code,
            service=_name(ctx, each),
            starts_at=each.starts_at,
            booked_minutes=each.booked_minutes,
            remote=each.remote,
            street=masked_address(ctx, each),
            elder=masked_name(elders[each.elder_id].name),
            people_needed=each.people_needed,
            coming=sum(not visit.extra for visit in coming.get(each.id, ())),
            distance_m=None
            if each.remote or each.place_book
            else distance_m(provider, elders[each.elder_id]),
            refusals=fits[each.id].refusals,
            extra=fits[each.id].extra,
            fits_hours=_fits_hours(stated, each),
            asked=mine.get(each.id),
            elders_region=payer_away(ctx, each),
        )
        for each in requests
    ]


def _fits_hours(stated: Stated, request: Request) -> bool:
    """Whether a visit lies in the hours stated; they are door to door."""
    way = timedelta(minutes=0 if request.remote else TRAVEL_BUFFER_MINUTES)
    start, end = request.starts_at - way, request.ends_at + way
    return covers(stated.windows, stated.exceptions, start, end)


def _members(ctx: Context, ids: set[UUID]) -> dict[UUID, Member]:
    rows = ctx.session.scalars(sa.select(Member).where(Member.id.in_(ids)))
    return {row.id: row for row in rows}


def _name(ctx: Context, request: Request) -> Name:
    rules = rates.rule_set(ctx.session, request.rule_set_version)
    return rules.service(request.service_code).name


def _mine(ctx: Context, request: Request) -> UUID | None:
    mine = [
        visit
        for visit in coming_to(ctx, [request]).get(request.id, ())
        if visit.provider_id == ctx.actor.id
    ]
    return mine[-1].id if mine else None


def left_on(ctx: Context, provider: Member, day: date, rules: RuleSet) -> int:
    """Minutes of credit that a volunteer's day still holds."""
    taken, _ = minutes_between(ctx.session, provider.home_book, provider.id, day, day)
    settings = regional_settings(ctx.session, provider.region_code, local_date(ctx.now))
    return credit_left(taken, rules, settings)


def _estimate(
    ctx: Context, request: Request, provider: Member, fitness: Fitness, rules: RuleSet
) -> Estimate:
    """The formula over exactly the booked minutes, begun on time."""
    left = left_on(ctx, provider, local_date(request.starts_at), rules)
    a_day = rules.default("credited_per_day_minutes")
    facts = VisitFacts(
        service=request.service_code,
        start=request.starts_at,
        actual_minutes=request.booked_minutes,
        booked_minutes=request.booked_minutes,
        provider_level=fitness.level,
        certificate_relevant=fitness.certificate_relevant,
        care_grade=fitness.care_grade,
        credited_today_minutes=max(0, a_day - left),
        booked_start=request.starts_at,
        premium_stop=premium_stop_now(ctx, request.book),
    )
    found = value(facts, rules, rates.calendar_on(ctx.session))
    return Estimate(
        left_minutes=left,
        counted_minutes=found.credited_minutes,
        honour_minutes=found.creditable_minutes - found.credited_minutes,
        earn_minutes=found.earn_minutes,
        lines=tuple(line for line in explain(found, rules) if line.code not in NOT_IN_ESTIMATE),
    )


def _record_look(ctx: Context, request: Request) -> None:
    """The factors tell the care grade of somebody else: who looked is on record."""
    audit.record(
        ctx,
        "request.read",
        "request",
        request.id,
        book=request.book,
        after={"shown": "care_grade"},
    )
