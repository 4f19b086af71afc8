"""The cheapest eligible people of many tasks: what the city's batch chooses from.

The scorer judges them; this only saves it work. Tasks that begin together share who is free
then, and a search looks first at those whose way is short, by the way that each of them takes.
It ends as soon as nobody further away could be cheaper, which is certain: apart from the way,
and from what single people are to an elder, no term is ever below zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from services.matching import standing
from services.matching.arcs import Arcs, Chosen, arcs_of
from services.matching.columns import Columns
from services.matching.free import Free, able_people, around, doors, first_minutes, free_places
from services.matching.grid import Array, straight_m
from services.matching.scorer import (
    UNKNOWN_M,
    Pairs,
    Scored,
    judge,
    order_key,
    score,
    travel_minutes,
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
#: So many tasks are judged in one go: their numbers fit into a byte.
AT_ONCE = 64
#: So many for each who is wanted are judged at all, chosen by the way and by themselves.
PROMISING = 8


def candidates(
    columns: Columns,
    tasks: Sequence[Task],
    now: datetime,
    most: int = MOST,
    weights: Weights = WEIGHTS,
) -> Arcs:
    """The ``most`` cheapest eligible people of each task."""
    slots = [slot_of(columns, task, now) for task in tasks]
    found: list[tuple[Array, Chosen]] = []
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
    return arcs_of(found)


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
) -> Iterator[Chosen]:
    """Candidates of each task; further looks are at those for whom the last one left a doubt."""
    free = free_places(block)
    left = np.arange(len(block.tasks))
    for minutes in (first_minutes(block, free, most), None):
        pairs = _look(block, free, fitting, left, minutes)
        bounds = np.full(len(block.tasks), NO_BOUND, dtype=np.int64)
        if minutes is not None:
            bounds = np.minimum(minutes + 1, UNKNOWN_TRAVEL_MINUTES) * np.int64(MILLI)
        few = _promising(block, pairs, bounds, PROMISING * most, weights)
        chosen = _cheapest(block, few, most, bounds, weights)
        yield chosen
        left = np.setdiff1d(left, chosen.of)
        if not len(left):
            return
    rest = pairs.where(np.flatnonzero(np.isin(pairs.of, left)))
    yield _cheapest(block, rest, most, None, weights)


def _look(
    block: Block,
    free: Free,
    fitting: tuple[Array, Array],
    left: Array,
    minutes: Array | None,
) -> Pairs:
    """Those whose way takes at most so many minutes, and whom an elder knows; or everybody."""
    columns = block.columns
    of, rows = around(block, free, left, minutes)
    if minutes is None:
        of = np.concatenate((of, np.repeat(left, len(free.far))))
        rows = np.concatenate((rows, np.tile(free.far, len(left))))
        nowhere = np.repeat(left, len(free.placeless)), np.tile(free.placeless, len(left))
        return _pairs(block, fitting, (of, rows), nowhere)
    named_of, named = _named_people(block)
    own = columns.rows_of(named.tolist())
    of = np.concatenate((of, np.repeat(named_of, [len(each) for each in own])))
    rows = np.concatenate((rows, *own))
    without = np.isin(named, columns.placeless)
    return _pairs(block, fitting, (of, rows), (named_of[without], named[without]))


def _promising(block: Block, pairs: Pairs, bounds: Array, most: int, weights: Weights) -> Pairs:
    """The best of each task by the way and by themselves, and those who are named.

    What is left out lowers the bound of its task: no other term is below zero.
    """
    columns = block.columns
    alone = standing.alone(columns, block.slot.monday, block.now, weights)
    least = travel_minutes(block, pairs) * np.int32(MILLI) + alone[pairs.who]
    kept = np.zeros(len(pairs.who), dtype=bool)
    for number, own in _by_task(block, pairs.of):
        if len(own) > most:
            part = np.argpartition(least[own], most)
            bounds[number] = min(int(bounds[number]), int(least[own[part[most]]]))
            kept[own[part[:most]]] = True
        else:
            kept[own] = True
    keys = block.keys([_named(task) for task in block.tasks])
    named = pairs.named(block, keys)
    if named is not None:
        kept |= named
    return pairs.where(np.flatnonzero(kept))


def _by_task(block: Block, of: Array | int) -> Iterator[tuple[int, Array]]:
    """The number of each task with something, and where that stands."""
    # Small numbers are sorted by counting them.
    small = np.asarray(of).astype(np.uint8)
    order = np.argsort(small, kind="stable")
    ends = np.searchsorted(small[order], np.arange(len(block.tasks) + 1))
    for number in np.flatnonzero(np.diff(ends)).tolist():
        yield number, order[ends[number] : ends[number + 1]]


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
) -> Iterator[Chosen]:
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
    best: Sequence[Chosen],
    windows: Sequence[tuple[int, Array]],
    wide: int,
    weights: Weights,
) -> Iterator[Chosen]:
    """The cheaper half of the best of each task, and as many of those whose turn it is."""
    halves: dict[int, tuple[Chosen, Array]] = {}
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
) -> Chosen:
    """The best of each task, best first; tasks for which the bound leaves a doubt are left out."""
    scored = score(block, judge(block, pairs, settled=True), weights)
    skilled, key = _skilled(block, scored), order_key(block, scored)
    chosen = [np.empty(0, dtype=np.intp)]
    for number, own in _by_task(block, scored.of):
        task = block.tasks[number]
        best = _distinct(own, key, scored.who, most)
        lists = [best]
        if task.people_missing > 1 and task.training_missing:
            # One of them has to know more: enough of those are wanted too.
            known = _distinct(own[skilled[own]], key, scored.who, most)
            lists.append(known)
            more = known[~np.isin(scored.who[known], scored.who[best])]
            best = np.concatenate((best, more))
            best = best[np.argsort(key[best])]
        if (
            bounds is None
            or bounds[number] == NO_BOUND
            or all(len(each) == most and scored.cost[each[-1]] < bounds[number] for each in lists)
        ):
            chosen.append(best)
    index = np.concatenate(chosen)
    return Chosen(scored.where(index), skilled[index])


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
