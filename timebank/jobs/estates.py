"""Jobs of estates: shares that may cross by now, and what nobody has claimed in time."""

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


def cross_shares(held: Timebank) -> int:
    """Pay shares to heirs of other regions, to which a corridor has opened since the division."""

    def cross(due: tuple[str, UUID, UUID]) -> int:
        book, estate_id, heir_id = due
        run = partial(claiming.cross, book=book, estate_id=estate_id, heir_id=heir_id)
        return int(as_system(held, run))

    return each_alone(peek(held, claiming.due_to_cross), cross)


JOBS = (
    Job("lapse-shares", timedelta(hours=12), lapse_shares),
    Job("cross-shares", timedelta(hours=1), cross_shares),
)
