"""Jobs of the schedule: dates of standing visits, their requests, and proposals without answer."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.schedule import materialising, rescheduling
from services.schedule.proposals import LAPSE
from timebank.edge import Timebank
from timebank.jobs.base import Handler, Job, as_system, each_alone, peek


def write_dates(held: Timebank) -> int:
    """Keep the next twelve weeks of every standing visit as rows, one unit of work each."""

    def write(due: tuple[str, UUID]) -> int:
        book, series_id = due
        return as_system(held, partial(materialising.materialise, book=book, series_id=series_id))

    return each_alone(peek(held, materialising.due_for_dates), write)


def ask_dates(held: Timebank) -> int:
    """Ask for the dates that have come near, one unit of work each."""

    def ask(due: tuple[str, UUID, date]) -> int:
        book, series_id, rule_day = due
        work = partial(materialising.ask_for, book=book, series_id=series_id, rule_day=rule_day)
        return as_system(held, work) is not None

    return each_alone(peek(held, materialising.due_dates), ask)


def lapse_proposal(held: Timebank, book: str, proposal_id: UUID) -> None:
    """End another time that nobody has answered."""
    as_system(held, partial(rescheduling.lapse, book=book, proposal_id=proposal_id))


JOBS = (
    Job("standing-dates", timedelta(hours=1), write_dates),
    Job("standing-requests", timedelta(minutes=15), ask_dates),
)
HANDLERS: dict[str, Handler] = {LAPSE: lapse_proposal}
