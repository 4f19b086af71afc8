"""Jobs of training: whoever's certificate is about to end hears of it in time."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from services.training import expiring
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def warn_of_ends(held: Timebank) -> int:
    """Warn of certificates that end soon or have ended, one unit of work each."""

    def warn(due: tuple[UUID, UUID]) -> int:
        member_id, certificate_id = due
        work = partial(expiring.warn, member_id=member_id, certificate_id=certificate_id)
        return as_system(held, work)

    return each_alone(peek(held, expiring.due_to_warn), warn)


JOBS = (Job("warn-certificates", timedelta(hours=6), warn_of_ends),)
