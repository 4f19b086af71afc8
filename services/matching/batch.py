"""The city's batch: all open requests at once, by a flow of least cost. The result is proposals.

Each request sends as many people as it misses, either to volunteers, at the scorer's cost, or to
nobody, at a price that rises with risk and waiting. What one volunteer could do that touches in
time, the way from home and back put in, leads through a node of one: nobody is ever in two
places, and two seats of one request are two people. Every further visit of one volunteer costs
more. Limits by day and week over several visits are looked at afterwards; what breaks one is
taken out and the flow solved again (``services.matching.pairs`` does so with half a pair).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np

from services.matching.candidates import MOST, candidates
from services.matching.columns import Columns
from services.matching.flow import Network, network
from services.matching.grid import Array
from services.matching.pairs import fillable, settled
from services.matching.ranking import candidate, terms_at
from services.matching.scorer import Scored
from services.matching.slots import Block, slots_of
from services.matching.tasks import Candidate, Task
from services.rules.matching import WEIGHTS, Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a batch is made."""

    #: So many candidates for each request.
    most: int = MOST
    #: So many proposals to one person at most, and never more than the messages left today.
    per_person: int = 2
    weights: Weights = WEIGHTS


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody who could be offered a request, with the reasons."""

    request_id: UUID
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch proposes, and what it found nobody for."""

    proposals: tuple[Proposal, ...]
    #: Nobody is eligible at all, or not as many as are missing; no other order would help.
    without_candidate: tuple[UUID, ...]
    #: Somebody is, but was needed more elsewhere.
    lost: tuple[UUID, ...]
    #: With the price of what nobody takes.
    cost_milliminutes: int

    @property
    def by_request(self) -> Mapping[UUID, list[Candidate]]:
        """The proposals of each request."""
        found: dict[UUID, list[Candidate]] = {}
        for each in self.proposals:
            found.setdefault(each.request_id, []).append(each.candidate)
        return found


def match(
    columns: Columns, tasks: Sequence[Task], *, now: datetime, options: Options = Options()
) -> BatchResult:
    """Proposals for all of these requests at once; the same for the same input, in any order."""
    ordered = sorted(tasks, key=lambda task: task.request_id)
    arcs = candidates(columns, ordered, now, options.most, options.weights)
    net = network(columns, ordered, arcs, now, options.weights, options.per_person)
    chosen = settled(net)
    served = np.bincount(arcs.task[chosen], minlength=len(ordered)) > 0
    possible = fillable(net)
    return BatchResult(
        proposals=tuple(_proposals(net, ordered, chosen, now)),
        without_candidate=_ids(ordered, ~possible & (net.seats > 0)),
        lost=_ids(ordered, possible & ~served),
        cost_milliminutes=total_cost(net, chosen),
    )


def total_cost(net: Network, chosen: Array) -> int:
    """What the chosen arcs cost, further visits of one person and empty seats included."""
    arcs = net.arcs
    _, visits = np.unique(arcs.who[chosen], return_counts=True)
    further = int((visits * (visits - 1) // 2).sum()) * net.weights.further_visit
    filled = np.bincount(arcs.task[chosen], minlength=len(net))
    empty = int(((net.seats - filled) * net.price).sum())
    return int(arcs.cost[chosen].sum()) + further + empty


def _proposals(net: Network, tasks: Sequence[Task], chosen: Array, now: datetime) -> list[Proposal]:
    arcs = net.arcs
    scored = Scored(0, arcs.who, arcs.distance_m, arcs.travel_minutes, tuple(arcs.terms), arcs.cost)
    starts = np.searchsorted(arcs.task, np.arange(len(tasks) + 1)).tolist()
    block = Block.of(net.columns, tasks, slots_of(net.columns, tasks, now), now)
    found = []
    for arc in chosen.tolist():
        number = int(arcs.task[arc])
        # The middle one of the candidates: they lie in the order of their cost.
        middle = terms_at(scored.terms, (starts[number] + starts[number + 1]) // 2)
        found.append(
            Proposal(
                tasks[number].request_id,
                candidate(block, number, scored, arc, terms_at(scored.terms, arc), middle),
            )
        )
    return found


def _ids(tasks: Sequence[Task], which: Array) -> tuple[UUID, ...]:
    return tuple(tasks[number].request_id for number in np.flatnonzero(which).tolist())
