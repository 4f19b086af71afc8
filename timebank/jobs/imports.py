"""Jobs of imports: working signed ones off, undoing, and the reminder while both systems run."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from models.imports import ImportState
from services.imports import comparing, undoing, working
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def work_imports(held: Timebank) -> int:
    """Post what two administrators have signed, or reverse it, a chunk to a unit of work."""

    def work_off(found: tuple[str, UUID, ImportState]) -> int:
        book, import_id, state = found
        busy, worked = state, 0
        chunk = undoing.undo_chunk if state is ImportState.UNDOING else working.work_chunk
        while busy is state:
            busy = as_system(held, partial(chunk, book=book, import_id=import_id)).state
            worked += 1
        return worked

    return each_alone(peek(held, working.waiting_imports), work_off)


def remind(held: Timebank) -> int:
    """Ask for the older system's list of today, once."""

    def ask(found: tuple[str, UUID]) -> int:
        book, import_id = found
        return int(as_system(held, partial(comparing.remind, book=book, import_id=import_id)))

    return each_alone(peek(held, comparing.uncompared), ask)


JOBS = (
    Job("imports", timedelta(minutes=1), work_imports),
    Job("imports-remind", timedelta(days=1), remind),
)
