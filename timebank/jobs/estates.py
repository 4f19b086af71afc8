"""Jobs of estates: what nobody has claimed in time goes to the public-welfare pool."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from services.estates import claiming
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def lapse_shares(held: Timebank) -> int:
    """End the waiting of shares whose three years are over, one estate to a unit of work."""

    def lapse(due: tuple[str, UUID]) -> int:
        book, estate_id = due
        return as_system(held, partial(claiming.lapse, book=book, estate_id=estate_id))

    return each_alone(peek(held, claiming.due_to_lapse), lapse)


JOBS = (Job("lapse-shares", timedelta(hours=12), lapse_shares),)
