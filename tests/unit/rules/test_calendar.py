"""Working days: published years, make-up weekends, years not yet published."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.rules.calendar import Calendar
from tests.unit.rules.reference import FESTIVAL, OFF, STATUTORY, WORKING
from tests.unit.rules.samples import CALENDAR


def test_every_day_of_the_published_years_is_what_the_state_council_said() -> None:
    for number in range(date(2025, 1, 1).toordinal(), date(2027, 1, 1).toordinal()):
        day = date.fromordinal(number)
        expected = "rest" if day in OFF or day.weekday() >= 5 else "workday"
        if day in WORKING:
            expected = "workday"
        if day in STATUTORY:
            expected = "statutory"
        if day in FESTIVAL:
            expected = "festival"
        assert CALENDAR.day_kind(day) == expected, day


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        ("2026-02-14", "workday", None),
        ("2026-02-15", "rest", "春节"),
        ("2026-02-16", "festival", "春节"),
        ("2026-02-20", "rest", "春节"),
        ("2026-05-01", "statutory", "劳动节"),
        ("2026-05-04", "rest", "劳动节"),
        ("2025-10-06", "statutory", "国庆节、中秋节"),
        ("2025-10-11", "workday", None),
        ("2027-02-06", "rest", None),
        ("2027-10-01", "workday", None),
    ],
)
def test_a_day_has_its_kind_and_its_holiday(day: str, kind: str, name: str | None) -> None:
    found = date.fromisoformat(day)
    assert CALENDAR.day_kind(found) == kind
    holiday = CALENDAR.holiday(found)
    assert (holiday.zh if holiday else None) == name


def test_it_says_which_years_are_published() -> None:
    assert [year for year in (2024, 2025, 2026, 2027) if CALENDAR.published(year)] == [2025, 2026]
    assert CALENDAR.version == "2025.1+2026.1"
    assert Calendar([]).version == "none"


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-03-10", 0, "2026-03-10"),
        ("2026-03-10", 1, "2026-03-11"),
        ("2026-03-10", 10, "2026-03-24"),
        # Friday the 13th, then the make-up Saturday the 14th, then nine days off.
        ("2026-02-12", 1, "2026-02-13"),
        ("2026-02-12", 2, "2026-02-14"),
        ("2026-02-12", 3, "2026-02-24"),
        # 24 to 27 February and the make-up 28th are five; 2 to 6 March five more.
        ("2026-02-20", 10, "2026-03-06"),
        # 4 January 2026 is a working Sunday after three days off.
        ("2025-12-31", 1, "2026-01-04"),
    ],
)
def test_working_days_are_counted_with_make_up_days(day: str, count: int, expected: str) -> None:
    found = CALENDAR.add_working_days(date.fromisoformat(day), count)
    assert found == date.fromisoformat(expected)


def test_working_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        CALENDAR.add_working_days(date(2026, 3, 10), -1)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-03-10", "2026-03-10"),
        ("2026-03-14", "2026-03-16"),
        ("2026-02-14", "2026-02-14"),
        ("2026-02-15", "2026-02-24"),
        ("2026-10-01", "2026-10-08"),
        ("2027-10-02", "2027-10-04"),
    ],
)
def test_a_service_day_on_a_holiday_may_move_to_the_next_working_day(
    day: str, expected: str
) -> None:
    moved = CALENDAR.next_working_day(date.fromisoformat(day))
    assert moved == date.fromisoformat(expected)


def test_a_later_calendar_of_a_year_replaces_the_earlier_one() -> None:
    year = CALENDAR.years[2026]
    amended = replace(year, version="2026.2", off={**year.off, date(2026, 3, 10): year.source})
    calendar = Calendar([*CALENDAR.years.values(), amended])
    assert calendar.version == "2025.1+2026.2"
    assert calendar.day_kind(date(2026, 3, 10)) == "rest"
    assert CALENDAR.day_kind(date(2026, 3, 10)) == "workday"
