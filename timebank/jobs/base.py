"""What a job is, and one unit of work by the job process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.context import Context
from services.policy import SYSTEM
from timebank.edge import Timebank

T = TypeVar("T")
#: Called with what the application holds, a book and a subject. Its units of work are one, with
#: the mark that the task is done. It looks at the truth again: much may have changed since.
Handler = Callable[[Timebank, str, UUID], Any]


@dataclass(frozen=True, slots=True)
class Job:
    """``work`` does everything that is due and says how much it did."""

    name: str
    every: timedelta
    work: Callable[[Timebank], int]


def as_system(held: Timebank, work: Callable[[Context], T]) -> T:
    """One unit of work by the job process."""
    moment = held.clock()
    return held.uow.run(
        lambda session: work(Context(session=session, actor=SYSTEM, now=moment, vault=held.vault))
    )


def peek(held: Timebank, look: Callable[[Context], T]) -> T:
    """Look without changing anything."""
    with held.uow.read() as session:
        return look(Context(session=session, actor=SYSTEM, now=held.clock(), vault=held.vault))
