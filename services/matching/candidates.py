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

import numpy as np

from services.matching import standing
from services.matching.arcs import Arcs, Chosen, arcs_of
from services.matching.columns import Columns
from services.matching.free import HOPED_FOR, Fitting, Free, Ways, doors, ways
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
from services.matching.slots import Block, Slot, slots_of
from services.matching.tasks import Task
from services.rules.matching import (
    FARTHEST_M,
    MILLI,
    WEIGHTS,
    Weights,
)

MOST = 30
#: Of those whom no way separates, so many for each who is wanted are looked at first. All such
#: tasks compete for the same people: each has so many times the usual number to choose from.
FIRST_PEOPLE, FURTHER_PEOPLE, WIDER = 10, 60, 4
#: How far down their list others are chosen: so many for each hundred of such tasks.
LISTED_PERCENT = 55
NO_BOUND = 1 << 40
#: So many tasks are judged in one go: their numbers fit into a byte.
AT_ONCE = 64
#: A second look, where the first one leaves a doubt, hopes for so many times as many.
FURTHER = 3


def candidates(
    columns: Columns,
    tasks: Sequence[Task],
    now: datetime,
    most: int = MOST,
    weights: Weights = WEIGHTS,
) -> Arcs:
    """The ``most`` cheapest eligible people of each task."""
    slots = slots_of(columns, tasks, now)
    found: list[tuple[Array, Chosen]] = []
    fits, turn = _Fits(columns), 0
    rivals = sum(task.remote or task.latitude_e6 is None for task in tasks)
    for places in _together(tasks, slots):
        block = Block.of(columns, [tasks[n] for n in places], [slots[n] for n in places], now)
        numbers = np.array(places, dtype=np.int32)
        free = fits.free(block, ways(block, weights))
        if block.nowhere:
            looks = _without_way(block, free, most, weights, turn, rivals)
            turn += len(block.tasks)
        else:
            looks = _with_way(block, free, most, weights)
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
        self._kept: dict[Any, Fitting] = {}
        self._day = 0

    def free(self, block: Block, way: Ways) -> Free:
        """Who fits each kind of task of a block and is free."""
        if block.slot.day != self._day:
            self._kept.clear()
            self._day = block.slot.day
        kinds: dict[Any, int] = {}
        fitting, of = [], []
        for task, slot in zip(block.tasks, block.slots, strict=True):
            key = _kind(task, slot)
            if key not in kinds:
                kinds[key] = len(kinds)
                if key not in self._kept:
                    fits = standing.codes(self._columns, task, slot) == 0
                    share = int(fits.sum()) * 1_000 // max(1, len(fits))
                    self._kept[key] = Fitting(fits, fits[way.owner], share)
                fitting.append(self._kept[key])
            of.append(kinds[key])
        return Free(block, fitting, np.array(of), way)


def _kind(task: Task, slot: Slot) -> tuple[Any, ...]:
    return (
        task.service_code,
        task.booked_minutes,
        slot.last_day,
        task.book,
        task.away and (task.latitude_e6 is None or task.longitude_e6 is None),
        task.away,
        task.host_book,
        task.remote,
        task.people_needed > 1,
        task.training_missing,
        task.people_missing > 1,
    )


def _with_way(block: Block, free: Free, most: int, weights: Weights) -> Iterator[Chosen]:
    """Candidates of each task; further looks are at those for whom the last one left a doubt."""
    left, bounds = np.arange(len(block.tasks)), np.full(len(block.tasks), NO_BOUND, dtype=np.int64)
    for hoped in (HOPED_FOR, FURTHER * HOPED_FOR, None):
        limits = None if hoped is None else free.limits(left, hoped * most)
        bounds[left] = NO_BOUND if limits is None else limits
        pairs = _promising(block, _look(block, free, left, limits), bounds, weights)
        chosen = _cheapest(block, pairs, bounds, most, weights)
        yield chosen
        left = np.setdiff1d(left, chosen.of)
        if not len(left):
            return


def _look(block: Block, free: Free, left: Array, limits: Array | None) -> Pairs:
    """Those who may cost less than a limit, and whom an elder knows; or everybody."""
    columns = block.columns
    of, rows = free.around(left, limits)
    if limits is None:
        more_of, more = np.repeat(left, len(columns.far)), np.tile(columns.far, len(left))
        nowhere_of = np.repeat(left, len(columns.placeless))
        nowhere = np.tile(columns.placeless, len(left))
    else:
        named_of, named = np.divmod(block.named("near"), max(1, len(columns)))
        open_ = np.isin(named_of, left)
        named_of, named = named_of[open_], named[open_]
        own = columns.rows_of(named.tolist())
        more_of = np.repeat(named_of, [len(each) for each in own])
        more = np.concatenate((np.empty(0, dtype=np.intp), *own))
        without = np.isin(named, columns.placeless)
        nowhere_of, nowhere = named_of[without], named[without]
    kept = free.fits(more_of, columns.places.owner[more])
    of, rows = np.concatenate((of, more_of[kept])), np.concatenate((rows, more[kept]))
    kept = free.fits(nowhere_of, nowhere)
    return _pairs(block, (of, rows), (nowhere_of[kept], nowhere[kept]))


def _promising(block: Block, pairs: Pairs, bounds: Array, weights: Weights) -> Pairs:
    """Who costs less than the bound by the way and by himself, and those who are named.

    The others cost at least as much: no other term is below zero.
    """
    alone = standing.alone(block.columns, block.slot.monday, block.now, weights)
    least = travel_minutes(block, pairs) * np.int32(MILLI) + alone[pairs.who]
    kept = least < bounds[pairs.of]
    named = pairs.named(block, "near")
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


def _pairs(block: Block, placed: tuple[Array, Array], placeless: tuple[Array, Array]) -> Pairs:
    """Tasks with rows of places, once for each, and with those of no known place."""
    columns, (of, rows), (more_of, more) = block.columns, placed, placeless
    here = np.stack(doors(block, np.arange(len(block.tasks))), axis=1)
    distance = np.minimum(straight_m(here, of, columns.globe, rows), FARTHEST_M)
    owner = columns.places.owner[rows]
    if len(more):
        of, owner = np.concatenate((of, more_of)), np.concatenate((owner, more))
        unknown = np.full(len(more), UNKNOWN_M, dtype=np.int32)
        distance = np.concatenate((distance, unknown))
    return Pairs(of, owner, distance)


def _without_way(
    block: Block, free: Free, most: int, weights: Weights, turn: int, rivals: int
) -> Iterator[Chosen]:
    """Where no way makes a difference, those come first who cost least.

    They are the same few for every task: each task has some of them, and of those further down
    its list every so many-th, another one at each turn, so that there are enough for all.
    """
    wide, half = WIDER * most, WIDER * most // 2
    best = list(_best_anywhere(block, free, most, half, weights))
    yield from best
    of = np.concatenate([chosen.of for chosen in best])
    who = np.concatenate([chosen.scored.who for chosen in best])
    order = standing.by_cost(block.columns, block.slot.monday, block.now, weights)
    left, unbound = np.arange(len(block.tasks)), np.full(len(block.tasks), NO_BOUND)
    listed = max(wide - half, rivals * LISTED_PERCENT // 100)
    for first in (2 * listed + wide, len(order)):
        people = [
            (n, np.setdiff1d(free.first_of(n, order, first), who[of == n])) for n in left.tolist()
        ]
        later = _cheapest(block, _everywhere(people), unbound, listed, weights)
        found = np.bincount(later.of, minlength=len(unbound))
        enough = (found >= wide - half) | (first == len(order))
        yield later.where(_thinned(later.of, found, enough, wide - half, turn))
        left = left[~enough[left]]
        if not len(left):
            return


def _thinned(of: Array, found: Array, enough: Array, wanted: int, turn: int) -> Array:
    """So many of the list of each task, spread over it, beginning with another one each time."""
    place = np.arange(len(of)) - (np.cumsum(found) - found)[of]
    step = np.maximum(1, found // wanted)[of]
    kept: Array = np.flatnonzero(
        enough[of] & ((place - turn - of) % step == 0) & (place // step < wanted)
    )
    return kept


def _best_anywhere(
    block: Block, free: Free, most: int, wanted: int, weights: Weights
) -> Iterator[Chosen]:
    """The cheapest of each task where there is no way."""
    base = standing.alone(block.columns, block.slot.monday, block.now, weights)
    order = standing.by_cost(block.columns, block.slot.monday, block.now, weights)
    named_of, named = np.divmod(block.named("near"), max(1, len(block.columns)))
    fit, left = free.fits(named_of, named), np.arange(len(block.tasks))
    for first in (FIRST_PEOPLE * most, FURTHER_PEOPLE * most, len(order)):
        people, bounds = [], np.full(len(block.tasks), NO_BOUND)
        for number in left.tolist():
            those = free.first_of(number, order, first + 1)
            if len(those) > first:
                bounds[number] = base[those[first]]
                those = np.union1d(those[:first], named[fit & (named_of == number)])
            people.append((number, those))
        chosen = _cheapest(block, _everywhere(people), bounds, wanted, weights)
        yield chosen
        left = np.setdiff1d(left, chosen.of)
        if not len(left):
            return


def _everywhere(people: Sequence[tuple[int, Array]]) -> Pairs:
    """Tasks with people, however far away they are."""
    nobody = np.empty(0, dtype=np.intp)
    who = np.concatenate([nobody, *(those for _, those in people)])
    numbers = np.array([number for number, _ in people], dtype=np.intp)
    of = np.repeat(numbers, [len(those) for _, those in people])
    return Pairs(of, who, np.full(len(who), UNKNOWN_M, dtype=np.int32))


def _cheapest(block: Block, pairs: Pairs, bounds: Array, most: int, weights: Weights) -> Chosen:
    """The best of each task, best first; tasks for which the bound leaves a doubt are left out."""
    scored = score(block, judge(block, pairs, settled=True), weights)
    key, chosen = order_key(block, scored), [np.empty(0, dtype=np.intp)]
    for number, own in _by_task(block, scored.of):
        task = block.tasks[number]
        best = _distinct(own, key, scored.who, most)
        lists = [best]
        if task.people_missing > 1 and task.training_missing:
            # One of them has to know more: enough of those are wanted too.
            known = _distinct(own[_skilled(block, scored.where(own))], key, scored.who, most)
            lists.append(known)
            more = known[~np.isin(scored.who[known], scored.who[best])]
            best = np.concatenate((best, more))
            best = best[np.argsort(key[best])]
        if bounds[number] == NO_BOUND or all(
            len(each) == most and scored.cost[each[-1]] < bounds[number] for each in lists
        ):
            chosen.append(best)
    found = scored.where(np.concatenate(chosen))
    return Chosen(found, _skilled(block, found))


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
    found, columns = np.zeros(len(scored.who), dtype=bool), block.columns
    services: dict[tuple[str, int], int] = {}
    kinds = [
        services.setdefault((task.service_code, slot.last_day), len(services))
        for task, slot in zip(block.tasks, block.slots, strict=True)
    ]
    own_kind = np.array(kinds)[scored.of]
    for (code, _), kind in services.items():
        own = np.flatnonzero(own_kind == kind)
        slot = block.slots[kinds.index(kind)]
        found[own] = standing.trained(columns, code, slot, scored.who[own])
    return found
