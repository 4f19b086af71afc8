"""The clock of a public notice: make-up days count, what stands still loses nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.calendar import Calendar
from services.rules.notice_clock import (
    days_left,
    is_over,
    runs_until,
    unpublished_years,
    years_later,
)
from services.rules.published import SHIPPED_CALENDARS, parse_document, read_calendar, shipped_text

CALENDAR = Calendar([read_calendar(parse_document(shipped_text(n))) for n in SHIPPED_CALENDARS])
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("published", "until"),
    [
        (date(2026, 3, 10), date(2026, 3, 24)),
        # Spring Festival 2026 rests from 15 to 23 February; 14 and 28 are worked.
        (date(2026, 2, 12), date(2026, 3, 4)),
        (date(2026, 12, 28), date(2027, 1, 11)),
    ],
    ids=["plain", "spring festival", "into an unpublished year"],
)
def test_ten_working_days(published: date, until: date) -> None:
    assert runs_until(CALENDAR, published, 10) == until
    assert not is_over(until, until)
    assert is_over(until + timedelta(days=1), until)


@given(DAYS, st.integers(0, 40), st.integers(0, 60), st.integers(0, 30))
def test_what_stands_still_loses_no_working_day(
    published: date, count: int, ran: int, stood: int
) -> None:
    """However long a clock ran and stood, the days that ran before and after are all days."""
    until = runs_until(CALENDAR, published, count)
    stopped = min(published + timedelta(days=ran), until)
    left = days_left(CALENDAR, stopped, until)
    before = days_left(CALENDAR, published, stopped)
    assert before + left == count
    again = stopped + timedelta(days=stood)
    assert days_left(CALENDAR, again, runs_until(CALENDAR, again, left)) == left


def test_years_are_named_and_leap_days_stay_in_february() -> None:
    assert unpublished_years(CALENDAR, date(2026, 12, 28), date(2027, 1, 11)) == (2027,)
    assert unpublished_years(CALENDAR, date(2026, 3, 1), date(2026, 3, 9)) == ()
    assert years_later(date(2028, 2, 29), 3) == date(2031, 2, 28)
