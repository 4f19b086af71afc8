"""What is due: something to do once at a moment, kept in a table and never in a scheduler."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.jobs import DueTask
from services.claims import claim_row
from services.context import Context

#: The queue of everything that one job process sweeps.
QUEUE = "main"


def plan(ctx: Context, kind: str, book: str, subject_id: UUID, due_at: datetime) -> None:
    """See to it that ``kind`` is done for the subject at ``due_at``: planned anew, it moves."""
    values = {
        "queue": QUEUE,
        "id": ctx.new_id(),
        "kind": kind,
        "book": book,
        "subject_id": subject_id,
        "due_at": due_at,
        "attempts": 0,
        "done_at": None,
        "error": None,
    }
    if claim_row(ctx.session, DueTask, values):
        return
    ctx.session.execute(
        sa.update(DueTask)
        .where(DueTask.queue == QUEUE, DueTask.kind == kind, DueTask.subject_id == subject_id)
        .values(due_at=due_at, attempts=0, done_at=None, error=None)
    )


def drop(ctx: Context, kind: str, subject_id: UUID) -> None:
    """Nothing is due for the subject any more."""
    ctx.session.execute(
        sa.delete(DueTask).where(
            DueTask.queue == QUEUE, DueTask.kind == kind, DueTask.subject_id == subject_id
        )
    )
