"""What a volunteer has stated, on one page, and how many open requests fit it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, RequestState
from services import policy, rates
from services.availability.loading import Stated, stated_by
from services.availability.safeguarding import Safety, safety_of
from services.clock import local, local_date
from services.context import Context
from services.people.reading import member_row, subject_of
from services.places import BranchView, branch, branches_in
from services.queries.volunteer.offers import MOST
from services.requests.hosted import books_at, doors, takes_place_in
from services.rules.availability import (
    DayException,
    Span,
    Window,
    covers,
    merged,
    paused_on,
    weekly_minutes,
)
from services.rules.names import Name
from services.rules.travel import travel_minutes
from services.visits.checking import metres_between
from services.visits.fitness import fitness_of_all


@dataclass(frozen=True, slots=True)
class Fitting:
    """Of the open requests: how many there are, may be taken, and lie within what is stated."""

    open: int
    eligible: int
    fits: int


@dataclass(frozen=True, slots=True)
class AvailabilityPage:
    """Everything that a volunteer has stated."""

    member_id: UUID
    stated: Stated
    #: The seven days, each with its hours in order.
    week: tuple[tuple[Span, ...], ...]
    weekly_minutes: int
    pause: DayException | None
    has_home: bool
    #: Every service, and those of them that are declined.
    services: tuple[tuple[str, Name], ...]
    declined: tuple[Name, ...]
    branch: BranchView
    #: Branches of the county whose place is known: somewhere to set out from.
    branches: tuple[BranchView, ...]
    safety: Safety
    fitting: Fitting


def availability_page(ctx: Context, member_id: UUID) -> AvailabilityPage:
    """What a volunteer has stated, for the volunteer and the own branch."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "availability.read", subject_of(member))
    today = local_date(ctx.now)
    stated = stated_by(ctx.session, [member.id], today)[member.id]
    services = rates.rule_set_on(ctx.session, today).services
    return AvailabilityPage(
        member_id=member.id,
        stated=stated,
        week=_week(stated.windows),
        weekly_minutes=weekly_minutes(stated.windows),
        pause=paused_on(stated.exceptions, today),
        has_home=member.latitude_e6 is not None,
        services=tuple((line.code, line.name) for line in services.values()),
        declined=tuple(
            line.name for line in services.values() if line.code in stated.declined_codes
        ),
        branch=branch(ctx.session, member.branch_id),
        branches=tuple(
            each
            for each in branches_in(ctx.session, member.home_book)
            if each.latitude_e6 is not None
        ),
        safety=safety_of(ctx, member.id),
        fitting=fitting(ctx, member, stated),
    )


def _week(windows: Sequence[Window]) -> tuple[tuple[Span, ...], ...]:
    return tuple(
        merged((each.from_minute, each.to_minute) for each in windows if each.weekday == day)
        for day in range(7)
    )


def fitting(ctx: Context, member: Member, stated: Stated) -> Fitting:
    """How many of the open requests may be taken, and how many fit door to door."""
    here = member.home_book
    rows = ctx.session.scalars(
        sa.select(Request)
        .where(
            Request.book.in_(books_at(ctx.session, here, ctx.now)),
            takes_place_in(here),
            Request.state == RequestState.OPEN,
            Request.starts_at > ctx.now,
        )
        .order_by(Request.starts_at, Request.id)
        .limit(MOST)
    ).all()
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    fits = fitness_of_all(ctx, rows, member, rules) if rows else {}
    seen = [row for row in rows if not fits[row.id].barred]
    able = [row for row in seen if fits[row.id].eligible]
    where = doors(ctx.session, able)
    return Fitting(
        open=len(seen),
        eligible=len(able),
        fits=sum(is_within(member, stated, row, *where[row.id]) for row in able),
    )


def is_within(
    member: Member,
    stated: Stated,
    request: Request,
    latitude_e6: int | None,
    longitude_e6: int | None,
) -> bool:
    """Whether a request lies within what is stated, the way there and back counted."""
    if request.service_code in stated.declined_codes:
        return False
    way = 0
    if not request.remote:
        distance_m = nearest_m(member, stated, latitude_e6, longitude_e6)
        if distance_m is not None and distance_m > stated.radius_m:
            return False
        way = travel_minutes(distance_m, stated.travel_mode, local(request.starts_at).hour)
    there = timedelta(minutes=way)
    return covers(
        stated.windows, stated.exceptions, request.starts_at - there, request.ends_at + there
    )


def nearest_m(
    member: Member, stated: Stated, latitude_e6: int | None, longitude_e6: int | None
) -> int | None:
    """Metres from the nearest place that somebody sets out from; None where none is known."""
    places = [(each.latitude_e6, each.longitude_e6) for each in stated.places]
    if member.latitude_e6 is not None and member.longitude_e6 is not None:
        places.append((member.latitude_e6, member.longitude_e6))
    if latitude_e6 is None or longitude_e6 is None or not places:
        return None
    return min(metres_between(*place, latitude_e6, longitude_e6) for place in places)
