"""The job of the rolls: the members' facts follow what two administrators have signed."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from services.rolls import applying
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def follow_rolls(held: Timebank) -> int:
    """Work off every signed roll, some members to a unit of work."""

    def follow(each: tuple[str, UUID]) -> int:
        book, roll_id = each
        work = partial(applying.apply_some, book=book, roll_id=roll_id)
        total = 0
        while done := as_system(held, work):
            total += done
        return total

    return each_alone(peek(held, applying.due), follow)


JOBS = (Job("follow-rolls", timedelta(minutes=5), follow_rolls),)
