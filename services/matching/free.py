"""Who is free at one moment and fits, and where they set out: for tasks that begin together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from services.matching import standing
from services.matching.grid import Array, between, cells, running, stretches
from services.matching.scorer import is_free
from services.matching.slots import Block
from services.rules.matching import (
    FIXED_TRAVEL_MINUTES,
    MILLI,
    MODES,
    REACH_M,
    UNKNOWN_TRAVEL_MINUTES,
    Weights,
    metres_within,
)

#: A first look hopes for so many people for each candidate who is wanted. How far it goes is
#: reckoned from those within the middle figure, in thousandths of a minute, the way and what they
#: cost by themselves put together, and stays between the others.
HOPED_FOR, LEAST, PROBE, MOST = 10, 7_000, 15_000, 40_000
#: People are looked for by so many classes of what they cost by themselves: the dearer somebody
#: is, the nearer he has to be.
CLASSES = 5
#: Height of a row of cells here, in millionths of a degree: ways are short.
ROW_E6 = 4_500
#: Above the cells in one number: the means of travel and the class.
KIND_BITS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Where everybody sets out, in the order of means and class, and then of the cell."""

    rows: Array
    owner: Array
    key: Array
    #: By means and class: the least that anybody costs by himself, and as far as anybody goes.
    least: Array
    reach_m: Array


def ways(block: Block, weights: Weights) -> Ways:
    """The same for every task of a week."""
    key = ("ways", block.slot.monday, block.now, weights)
    found: Ways = block.columns.memo.get(key, lambda: _ways(block, weights))
    return found


def _ways(block: Block, weights: Weights) -> Ways:
    columns, people = block.columns, block.columns.people
    alone = standing.alone(columns, block.slot.monday, block.now, weights)
    ordered = np.sort(alone)
    edges = ordered[np.arange(CLASSES) * len(ordered) // CLASSES] if len(ordered) else np.zeros(1)
    dear = np.searchsorted(edges, alone, "right") - 1
    kind = (people.mode * np.int64(CLASSES) + dear)[columns.places.owner]
    key = cells(columns.places.one, columns.places.two, ROW_E6)
    rows = np.lexsort((key, kind))
    owner = columns.places.owner[rows]
    least = np.full(len(MODES) * CLASSES, MOST, dtype=np.int64)
    np.minimum.at(least, kind[rows], alone[owner])
    reach = np.zeros(len(MODES) * CLASSES, dtype=np.int64)
    np.maximum.at(reach, kind[rows], people.radius_m[owner])
    return Ways(rows, owner, key[rows] | kind[rows] << KIND_BITS, least, reach)


@dataclass(frozen=True, slots=True, eq=False)
class Fitting:
    """Whom nothing stands against apart from place and hour: yes or no by person and by way."""

    people: Array
    ways: Array
    share_permille: int


class Free:
    """The tasks of a block by kind, and for each kind who fits and is free."""

    def __init__(self, block: Block, fitting: Sequence[Fitting], kinds: Array, of: Ways) -> None:
        self.block, self.kinds = block, kinds
        self.people = able_people(block)
        self._fitting, self._ways = fitting, of
        if block.nowhere:
            return
        # Only where there is a way are they looked for by where they set out.
        self._open = np.flatnonzero(self.people[of.owner])
        self._keys = of.key[self._open]
        self._fits = np.stack([each.ways for each in fitting])

    def fits(self, of: Array, who: Array) -> Array:
        """Who of these fits the task that is meant and is free then."""
        found = self.people[who]
        for kind, each in enumerate(self._fitting):
            own = np.flatnonzero(self.kinds[of] == kind)
            found[own] &= each.people[who[own]]
        return found

    def of_task(self, number: int) -> Array:
        """Who fits one of the tasks and is free then: yes or no for everybody."""
        found: Array = self._fitting[self.kinds[number]].people & self.people
        return found

    def first_of(self, number: int, order: Array, most: int) -> Array:
        """The first who fit a task, of everybody in an order."""
        fitting, found = self._fitting[self.kinds[number]].people, order[:0]
        begin, step = 0, 8 * most
        while len(found) < most and begin < len(order):
            some = order[begin : begin + step]
            found = np.concatenate((found, some[fitting[some] & self.people[some]]))
            begin, step = begin + step, 2 * step
        return found[:most]

    def limits(self, numbers: Array, wanted: int) -> Array:
        """Up to which cost so many people can be hoped for: a third root, of area and cost."""
        of, _, length = self._found(numbers, np.full(len(numbers), PROBE))
        found = np.bincount(of, weights=length, minlength=len(self.block.tasks))
        share = np.array([each.share_permille for each in self._fitting])[self.kinds]
        found = np.maximum(1, found * share / 1_000)[numbers]
        least = FIXED_TRAVEL_MINUTES * MILLI
        limits = least + np.ceil((PROBE - least) * np.cbrt(wanted / found)).astype(np.int64)
        unplaced = len(self.block.columns.placeless) > 0
        most = min(MOST, UNKNOWN_TRAVEL_MINUTES * MILLI) if unplaced else MOST
        clipped: Array = np.clip(limits, LEAST, most)
        return clipped

    def around(self, numbers: Array, limits: Array | None) -> tuple[Array, Array]:
        """Tasks with rows of places: those of whoever may cost less, or of the usual reach."""
        of, begin, length = self._found(numbers, limits)
        of, rows = np.repeat(of, length), self._open[running(begin, length)]
        kept = self._fits[self.kinds[of], rows]
        return of[kept], self._ways.rows[rows[kept]]

    def _found(self, numbers: Array, limits: Array | None) -> tuple[Array, Array, Array]:
        """Tasks with stretches of people, where these begin, and how long they are."""
        of, first, last = self._stretches(numbers, limits)
        begin, length = between(self._keys, first, last)
        some = np.flatnonzero(length)
        return of[some], begin[some], length[some]

    def _stretches(self, numbers: Array, limits: Array | None) -> tuple[Array, Array, Array]:
        """Tasks with the first and the last keys of all stretches where somebody may be."""
        least, reach = self._ways.least, np.minimum(self._ways.reach_m, REACH_M)
        if limits is not None:
            within = _within(self.block.slot.hour)
            minutes = np.maximum(0, (limits[:, None] - least) // MILLI)
            mode = np.arange(len(least)) // CLASSES
            reaches = np.minimum(within[mode, minutes], self._ways.reach_m)
        else:
            reaches = np.broadcast_to(reach, (len(numbers), len(reach)))
        task, kind = np.nonzero(reaches)
        latitude, longitude = doors(self.block, numbers)
        first, last = stretches(latitude[task], longitude[task], reaches[task, kind], ROW_E6)
        some, column = np.nonzero(last >= first)
        above = kind[some].astype(np.int64) << KIND_BITS
        return numbers[task[some]], first[some, column] | above, last[some, column] | above


@lru_cache
def _within(hour: int) -> Array:
    """By means of travel and minutes: as far as one comes."""
    minutes = range(MOST // MILLI + 1)
    return np.array([[metres_within(each, mode, hour) for each in minutes] for mode in MODES])


def doors(block: Block, numbers: Array) -> tuple[Array, Array]:
    """Latitudes and longitudes of the doors of some of the tasks."""
    tasks = [block.tasks[number] for number in numbers.tolist()]
    places = [(task.latitude_e6, task.longitude_e6) for task in tasks]
    both = np.array(places, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def able_people(block: Block) -> Array:
    """Who is free at least for the shortest of the visits."""
    return is_free(block, int(np.argmin(block.end_minute)), standing.EVERYBODY, 0)
