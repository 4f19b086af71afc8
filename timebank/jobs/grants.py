"""Jobs of grants: a month's list, notices before an end, and the way back to the pool."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from services.context import Context
from services.grants import computing, ending
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def work_out(held: Timebank) -> int:
    """Work out this month's grants of every book that has none, one unit of work each."""

    def compute(due: tuple[str, str]) -> int:
        book, month = due
        return as_system(held, partial(computing.compute, book=book, month=month)) or 0

    return each_alone(peek(held, computing.due), compute)


def _in_chunks(held: Timebank, work: Callable[[Context, str], int]) -> int:
    """Book by book, some accounts to a unit of work, until nothing is left."""

    def through(book: str) -> int:
        done = 0
        while count := as_system(held, lambda ctx: work(ctx, book)):
            done += count
        return done

    return each_alone(peek(held, ending.books), through)


def warn(held: Timebank) -> int:
    """Tell whose grants end soon."""
    return _in_chunks(held, ending.warn)


def expire(held: Timebank) -> int:
    """Bring grants that have ended back to the pool."""
    return _in_chunks(held, ending.expire)


JOBS = (
    Job("grants", timedelta(hours=1), work_out),
    Job("grants-warn", timedelta(hours=6), warn),
    Job("grants-expire", timedelta(minutes=15), expire),
)
