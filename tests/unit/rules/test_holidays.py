"""Days off for standing visits: published years, reckoned years, and where a date goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.calendar import Calendar
from services.rules.holidays import (
    KEEP,
    NEXT_WORKING_DAY,
    POLICIES,
    SKIP,
    holiday_on,
    next_working_day,
    place,
    works_on,
)
from services.rules.published import SHIPPED_CALENDARS, parse_document, read_calendar, shipped_text

PUBLISHED = Calendar([read_calendar(parse_document(shipped_text(n))) for n in SHIPPED_CALENDARS])
UNKNOWN = Calendar([])
IN_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))
SPRING = date(2026, 2, 17)


def test_the_published_years_agree_with_an_independent_calendar() -> None:
    for year in (2025, 2026):
        for i in range(365):
            day = date(year, 1, 1) + timedelta(days=i)
            assert works_on(day, PUBLISHED) == chinese_calendar.is_workday(day), day


def test_a_reckoned_year_agrees_on_the_statutory_days_and_knows_no_make_up_day() -> None:
    """2026 worked out without its notice: every statutory day is off, and no weekend is worked."""
    for i in range(365):
        day = date(2026, 1, 1) + timedelta(days=i)
        if PUBLISHED.day_kind(day) in ("statutory", "festival"):
            assert holiday_on(day, UNKNOWN) is not None, day
        if day.weekday() >= 5:
            assert not works_on(day, UNKNOWN), day


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        (date(2027, 2, 6), "春节", "Chinese New Year (Spring Festival)"),
        (date(2027, 10, 1), "国庆节", "National Day"),
    ],
)
def test_reckoned_holidays_have_names(day: date, zh: str, en: str) -> None:
    name = holiday_on(day, PUBLISHED)
    assert name is not None
    assert (name.zh, name.en) == (zh, en)


def test_a_plain_weekend_is_no_holiday() -> None:
    saturday = date(2026, 3, 14)
    assert holiday_on(saturday, PUBLISHED) is None
    assert not works_on(saturday, PUBLISHED)
    for policy in POLICIES:
        [found] = place([saturday], policy, PUBLISHED, weekdays_chosen=True)
        assert found.day == saturday


def test_the_fifteenth_on_a_sunday_moves_and_is_never_skipped() -> None:
    sunday = date(2026, 3, 15)
    moved = place([sunday], NEXT_WORKING_DAY, PUBLISHED, weekdays_chosen=False)
    assert moved[0].day == date(2026, 3, 16)
    stays = place([sunday], SKIP, PUBLISHED, weekdays_chosen=False)
    assert stays[0].day == sunday


def test_spring_festival_by_each_policy() -> None:
    assert place([SPRING], KEEP, PUBLISHED, weekdays_chosen=True)[0].day == SPRING
    assert place([SPRING], SKIP, PUBLISHED, weekdays_chosen=True)[0].day is None
    [moved] = place([SPRING], NEXT_WORKING_DAY, PUBLISHED, weekdays_chosen=True)
    assert moved.day == date(2026, 2, 24)
    assert moved.holiday is not None
    assert moved.holiday.zh == "春节"
    assert moved.is_published


def test_a_make_up_saturday_is_a_working_day() -> None:
    """National Day 2026 ends on Wednesday the 7th; the tenth is a Saturday on which people work."""
    assert works_on(date(2026, 10, 10), PUBLISHED)
    saturdays = [date(2026, 10, 3), date(2026, 10, 10)]
    found = place(saturdays, NEXT_WORKING_DAY, PUBLISHED, weekdays_chosen=True)
    assert [each.day for each in found] == [date(2026, 10, 8), date(2026, 10, 10)]
    assert next_working_day(date(2026, 2, 28), PUBLISHED) == date(2026, 2, 28)


def test_dates_that_would_share_a_day_are_left_out() -> None:
    tuesdays = [SPRING, SPRING + timedelta(days=7)]
    found = place(tuesdays, NEXT_WORKING_DAY, PUBLISHED, weekdays_chosen=True)
    assert [each.day for each in found] == [None, date(2026, 2, 24)]


def test_a_date_that_moves_into_an_unknown_year_is_unconfirmed() -> None:
    days = {date(2026, 12, 31): True, date(2027, 1, 1): False}
    for day, known in days.items():
        [found] = place([day], NEXT_WORKING_DAY, PUBLISHED, weekdays_chosen=True)
        assert found.is_published is known


@given(st.lists(IN_2026, min_size=1, max_size=60), st.sampled_from(POLICIES), st.booleans())
def test_no_date_is_lost_and_no_day_is_taken_twice(
    days: list[date], policy: str, chosen: bool
) -> None:
    for calendar in (PUBLISHED, UNKNOWN):
        found = place(days, policy, calendar, weekdays_chosen=chosen)
        assert [each.rule_day for each in found] == sorted(set(days))
        taken = [each.day for each in found if each.day is not None]
        assert len(taken) == len(set(taken))
        for each in found:
            if each.day is not None and each.day != each.rule_day:
                assert policy == NEXT_WORKING_DAY
                assert works_on(each.day, calendar)
                assert each.day > each.rule_day
            if policy == KEEP:
                assert each.day == each.rule_day


@given(IN_2026, st.integers(20, 60))
def test_a_wider_window_changes_nothing(start: date, length: int) -> None:
    """Rows are made every day with a window that slides: a date is never placed differently."""
    every: Callable[[date, int], list[date]] = lambda first, n: [  # noqa: E731
        first + timedelta(days=i) for i in range(n)
    ]
    days = [day for day in every(start, length) if day.weekday() in (1, 4)]
    padded = [
        day for day in every(start - timedelta(days=31), length + 62) if day.weekday() in (1, 4)
    ]
    wide = {
        each.rule_day: each.day
        for each in place(padded, NEXT_WORKING_DAY, PUBLISHED, weekdays_chosen=True)
    }
    wider = {
        each.rule_day: each.day
        for each in place(
            sorted({*padded, *(padded[0] - timedelta(days=7 * i) for i in range(9))}),
            NEXT_WORKING_DAY,
            PUBLISHED,
            weekdays_chosen=True,
        )
    }
    assert all(wide[day] == wider[day] for day in days)
