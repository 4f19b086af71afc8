"""Days off for standing visits: the published calendar first, else a forecast marked as such.

A year that the State Council has not published yet has no make-up working weekends: nobody knows
them. Its holidays are reckoned by the ``holidays`` package and count as unconfirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays as reckoned

from services.rules.calendar import Calendar
from services.rules.names import Name

KEEP, SKIP, NEXT_WORKING_DAY = "keep", "skip", "next_working_day"
POLICIES = (KEEP, SKIP, NEXT_WORKING_DAY)
#: No holiday is longer; a date never moves further than from one end of it to the other.
PAD_DAYS = 31
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Placed:
    """One date of a rule and the day on which it takes place; None: it does not."""

    rule_day: date
    day: date | None
    #: The holiday that the rule's day falls on.
    holiday: Name | None
    #: Whether every year that decided it was published.
    is_published: bool


def holiday_on(day: date, calendar: Calendar) -> Name | None:
    """The name of the holiday that a day belongs to; a plain weekend is none."""
    if calendar.published(day.year):
        return calendar.holiday(day)
    return _forecast(day.year).get(day)


def works_on(day: date, calendar: Calendar) -> bool:
    """Whether people work on a day; make-up weekends are known of published years only."""
    if calendar.published(day.year):
        return calendar.is_working_day(day)
    return day.weekday() < 5 and day not in _forecast(day.year)


def next_working_day(day: date, calendar: Calendar) -> date:
    """The day itself if people work on it, else the first one after it."""
    while not works_on(day, calendar):
        day += _ONE_DAY
    return day


def place(
    rule_days: Sequence[date], policy: str, calendar: Calendar, *, weekdays_chosen: bool
) -> list[Placed]:
    """Every date of a rule, each once and in order, with the day on which it takes place.

    Only holidays count for whoever chose days of the week: who wants Saturdays gets Saturdays.
    The 15th of a month that falls on a plain weekend moves to the next working day as well. Two
    dates never share a day: one that would come to a day already taken is left out.
    """
    kept = {day for day in rule_days if _stays(day, policy, calendar, weekdays_chosen)}
    taken = set(kept)
    found: list[Placed] = []
    for rule_day in sorted(set(rule_days)):
        day: date | None = rule_day
        if rule_day not in kept:
            day = next_working_day(rule_day, calendar) if policy == NEXT_WORKING_DAY else None
            if day in taken:
                day = None
            elif day is not None:
                taken.add(day)
        found.append(
            Placed(
                rule_day,
                day,
                holiday_on(rule_day, calendar),
                _is_published(rule_day, day, calendar),
            )
        )
    return found


def _stays(day: date, policy: str, calendar: Calendar, weekdays_chosen: bool) -> bool:
    if policy == KEEP:
        return True
    if holiday_on(day, calendar) is not None:
        return False
    return policy == SKIP or weekdays_chosen or works_on(day, calendar)


def _is_published(rule_day: date, day: date | None, calendar: Calendar) -> bool:
    return all(calendar.published(each.year) for each in (rule_day, day or rule_day))


@cache
def _forecast(year: int) -> Mapping[date, Name]:
    """A year's holidays as they are reckoned, in both languages."""
    chinese = reckoned.country_holidays("CN", years=year, language="zh_CN")
    english = reckoned.country_holidays("CN", years=year, language="en_US")
    return {day: Name(chinese[day], english[day]) for day in sorted(chinese)}
