"""The cheapest eligible people of many tasks: what the city's batch chooses from.

The scorer judges them; this only saves it work. Tasks that begin together share who is free
then, and a search looks first at those whose way is short, by the way that each of them takes.
It ends as soon as nobody further away could be cheaper, which is certain: apart from the way,
and from what single people are to an elder, no term is ever below zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from services.matching import standing
from services.matching.columns import Columns
from services.matching.grid import Array, rows_around, straight_m
from services.matching.scorer import (
    TERMS,
    UNKNOWN_M,
    Pairs,
    Scored,
    is_free,
    judge,
    order_key,
    score,
)
from services.matching.slots import Block, Slot, slot_of
from services.matching.tasks import Task
from services.rules.matching import (
    FARTHEST_M,
    MILLI,
    MODES,
    REACH_M,
    UNKNOWN_TRAVEL_MINUTES,
    WEIGHTS,
    Weights,
    metres_within,
)

MOST = 30
#: The first look takes those whose way is at most so long; it is tried where so many free people
#: for each who is wanted are likely to be among them.
FIRST_MINUTES, PEOPLE_FOR_ONE = 15, 5
#: Of those whom no way separates, so many for each who is wanted are looked at first.
FIRST_PEOPLE = 10
#: So many tasks are judged in one go.
AT_ONCE = 64
NO_BOUND = 1 << 40


@dataclass(frozen=True, slots=True)
class Arcs:
    """Pairs that could be, in the order of the tasks and then of the cost."""

    task: Array
    who: Array
    cost: Array
    distance_m: Array
    travel_minutes: Array
    terms: Array  # a row for each of TERMS
    #: Holds the listed training.
    trained: Array

    def __len__(self) -> int:
        return len(self.task)

    def where(self, kept: Array) -> Arcs:
        """Some of them."""
        return Arcs(
            self.task[kept],
            self.who[kept],
            self.cost[kept],
            self.distance_m[kept],
            self.travel_minutes[kept],
            self.terms[:, kept],
            self.trained[kept],
        )


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The best of some tasks, and who of them holds the listed training."""

    scored: Scored
    trained: Array

    @property
    def of(self) -> Array:
        """The task of each."""
        return np.asarray(self.scored.of)


@dataclass(frozen=True, slots=True)
class _Free:
    """Who is free at one moment, by the means of travel: rows of places and their cells."""

    rows: tuple[Array, ...]
    cells: tuple[Array, ...]
    #: As far as any of them goes.
    reach_m: tuple[int, ...]
    far: Array
    placeless: Array


def candidates(
    columns: Columns,
    tasks: Sequence[Task],
    now: datetime,
    most: int = MOST,
    weights: Weights = WEIGHTS,
) -> Arcs:
    """The ``most`` cheapest eligible people of each task."""
    slots = [slot_of(columns, task, now) for task in tasks]
    found: list[tuple[Array, _Chosen]] = []
    fits = _Fits(columns)
    for places in _together(tasks, slots):
        block = Block.of(columns, [tasks[n] for n in places], [slots[n] for n in places], now)
        look = _without_way if block.nowhere else _with_way
        numbers = np.array(places, dtype=np.int32)
        looks = look(block, fits.of(block), most, weights)
        found.extend((numbers[chosen.of], chosen) for chosen in looks)
    return _arcs(found)


def _arcs(found: Sequence[tuple[Array, _Chosen]]) -> Arcs:
    def joined(kind: Any, parts: Iterable[Array]) -> Array:
        return np.concatenate([np.empty(0, dtype=kind), *(part.astype(kind) for part in parts)])

    scored = [chosen.scored for _, chosen in found]
    terms = [np.stack(each.terms) for each in scored]
    arcs = Arcs(
        task=joined(np.int32, (task for task, _ in found)),
        who=joined(np.int32, (each.who for each in scored)),
        cost=joined(np.int64, (each.cost for each in scored)),
        distance_m=joined(np.int32, (each.distance_m for each in scored)),
        travel_minutes=joined(np.int32, (each.travel_minutes for each in scored)),
        terms=np.concatenate([np.empty((len(TERMS), 0), dtype=np.int32), *terms], axis=1),
        trained=joined(bool, (chosen.trained for _, chosen in found)),
    )
    return arcs.where(np.argsort(arcs.task, kind="stable"))


def _together(tasks: Sequence[Task], slots: Sequence[Slot]) -> Iterator[list[int]]:
    """Tasks that begin together, not too many at once."""
    groups: dict[Any, list[int]] = {}
    for number, (task, slot) in enumerate(zip(tasks, slots, strict=True)):
        nowhere = task.latitude_e6 is None or task.longitude_e6 is None
        key = (slot.begin_minute, slot.first_quarter, task.remote, nowhere)
        groups.setdefault(key, []).append(number)
    for key in sorted(groups):
        those = groups[key]
        for start in range(0, len(those), AT_ONCE):
            yield those[start : start + AT_ONCE]


class _Fits:
    """Whom nothing stands against apart from place and hour; tasks of a kind share it."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._kept: dict[Any, Array] = {}
        self._day = 0

    def of(self, block: Block) -> tuple[Array, Array]:
        """A row of yes and no for each kind of task, and the kind of each of the block's."""
        if block.slot.day != self._day:
            self._kept.clear()
            self._day = block.slot.day
        kinds: dict[Any, int] = {}
        rows, of = [], []
        for task, slot in zip(block.tasks, block.slots, strict=True):
            key = _kind(task, slot)
            if key not in kinds:
                kinds[key] = len(kinds)
                if key not in self._kept:
                    self._kept[key] = standing.codes(self._columns, task, slot) == 0
                rows.append(self._kept[key])
            of.append(kinds[key])
        return np.stack(rows), np.array(of)


def _kind(task: Task, slot: Slot) -> tuple[Any, ...]:
    return (
        task.service_code,
        task.booked_minutes,
        slot.last_day,
        task.book,
        task.remote,
        task.people_needed > 1,
        task.training_missing,
        task.people_missing > 1,
    )


def _with_way(
    block: Block, fitting: tuple[Array, Array], most: int, weights: Weights
) -> Iterator[_Chosen]:
    """Candidates of each task; a second look at those for whom the first one left a doubt."""
    free, hour = _free(block), block.slot.hour
    short = [metres_within(FIRST_MINUTES, mode, hour) for mode in MODES]
    first = [min(each) for each in zip(short, free.reach_m, strict=True)]
    bound = min(FIRST_MINUTES + 1, UNKNOWN_TRAVEL_MINUTES) * MILLI
    left = np.arange(len(block.tasks))
    of, rows, counts = _around(block, free, left, first)
    likely = counts >= PEOPLE_FOR_ONE * most
    if likely.any():
        kept = likely[of]
        of, rows = _with_named(block, of[kept], rows[kept], np.flatnonzero(likely))
        pairs = _pairs(block, fitting, of, rows, np.empty(0, dtype=np.intp), left)
        chosen = _cheapest(block, pairs, most, bound, weights)
        yield chosen
        left = np.setdiff1d(left, chosen.of)
    if len(left):
        of, rows, _ = _around(block, free, left, free.reach_m)
        of = np.concatenate((of, np.repeat(left, len(free.far))))
        rows = np.concatenate((rows, np.tile(free.far, len(left))))
        pairs = _pairs(block, fitting, of, rows, free.placeless, left)
        yield _cheapest(block, pairs, most, NO_BOUND, weights)


def _able(block: Block) -> Array:
    """Who is free at least for the shortest of the visits."""
    return is_free(block, int(np.argmin(block.end_minute)), standing.EVERYBODY, 0)


def _free(block: Block) -> _Free:
    """Where those set out who are free then."""
    columns, able = block.columns, _able(block)
    rows, cells, reach = [], [], []
    for own, owner, key in columns.memo.get("by mode", lambda: _by_mode(columns)):
        free = np.flatnonzero(able[owner])
        rows.append(own[free])
        cells.append(key[free])
        reach.append(int(columns.people.radius_m[owner[free]].max(initial=0)))
    return _Free(
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


def _around(
    block: Block, free: _Free, numbers: Array, reach_m: Sequence[int]
) -> tuple[Array, Array, Array]:
    """Rows of places within reach of each task, with the task, and how many there are for each."""
    latitude = np.array([block.tasks[number].latitude_e6 for number in numbers])
    longitude = np.array([block.tasks[number].longitude_e6 for number in numbers])
    of, rows = [], []
    for own, cells, reach in zip(free.rows, free.cells, reach_m, strict=True):
        if reach > 0 and len(own):
            number, row = rows_around(cells, latitude, longitude, reach)
            of.append(numbers[number])
            rows.append(own[row])
    task = np.concatenate([np.empty(0, dtype=np.intp), *of])
    counts = np.bincount(task, minlength=len(block.tasks))
    return task, np.concatenate([np.empty(0, dtype=np.intp), *rows]), counts


def _with_named(block: Block, of: Array, rows: Array, numbers: Array) -> tuple[Array, Array]:
    """Added to those nearby, wherever they are: whom an elder knows or wishes for."""
    columns = block.columns
    wanted = set(numbers.tolist())
    named = [_named(task) if n in wanted else () for n, task in enumerate(block.tasks)]
    number, who = np.divmod(block.keys(named), max(1, len(columns)))
    own = columns.rows_of(who.tolist())
    return (
        np.concatenate((of, np.repeat(number, [len(each) for each in own]))),
        np.concatenate((rows, *own)),
    )


def _pairs(
    block: Block,
    fitting: tuple[Array, Array],
    of: Array,
    rows: Array,
    placeless: Array,
    for_each: Array,
) -> Pairs:
    """Those who fit, once for each place that they set out from."""
    columns, (fits, kind) = block.columns, fitting
    owner = columns.places.owner[rows]
    kept = fits[kind[of], owner]
    of, rows, owner = of[kept], rows[kept], owner[kept]
    here = np.array([(task.latitude_e6, task.longitude_e6) for task in block.tasks], dtype=np.int64)
    distance = np.minimum(straight_m(here, of, columns.globe, rows), FARTHEST_M)
    if len(placeless):
        more_of, more = np.repeat(for_each, len(placeless)), np.tile(placeless, len(for_each))
        fit = fits[kind[more_of], more]
        of, owner = np.concatenate((of, more_of[fit])), np.concatenate((owner, more[fit]))
        unknown = np.full(int(fit.sum()), UNKNOWN_M, dtype=np.int32)
        distance = np.concatenate((distance, unknown))
    return Pairs(of, owner, distance)


def _without_way(
    block: Block, fitting: tuple[Array, Array], most: int, weights: Weights
) -> Iterator[_Chosen]:
    """Where no way makes a difference, those come first who cost least by themselves."""
    columns, (fits, kind), able = block.columns, fitting, _able(block)
    monday, first = block.slot.monday, FIRST_PEOPLE * most
    base = standing.alone(columns, monday, block.now, weights)
    order = standing.by_cost(columns, monday, block.now, weights)
    for number, task in enumerate(block.tasks):
        fit = fits[kind[number]] & able
        those = order[: 16 * first]
        those = those[fit[those]]
        if len(those) > first:
            named = columns.find(_named(task))
            some = np.union1d(those[:first], named[fit[named]])
            bound = int(base[those[first]])
            chosen = _cheapest(block, _everywhere(number, some), most, bound, weights)
            if len(chosen.of):
                yield chosen
                continue
        everybody = _everywhere(number, np.flatnonzero(fit))
        yield _cheapest(block, everybody, most, NO_BOUND, weights)


def _everywhere(number: int, who: Array) -> Pairs:
    unknown = np.full(len(who), UNKNOWN_M, dtype=np.int32)
    return Pairs(np.full(len(who), number), who, unknown)


def _cheapest(block: Block, pairs: Pairs, most: int, bound: int, weights: Weights) -> _Chosen:
    """The best of each task, best first; tasks for which the bound leaves a doubt are left out."""
    scored = score(block, judge(block, pairs, settled=True), weights)
    skilled, key, of = _skilled(block, scored), order_key(block, scored), np.asarray(scored.of)
    by_task = np.argsort(of, kind="stable")
    ends = np.searchsorted(of[by_task], np.arange(len(block.tasks) + 1))
    chosen = [np.empty(0, dtype=np.intp)]
    for number in np.flatnonzero(np.diff(ends)).tolist():
        own, task = by_task[ends[number] : ends[number + 1]], block.tasks[number]
        best = _distinct(own, key, scored.who, most)
        lists = [best]
        if task.people_missing > 1 and task.training_missing:
            # One of them has to know more: enough of those are wanted too.
            lists.append(_distinct(own[skilled[own]], key, scored.who, most))
            best = np.union1d(*lists)
            best = best[np.argsort(key[best])]
        if bound == NO_BOUND or all(
            len(each) == most and scored.cost[each[-1]] < bound for each in lists
        ):
            chosen.append(best)
    index = np.concatenate(chosen)
    return _Chosen(scored.where(index), skilled[index])


def _distinct(own: Array, key: Array, who: Array, most: int) -> Array:
    """The first by key, each person once: with the nearest of several places."""
    wanted = 2 * most
    while True:
        few = own if wanted >= len(own) else own[np.argpartition(key[own], wanted - 1)[:wanted]]
        few = few[np.argsort(key[few])]
        first = np.sort(np.unique(who[few], return_index=True)[1])
        if len(first) >= most or len(few) == len(own):
            return few[first[:most]]
        wanted *= 2


def _skilled(block: Block, scored: Scored) -> Array:
    """Who of the scored holds the listed training of the task."""
    found = np.zeros(len(scored.who), dtype=bool)
    columns = block.columns
    services = {
        (task.service_code, slot.last_day): slot
        for task, slot in zip(block.tasks, block.slots, strict=True)
    }
    for (code, last_day), slot in services.items():
        own = np.array(
            [
                task.service_code == code and each.last_day == last_day
                for task, each in zip(block.tasks, block.slots, strict=True)
            ]
        )[scored.of]
        found[own] = standing.trained(columns, code, slot, scored.who[own])
    return found


def _named(task: Task) -> set[UUID]:
    return {*task.known, *([task.wished_id] if task.wished_id else [])}
