"""Who is free at one moment, and where they set out: for tasks that begin together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.matching import standing
from services.matching.columns import Columns
from services.matching.grid import Array, ends_around, rows_around
from services.matching.scorer import is_free
from services.matching.slots import Block
from services.rules.matching import FIXED_TRAVEL_MINUTES, MODES, REACH_M, metres_within

#: So many free people a first look hopes to find for each candidate who is wanted. How long their
#: ways may be is reckoned from those within the middle figure, and stays between the others.
HOPED_FOR, LEAST_MINUTES, PROBE_MINUTES, MOST_MINUTES = 50, 9, 15, 24


@dataclass(frozen=True, slots=True)
class Free:
    """Who is free at one moment, by the means of travel: rows of places and their cells."""

    rows: tuple[Array, ...]
    cells: tuple[Array, ...]
    #: As far as any of them goes.
    reach_m: tuple[int, ...]
    far: Array
    placeless: Array


def first_minutes(block: Block, free: Free, most: int) -> Array:
    """How long the ways of a first look are for each task: people lie on an area, so by a root."""
    latitude, longitude = doors(block, np.arange(len(block.tasks)))
    found = np.ones(len(block.tasks), dtype=np.int64)
    for cells, mode in zip(free.cells, MODES, strict=True):
        reach = metres_within(PROBE_MINUTES, mode, block.slot.hour)
        reaches = np.full(len(block.tasks), reach)
        found += ends_around(cells, latitude, longitude, reaches)[1].sum(axis=1)
    hoped = HOPED_FOR * most
    longer = (PROBE_MINUTES - FIXED_TRAVEL_MINUTES) * np.sqrt(hoped / found)
    minutes = FIXED_TRAVEL_MINUTES + np.ceil(longer).astype(np.int64)
    clipped: Array = np.clip(minutes, LEAST_MINUTES, MOST_MINUTES)
    return clipped


def doors(block: Block, numbers: Array) -> tuple[Array, Array]:
    """Latitudes and longitudes of the doors of some of the tasks."""
    tasks = [block.tasks[number] for number in numbers.tolist()]
    places = [(task.latitude_e6, task.longitude_e6) for task in tasks]
    both = np.array(places, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def able_people(block: Block) -> Array:
    """Who is free at least for the shortest of the visits."""
    return is_free(block, int(np.argmin(block.end_minute)), standing.EVERYBODY, 0)


def free_places(block: Block) -> Free:
    """Where those set out who are free then."""
    columns, able = block.columns, able_people(block)
    rows, cells, reach = [], [], []
    for own, owner, key in columns.memo.get("by mode", lambda: _by_mode(columns)):
        free = np.flatnonzero(able[owner])
        rows.append(own[free])
        cells.append(key[free])
        reach.append(int(columns.people.radius_m[owner[free]].max(initial=0)))
    return Free(
        rows=tuple(rows),
        cells=tuple(cells),
        reach_m=tuple(min(REACH_M, each) for each in reach),
        far=columns.far[able[columns.places.owner[columns.far]]],
        placeless=columns.placeless[able[columns.placeless]],
    )


def _by_mode(columns: Columns) -> list[tuple[Array, Array, Array]]:
    """Rows of places, owners and cells, by how the owner travels."""
    places, found = columns.places, []
    for mode in range(len(MODES)):
        rows = np.flatnonzero(columns.people.mode[places.owner] == mode)
        found.append((rows, places.owner[rows], places.key[rows]))
    return found


def around(block: Block, free: Free, numbers: Array, minutes: Array | None) -> tuple[Array, Array]:
    """Tasks with rows of places: those within so many minutes, or as far as anybody goes."""
    latitude, longitude = doors(block, numbers)
    of, rows = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)]
    for own, cells, most_m, mode in zip(free.rows, free.cells, free.reach_m, MODES, strict=True):
        reach = np.full(len(numbers), most_m)
        if minutes is not None:
            ways = [metres_within(each, mode, block.slot.hour) for each in minutes.tolist()]
            reach = np.minimum(reach, ways)
        number, row = rows_around(cells, latitude, longitude, reach)
        of.append(numbers[number])
        rows.append(own[row])
    return np.concatenate(of), np.concatenate(rows)
