"""Pairs that could be: what a search has chosen, put together for all tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.matching.grid import Array
from services.matching.scorer import TERMS, Scored


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
class Chosen:
    """The best of some tasks, and who of them holds the listed training."""

    scored: Scored
    trained: Array

    @property
    def of(self) -> Array:
        """The task of each."""
        return np.asarray(self.scored.of)

    def where(self, kept: Array) -> Chosen:
        """Some of them."""
        return Chosen(self.scored.where(kept), self.trained[kept])


def arcs_of(found: Sequence[tuple[Array, Chosen]]) -> Arcs:
    """All that was chosen, with the number of the task of each."""

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
    return arcs.where(np.lexsort((arcs.cost, arcs.task)))
