"""Jobs of records: stars that are due, and activities that nobody has recorded in time."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from services.records import late
from services.stars import proposing
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def propose_stars(held: Timebank) -> int:
    """Publish the stars that members have reached, one member to a unit of work."""

    def propose(member_id: UUID) -> int:
        return int(as_system(held, partial(proposing.propose, member_id=member_id)))

    return each_alone(peek(held, proposing.due_to_propose), propose)


def grant_stars(held: Timebank) -> int:
    """Give the stars whose notice has ended and to which nobody objects any more."""

    def grant(due: tuple[str, UUID, UUID]) -> int:
        book, award_id, member_id = due
        work = partial(proposing.grant, book=book, award_id=award_id, member_id=member_id)
        return int(as_system(held, work))

    return each_alone(peek(held, proposing.due_to_grant), grant)


def warn_late(held: Timebank) -> int:
    """Open a warning sheet for each activity that was not recorded in time, once."""

    def warn(due: tuple[str, str, UUID]) -> int:
        book, kind, key = due
        return int(as_system(held, partial(late.warn, book=book, kind=kind, key=key)))

    return each_alone(peek(held, late.due_to_warn), warn)


JOBS = (
    Job("propose-stars", timedelta(hours=12), propose_stars),
    Job("grant-stars", timedelta(hours=6), grant_stars),
    Job("warn-late-records", timedelta(hours=12), warn_late),
)
