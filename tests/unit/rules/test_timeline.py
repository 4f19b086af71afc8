"""Minutes on the wall clock: edges of the hours, midnight, breaks, seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.rules.timeline import BreakBackwards, NoTimeZone, bands_of, joined_breaks
from services.rules.valuation import Band, creditable_span
from tests.unit.rules.reference import minute_percent
from tests.unit.rules.samples import CALENDAR, RULES, at


def _bands(start: str, minutes: int, *breaks: tuple[str, str]) -> list[tuple[int, int]]:
    pauses = tuple((at(begin), at(end)) for begin, end in breaks)
    found = bands_of(at(start), pauses, minutes, RULES, CALENDAR)
    return [(band.percent, band.minutes) for band in found]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-03-10 05:59", [(150, 1), (110, 1)]),
        ("2026-03-10 06:59", [(110, 1), (100, 1)]),
        ("2026-03-10 19:59", [(100, 1), (110, 1)]),
        ("2026-03-10 21:59", [(110, 1), (150, 1)]),
        ("2026-03-10 06:00", [(110, 2)]),
        ("2026-03-10 07:00", [(100, 2)]),
        ("2026-03-10 20:00", [(110, 2)]),
        ("2026-03-10 22:00", [(150, 2)]),
        ("2026-02-15 23:59", [(150, 1), (200, 1)]),
        ("2026-10-03 23:59", [(150, 1), (150, 1)]),
    ],
)
def test_edges_of_the_day(start: str, expected: list[tuple[int, int]]) -> None:
    assert _bands(start, 2) == expected


def test_every_minute_of_two_years_has_the_t_of_the_page() -> None:
    # One sweep over both published years and the plain weeks around them, by the day.
    day = at("2024-12-30 00:00")
    while day < at("2027-01-10 00:00"):
        swept = sum(b.percent * b.minutes for b in bands_of(day, (), 1440, RULES, CALENDAR))
        assert swept == 60 * sum(minute_percent(day + timedelta(hours=h)) for h in range(24)), day
        day += timedelta(days=1)


def test_bands_say_what_they_are() -> None:
    assert bands_of(at("2026-02-15 23:30"), (), 60, RULES, CALENDAR) == (
        Band(150, 30, "rest", "night"),
        Band(200, 30, "festival", "night"),
    )


def test_the_same_kind_of_minutes_is_one_band_on_both_sides_of_a_break() -> None:
    bands = _bands("2026-03-10 09:00", 60, ("2026-03-10 09:30", "2026-03-10 10:00"))
    assert bands == [(100, 60)]


def test_a_break_moves_what_remains_into_the_evening() -> None:
    assert _bands("2026-03-10 19:00", 60, ("2026-03-10 19:20", "2026-03-10 20:10")) == [
        (100, 20),
        (110, 40),
    ]


def test_a_break_at_the_very_start() -> None:
    assert _bands("2026-03-10 19:30", 10, ("2026-03-10 19:00", "2026-03-10 20:00")) == [(110, 10)]


def test_seconds_never_split_a_minute() -> None:
    start = at("2026-03-10 21:59").replace(second=59)
    found = bands_of(start, (), 2, RULES, CALENDAR)
    assert [(band.percent, band.minutes) for band in found] == [(110, 1), (150, 1)]


def test_a_break_with_seconds_leaves_whole_minutes_to_be_served() -> None:
    # 30 seconds before the break and 30 after it are one minute, which began before 20:00.
    start = at("2026-03-10 19:58").replace(second=30)
    pause = (at("2026-03-10 19:59"), at("2026-03-10 20:30"))
    found = bands_of(start, (pause,), 2, RULES, CALENDAR)
    assert [(band.percent, band.minutes) for band in found] == [(100, 1), (110, 1)]


@pytest.mark.parametrize(
    ("checked_in", "checked_out", "start", "minutes"),
    [
        ("08:40:00", "10:00:00", "09:00:00", 60),
        ("09:00:00", "10:00:00", "09:00:00", 60),
        ("09:10:30", "10:00:00", "09:10:30", 49),
        ("09:00:59", "09:01:58", "09:00:59", 0),
        ("08:30:00", "08:59:00", "09:00:00", 0),
        ("09:30:00", "09:20:00", "09:30:00", 0),
    ],
)
def test_a_span_runs_from_the_later_of_check_in_and_booked_start(
    checked_in: str, checked_out: str, start: str, minutes: int
) -> None:
    day = "2026-03-10"
    span = creditable_span(
        at(f"{day} {checked_in}"), at(f"{day} {checked_out}"), at(f"{day} 09:00:00")
    )
    assert span == (at(f"{day} {start}"), minutes, ())


def test_a_span_leaves_breaks_out_and_cuts_them_to_the_visit() -> None:
    span = creditable_span(
        at("2026-03-10 09:00"),
        at("2026-03-10 11:00"),
        at("2026-03-10 09:00"),
        [
            (at("2026-03-10 10:40"), at("2026-03-10 12:00")),
            (at("2026-03-10 08:00"), at("2026-03-10 09:05")),
            (at("2026-03-10 09:30"), at("2026-03-10 09:45")),
            (at("2026-03-10 09:40"), at("2026-03-10 10:00")),
            (at("2026-03-10 10:10"), at("2026-03-10 10:10")),
        ],
    )
    assert span.breaks == (
        (at("2026-03-10 09:00"), at("2026-03-10 09:05")),
        (at("2026-03-10 09:30"), at("2026-03-10 10:00")),
        (at("2026-03-10 10:40"), at("2026-03-10 11:00")),
    )
    assert span.actual_minutes == 120 - 5 - 30 - 20


def test_seconds_left_over_are_dropped_once_not_at_every_break() -> None:
    second = timedelta(seconds=1)
    start = at("2026-03-10 09:00")
    breaks = [
        (start + n * timedelta(minutes=10), start + n * timedelta(minutes=10) + 20 * second)
        for n in (1, 2, 3)
    ]
    assert creditable_span(start, at("2026-03-10 10:00"), start, breaks).actual_minutes == 59


def test_moments_name_their_zone_and_breaks_run_forwards() -> None:
    start = at("2026-03-10 09:00")
    with pytest.raises(NoTimeZone):
        creditable_span(start.replace(tzinfo=None), start, start)
    with pytest.raises(BreakBackwards):
        joined_breaks([(start, start - timedelta(minutes=1))])


def test_moments_of_other_zones_mix() -> None:
    start = at("2026-03-10 09:00")
    span = creditable_span(start.astimezone(UTC), datetime(2026, 3, 10, 2, 0, tzinfo=UTC), start)
    assert span.actual_minutes == 60
