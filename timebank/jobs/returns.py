"""The job of the monthly returns: each is closed after the tenth working day, and signed."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from services.returns import closing
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek
from timebank.seals.sealing import operator_key


def close_returns(held: Timebank) -> int:
    """Close what is due, one book and month to a unit of work."""
    due = peek(held, closing.due)
    if not due:
        return 0
    key = operator_key(held)

    def close(each: tuple[str, str]) -> int:
        book, month = each
        return int(as_system(held, partial(closing.close, book=book, month=month, key=key)))

    return each_alone(due, close)


JOBS = (Job("close-returns", timedelta(hours=6), close_returns),)
