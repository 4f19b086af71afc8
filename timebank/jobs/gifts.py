"""The job of gifts: what was not taken back in its window is the receiver's."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from services.gifts import capturing
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def settle_gifts(held: Timebank) -> int:
    """Hand over what is due, and let lapse what nobody confirmed; each in its own unit of work."""

    def settle(due: tuple[str, UUID]) -> int:
        book, gift_id = due
        return int(as_system(held, partial(capturing.settle, book=book, gift_id=gift_id)))

    return each_alone(peek(held, capturing.due), settle)


JOBS = (Job("settle-gifts", timedelta(minutes=5), settle_gifts),)
