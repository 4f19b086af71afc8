"""Jobs of oversight: sheets that lie go up, and complaints whose day has passed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from services.complaints import working
from services.sheets import escalating
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def escalate_sheets(held: Timebank) -> int:
    """Raise every overdue sheet by one level, each in a unit of work of its own."""

    def escalate(key: tuple[str, UUID]) -> int:
        return as_system(held, lambda ctx: escalating.escalate(ctx, *key))

    return each_alone(peek(held, escalating.due), escalate)


def follow_complaints(held: Timebank) -> int:
    """Let decisions become final, and open a sheet for what nobody has decided in time."""

    def work(key: tuple[str, UUID]) -> int:
        return as_system(held, lambda ctx: working.work(ctx, *key))

    return each_alone(peek(held, working.due), work)


JOBS = (
    Job("escalate-sheets", timedelta(hours=6), escalate_sheets),
    Job("follow-complaints", timedelta(hours=6), follow_complaints),
)
