"""Cases measured in turns, so that a slow minute of the machine hits all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

#: Does some work and says how many things it has done.
Work = Callable[[], int]


@dataclass(slots=True)
class Case:
    """One thing to measure. ``rates`` has a figure for every turn: things done a second."""

    name: str
    work: Work
    rates: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """The median over all turns."""
        return median(self.rates)


def measure(cases: Sequence[Case], seconds: float, turns: int = 7) -> None:
    """Give every case ``seconds`` in all, in ``turns`` turns one after the other.

    The first turn of each only warms up and is thrown away.
    """
    # What the process held before is no part of any case, and need not be gone through each time.
    gc.collect()
    gc.freeze()
    try:
        _take_turns(cases, seconds / turns, turns)
    finally:
        gc.unfreeze()


def _take_turns(cases: Sequence[Case], slice_seconds: float, turns: int) -> None:
    for turn in range(turns + 1):
        # The order is reversed every time, so that none always runs after the same one.
        for case in cases if turn % 2 else reversed(cases):
            rate = _one(case.work, slice_seconds)
            if turn:
                case.rates.append(rate)


def _one(work: Work, seconds: float) -> float:
    gc.collect()
    done, begun = 0, time.perf_counter()
    while True:
        done += work()
        spent = time.perf_counter() - begun
        if spent >= seconds:
            return done / spent
