"""A city's requests matched in several ways over the same candidates, each in a process of its own.

First come, first served and the global greedy choice are what one writes without thinking of the
others; the dense optimum is scipy's, over every pair there is; the optimum with two people to a
request is that of HiGHS. One proposal a person, so that all of them answer the same question; the
flow as it is used, with two, stands beside them.
"""

from __future__ import annotations

import gc
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy as np
from scipy.optimize import LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import coo_array, vstack

from services.matching.arcs import Arcs
from services.matching.batch import Options, match
from services.matching.candidates import MOST, candidates
from services.matching.columns import Columns
from services.matching.flow import Network, network
from services.matching.nearby import near
from services.matching.pairs import fillable
from services.matching.ranking import rank
from services.matching.scorer import judge, score
from services.matching.slots import one
from services.matching.tasks import Task
from services.rules.matching import MILLI, WEIGHTS
from services.rules.published import shipped_rule_set
from timebank.bench.matching_city import BASE_DAY, NOW, city

#: Metres within which the whole city lies.
WHOLE_CITY_M = 120_000
SOLVER_SECONDS = 120.0
#: The first rankings of a process only fill what later ones share.
WARM_UP = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a way of matching came to; costs in minutes, with the price of empty seats."""

    name: str
    cost: float
    seats: int
    unmatched: int
    without_candidate: int
    seconds: float
    #: Of the processor; and memory beyond the snapshot, None where the system does not say.
    cpu_seconds: float = 0.0
    peak_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A city ready to be matched."""

    columns: Columns
    tasks: tuple[Task, ...]


def snapshot(seed: int, requests: int, volunteers: int, pairs_percent: int = 0) -> Snapshot:
    """The city of a seed in columns."""
    rules = shipped_rule_set()
    made = city(seed, requests, volunteers, rules, pairs_percent=pairs_percent)
    columns = Columns.build(made.volunteers, BASE_DAY, rules)
    tasks = tuple(sorted(made.tasks, key=lambda task: task.request_id))
    return Snapshot(columns, tasks)


def compared(shot: Snapshot, ways: Sequence[str]) -> list[Outcome]:
    """Each way by itself, one after the other."""
    return [apart(partial(WAYS[way], shot)) for way in ways]


def apart(work: Callable[[], Outcome]) -> Outcome:
    """Run in a forked process, so that the peak of memory is that of this work alone."""
    if "fork" not in multiprocessing.get_all_start_methods():
        return work()
    gc.collect()
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(work, there))
    process.start()
    there.close()
    try:
        found = here.recv()
    except EOFError:
        raise RuntimeError("the measured process has ended early") from None
    finally:
        process.join()
    assert isinstance(found, Outcome)
    return found


def _child(work: Callable[[], Outcome], answer: Any) -> None:
    before, begun = _resident_mb(), time.process_time()
    outcome = replace(work(), cpu_seconds=time.process_time() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.send(replace(outcome, peak_mb=None if before is None else max(0.0, peak - before)))
    answer.close()


def _resident_mb() -> float | None:
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def flow(shot: Snapshot, most: int = MOST, per_person: int = 1) -> Outcome:
    """The batch as it runs, proposals with their reasons included."""
    begun = time.perf_counter()
    options = Options(most=most, per_person=per_person)
    result = match(shot.columns, shot.tasks, now=NOW, options=options)
    spent = time.perf_counter() - begun
    seats = sum(task.people_missing for task in shot.tasks)
    missing = {task.request_id: task.people_missing for task in shot.tasks}
    return Outcome(
        name=f"flow {most}" if per_person == 1 else f"flow {most} x{per_person}",
        cost=result.cost_milliminutes / MILLI,
        seats=seats,
        unmatched=seats - len(result.proposals),
        without_candidate=sum(missing[each] for each in result.without_candidate),
        seconds=spent,
    )


def first_come(shot: Snapshot) -> Outcome:
    """Requests in the order in which they came; each takes the cheapest who is left."""

    def order(arcs: Arcs) -> Iterator[int]:
        waited = np.array([-task.waited_minutes for task in shot.tasks])
        return iter(np.lexsort((arcs.cost, arcs.task, waited[arcs.task])).tolist())

    return _one_by_one("first come", shot, order)


def greedy(shot: Snapshot) -> Outcome:
    """The cheapest pair of all, then the next one."""
    return _one_by_one("greedy", shot, lambda arcs: iter(np.argsort(arcs.cost, kind="stable")))


def _one_by_one(name: str, shot: Snapshot, order: Callable[[Arcs], Iterator[int]]) -> Outcome:
    begun = time.perf_counter()
    arcs = candidates(shot.columns, shot.tasks, NOW)
    task, who, cost = arcs.task.tolist(), arcs.who.tolist(), arcs.cost.tolist()
    served, busy, chosen = set[int](), set[int](), 0
    for arc in order(arcs):
        if task[arc] not in served and who[arc] not in busy:
            served.add(task[arc])
            busy.add(who[arc])
            chosen += cost[arc]
    spent = time.perf_counter() - begun
    net = _net(shot, arcs)
    empty = [number for number in range(len(shot.tasks)) if number not in served]
    total = chosen + int(net.price[empty].sum())
    nobody = int((~fillable(net)).sum())
    return Outcome(name, total / MILLI, len(shot.tasks), len(empty), nobody, spent)


def dense(shot: Snapshot) -> Outcome:
    """Scipy's assignment over every pair of the city that nothing stands against."""
    begun = time.perf_counter()
    people, tasks = len(shot.columns), len(shot.tasks)
    never = float(10**9)
    costs = np.full((tasks, people + tasks), never)
    price = _net(shot, candidates(shot.columns, (), NOW)).price
    for number, task in enumerate(shot.tasks):
        block = one(shot.columns, task, NOW)
        scored = score(block, judge(block, near(block, WHOLE_CITY_M)))
        costs[number, scored.who] = scored.cost
        costs[number, people + number] = price[number]
    nobody = int((costs[:, :people].min(axis=1) == never).sum())
    rows, columns = linear_sum_assignment(costs)
    total = float(costs[rows, columns].sum())
    lost = int((columns >= people).sum())
    return Outcome("dense", total / MILLI, tasks, lost, nobody, time.perf_counter() - begun)


def mixed_integer(shot: Snapshot) -> Outcome:
    """HiGHS over the same candidates: two people or none, one who knows, one proposal a person."""
    begun = time.perf_counter()
    arcs = candidates(shot.columns, shot.tasks, NOW)
    net = _net(shot, arcs)
    count, tasks, index = len(arcs), len(net), np.arange(len(arcs))
    people, person = np.unique(arcs.who, return_inverse=True)
    whole, number = np.ones(count), np.arange(tasks)
    filled = coo_array((whole, (arcs.task, index)), shape=(tasks, count + tasks)) - coo_array(
        (net.seats.astype(float), (number, count + number)), shape=(tasks, count + tasks)
    )
    knows = coo_array(
        (arcs.trained.astype(float), (arcs.task, index)), shape=(tasks, count + tasks)
    ) - coo_array(
        (net.skilled_seat.astype(float), (number, count + number)), shape=(tasks, count + tasks)
    )
    once = coo_array((whole, (person, index)), shape=(len(people), count + tasks))
    all_empty = (net.price * net.seats).astype(float)
    solved = milp(
        np.concatenate((arcs.cost.astype(float), -all_empty)) / MILLI,
        integrality=np.ones(count + tasks),
        bounds=(0, 1),
        constraints=LinearConstraint(
            vstack((filled, knows, once)).tocsr(),
            np.concatenate((np.zeros(2 * tasks), np.zeros(len(people)))),
            np.concatenate((np.zeros(tasks), np.full(tasks, np.inf), np.ones(len(people)))),
        ),
        options={"time_limit": SOLVER_SECONDS, "mip_rel_gap": 0.0},
    )
    if solved.x is None:
        raise RuntimeError(f"HiGHS found nothing: {solved.message}")
    served = int(np.rint(solved.x[:count]).sum())
    seats = int(net.seats.sum())
    return Outcome(
        name="highs" if solved.status == 0 else "highs, not proven",
        cost=float(solved.fun) + float(all_empty.sum()) / MILLI,
        seats=seats,
        unmatched=seats - served,
        without_candidate=int(net.seats[~fillable(net)].sum()),
        seconds=time.perf_counter() - begun,
    )


def _net(shot: Snapshot, arcs: Arcs) -> Network:
    return network(shot.columns, shot.tasks, arcs, NOW, WEIGHTS, 1)


WAYS: dict[str, Callable[[Snapshot], Outcome]] = {
    "first come": first_come,
    "greedy": greedy,
    "flow": flow,
    "flow 100": lambda shot: flow(shot, most=100),
    "flow twice": lambda shot: flow(shot, per_person=2),
    "dense": dense,
    "highs": mixed_integer,
}


def instant(shot: Snapshot, turns: int = 1_000) -> dict[str, tuple[float, float, float]]:
    """Milliseconds of a ranking with its reasons: median, p95 and the worst, by either clock."""
    clocks = {"clock": time.perf_counter, "processor": time.process_time}
    spent: dict[str, list[float]] = {name: [] for name in clocks}
    for turn in range(turns + WARM_UP):
        task = shot.tasks[turn % len(shot.tasks)]
        begun = {name: clock() for name, clock in clocks.items()}
        rank(shot.columns, task, now=NOW)
        if turn >= WARM_UP:
            for name, clock in clocks.items():
                spent[name].append((clock() - begun[name]) * 1_000)
    found = {}
    for name, each in spent.items():
        cuts = quantiles(each, n=20)
        found[name] = (cuts[9], cuts[18], max(each))
    return found
