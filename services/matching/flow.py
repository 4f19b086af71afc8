"""The network of a batch, and its flow of least cost (OR-Tools)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from ortools.graph.python import min_cost_flow

from services.clock import local_date
from services.matching.arcs import Arcs
from services.matching.columns import Columns
from services.matching.grid import Array
from services.matching.slots import slots_of
from services.matching.tasks import Task
from services.rules.booking import TRAVEL_BUFFER_MINUTES
from services.rules.matching import Weights, unassigned_cost


@dataclass(frozen=True, slots=True)
class Network:
    """Seats, and the pairs that could fill them."""

    columns: Columns
    arcs: Arcs
    weights: Weights
    #: By person: so many proposals at most.
    capacity: Array
    #: By task: what it costs to leave a seat empty, how many there are, whether one asks for the
    #: listed training; day, Monday, year and length.
    price: Array
    seats: Array
    skilled_seat: Array
    day: Array
    monday: Array
    year: Array
    minutes: Array
    #: By arc: from leaving home to being back, in minutes; the group of what touches in time.
    begin: Array
    end: Array
    group: Array

    def __len__(self) -> int:
        return len(self.price)


def network(
    columns: Columns,
    tasks: Sequence[Task],
    arcs: Arcs,
    now: datetime,
    weights: Weights,
    per_person: int,
) -> Network:
    """The network of these tasks and pairs."""
    slots = slots_of(columns, tasks, now)
    # Nobody is in a hurry to the minute: the buffer is kept free even next door.
    way = np.maximum(TRAVEL_BUFFER_MINUTES, arcs.travel_minutes)
    begin = np.array([slot.begin_minute for slot in slots], dtype=np.int64)[arcs.task] - way
    end = np.array([slot.end_minute for slot in slots], dtype=np.int64)[arcs.task] + way
    return Network(
        columns=columns,
        arcs=arcs,
        weights=weights,
        capacity=_capacity(columns, now, per_person),
        price=np.array(
            [unassigned_cost(task.risk_tier, task.waited_minutes, weights) for task in tasks],
            dtype=np.int64,
        ),
        seats=np.array([max(0, task.people_missing) for task in tasks], dtype=np.int64),
        skilled_seat=np.array(
            [task.people_missing > 1 and task.training_missing for task in tasks], dtype=bool
        ),
        day=np.array([slot.day for slot in slots], dtype=np.int64),
        monday=np.array([slot.monday for slot in slots], dtype=np.int64),
        year=np.array([slot.year for slot in slots], dtype=np.int64),
        minutes=np.array([task.booked_minutes for task in tasks], dtype=np.int64),
        begin=begin,
        end=end,
        group=_groups(arcs.who, begin, end),
    )


def solve(net: Network, takes_part: Array, allowed: Array, price: Array) -> Array:
    """The arcs of the cheapest flow over the tasks and the arcs that take part, in their order.

    ``price``: what an empty seat of each task costs in this solution.
    """
    index = _needed(net, np.flatnonzero(allowed & takes_part[net.arcs.task]))
    if not len(index):
        return index
    arcs, tasks = net.arcs, len(net)
    # Nodes: free seats and skilled seats of each task, groups in time, people, and the sink.
    groups, group_at = np.unique(net.group[index], return_inverse=True)
    person = np.empty(len(groups), dtype=np.int64)
    person[group_at] = arcs.who[index]
    people, person_at, groups_of = np.unique(person, return_inverse=True, return_counts=True)
    group_node = 2 * tasks + np.arange(len(groups))
    person_node = 2 * tasks + len(groups) + np.arange(len(people))
    sink = 2 * tasks + len(groups) + len(people)
    seats = np.where(takes_part, net.seats, 0)
    skilled_seats = np.where(net.skilled_seat & takes_part, 1, 0)
    supply = np.concatenate((seats - skilled_seats, skilled_seats))
    skilled = np.flatnonzero(net.skilled_seat[arcs.task[index]] & arcs.trained[index])
    # Somebody with one group needs no node of his own: the first visit costs nothing more.
    onward = np.where(groups_of[person_at] > 1, person_node[person_at], sink)
    flow = _Flow()
    flow.add(arcs.task[index], group_node[group_at], 1, arcs.cost[index])
    flow.add(
        tasks + arcs.task[index][skilled],
        group_node[group_at[skilled]],
        1,
        arcs.cost[index][skilled],
    )
    flow.add(np.arange(2 * tasks), sink, supply, np.tile(price, 2))
    flow.add(group_node, onward, 1, 0)
    capacity = net.capacity[people]
    for number in range(int(capacity.max())):
        several = np.flatnonzero((groups_of > 1) & (capacity > number))
        flow.add(person_node[several], sink, 1, number * net.weights.further_visit)
    taken = flow.solved(supply, sink)[: len(index) + len(skilled)]
    chosen = np.concatenate((index, index[skilled]))[taken > 0]
    return np.sort(chosen)


def _needed(net: Network, index: Array) -> Array:
    """Those arcs that a cheapest flow may need.

    A task of one seat that has somebody to itself never takes who costs more than that person.
    What is left out so leaves others with somebody to themselves.
    """
    single = net.seats == 1
    while True:
        task, who = net.arcs.task[index], net.arcs.who[index]
        own = single[task] & (np.bincount(who, minlength=len(net.capacity))[who] == 1)
        before = np.cumsum(own) - own
        kept = before == before[np.searchsorted(task, task)]
        if kept.all():
            return index
        index = index[kept]


class _Flow:
    """Arcs in blocks, each with whole numbers for all or one for every arc."""

    def __init__(self) -> None:
        self._solver = min_cost_flow.SimpleMinCostFlow()

    def add(self, tail: Array, head: Array | int, capacity: Array | int, cost: Array | int) -> None:
        """Arcs from the tails."""
        columns = (np.broadcast_to(each, len(tail)) for each in (tail, head, capacity, cost))
        self._solver.add_arcs_with_capacity_and_unit_cost(
            *(column.astype(np.int64) for column in columns)
        )

    def solved(self, supply: Array, sink: int) -> Array:
        """The flow on every arc when the first nodes supply and the sink takes all."""
        nodes = np.append(np.arange(len(supply)), sink)
        self._solver.set_nodes_supplies(nodes, np.append(supply, -supply.sum()))
        status = self._solver.solve()
        if status != self._solver.OPTIMAL:
            raise RuntimeError(f"no flow: {status}")
        flows: Array = self._solver.flows(np.arange(self._solver.num_arcs()))
        return flows


def _groups(who: Array, begin: Array, end: Array) -> Array:
    """A number for each arc: those of one person that touch in time, even by others, share it."""
    if not len(who):
        return np.empty(0, dtype=np.int64)
    order = np.lexsort((begin, who))
    # People are moved apart in time, so that one running maximum serves all of them.
    span = int(end.max() - begin.min()) + 1
    moved = who[order].astype(np.int64) * span
    latest = np.maximum.accumulate(end[order] - begin.min() + moved)
    starts = np.append(True, begin[order][1:] - begin.min() + moved[1:] >= latest[:-1])
    starts[1:] |= who[order][1:] != who[order][:-1]
    found = np.empty(len(who), dtype=np.int64)
    found[order] = np.cumsum(starts) - 1
    return found


def _capacity(columns: Columns, now: datetime, per_person: int) -> Array:
    """How many proposals everybody may have: no more than there are messages left today."""
    people, today = columns.people, local_date(now).toordinal()
    asked = np.where(people.asked_on == today, people.asked_that_day, 0)
    left: Array = np.clip(people.asks_per_day - asked, 0, per_person)
    return left
