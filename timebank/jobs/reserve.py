"""The job of the reserve: every day each region's fund is read against what is outstanding."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from services.reserve import reading
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def read_reserves(held: Timebank) -> int:
    """Read whatever has not been read today, one unit of work for each book."""

    def read(book: str) -> int:
        return int(as_system(held, partial(reading.read_reserve, book=book)) is not None)

    return each_alone(peek(held, reading.due_to_read), read)


JOBS = (Job("read-reserves", timedelta(hours=1), read_reserves),)
