"""The clock of a public notice: working days that run, stand still and run on. Pure functions.

A working day is one of the published calendar, make-up days too; a year without one counts by
its plain weeks. The day of publishing does not count, the last day counts whole.
"""

from __future__ import annotations

from datetime import date, timedelta

from services.rules.calendar import Calendar

#: After a decision there are at least so many working days left: time for the one appeal.
APPEAL_WORKING_DAYS = 5
_ONE_DAY = timedelta(days=1)


def days_left(calendar: Calendar, today: date, ends_on: date) -> int:
    """Working days after ``today`` up to the last one; 0 on the last day and later."""
    found = 0
    while today < ends_on:
        today += _ONE_DAY
        found += calendar.is_working_day(today)
    return found


def runs_until(calendar: Calendar, today: date, left: int) -> date:
    """The last day of a notice that has ``left`` working days after ``today``."""
    return calendar.add_working_days(today, left)


def is_over(today: date, ends_on: date) -> bool:
    """Whether the last day has gone by: at midnight, not before."""
    return today > ends_on


def unpublished_years(calendar: Calendar, first: date, last: date) -> tuple[int, ...]:
    """The years of a notice that were counted by plain weeks."""
    years = range(first.year, last.year + 1)
    return tuple(year for year in years if not calendar.published(year))


def years_later(day: date, years: int) -> date:
    """The same day so many years later; the last of February stays in February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
