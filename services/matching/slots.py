"""Tasks in the units of the columns; those that begin together are asked together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

import numpy as np

from services.clock import local
from services.matching.columns import SEXES, Columns
from services.matching.grid import Array
from services.matching.tasks import Task
from services.rules.booking import TRAVEL_BUFFER_MINUTES
from services.rules.languages import LANGUAGES
from services.visits.days import quarters

DAY_MINUTES = 1_440
NO_SEX = -1


def _wished(task: Task) -> Iterable[UUID]:
    return () if task.wished_id is None else (task.wished_id,)


#: What somebody may be to a task. Whoever is near to the elder is looked at however far away.
ROLES: Mapping[str, Callable[[Task], Iterable[UUID]]] = {
    "barred": lambda task: (*task.barred, task.elder_id),
    "companion": lambda task: task.companions,
    "known": lambda task: task.known,
    "wished": _wished,
    "near": lambda task: {*task.known, *_wished(task)},
}


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


def slots_of(columns: Columns, tasks: Iterable[Task], now: datetime) -> list[Slot]:
    """The slots of many tasks; those at the same time are worked out once."""
    kept: dict[tuple[datetime, int], Slot] = {}
    found = []
    for task in tasks:
        key = task.starts_at, task.booked_minutes
        if key not in kept:
            kept[key] = slot_of(columns, task, now)
        found.append(kept[key])
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Tasks that begin at one moment, all with a way to go or all without."""

    columns: Columns
    tasks: Sequence[Task]
    slots: Sequence[Slot]
    now: datetime
    #: One entry a task.
    end_minute: Array
    required_sex: Array
    preferred_sex: Array
    languages: Array
    language_must: Array
    company: Array
    #: Filled when somebody asks who is named.
    _named: dict[str, Array] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, columns: Columns, tasks: Sequence[Task], slots: Sequence[Slot], now: datetime
    ) -> Self:
        """The block of these tasks."""
        bit = {code: 1 << number for number, code in enumerate(LANGUAGES)}
        spoken = [sum(bit[code] for code in each.languages if code in bit) for each in tasks]
        return cls(
            columns,
            tasks,
            slots,
            now,
            end_minute=np.array([each.end_minute for each in slots], dtype=np.int64),
            required_sex=np.array([_sex(each.required_sex) for each in tasks], dtype=np.int8),
            preferred_sex=np.array([_sex(each.preferred_sex) for each in tasks], dtype=np.int8),
            languages=np.array(spoken, dtype=np.uint64),
            language_must=np.array([each.language_must for each in tasks]),
            company=np.array([each.company for each in tasks]),
        )

    @property
    def slot(self) -> Slot:
        """The first one's: beginning, day and hour are those of all."""
        return self.slots[0]

    @property
    def remote(self) -> bool:
        """Nobody has to go anywhere."""
        return self.tasks[0].remote

    @property
    def nowhere(self) -> bool:
        """There is no way that could be measured."""
        task = self.tasks[0]
        return task.remote or task.latitude_e6 is None or task.longitude_e6 is None

    def named(self, role: str) -> Array:
        """Task and volunteer in one number, rising: who is named for which task, as a role."""
        if not self._named:
            self._name()
        return self._named[role]

    def _name(self) -> None:
        wanted = [
            (number, place, each)
            for number, task in enumerate(self.tasks)
            for place, those in enumerate(ROLES.values())
            for each in those(task)
        ]
        places = self.columns.places_of([each for _, _, each in wanted])
        count = len(wanted)
        number = np.fromiter((number for number, _, _ in wanted), dtype=np.int64, count=count)
        role = np.fromiter((role for _, role, _ in wanted), dtype=np.int64, count=count)
        keys = number * len(self.columns) + places
        for each, name in enumerate(ROLES):
            self._named[name] = np.unique(keys[(role == each) & (places >= 0)])


def one(columns: Columns, task: Task, now: datetime) -> Block:
    """A task by itself."""
    return Block.of(columns, [task], [slot_of(columns, task, now)], now)


def _sex(sex: str | None) -> int:
    return NO_SEX if sex is None else SEXES[sex]
