"""Calendars on the wire: the secret link, a week, a day, who comes when, and the scheduler."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import fields

from services.clock import local
from services.rules.checked import Day, Document
from timebank.api.schemas.base import NUMBER, TEXT, At, Id, Out, Said, name_out


class FeedLinkOut(Out):
    """A calendar feed's secret address; null where there is none."""

    url = fields.String(required=True, allow_none=True)
    made_at = At(required=True, allow_none=True)


class WeekQuery(Document):
    """From which day on; without one from Monday of this week."""

    first = Day(required=False, data_key="from")


class DayQuery(Document):
    """Which day; without one today."""

    day = Day(required=False)


def _end_of(place: int) -> fields.Function:
    return fields.Function(
        lambda pair: local(pair[place]).isoformat(), required=True, metadata=TEXT
    )


class WeekSpanOut(Out):
    """From one moment to another."""

    from_at = _end_of(0)
    until_at = _end_of(1)


class WeekPromiseOut(Out):
    """One of the own visits in a week."""

    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    state = Said(required=True)
    service = name_out(required=True)
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    elder = fields.String(required=True)
    remote = fields.Boolean(required=True)


class WeekAskedOut(Out):
    """Something that one is asked for."""

    book = fields.String(required=True)
    request_id = fields.UUID(required=True)
    service = name_out(required=True)
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    expires_at = At(required=True)


class WeekTeamDayOut(Out):
    """A service day with one's team."""

    name = fields.String(required=True)
    starts_at = At(required=True)
    ends_at = At(required=True)
    answer = fields.String(required=True)


class WeekDayOut(Out):
    """One day of a week; ``hours`` is null where no hours are stated."""

    day = fields.Date(required=True)
    is_away = fields.Boolean(required=True)
    hours = fields.List(fields.Nested(WeekSpanOut), required=True, allow_none=True)
    visits = fields.List(fields.Nested(WeekPromiseOut), required=True)
    asked = fields.List(fields.Nested(WeekAskedOut), required=True)
    team_days = fields.List(fields.Nested(WeekTeamDayOut), required=True)


class WeekOut(Out):
    """Seven days."""

    first = fields.Date(required=True)
    last = fields.Date(required=True)
    days = fields.List(fields.Nested(WeekDayOut), required=True)


class ComerOut(Out):
    """Somebody who comes to a visit."""

    visit_id = fields.UUID(required=True)
    name = fields.String(required=True)
    number = fields.String(required=True)
    state = Said(required=True)
    checked_in_at = At(required=True, allow_none=True)
    checked_out_at = At(required=True, allow_none=True)
    is_late = fields.Boolean(required=True)


class BoardLineOut(Out):
    """One request of a branch's day."""

    book = fields.String(required=True)
    request_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    state = Said(required=True)
    service = name_out(required=True)
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    remote = fields.Boolean(required=True)
    elder_name = fields.String(required=True)
    people_needed = fields.Integer(required=True)
    missing = fields.Integer(required=True)
    is_pressing = fields.Boolean(required=True)
    is_late = fields.Boolean(required=True)
    comers = fields.List(fields.Nested(ComerOut), required=True)


class BoardDayOut(Out):
    """A branch's day, by start."""

    day = fields.Date(required=True)
    items = fields.List(fields.Nested(BoardLineOut), required=True)
    is_cut = fields.Boolean(required=True)


class WhoComesOut(Out):
    """Somebody who comes to an elder."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    request_id = fields.UUID(required=True)
    service = name_out(required=True)
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    remote = fields.Boolean(required=True)
    state = Said(required=True)
    provider_name = fields.String(required=True)


class ComingDaysOut(Out):
    """Who comes today, tomorrow, in the rest of the week, and later."""

    today = fields.List(fields.Nested(WhoComesOut), required=True)
    tomorrow = fields.List(fields.Nested(WhoComesOut), required=True)
    this_week = fields.List(fields.Nested(WhoComesOut), required=True)
    later = fields.List(fields.Nested(WhoComesOut), required=True)


class NameCardOut(Out):
    """Who comes: enough to know the person at the door."""

    name = fields.String(required=True)
    number = fields.String(required=True)
    sex = Said(required=True)
    door_word = fields.String(required=True)
    level = name_out(required=True)
    trained_for = fields.List(name_out(), required=True)
    volunteer_since = At(required=True)
    times_here = fields.Integer(required=True)
    in_training = fields.Boolean(required=True)


class LeaseOut(Out):
    """Who runs the scheduler now."""

    holder = fields.String(required=True)
    fence = fields.Integer(required=True)
    since = At(required=True, allow_none=True)
    renewed_at = At(required=True, allow_none=True)
    is_live = fields.Boolean(required=True)
    missed = fields.Integer(required=True)
    crowded = fields.Integer(required=True)
    failed = fields.Integer(required=True)


def _seconds(name: str) -> fields.Function:
    def whole(line: Any) -> int:
        length: timedelta = getattr(line, name)
        return int(length.total_seconds())

    return fields.Function(whole, required=True, metadata=NUMBER)


class JobOut(Out):
    """A recurring job."""

    name = fields.String(required=True)
    every_seconds = _seconds("every")
    last_at = At(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    next_at = At(required=True)
    late_seconds = _seconds("late")
    failures = fields.Integer(required=True)


class TaskKindOut(Out):
    """A kind of task in the due-table."""

    kind = fields.String(required=True)
    later = fields.Integer(required=True)
    due = fields.Integer(required=True)
    late_seconds = _seconds("late")
    failing = fields.Integer(required=True)
    given_up = fields.Integer(required=True)
    done = fields.Integer(required=True)
    next_at = At(required=True, allow_none=True)


class FailedTaskOut(Out):
    """A task that failed."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    book = fields.String(required=True)
    due_at = At(required=True)
    try_at = At(required=True)
    attempts = fields.Integer(required=True)
    error = fields.String(required=True)
    is_given_up = fields.Boolean(required=True)


class SchedulerOut(Out):
    """How the scheduler does."""

    is_well = fields.Boolean(required=True)
    lease = fields.Nested(LeaseOut, required=True, allow_none=True)
    jobs = fields.List(fields.Nested(JobOut), required=True)
    tasks = fields.List(fields.Nested(TaskKindOut), required=True)
    failed = fields.List(fields.Nested(FailedTaskOut), required=True)


class ForQuery(Document):
    """Whose: the own without an id."""

    elder_id = Id(required=False, data_key="for")
