"""The scheduler: how it does, and having a failed task tried again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.jobs.again import retry_task
from services.queries.admin.jobs import Board, board
from timebank.api.area import Area, writing
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.calendars import SchedulerOut
from timebank.edge import declare, reading
from timebank.jobs import JOBS

area = Area("jobs", "后台事务")


@area.get("/jobs", says="后台进程、定时的事和到期的事")
@declare("jobs.read")
@area.response(200, SchedulerOut)
def read_jobs() -> Board:
    """Who holds the lease, what ran, what is late, what failed."""
    with reading() as ctx:
        return board(ctx, {job.name: job.every for job in JOBS.values()})


@area.post("/jobs/tasks/<uuid:task_id>/retry", says="把出错的事再试一次")
@declare("job.retry")
@area.arguments(Nothing, required=False)
@area.response(204)
def retry_failed_task(_said: dict[str, Any], task_id: UUID) -> None:
    """Have a failed task tried again at once."""
    writing(lambda ctx: retry_task(ctx, task_id))
