"""What a scheduler has given up is tried again, because a person says so."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.jobs import DueTask
from services import audit, policy
from services.acts import once
from services.context import Context
from services.errors import Conflict, NotFound
from services.jobs.due import QUEUE
from services.policy import Subject


class TaskUnknown(NotFound):
    """没有找到这件后台事务。"""

    code = "task_unknown"


class TaskIsWell(Conflict):
    """这件后台事务没有出错，不用再试。"""

    code = "task_is_well"


def retry_task(ctx: Context, task_id: UUID) -> None:
    """Have a task that has failed tried again at once, as if it were new."""
    row = ctx.session.scalar(
        sa.select(DueTask).where(DueTask.queue == QUEUE, DueTask.id == task_id).with_for_update()
    )
    if row is None:
        raise TaskUnknown
    policy.require(ctx.actor, "job.retry", Subject(book=row.book))

    def do() -> dict[str, str]:
        if row.error is None or row.done_at is not None:
            raise TaskIsWell
        before = {"kind": row.kind, "error": row.error, "attempts": row.attempts}
        audit.record(ctx, "job.retry", "due_task", row.id, book=row.book, before=before)
        row.try_at, row.attempts, row.given_up_at = ctx.now, 0, None
        row.claim_id = row.claim_fence = row.claimed_until = None
        row.version += 1
        return {}

    once(ctx, row.book, "job.retry", {"task_id": task_id}, do)
