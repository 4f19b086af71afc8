"""What a team sees of a date: the sheet to print, one's own visits, and one's invitations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.places import Branch
from models.requests import Visit
from models.service_days import Round, RoundMember, RoundState, ServiceDay
from services import audit, policy
from services.context import Context
from services.places.branches import branch_row
from services.queries.branch.desks import Desk, desk_of
from services.rules.names import Name
from services.service_days.finding import members_of, stops_of, subject_of
from services.service_days.reading import (
    PAGE,
    DayLine,
    RoundLine,
    StopLine,
    day_line,
    found_round,
    round_line,
    stop_lines,
)
from services.service_days.sentences import DayUnknown
from services.visits.fitness import COMING


@dataclass(frozen=True, slots=True)
class MySheet:
    """What one of the team may see: the own visits only, in the order of the way."""

    member: str
    stops: tuple[StopLine, ...]


@dataclass(frozen=True, slots=True)
class TeamSheet:
    """The sheet of a date, one part for each person who has promised a visit."""

    day: DayLine
    desk: Desk
    line: RoundLine
    parts: tuple[MySheet, ...]
    open_stops: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """A date to which the actor is invited."""

    book: str
    day_id: UUID
    rule_day: date
    name: str
    branch: Name
    starts_at: datetime
    ends_at: datetime
    answer: str
    stops: int
    mine: int


def team_sheet(ctx: Context, book: str, day_id: UUID, rule_day: date) -> TeamSheet:
    """The sheet to print: each person's part holds the own visits, and no others.

    Call it in a unit of work, since the looks at addresses are recorded.
    """
    day, row = found_round(ctx, book, day_id, rule_day)
    policy.require(ctx.actor, "round.stop", subject_of(ctx, day))
    stops = stop_lines(ctx, row)
    people = {
        member: name
        for stop in stops
        for member, name in zip(stop.visitor_ids, stop.visitors, strict=True)
    }
    parts = [
        MySheet(name, _own(ctx, row, member))
        for member, name in sorted(people.items(), key=lambda each: (each[1], each[0]))
    ]
    return TeamSheet(
        day_line(ctx, day),
        desk_of(branch_row(ctx.session, day.branch_id)),
        round_line(ctx, row),
        tuple(parts),
        sum(1 for stop in stops if not stop.visitors),
    )


def _own(ctx: Context, row: Round, member: UUID) -> tuple[StopLine, ...]:
    """One person's visits, in the order of time: everybody keeps to what was agreed.

    Every address shown is on record.
    """
    mine = [
        stop for stop in stop_lines(ctx, row, addresses_for=member) if member in stop.visitor_ids
    ]
    for stop in mine:
        if stop.shows_door:
            audit.record(ctx, "request.address", "request", stop.request_id, book=row.book)
    return tuple(sorted(mine, key=lambda stop: stop.starts_at))


def invitations(ctx: Context) -> tuple[Invitation, ...]:
    """The dates ahead to which the actor is invited, and how many visits are already own."""
    rows = ctx.session.execute(
        sa.select(RoundMember, Round, ServiceDay, Branch.name, Branch.name_en)
        .join(
            Round,
            sa.and_(
                Round.book == RoundMember.book,
                Round.service_day_id == RoundMember.service_day_id,
                Round.rule_day == RoundMember.rule_day,
            ),
        )
        .join(
            ServiceDay,
            sa.and_(ServiceDay.book == Round.book, ServiceDay.id == Round.service_day_id),
        )
        .join(Branch, Branch.id == ServiceDay.branch_id)
        .where(RoundMember.book == ctx.actor.home_book, RoundMember.member_id == ctx.actor.id)
        .where(Round.state == RoundState.PLANNED, Round.ends_at > ctx.now)
        .order_by(Round.starts_at)
        .limit(PAGE)
    ).all()
    return tuple(_invitation(ctx, row) for row in rows)


def _invitation(ctx: Context, row: Any) -> Invitation:
    stops = stops_of(ctx, row.Round)
    mine = ctx.session.scalar(
        sa.select(sa.func.count())
        .select_from(Visit)
        .where(
            Visit.book == row.Round.book,
            Visit.request_id.in_([each.request_id for each in stops]),
            Visit.provider_id == ctx.actor.id,
            Visit.state.in_(COMING),
        )
    )
    return Invitation(
        row.Round.book,
        row.ServiceDay.id,
        row.Round.rule_day,
        row.ServiceDay.name,
        Name(row.name, row.name_en),
        row.Round.starts_at,
        row.Round.ends_at,
        row.RoundMember.answer,
        len(stops),
        mine or 0,
    )


def my_sheet(ctx: Context, book: str, day_id: UUID, rule_day: date) -> tuple[RoundLine, MySheet]:
    """One's own visits of a date, for somebody of its team; call it in a unit of work."""
    day, row = found_round(ctx, book, day_id, rule_day)
    policy.require(ctx.actor, "round.answer", subject_of(ctx, day, ctx.actor.id))
    if ctx.actor.id not in {each.member_id for each in members_of(ctx, row)}:
        raise DayUnknown
    return round_line(ctx, row), MySheet(ctx.actor.name, _own(ctx, row, ctx.actor.id))
