"""The job of the figures: what has come since the last time is added to its month."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from services.tallies import keeping
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def keep_figures(held: Timebank) -> int:
    """Bring every book up to date, a month to a unit of work."""

    def keep(book: str) -> int:
        done = 1
        while as_system(held, partial(keeping.keep, book=book)):
            done += 1
        return done

    return each_alone(peek(held, keeping.due), keep)


JOBS = (Job("keep-figures", timedelta(minutes=15), keep_figures),)
