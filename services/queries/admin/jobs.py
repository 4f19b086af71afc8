"""How the scheduler does: who holds the lease, what ran, what is late, what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.jobs import DueTask, JobRun, Lease
from services import policy
from services.context import Context
from services.jobs.due import QUEUE
from services.jobs.runs import FAILED
from services.policy import NATION, Subject, covers

#: Failures are counted over a day; failed tasks are listed up to so many.
COUNTED = timedelta(days=1)
SHOWN = 50
#: Nobody need look before this.
TOLERANCE = timedelta(minutes=2)
#: The scheduler looks this often at the rarest jobs; nothing is late before.
LOOKS_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LeaseLine:
    """Who may run the scheduler now. ``is_live``: the lease has not run out."""

    holder: str
    fence: int
    since: datetime | None
    renewed_at: datetime | None
    is_live: bool
    missed: int
    crowded: int
    failed: int


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job: its last run and how it ended, its next one, and how late it is."""

    name: str
    every: timedelta
    last_at: datetime | None
    outcome: str | None
    error: str | None
    next_at: datetime
    late: timedelta
    failures: int

    @property
    def is_running(self) -> bool:
        """Whether the last run has begun and not ended."""
        return self.last_at is not None and self.outcome is None


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A kind of task in the due-table: how many wait, since when, and how many failed."""

    kind: str
    later: int
    due: int
    late: timedelta
    failing: int
    given_up: int
    done: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class FailedTask:
    """A task that failed: what it is, never whom it is about."""

    id: UUID
    kind: str
    book: str
    due_at: datetime
    try_at: datetime
    attempts: int
    error: str
    is_given_up: bool
    may_retry: bool


@dataclass(frozen=True, slots=True)
class Board:
    """Everything at a glance."""

    lease: LeaseLine | None
    jobs: tuple[JobLine, ...]
    tasks: tuple[TaskLine, ...]
    failed: tuple[FailedTask, ...]

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look."""
        waits = [line.late for line in self.jobs] + [line.late for line in self.tasks]
        late = any(wait > TOLERANCE for wait in waits)
        ended_badly = any(line.outcome == FAILED for line in self.jobs)
        lives = self.lease is not None and self.lease.is_live
        return lives and not (late or ended_badly or self.failed)


def board(ctx: Context, intervals: Mapping[str, timedelta]) -> Board:
    """The whole of it, for whoever administers the nation or a region (its own tasks only)."""
    _require(ctx)
    return Board(
        lease=_lease(ctx),
        jobs=_jobs(ctx, intervals),
        tasks=_tasks(ctx),
        failed=_failed(ctx),
    )


def _require(ctx: Context) -> None:
    """The state of the machine concerns everybody who administers anything."""
    scopes = [role.scope for role in ctx.actor.roles if role.scope_kind == "region"]
    subjects = [Subject(book=scope, region_code=scope) for scope in scopes] or [Subject(NATION)]
    for subject in subjects:
        if policy.can(ctx.actor, "jobs.read", subject).allowed:
            return
    policy.require(ctx.actor, "jobs.read", subjects[0])


def _lease(ctx: Context) -> LeaseLine | None:
    row = ctx.session.scalar(sa.select(Lease).order_by(Lease.renewed_at.desc()).limit(1))
    if row is None:
        return None
    return LeaseLine(
        holder=row.holder,
        fence=row.fence,
        since=row.since,
        renewed_at=row.renewed_at,
        is_live=row.expires_at > ctx.now,
        missed=row.missed,
        crowded=row.crowded,
        failed=row.failed,
    )


def _jobs(ctx: Context, intervals: Mapping[str, timedelta]) -> tuple[JobLine, ...]:
    failures = _failures(ctx)
    return tuple(_job(ctx, name, every, failures.get(name, 0)) for name, every in intervals.items())


def _failures(ctx: Context) -> dict[str, int]:
    rows = ctx.session.execute(
        sa.select(JobRun.job, sa.func.count())
        .where(JobRun.outcome == FAILED, JobRun.scheduled_for > ctx.now - COUNTED)
        .group_by(JobRun.job)
    )
    return {row[0]: row[1] for row in rows}


def _job(ctx: Context, name: str, every: timedelta, failures: int) -> JobLine:
    run = ctx.session.scalar(
        sa.select(JobRun).where(JobRun.job == name).order_by(JobRun.scheduled_for.desc()).limit(1)
    )
    step = int(every.total_seconds())
    slot = datetime.fromtimestamp(int(ctx.now.timestamp()) // step * step, tz=ctx.now.tzinfo)
    if run is None:
        return JobLine(name, every, None, None, None, slot, ctx.now - slot, failures)
    has_begun = run.scheduled_for >= slot
    # Late since the first due time that was left out.
    since = ctx.now - (run.scheduled_for + every)
    late = timedelta(0) if has_begun or since < LOOKS_EVERY else since
    return JobLine(
        name=name,
        every=every,
        last_at=run.started_at,
        outcome=run.outcome,
        error=run.error,
        next_at=slot + every if has_begun else slot,
        late=late,
        failures=failures,
    )


def _tasks(ctx: Context) -> tuple[TaskLine, ...]:
    waits = sa.and_(DueTask.done_at.is_(None), DueTask.given_up_at.is_(None))
    is_due = sa.and_(waits, DueTask.due_at <= ctx.now)

    def number(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count(sa.case((sa.and_(*conditions), 1)))

    rows = ctx.session.execute(
        sa.select(
            DueTask.kind,
            number(waits, DueTask.due_at > ctx.now),
            number(is_due),
            sa.func.min(sa.case((is_due, DueTask.due_at))),
            number(waits, DueTask.error.is_not(None)),
            number(DueTask.given_up_at.is_not(None)),
            number(DueTask.done_at > ctx.now - COUNTED),
            sa.func.min(sa.case((waits, DueTask.try_at))),
        )
        .where(DueTask.queue == QUEUE)
        .group_by(DueTask.kind)
        .order_by(DueTask.kind)
    ).all()
    return tuple(
        TaskLine(
            kind,
            later,
            due,
            ctx.now - oldest if oldest else timedelta(0),
            failing,
            given_up,
            done,
            next_at,
        )
        for kind, later, due, oldest, failing, given_up, done, next_at in rows
    )


def _failed(ctx: Context) -> tuple[FailedTask, ...]:
    """Failed tasks of the books that the actor administers, those given up first."""
    rows = ctx.session.scalars(
        sa.select(DueTask)
        .where(DueTask.queue == QUEUE, DueTask.done_at.is_(None), DueTask.error.is_not(None))
        .order_by(DueTask.given_up_at.is_(None), DueTask.due_at, DueTask.id)
        .limit(10 * SHOWN)
    )
    mine = [row for row in rows if _is_mine(ctx, row.book)]
    return tuple(
        FailedTask(
            id=row.id,
            kind=row.kind,
            book=row.book,
            due_at=row.due_at,
            try_at=row.try_at,
            attempts=row.attempts,
            error=row.error or "",
            is_given_up=row.given_up_at is not None,
            may_retry=policy.can(ctx.actor, "job.retry", Subject(book=row.book)).allowed,
        )
        for row in mine[:SHOWN]
    )


def _is_mine(ctx: Context, book: str) -> bool:
    if ctx.actor.is_system:
        return True
    return any(
        role.scope_kind == "nation" or (role.scope_kind == "region" and covers(role.scope, book))
        for role in ctx.actor.roles
    )
