"""Writers in processes of their own, which log every answer before they ask the next thing."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self

from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.orm import Session

from tests.services.ledger.faults.acts import act
from timebank.uow import UnitOfWork, make_engine

#: How long a test waits for its writers before it says that they are stuck.
PATIENCE_SECONDS = 60
# The server of forks loads everything once, so that a writer is there in a moment.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        "tests.services.ledger.faults.writers",
        "tests.services.jobs.kit",
        "tests.services.corridors.three_regions",
    ]
)
#: What a writer does: on which database, with which log, who it is, and from which turn on.
Target = Callable[[str, str, int, int], None]


def write(url: str, log: str, writer: int, turn: int) -> None:
    """Act from ``turn`` on, round after round, for as long as the process lives."""
    keep_acting(url, log, turn, lambda at: act(writer, at).work)


def keep_acting(
    url: str, log: str, turn: int, work_of: Callable[[int], Callable[[Session], object]]
) -> None:
    """Do the work of one turn after the other; asks again when it hears nothing.

    An answer stands in the log before the next act begins.
    """
    uow = UnitOfWork(make_engine(url))
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    while True:
        try:
            uow.run(work_of(turn))
        except (DBAPIError, InterfaceError):
            time.sleep(0.02)
            continue
        os.write(handle, f"{turn}\n".encode())
        turn += 1


class Writers:
    """Some writers on one database. Whatever happens, they are gone at the end."""

    def __init__(self, url: str, folder: Path, number: int, target: Target = write) -> None:
        self._url, self._folder, self._target = url, folder, target
        self._running: dict[int, BaseProcess] = {}
        self.numbers = range(number)

    def __enter__(self) -> Self:
        for writer in self.numbers:
            self.start(writer)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.kill_all()

    def start(self, writer: int) -> None:
        """Start a writer where its log ends."""
        given = (self._url, str(self._log(writer)), writer, self.acknowledged()[writer])
        process = PROCESSES.Process(target=self._target, args=given, daemon=True)
        process.start()
        self._running[writer] = process

    def kill(self, writer: int) -> None:
        """End a writer at once, wherever it is; it must have been alive until now."""
        process = self._running.pop(writer)
        died = process.exitcode
        process.kill()
        process.join()
        process.close()
        assert died is None, f"writer {writer} ended by itself: {died}"

    def kill_all(self) -> None:
        """End all of them."""
        for writer in list(self._running):
            self.kill(writer)

    def acknowledged(self) -> dict[int, int]:
        """How many acts of each writer have been answered."""
        return {writer: self._answers(writer) for writer in self.numbers}

    def wait_for(self, more: int) -> None:
        """Until each has had so many more answers."""
        goal = {writer: count + more for writer, count in self.acknowledged().items()}
        self._wait_until(lambda now: all(now[writer] >= goal[writer] for writer in goal))

    def wait_for_some(self, more: int) -> None:
        """Until all of them together have had so many more answers."""
        goal = sum(self.acknowledged().values()) + more
        self._wait_until(lambda now: sum(now.values()) >= goal)

    def _wait_until(self, come: Callable[[dict[int, int]], bool]) -> None:
        def is_there() -> bool:
            for writer, process in self._running.items():
                assert process.exitcode is None, f"writer {writer} ended by itself"
            return come(self.acknowledged())

        wait_until(is_there)

    def _log(self, writer: int) -> Path:
        return self._folder / f"writer-{writer}.log"

    def _answers(self, writer: int) -> int:
        """Answered turns; they count from zero and none is missing."""
        log = self._log(writer)
        turns = [int(line) for line in log.read_text().split()] if log.exists() else []
        assert turns == list(range(len(turns)))
        return len(turns)


def wait_until(come: Callable[[], bool]) -> None:
    """Until it has come; fails when it never does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not come():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
