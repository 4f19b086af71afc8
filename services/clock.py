"""Time at the edges: Asia/Shanghai for people, UTC in the database. Nothing here reads a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(moment: datetime) -> datetime:
    """The moment on a Chinese wall clock."""
    return moment.astimezone(SHANGHAI)


def local_date(moment: datetime) -> date:
    """The calendar day of the moment in China."""
    return local(moment).date()


def at_local(day: date, clock: time) -> datetime:
    """The UTC moment of a Chinese day and wall-clock time."""
    return datetime.combine(day, clock, tzinfo=SHANGHAI).astimezone(UTC)


def age_on(born_on: date, day: date) -> int:
    """Whole years lived on a day; someone born on 29 February is older from 1 March."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def whole_minutes(start: datetime, end: datetime) -> int:
    """Complete minutes between two moments, never below zero."""
    return max(0, int((end - start).total_seconds() // 60))
