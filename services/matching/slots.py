"""When a task is, in the units of the columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.clock import local
from services.matching.columns import Columns
from services.matching.tasks import Task
from services.rules.booking import TRAVEL_BUFFER_MINUTES
from services.visits.days import quarters

DAY_MINUTES = 1_440


@dataclass(frozen=True, slots=True)
class Slot:
    """Days since the year 1, minutes since midnight of the columns' first day."""

    today: int
    day: int
    last_day: int
    begin_minute: int
    end_minute: int
    hour: int
    year: int
    #: Quarters of an hour since 1970 that a visit occupies, as they are claimed.
    first_quarter: int
    end_quarter: int

    @property
    def monday(self) -> int:
        """The first day of its week."""
        return self.day - (self.day - 1) % 7


def slot_of(columns: Columns, task: Task, now: datetime) -> Slot:
    """The slot of a task as it stands now."""
    begin = local(task.starts_at)
    end = local(task.starts_at + timedelta(minutes=task.booked_minutes))
    day, today = begin.toordinal(), local(now).toordinal()
    base = columns.base_day.toordinal()
    minute = (day - base) * DAY_MINUTES + begin.hour * 60 + begin.minute
    # A second begun counts as its minute.
    late = bool(begin.second or begin.microsecond)
    claimed = quarters(task.starts_at, task.booked_minutes, TRAVEL_BUFFER_MINUTES)
    return Slot(
        today=today,
        day=day,
        last_day=max(today, end.toordinal()),
        begin_minute=minute,
        end_minute=minute + task.booked_minutes + late,
        hour=begin.hour,
        year=begin.year,
        first_quarter=claimed.start,
        end_quarter=claimed.stop,
    )
