"""What a job is, and one unit of work by the job process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from services.context import Context
from services.jobs.runs import LostLease
from services.policy import SYSTEM
from timebank.edge import Timebank
from timebank.faults import where
from timebank.uow import is_passing

log = logging.getLogger(__name__)
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


def each_alone(due: Iterable[T], work: Callable[[T], int]) -> int:
    """Do ``work`` for everything that is due; what fails stands in nobody else's way.

    The first failure is raised when all others have had their turn, so that the run says so.
    Without the lease, or without a database, there is no sense in going on.
    """
    done, failed = 0, None
    for item in due:
        try:
            done += work(item)
        except LostLease:
            raise
        except Exception as error:
            if isinstance(error, DBAPIError) and is_passing(error):
                raise
            _note(error)
            failed = failed or error
    if failed is not None:
        raise failed
    return done


def _note(error: Exception) -> None:
    """The run says only how the first one failed; a log must not hold the values of a message."""
    log.error("one of those that are due failed: %s", where(error))
