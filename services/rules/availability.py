"""Whether somebody is free, from weekly hours said once and the exceptions to them.

Everything is in minutes of the local day. A window is door to door: the way there and back
lies inside it, so whoever asks puts the way into the span that has to be covered. Nobody is
given an hour by a guess: where a day is both away and extra, away holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

from services.clock import local

DAY_MINUTES = 1440
QUARTER_MINUTES = 15
#: Our own limits: more windows than this are no week that somebody can keep in mind.
MOST_WINDOWS = 28
MOST_EXCEPTIONS = 60
AHEAD_DAYS = 400
MOST_PLACES = 5
#: How often a day somebody may be asked: unless said otherwise, and at most.
DEFAULT_ASKS, MOST_ASKS = 2, 10
#: A wish for the week, in hours; the rules' own limit holds beside it.
MOST_WEEK_HOURS = 40
#: Whoever has stated no weekly hours may be asked for this part of every day.
DEFAULT_FROM, DEFAULT_TO = 8 * 60, 20 * 60
#: Parts of the day, as elders say them.
DAY_PARTS: dict[str, tuple[int, int]] = {
    "morning": (6 * 60, 12 * 60),
    "afternoon": (12 * 60, 18 * 60),
    "evening": (18 * 60, 22 * 60),
}
AWAY, EXTRA = "away", "extra"

#: From one minute of the day to another; the second is not part of it.
Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Hours of every week. Monday is 0; a night is two windows that meet at midnight."""

    weekday: int
    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True)
class DayException:
    """The same hours of every day between two dates, both counted: away, or there in addition."""

    kind: str
    first_day: date
    last_day: date
    from_minute: int = 0
    to_minute: int = DAY_MINUTES


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch or overlap made one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif begin < end:
            found.append((begin, end))
    return tuple(found)


def without(spans: Iterable[Span], away: Iterable[Span]) -> tuple[Span, ...]:
    """What is left of spans when others are taken out."""
    left = list(merged(spans))
    for begin, end in away:
        left = [
            part
            for first, last in left
            for part in ((first, min(last, begin)), (max(first, end), last))
            if part[0] < part[1]
        ]
    return merged(left)


def free_on(
    windows: Sequence[Window], exceptions: Iterable[DayException], day: date
) -> tuple[Span, ...]:
    """When somebody is free on a date."""
    weekly = (
        [(each.from_minute, each.to_minute) for each in windows if each.weekday == day.weekday()]
        if windows
        else [(DEFAULT_FROM, DEFAULT_TO)]
    )
    extra: list[Span] = []
    away: list[Span] = []
    for each in exceptions:
        if each.first_day <= day <= each.last_day:
            (away if each.kind == AWAY else extra).append((each.from_minute, each.to_minute))
    return without([*weekly, *extra], away)


def day_parts(start: datetime, end: datetime) -> tuple[tuple[date, Span], ...]:
    """The local days that a time lies on, each with its minutes; midnight parts it in two."""
    begin, last = local(start), local(end)
    found: list[tuple[date, Span]] = []
    day = begin.date()
    while day <= last.date():
        first = begin.hour * 60 + begin.minute if day == begin.date() else 0
        until = DAY_MINUTES
        if day == last.date():
            until = last.hour * 60 + last.minute + (last.second > 0 or last.microsecond > 0)
        if first < until:
            found.append((day, (first, until)))
        day += timedelta(days=1)
    return tuple(found)


def covers(
    windows: Sequence[Window], exceptions: Sequence[DayException], start: datetime, end: datetime
) -> bool:
    """Whether somebody is free for the whole time, the way there and back put into it."""
    return all(
        any(begin <= first and last <= until for begin, until in free_on(windows, exceptions, day))
        for day, (first, last) in day_parts(start, end)
    )


def quarters_on(windows: Sequence[Window], exceptions: Iterable[DayException], day: date) -> int:
    """The free quarters of an hour of a date as 96 bits, the first after midnight lowest.

    A quarter counts only when all of it is free.
    """
    bits = 0
    for begin, end in free_on(windows, exceptions, day):
        first, last = -(-begin // QUARTER_MINUTES), end // QUARTER_MINUTES
        if first < last:
            bits |= ((1 << (last - first)) - 1) << first
    return bits


def week_of(weekdays: Iterable[int], from_minute: int, to_minute: int) -> tuple[Window, ...]:
    """The same hours on some days of the week; an end before the beginning is on the next day."""
    found: list[Window] = []
    for day in weekdays:
        if to_minute > from_minute:
            found.append(Window(day, from_minute, to_minute))
        else:
            found.append(Window(day, from_minute, DAY_MINUTES))
            if to_minute:
                found.append(Window((day + 1) % 7, 0, to_minute))
    return tuple(sorted(found))


def paused_on(exceptions: Iterable[DayException], day: date) -> DayException | None:
    """The pause that holds on a date: away for whole days, the longest of them."""
    pauses = [
        each
        for each in exceptions
        if each.kind == AWAY
        and each.first_day <= day <= each.last_day
        and each.from_minute == 0
        and each.to_minute == DAY_MINUTES
    ]
    return max(pauses, key=lambda each: each.last_day, default=None)


def weekly_minutes(windows: Iterable[Window]) -> int:
    """How long a week somebody is free, overlapping windows counted once."""
    by_day: dict[int, list[Span]] = {}
    for each in windows:
        by_day.setdefault(each.weekday, []).append((each.from_minute, each.to_minute))
    return sum(end - begin for spans in by_day.values() for begin, end in merged(spans))


def suits(parts: Sequence[str], start: datetime) -> bool:
    """Whether a time begins in one of the parts of the day; no parts means any time."""
    if not parts:
        return True
    at = local(start)
    minute = at.hour * 60 + at.minute
    return any(first <= minute < last for first, last in (DAY_PARTS[part] for part in parts))
