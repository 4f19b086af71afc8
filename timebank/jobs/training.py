"""Jobs of training: whoever's certificate is about to end hears of it in time."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from services.training import expiring
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, peek


def warn_of_ends(held: Timebank) -> int:
    """Warn of certificates that end soon or have ended, one unit of work each."""
    warned = 0
    for member_id, certificate_id in peek(held, expiring.due_to_warn):
        warn = partial(expiring.warn, member_id=member_id, certificate_id=certificate_id)
        warned += as_system(held, warn)
    return warned


JOBS = (Job("warn-certificates", timedelta(hours=6), warn_of_ends),)
