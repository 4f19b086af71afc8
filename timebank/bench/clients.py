"""Client processes: each has its own connection and repeats one kind of work for a while."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

#: Makes the work of a client from the database's address and the client's number.
MakeWork = Callable[[str, int], Callable[[], int]]


@dataclass(frozen=True, slots=True)
class Turn:
    """What some clients did together: things a second, and the largest one's memory."""

    per_second: float
    peak_mb: float


def peak_mb(usage: resource.struct_rusage | None = None) -> float:
    """Peak memory of this process, or of one that has ended, in megabytes."""
    used = usage or resource.getrusage(resource.RUSAGE_SELF)
    return float(used.ru_maxrss) / 1024


class Clients:
    """A number of processes that wait to be told what to do; works by their name."""

    def __init__(self, url: str, number: int, works: Mapping[str, MakeWork]) -> None:
        # Started afresh: a fork would take the parent's connections along.
        context = multiprocessing.get_context("spawn")
        self._lines: list[Connection] = []
        self._processes = []
        for place in range(number):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_serve, args=(theirs, url, place, dict(works)), daemon=True
            )
            process.start()
            self._lines.append(ours)
            self._processes.append(process)

    def run(self, work: str, clients: int, seconds: float, beside: str | None = None) -> Turn:
        """Let the first ``clients`` do ``work`` at once; the last process may work ``beside``."""
        lines = self._lines[:clients]
        for line in lines:
            line.send((work, seconds))
        if beside is not None:
            self._lines[-1].send((beside, seconds))
        found = [_answer(line) for line in lines]
        if beside is not None:
            _answer(self._lines[-1])
        return Turn(sum(rate for rate, _ in found), max(peak for _, peak in found))

    def close(self) -> None:
        """Send everybody home."""
        for line in self._lines:
            line.send(None)
        for process in self._processes:
            process.join(timeout=10)


def _answer(line: Connection) -> tuple[float, float]:
    rate, peak, failure = line.recv()
    if failure:
        raise RuntimeError(failure)
    return float(rate), float(peak)


def _serve(line: Connection, url: str, place: int, works: dict[str, MakeWork]) -> None:
    """Do what the line says until it says nothing more."""
    made: dict[str, Callable[[], int]] = {}
    while (order := line.recv()) is not None:
        try:
            line.send((*_one_turn(made, works, url, place, *order), ""))
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to say it
            line.send((0, 0, f"{type(error).__name__}: {error}"))


def _one_turn(
    made: dict[str, Any],
    works: dict[str, MakeWork],
    url: str,
    place: int,
    name: str,
    seconds: float,
) -> tuple[float, float]:
    if name not in made:
        made[name] = works[name](url, place)
        made[name]()
    work, done = made[name], 0
    begun = time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds:
        done += work()
    return done / spent, peak_mb()
