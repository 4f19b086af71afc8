"""Which days are working days: the published years, and the plain week where none is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from services.rules.names import Name

DayKindCode = Literal["workday", "rest", "statutory", "festival"]

#: Versions of years are joined with this to name a calendar of several years.
JOINT = "+"
#: The version of a calendar without any published year.
NO_YEARS = "none"
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class YearCalendar:
    """One published year."""

    version: str
    year: int
    source: Name
    #: Every day off beside plain weekends, with the holiday's name.
    off: Mapping[date, Name]
    statutory: frozenset[date]
    #: Spring Festival Eve to the third day.
    festival: frozenset[date]
    #: Weekend days on which people work.
    working_weekends: frozenset[date]
    content_hash: str
    content: Mapping[str, Any] = field(repr=False)

    def day_kind(self, day: date) -> DayKindCode:
        """What the day is; the most particular kind wins."""
        if day in self.festival:
            return "festival"
        if day in self.statutory:
            return "statutory"
        if day in self.working_weekends:
            return "workday"
        return "rest" if day in self.off or day.weekday() >= 5 else "workday"


class Calendar:
    """Published years together, with one version; unpublished years have plain weekends."""

    def __init__(self, years: Iterable[YearCalendar]) -> None:
        """A later calendar of the same year replaces an earlier one."""
        by_year = {each.year: each for each in years}
        self.years: Mapping[int, YearCalendar] = {year: by_year[year] for year in sorted(by_year)}
        self.version = JOINT.join(each.version for each in self.years.values()) or NO_YEARS

    def published(self, year: int) -> bool:
        """Whether the State Council's calendar of the year is here."""
        return year in self.years

    def day_kind(self, day: date) -> DayKindCode:
        """``workday``, ``rest``, ``statutory`` or ``festival``."""
        known = self.years.get(day.year)
        if known is not None:
            return known.day_kind(day)
        return "rest" if day.weekday() >= 5 else "workday"

    def holiday(self, day: date) -> Name | None:
        """The name of the holiday that the day belongs to."""
        known = self.years.get(day.year)
        return known.off.get(day) if known is not None else None

    def is_working_day(self, day: date) -> bool:
        """Make-up working weekends are; days off in lieu are not."""
        return self.day_kind(day) == "workday"

    def next_working_day(self, day: date) -> date:
        """The day itself if people work on it, else the first one after it."""
        while not self.is_working_day(day):
            day += _ONE_DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The ``count``-th working day after the day, which itself does not count.

        ``ValueError`` for a negative count.
        """
        if count < 0:
            raise ValueError("working days are counted forwards")
        for _ in range(count):
            day = self.next_working_day(day + _ONE_DAY)
        return day
