"""What the branch, the team and the administrator see of service days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member, MemberStatus
from models.requests import Request, RequestState, Visit, VisitState
from models.service_days import (
    GroupPlace,
    GroupSession,
    GroupState,
    Round,
    RoundState,
    ServiceDay,
)
from services import policy, rates
from services.context import Context
from services.people.texts import masked_name
from services.places.branches import branch_row
from services.queries.branch.desks import Desk, desk, desk_of, masked_address
from services.rules import recurrence
from services.rules.names import Name
from services.service_days.finding import day_row, members_of, stops_of, subject_of
from services.service_days.sentences import DayUnknown
from services.visits.fitness import COMING

#: Dates of one page, and how long one that is over is still listed.
PAGE = 40
BACK = timedelta(days=62)
#: While a visit is in one of these, whoever promised it needs the door.
AT_THE_DOOR = (VisitState.ACCEPTED, VisitState.CHECKED_IN)


@dataclass(frozen=True, slots=True)
class DayLine:
    """A service day of a branch, and its next date."""

    id: UUID
    book: str
    name: str
    rule: Name
    minutes: int
    holiday_policy: str
    ended_at: datetime | None
    next_at: datetime | None
    next_day: date | None


@dataclass(frozen=True, slots=True)
class RoundLine:
    """One date in the list of a service day."""

    rule_day: date
    starts_at: datetime
    ends_at: datetime
    state: RoundState
    is_published: bool
    yes: int
    asked: int
    stops: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class DayFile:
    """A service day with its dates."""

    line: DayLine
    desk: Desk
    rounds: tuple[RoundLine, ...]


@dataclass(frozen=True, slots=True)
class TeamLine:
    """Somebody of the team."""

    member_id: UUID
    name: str
    number: str
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class StopLine:
    """A stop of the team's way: the visit is the elder's own request."""

    request_id: UUID
    reference: str
    elder_id: UUID
    elder: str
    service: Name
    starts_at: datetime
    booked_minutes: int
    address: str | None
    state: RequestState
    visitors: tuple[str, ...]
    visitor_ids: tuple[UUID, ...]
    is_credited: bool
    actual_minutes: int
    #: The address is whole, for whoever promised to come.
    shows_door: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """A date's record: visits made and recipients of sessions (人次), and actual minutes."""

    person_times: int = 0
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class RoundFile:
    """One date: its team, its stops in the order of the way, and what came of it."""

    day: DayLine
    desk: Desk
    line: RoundLine
    team: tuple[TeamLine, ...]
    stops: tuple[StopLine, ...]
    sessions: tuple[UUID, ...]
    count: Count


def _rule(row: ServiceDay) -> Name:
    clock = datetime.fromisoformat(row.starts_local).time()
    return recurrence.words(recurrence.read(row.rrule), clock)


def days_of(ctx: Context, branch_id: UUID) -> tuple[Desk, list[DayLine]]:
    """A branch's service days, those that come round first."""
    here = desk(ctx, branch_id)
    rows = ctx.session.scalars(
        sa.select(ServiceDay)
        .where(ServiceDay.book == here.book, ServiceDay.branch_id == here.id)
        .order_by(ServiceDay.ended_at.is_not(None), ServiceDay.made_at, ServiceDay.id)
        .limit(PAGE)
    ).all()
    return here, [day_line(ctx, row) for row in rows]


def day_line(ctx: Context, row: ServiceDay) -> DayLine:
    """A service day as a line, with its next date."""
    following = ctx.session.execute(
        sa.select(Round.starts_at, Round.rule_day)
        .where(Round.book == row.book, Round.service_day_id == row.id)
        .where(Round.state == RoundState.PLANNED, Round.ends_at > ctx.now)
        .order_by(Round.starts_at)
        .limit(1)
    ).one_or_none()
    return DayLine(
        row.id,
        row.book,
        row.name,
        _rule(row),
        row.minutes,
        row.holiday_policy.value,
        row.ended_at,
        following.starts_at if following else None,
        following.rule_day if following else None,
    )


def day_file(ctx: Context, book: str, day_id: UUID) -> DayFile:
    """A service day with its dates of two months back and all ahead."""
    row = day_row(ctx, book, day_id)
    policy.require(ctx.actor, "service_day.read", subject_of(ctx, row))
    rounds = ctx.session.scalars(
        sa.select(Round)
        .where(Round.book == book, Round.service_day_id == day_id)
        .where(Round.starts_at >= ctx.now - BACK)
        .order_by(Round.starts_at)
        .limit(PAGE)
    ).all()
    return DayFile(
        day_line(ctx, row),
        desk_of(branch_row(ctx.session, row.branch_id)),
        tuple(round_line(ctx, each) for each in rounds),
    )


def round_line(ctx: Context, row: Round) -> RoundLine:
    """A date as a line, with how many of its team come."""
    team = members_of(ctx, row)
    return RoundLine(
        row.rule_day,
        row.starts_at,
        row.ends_at,
        row.state,
        row.calendar_is_published,
        sum(1 for each in team if each.answer == "yes"),
        sum(1 for each in team if each.answer == "asked"),
        len(stops_of(ctx, row)),
        row.reason,
    )


def found_round(ctx: Context, book: str, day_id: UUID, rule_day: date) -> tuple[ServiceDay, Round]:
    """A date and its service day; raises DayUnknown."""
    day = day_row(ctx, book, day_id)
    row = ctx.session.get(Round, (book, day_id, rule_day))
    if row is None:
        raise DayUnknown
    return day, row


def round_file(ctx: Context, book: str, day_id: UUID, rule_day: date) -> RoundFile:
    """One date for its branch."""
    day, row = found_round(ctx, book, day_id, rule_day)
    policy.require(ctx.actor, "service_day.read", subject_of(ctx, day))
    stops = stop_lines(ctx, row)
    sessions = ctx.session.scalars(
        sa.select(GroupSession.id).where(
            GroupSession.book == book,
            GroupSession.service_day_id == day_id,
            GroupSession.rule_day == rule_day,
        )
    ).all()
    return RoundFile(
        day_line(ctx, day),
        desk_of(branch_row(ctx.session, day.branch_id)),
        round_line(ctx, row),
        _team(ctx, row),
        stops,
        tuple(sessions),
        counted(ctx, row, stops),
    )


def _team(ctx: Context, row: Round) -> tuple[TeamLine, ...]:
    team = {each.member_id: each for each in members_of(ctx, row)}
    rows = ctx.session.execute(
        sa.select(Member.id, Member.name, Member.number)
        .where(Member.id.in_(list(team)))
        .order_by(Member.name, Member.id)
    )
    return tuple(
        TeamLine(each.id, each.name, each.number, team[each.id].answer, team[each.id].answered_at)
        for each in rows
    )


def stop_lines(
    ctx: Context, row: Round, *, addresses_for: UUID | None = None
) -> tuple[StopLine, ...]:
    """The stops in the order of the way. Addresses are masked but for whoever promised to come.

    Who has been there needs neither the door nor the whole name any more.
    """
    order = {each.request_id: each.place for each in stops_of(ctx, row)}
    rows = ctx.session.execute(
        sa.select(Request, Member.name)
        .join(Member, Member.id == Request.elder_id)
        .where(Request.book == row.book, Request.id.in_(list(order)))
    ).all()
    visits = _visits(ctx, row.book, list(order))
    lines = [
        _stop(ctx, each.Request, each.name, visits.get(each.Request.id, []), addresses_for)
        for each in rows
    ]
    return tuple(sorted(lines, key=lambda line: (order[line.request_id], line.starts_at)))


def _visits(ctx: Context, book: str, requests: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    rows = ctx.session.execute(
        sa.select(
            Visit.request_id, Visit.provider_id, Visit.state, Visit.actual_minutes, Member.name
        )
        .join(Member, Member.id == Visit.provider_id)
        .where(Visit.book == book, Visit.request_id.in_(requests))
        .where(Visit.state.in_((*COMING, VisitState.CREDITED)), Visit.reversed_at.is_(None))
        .order_by(Visit.accepted_at, Visit.id)
    )
    for row in rows:
        found.setdefault(row.request_id, []).append(row)
    return found


def _stop(
    ctx: Context, request: Request, elder: str, visits: Sequence[Any], addresses_for: UUID | None
) -> StopLine:
    whole = ctx.vault.open_or_none("request.address", request.address_sealed)
    coming = tuple(each.provider_id for each in visits)
    needs_door = any(
        each.provider_id == addresses_for and each.state in AT_THE_DOOR for each in visits
    )
    credited = [each for each in visits if each.state is VisitState.CREDITED]
    return StopLine(
        request_id=request.id,
        reference=request.reference,
        elder_id=request.elder_id,
        elder=elder if addresses_for is None or needs_door else masked_name(elder),
        service=rates.rule_set(ctx.session, request.rule_set_version)
        .service(request.service_code)
        .name,
        starts_at=request.starts_at,
        booked_minutes=request.booked_minutes,
        address=whole if needs_door else masked_address(whole),
        state=request.state,
        visitors=tuple(each.name for each in visits),
        visitor_ids=coming,
        is_credited=bool(credited),
        actual_minutes=sum(each.actual_minutes or 0 for each in credited),
        shows_door=needs_door,
    )


def counted(ctx: Context, row: Round, stops: Sequence[StopLine]) -> Count:
    """Person-times and actual minutes of a date: visits that were credited, and sessions held."""
    group = GroupSession
    held = ctx.session.execute(
        sa.select(
            group.id,
            group.actual_minutes,
            sa.func.count(GroupPlace.elder_id).label("came"),
        )
        .outerjoin(
            GroupPlace,
            sa.and_(
                GroupPlace.book == group.book,
                GroupPlace.session_id == group.id,
                GroupPlace.present.is_(True),
            ),
        )
        .where(group.book == row.book, group.service_day_id == row.service_day_id)
        .where(group.rule_day == row.rule_day, group.state == GroupState.HELD)
        .group_by(group.id, group.actual_minutes)
    ).all()
    return Count(
        sum(1 for each in stops if each.is_credited) + sum(each.came for each in held),
        sum(each.actual_minutes for each in stops) + sum(each.actual_minutes or 0 for each in held),
    )


def volunteers_of(ctx: Context, branch_id: UUID) -> list[tuple[UUID, str]]:
    """The branch's volunteers who may be invited, by name."""
    here = desk(ctx, branch_id)
    rows = ctx.session.execute(
        sa.select(Member.id, Member.name, Member.number)
        .where(Member.home_book == here.book, Member.branch_id == here.id)
        .where(Member.is_provider, Member.status == MemberStatus.ACTIVE)
        .where(Member.identity_checked_at.is_not(None))
        .order_by(Member.name, Member.id)
        .limit(300)
    )
    return [(row.id, f"{row.name} {row.number[-4:]}") for row in rows]
