"""The job of entries by hand: what nobody signed in time goes to the level above, or lapses."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from services.entries import queueing
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def pass_on_entries(held: Timebank) -> int:
    """Raise or end everything that is due, each in its own unit of work."""

    def advance(due: tuple[str, UUID]) -> int:
        book, entry_id = due
        return int(as_system(held, partial(queueing.advance, book=book, entry_id=entry_id)))

    return each_alone(peek(held, queueing.due), advance)


JOBS = (Job("pass-on-entries", timedelta(minutes=15), pass_on_entries),)
