"""The minutes of a visit on the Chinese wall clock: which count, and at which T each of them.

A served minute belongs to the clock minute in which it begins, so seconds never split it. Breaks
take time out of a visit; what remains is served time, and its minutes are counted through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from services.clock import local
from services.errors import Invalid
from services.rules.calendar import Calendar, DayKindCode
from services.rules.factors import PremiumStop
from services.rules.rule_set import MINUTES_IN_DAY, RuleSet

Break = tuple[datetime, datetime]


class NoTimeZone(Invalid):
    """时间要写明时区，例如 2026-03-10T10:00:00+08:00。"""

    code = "no_time_zone"


class BreakBackwards(Invalid):
    """休息的结束时间不能早于开始时间。"""

    code = "break_backwards"


@dataclass(frozen=True, slots=True)
class Band:
    """Minutes of one kind of day and one part of the day; ``percent`` is their T."""

    percent: int
    minutes: int
    day_kind: DayKindCode
    hour_band: str


class Span(NamedTuple):
    """What a visit's two check times are worth: see :func:`creditable_span`."""

    start: datetime
    actual_minutes: int
    breaks: tuple[Break, ...]


def creditable_span(
    checked_in: datetime,
    checked_out: datetime,
    booked_start: datetime,
    breaks: Iterable[Break] = (),
) -> Span:
    """The minutes actually served: whole minutes from the later of check-in and booked start.

    Breaks are cut to the visit, joined where they touch, and taken out before the seconds left
    over are dropped. All moments are aware (:class:`NoTimeZone`).
    """
    moments = [_whole_second(each) for each in (checked_in, checked_out, booked_start)]
    start, end = max(moments[0], moments[2]), moments[1]
    if end <= start:
        return Span(start, 0, ())
    inside = tuple(
        (max(begin, start), min(stop, end))
        for begin, stop in joined_breaks(breaks)
        if stop > start and begin < end
    )
    served = (end - start) - sum((stop - begin for begin, stop in inside), timedelta())
    return Span(start, int(served.total_seconds()) // 60, inside)


def joined_breaks(breaks: Iterable[Break]) -> tuple[Break, ...]:
    """In order of time, overlapping and touching ones made one, empty ones left out."""
    joined: list[Break] = []
    for begin, stop in sorted(
        (_whole_second(begin), _whole_second(stop)) for begin, stop in breaks
    ):
        if stop < begin:
            raise BreakBackwards(field="breaks")
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        elif stop > begin:
            joined.append((begin, stop))
    return tuple(joined)


def latest_end(booked_start: datetime, booked_minutes: int, rules: RuleSet) -> datetime:
    """When the last minute that can be priced is over: checked in last, run over in full."""
    return booked_start + timedelta(
        minutes=rules.check_in.closes_after_minutes + booked_minutes + rules.overrun_minutes
    )


def bands_of(
    start: datetime,
    breaks: Sequence[Break],
    minutes: int,
    rules: RuleSet,
    calendar: Calendar,
    *,
    premium_stop: PremiumStop = "none",
    until: datetime | None = None,
) -> tuple[Band, ...]:
    """The first ``minutes`` served, by kind of day and part of the day, in order of time.

    Minutes that begin at ``until`` or later are left out.
    """
    found: dict[tuple[DayKindCode, str], tuple[int, int]] = {}
    limit, served = minutes * 60, 0
    for day, part, seconds in _stretches(start, breaks, rules, until):
        if served >= limit:
            break
        reached = min(served + seconds, limit)
        count = _minutes_begun(reached) - _minutes_begun(served)
        served = reached
        if count:
            kind = calendar.day_kind(day)
            percent = max(rules.day_kinds[kind].percent, part.percent)
            if premium_stop != "none":
                percent = min(percent, 100)
            _, before = found.get((kind, part.code), (percent, 0))
            found[kind, part.code] = (percent, before + count)
    return tuple(
        Band(percent, count, kind, code) for (kind, code), (percent, count) in found.items()
    )


def weighted_minutes(bands: Iterable[Band]) -> int:
    """The sum of T over the minutes, in percent-minutes."""
    return sum(band.percent * band.minutes for band in bands)


class _Part(NamedTuple):
    """A stretch of every day that has one hour band; it does not cross midnight."""

    to_minute: int
    code: str
    percent: int


@lru_cache(maxsize=64)
def _day_plan(rules: RuleSet) -> tuple[_Part, ...]:
    """The hour bands of a day from midnight to midnight."""
    parts: dict[int, _Part] = {}
    for band in rules.hour_bands:
        if band.from_minute < band.to_minute:
            parts[band.from_minute] = _Part(band.to_minute, band.code, band.percent)
            continue
        parts[band.from_minute] = _Part(MINUTES_IN_DAY, band.code, band.percent)
        if band.to_minute:
            parts[0] = _Part(band.to_minute, band.code, band.percent)
    return tuple(parts[minute] for minute in sorted(parts))


def _stretches(
    start: datetime, breaks: Sequence[Break], rules: RuleSet, until: datetime | None
) -> Iterator[tuple[date, _Part, int]]:
    """Served time in seconds, cut at midnight and at every edge of an hour band; endless."""
    plan = _day_plan(rules)
    end_of_all = None if until is None else _wall(until)
    for begin, end in _pieces(start, breaks):
        stop_at = min((each for each in (end, end_of_all) if each is not None), default=None)
        cursor = begin
        while stop_at is None or cursor < stop_at:
            midnight = datetime.combine(cursor.date(), time())
            second = (cursor - midnight).seconds
            part = next(each for each in plan if each.to_minute * 60 > second)
            edge = midnight + timedelta(minutes=part.to_minute)
            reached = edge if stop_at is None else min(edge, stop_at)
            yield cursor.date(), part, int((reached - cursor).total_seconds())
            cursor = reached


def _pieces(start: datetime, breaks: Sequence[Break]) -> Iterator[tuple[datetime, datetime | None]]:
    """From the start on, without the breaks; the last piece has no end."""
    cursor = _wall(start)
    for begin, stop in joined_breaks(breaks):
        if _wall(begin) > cursor:
            yield cursor, _wall(begin)
        cursor = max(cursor, _wall(stop))
    yield cursor, None


def _minutes_begun(seconds: int) -> int:
    """How many minutes begin before so many served seconds."""
    return -(-seconds // 60)


def _whole_second(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise NoTimeZone
    return moment.replace(microsecond=0)


def _wall(moment: datetime) -> datetime:
    """What a Chinese clock shows, without a zone: the arithmetic of the day's hours."""
    return local(_whole_second(moment)).replace(tzinfo=None)
