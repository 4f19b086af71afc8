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
from services.matching.free import able_people, around, doors, first_minutes, free_places
from services.matching.grid import Array, straight_m
from services.matching.scorer import (
    TERMS,
    UNKNOWN_M,
    Pairs,
    Scored,
    judge,
    order_key,
    score,
)
from services.matching.slots import Block, Slot, slot_of
from services.matching.tasks import Task
from services.rules.matching import (
    FARTHEST_M,
    MILLI,
    UNKNOWN_TRAVEL_MINUTES,
    WEIGHTS,
    Weights,
)

MOST = 30
#: Of those whom no way separates, so many for each who is wanted are looked at first. All such
#: tasks compete for the same people: each has so many times the usual number to choose from.
FIRST_PEOPLE, WIDER = 10, 4
NO_BOUND = 1 << 40
#: So many tasks are judged in one go.
AT_ONCE = 64


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

    def where(self, kept: Array) -> _Chosen:
        """Some of them."""
        return _Chosen(self.scored.where(kept), self.trained[kept])


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
    fits, turn = _Fits(columns), 0
    for places in _together(tasks, slots):
        block = Block.of(columns, [tasks[n] for n in places], [slots[n] for n in places], now)
        numbers = np.array(places, dtype=np.int32)
        if block.nowhere:
            looks = _without_way(block, fits.of(block), most, weights, turn)
            turn += sum(task.people_missing for task in block.tasks)
        else:
            looks = _with_way(block, fits.of(block), most, weights)
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
    free, columns = free_places(block), block.columns
    everyone = np.arange(len(block.tasks))
    minutes = first_minutes(block, free, most)
    of, rows = around(block, free, everyone, minutes)
    named_of, named = _named_people(block)
    own = columns.rows_of(named.tolist())
    of = np.concatenate((of, np.repeat(named_of, [len(each) for each in own])))
    rows = np.concatenate((rows, *own))
    without = np.isin(named, columns.placeless)
    pairs = _pairs(block, fitting, (of, rows), (named_of[without], named[without]))
    bounds = np.minimum(minutes + 1, UNKNOWN_TRAVEL_MINUTES) * np.int64(MILLI)
    chosen = _cheapest(block, pairs, most, bounds, weights)
    yield chosen
    left = np.setdiff1d(everyone, chosen.of)
    if len(left):
        of, rows = around(block, free, left, None)
        of = np.concatenate((of, np.repeat(left, len(free.far))))
        rows = np.concatenate((rows, np.tile(free.far, len(left))))
        nowhere = np.repeat(left, len(free.placeless)), np.tile(free.placeless, len(left))
        pairs = _pairs(block, fitting, (of, rows), nowhere)
        yield _cheapest(block, pairs, most, None, weights)


def _named_people(block: Block) -> tuple[Array, Array]:
    """Tasks with whom an elder knows or wishes for, wherever these are."""
    keys = block.keys([_named(task) for task in block.tasks])
    number, who = np.divmod(keys, max(1, len(block.columns)))
    return number, who


def _pairs(
    block: Block,
    fitting: tuple[Array, Array],
    placed: tuple[Array, Array],
    placeless: tuple[Array, Array],
) -> Pairs:
    """Those who fit, once for each place that they set out from, and those of no known place."""
    columns, (fits, kind) = block.columns, fitting
    of, rows = placed
    owner = columns.places.owner[rows]
    kept = fits[kind[of], owner]
    of, rows, owner = of[kept], rows[kept], owner[kept]
    here = np.stack(doors(block, np.arange(len(block.tasks))), axis=1)
    distance = np.minimum(straight_m(here, of, columns.globe, rows), FARTHEST_M)
    more_of, more = placeless
    if len(more):
        fit = fits[kind[more_of], more]
        of, owner = np.concatenate((of, more_of[fit])), np.concatenate((owner, more[fit]))
        unknown = np.full(int(fit.sum()), UNKNOWN_M, dtype=np.int32)
        distance = np.concatenate((distance, unknown))
    return Pairs(of, owner, distance)


def _without_way(
    block: Block, fitting: tuple[Array, Array], most: int, weights: Weights, turn: int
) -> Iterator[_Chosen]:
    """Where no way makes a difference, those come first who cost least by themselves.

    They are the same few for every task: each task has some of them, and then others further
    down its list, by its turn, so that there are enough for all.
    """
    columns, (fits, kind), able = block.columns, fitting, able_people(block)
    base = standing.alone(columns, block.slot.monday, block.now, weights)
    order = standing.by_cost(columns, block.slot.monday, block.now, weights)
    first, wide = FIRST_PEOPLE * most, WIDER * most
    heads, windows = [], []
    bounds = np.full(len(block.tasks), -NO_BOUND, dtype=np.int64)
    for number, task in enumerate(block.tasks):
        fit = fits[kind[number]] & able
        those = order[: 16 * (first + turn)]
        those = those[fit[those]]
        if len(those) > first:
            named = columns.find(_named(task))
            heads.append((number, np.union1d(those[:first], named[fit[named]])))
            bounds[number] = base[those[first]]
        begin = turn % max(1, len(those) - wide)
        if begin:
            windows.append((number, those[begin : begin + first]))
        turn += task.people_missing
    chosen = _cheapest(block, _everywhere(heads), wide, bounds, weights)
    left = np.setdiff1d(np.arange(len(block.tasks)), chosen.of)
    everybody = [(n, np.flatnonzero(fits[kind[n]] & able)) for n in left.tolist()]
    rest = _cheapest(block, _everywhere(everybody), wide, None, weights)
    yield from _by_turn(block, [chosen, rest], windows, wide, weights)


def _by_turn(
    block: Block,
    best: Sequence[_Chosen],
    windows: Sequence[tuple[int, Array]],
    wide: int,
    weights: Weights,
) -> Iterator[_Chosen]:
    """The cheaper half of the best of each task, and as many of those whose turn it is."""
    halves: dict[int, tuple[_Chosen, Array]] = {}
    for chosen in best:
        ends = np.searchsorted(chosen.of, np.arange(len(block.tasks) + 1))
        for number in np.flatnonzero(np.diff(ends)).tolist():
            halves[number] = chosen, np.arange(ends[number], ends[number + 1])
    others = [
        (number, np.setdiff1d(window, halves[number][0].scored.who[halves[number][1][: wide // 2]]))
        for number, window in windows
        if number in halves and len(halves[number][1]) >= wide
    ]
    later = _cheapest(block, _everywhere(others), wide - wide // 2, None, weights)
    enough = np.bincount(later.of, minlength=len(block.tasks)) >= wide - wide // 2
    for number, (chosen, own) in halves.items():
        yield chosen.where(own[: wide // 2] if enough[number] else own)
    yield later.where(np.flatnonzero(enough[later.of]))


def _everywhere(people: Sequence[tuple[int, Array]]) -> Pairs:
    """Tasks with people, however far away they are."""
    nobody = np.empty(0, dtype=np.intp)
    who = np.concatenate([nobody, *(those for _, those in people)])
    numbers = np.array([number for number, _ in people], dtype=np.intp)
    of = np.repeat(numbers, [len(those) for _, those in people])
    return Pairs(of, who, np.full(len(who), UNKNOWN_M, dtype=np.int32))


def _cheapest(
    block: Block, pairs: Pairs, most: int, bounds: Array | None, weights: Weights
) -> _Chosen:
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
            known = _distinct(own[skilled[own]], key, scored.who, most)
            lists.append(known)
            more = known[~np.isin(scored.who[known], scored.who[best])]
            best = np.concatenate((best, more))
            best = best[np.argsort(key[best])]
        if bounds is None or all(
            len(each) == most and scored.cost[each[-1]] < bounds[number] for each in lists
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
        people = who[few].tolist()
        if len(set(people)) == len(people):
            return few[:most]
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
