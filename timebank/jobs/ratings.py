"""The job of ratings: a low one that stands for a day is shown to the branch."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from services.ratings import warning
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def warn_of_low_ratings(held: Timebank) -> int:
    """A warning sheet for each, in its own unit of work."""

    def warn(found: tuple[str, UUID]) -> int:
        book, visit_id = found
        return int(as_system(held, partial(warning.warn, book=book, visit_id=visit_id)))

    return each_alone(peek(held, warning.due), warn)


JOBS = (Job("low-ratings", timedelta(hours=1), warn_of_low_ratings),)
