"""The job of funds: what comes free on a closed one goes to the pool, as the rest did."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from services.donations import closing
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def sweep_funds(held: Timebank) -> int:
    """Each closed fund in its own unit of work, until nothing stands on its account."""

    def sweep(found: tuple[str, UUID]) -> int:
        book, fund_id = found
        work = partial(closing.sweep_closed, book=book, fund_id=fund_id)
        return int(as_system(held, work) > 0)

    return each_alone(peek(held, closing.closed_funds), sweep)


JOBS = (Job("sweep-funds", timedelta(hours=1), sweep_funds),)
