"""What is due: something to do once at a moment, kept in a table and never in a scheduler.

A claim is a unit of work of its own. The work and its mark "done" are another one, together: a
process that dies in between has changed nothing, and the claim falls to the next holder of the
lease. A claim that was overtaken, and a fence that is no longer the newest, commit nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa

from models.jobs import DueTask
from services.claims import claim_row
from services.context import Context
from services.rules.retrying import MOST_ATTEMPTS, is_hopeless, wait_after

#: The queue of everything that one job process sweeps.
QUEUE = "main"
#: A claim whose holder says nothing more is free again after this.
CLAIM_FOR = timedelta(minutes=10)
CUT_OFF = "the process ended in the middle of it"


class Overtaken(Exception):
    """Somebody else has claimed the task since: what was done for it goes back."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A task that is worked on now, as it was planned when it was claimed."""

    id: UUID
    kind: str
    book: str
    subject_id: UUID
    due_at: datetime
    version: int
    attempts: int
    claim_id: UUID


def plan(ctx: Context, kind: str, book: str, subject_id: UUID, due_at: datetime) -> None:
    """See to it that ``kind`` is done for the subject at ``due_at``: planned anew, it moves."""
    anew = _anew(due_at)
    key = {"queue": QUEUE, "id": ctx.new_id(), "kind": kind, "subject_id": subject_id}
    if claim_row(ctx.session, DueTask, {**key, "book": book, "version": 0, **anew}):
        return
    ctx.session.execute(
        sa.update(DueTask)
        .where(DueTask.queue == QUEUE, DueTask.kind == kind, DueTask.subject_id == subject_id)
        .values(version=DueTask.version + 1, **anew)
    )


def drop(ctx: Context, kind: str, subject_id: UUID) -> None:
    """Nothing is due for the subject any more."""
    ctx.session.execute(
        sa.delete(DueTask).where(
            DueTask.queue == QUEUE, DueTask.kind == kind, DueTask.subject_id == subject_id
        )
    )


def is_anything_due(ctx: Context) -> bool:
    """Whether a sweep would find something: asked before a claim, as reading disturbs nobody."""
    waiting = sa.select(DueTask.id).where(*_waiting(ctx.now)).limit(1)
    return ctx.session.scalar(waiting) is not None


def claim(ctx: Context, fence: int) -> Claimed | None:
    """Claim the task that has waited longest; None when nothing is due.

    One statement: on PostgreSQL rivals skip the row that another looks at, on SQLite writers
    come one after the other. A claim under a lower fence is free: its holder commits nothing.
    """
    free = sa.or_(
        DueTask.claim_id.is_(None),
        DueTask.claim_fence < fence,
        DueTask.claimed_until <= ctx.now,
    )
    claim_id = uuid4()
    oldest = (
        sa.select(DueTask.id)
        .where(*_waiting(ctx.now), free)
        .order_by(DueTask.try_at, DueTask.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = ctx.session.execute(
        sa.update(DueTask)
        .where(DueTask.queue == QUEUE, DueTask.id == oldest)
        .values(
            claim_id=claim_id,
            claim_fence=fence,
            claimed_until=ctx.now + CLAIM_FOR,
            attempts=DueTask.attempts + 1,
        )
        .returning(
            DueTask.id,
            DueTask.kind,
            DueTask.book,
            DueTask.subject_id,
            DueTask.due_at,
            DueTask.version,
            DueTask.attempts,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if row is None else Claimed(*row, claim_id)


def finish(ctx: Context, task: Claimed) -> None:
    """Mark the work as done, in the unit of work that did it.

    Planned anew meanwhile (by the work itself, too), the task stays due and the work stands.
    """
    changed = _change(ctx, task, done_at=ctx.now, error=None, claim_id=None, claimed_until=None)
    if changed:
        return
    stands = ctx.session.execute(
        sa.select(DueTask.version).where(DueTask.queue == QUEUE, DueTask.id == task.id)
    ).scalar_one_or_none()
    if stands == task.version:
        raise Overtaken(task.kind)


def fail(ctx: Context, task: Claimed, error: str) -> bool:
    """Free the task for a later attempt, or give it up; says whether it was given up."""
    hopeless = is_hopeless(task.attempts)
    _change(
        ctx,
        task,
        error=error,
        claim_id=None,
        claimed_until=None,
        try_at=ctx.now + wait_after(task.attempts),
        given_up_at=ctx.now if hopeless else None,
    )
    return hopeless


def is_worn_out(task: Claimed) -> bool:
    """Whether so many attempts have been cut off that the task may be what ends the process."""
    return task.attempts > MOST_ATTEMPTS


def forget_done(ctx: Context, keep_days: int = 7) -> int:
    """Drop what was done more than ``keep_days`` ago; returns how many."""
    removed = ctx.session.execute(
        sa.delete(DueTask).where(
            DueTask.queue == QUEUE, DueTask.done_at < ctx.now - timedelta(days=keep_days)
        )
    )
    return int(removed.rowcount)  # type: ignore[attr-defined]


def _waiting(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        DueTask.queue == QUEUE,
        DueTask.done_at.is_(None),
        DueTask.given_up_at.is_(None),
        DueTask.try_at <= now,
    )


def _anew(due_at: datetime) -> dict[str, object]:
    """A task as if it had never been tried."""
    return {
        "due_at": due_at,
        "try_at": due_at,
        "attempts": 0,
        "claim_id": None,
        "claim_fence": None,
        "claimed_until": None,
        "done_at": None,
        "given_up_at": None,
        "error": None,
    }


def _change(ctx: Context, task: Claimed, **values: object) -> bool:
    """Change the task as it was claimed; False when it is another one by now."""
    changed = ctx.session.execute(
        sa.update(DueTask)
        .where(
            DueTask.queue == QUEUE,
            DueTask.id == task.id,
            DueTask.version == task.version,
            DueTask.claim_id == task.claim_id,
            DueTask.done_at.is_(None),
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]
