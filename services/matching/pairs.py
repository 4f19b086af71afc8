"""Whole results: two people or none, nobody beyond the limits, and what can still be filled.

The flow knows seats and not services: it may fill one seat of two. Such a half is worth nothing
to an elder. At first its seats are made dearer to leave empty, so that it wins where it was as
good as another; then the dearest halves are dropped, until all are whole.
"""

from __future__ import annotations

import numpy as np

from services.matching.flow import Network, solve
from services.matching.grid import Array
from services.matching.limits import Plans

#: In so many solutions a half becomes dearer to leave, each time by so much of its price; after so
#: many all halves that are left are dropped.
RAISES, RAISE_PERCENT, ROUNDS = 2, 30, 4


def settled(net: Network) -> Array:
    """The chosen arcs: every request has all the people it misses, or nobody."""
    takes_part, price = fillable(net), net.price.copy()
    allowed = np.ones(len(net.arcs), dtype=bool)
    for number in range(ROUNDS + 1):
        chosen = solve(net, takes_part, allowed, price)
        beyond = Plans(net, chosen).beyond_limits()
        halves = half_filled(net, chosen)
        if not beyond and not len(halves):
            break
        allowed[beyond] = False
        if number < RAISES:
            price[halves] += net.price[halves] * RAISE_PERCENT // 100
        elif number < ROUNDS - 1:
            takes_part[halves[: (len(halves) + 1) // 2]] = False
        else:
            takes_part[halves] = False
    # What the last solution still got wrong is taken out, and what has room is put in.
    whole = np.setdiff1d(chosen, beyond)
    whole = whole[~np.isin(net.arcs.task[whole], half_filled(net, whole))]
    return _filled(net, whole)


def fillable(net: Network) -> Array:
    """Which requests have candidates enough: different people, one with the training."""
    people = np.bincount(net.arcs.task, minlength=len(net))
    skilled = np.bincount(net.arcs.task[net.arcs.trained], minlength=len(net))
    enough: Array = (net.seats > 0) & (people >= net.seats) & (~net.skilled_seat | (skilled > 0))
    return enough


def half_filled(net: Network, chosen: Array) -> Array:
    """Requests with some of their people, the one whose price and cost speak against it first."""
    filled = np.bincount(net.arcs.task[chosen], minlength=len(net))
    cost = np.bincount(net.arcs.task[chosen], weights=net.arcs.cost[chosen], minlength=len(net))
    halves = np.flatnonzero((filled > 0) & (filled < net.seats))
    against = cost[halves].astype(np.int64) - net.price[halves]
    order: Array = halves[np.lexsort((halves, -against))]
    return order


def _filled(net: Network, chosen: Array) -> Array:
    """The same, and whatever else can be served by people who have room, dearest price first."""
    plans = Plans(net, chosen)
    done = np.bincount(net.arcs.task[chosen], minlength=len(net)) > 0
    missing = np.flatnonzero(fillable(net) & ~done)
    starts = np.searchsorted(net.arcs.task, np.arange(len(net) + 1))
    added: list[int] = []
    for task in missing[np.argsort(-net.price[missing], kind="stable")].tolist():
        found = _people_for(net, plans, range(starts[task], starts[task + 1]), task)
        for arc in found:
            plans.take(arc)
        added += found
    return np.sort(np.append(chosen, np.array(added, dtype=np.intp)))


def _people_for(net: Network, plans: Plans, arcs: range, task: int) -> list[int]:
    """The cheapest people with room for a request, or nobody."""
    able = [arc for arc in arcs if plans.can_take(arc)]
    found: list[int] = []
    if net.skilled_seat[task]:
        found = [arc for arc in able if net.arcs.trained[arc]][:1]
        if not found:
            return []
    rest = [arc for arc in able if arc not in found]
    found += rest[: int(net.seats[task]) - len(found)]
    cost = sum(int(net.arcs.cost[arc]) + plans.further_price(arc) for arc in found)
    whole = len(found) == net.seats[task] and cost < net.price[task] * net.seats[task]
    return found if whole else []
