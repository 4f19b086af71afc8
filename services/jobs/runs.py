"""Runs of jobs, each once for its due time, and the lease that lets one scheduler work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.jobs import JobRun, Lease
from services.claims import claim_row
from services.context import Context
from services.rules.retrying import is_hopeless, wait_after

FAILED = "failed"
#: What a run says that found nothing to do.
NOTHING = "ok: 0"


class LostLease(Exception):
    """Another holder has the lease by now: nothing of this unit of work is kept."""


def claim_run(
    ctx: Context, job: str, scheduled_for: datetime, fence: int | None = None, again: bool = False
) -> bool:
    """Claim one run; False when somebody already has it, finished or not.

    A run that a former holder of the lease left unfinished is taken up again; with ``again``
    so is one that failed, once it has waited.
    """
    run = ctx.session.get(JobRun, (job, scheduled_for), with_for_update=True)
    if run is None:
        ctx.session.add(
            JobRun(job=job, scheduled_for=scheduled_for, started_at=ctx.now, fence=fence)
        )
        ctx.session.flush()
        return True
    if not (_was_cut_off(run, fence) or (again and _may_be_tried(run, ctx.now))):
        return False
    run.started_at, run.fence, run.attempts = ctx.now, fence, run.attempts + 1
    run.finished_at = run.outcome = None
    return True


def finished_runs(ctx: Context, wanted: Mapping[str, datetime]) -> frozenset[str]:
    """The jobs whose run for the wanted due time has ended well."""
    rows = ctx.session.execute(
        sa.select(JobRun.job, JobRun.scheduled_for).where(
            JobRun.job.in_(wanted),
            JobRun.scheduled_for.in_(set(wanted.values())),
            JobRun.finished_at.is_not(None),
            JobRun.outcome != FAILED,
        )
    )
    return frozenset(row.job for row in rows if wanted[row.job] == row.scheduled_for)


def finish_run(
    ctx: Context, job: str, scheduled_for: datetime, outcome: str, error: str | None = None
) -> None:
    """Write how a claimed run ended."""
    run = ctx.session.get_one(JobRun, (job, scheduled_for))
    run.finished_at, run.outcome, run.error = ctx.now, outcome, error


def forget_runs(ctx: Context, keep_days: int = 30) -> int:
    """Drop the records of runs older than ``keep_days``, and of idle ones after two days."""
    idle = sa.and_(JobRun.outcome == NOTHING, JobRun.scheduled_for < ctx.now - timedelta(days=2))
    old = JobRun.scheduled_for < ctx.now - timedelta(days=keep_days)
    removed = ctx.session.execute(sa.delete(JobRun).where(sa.or_(old, idle)))
    return int(removed.rowcount)  # type: ignore[attr-defined]


def take_lease(
    ctx: Context, name: str, holder: str, seconds: int, counts: Mapping[str, int] | None = None
) -> int | None:
    """Take or renew a lease; its fence when the holder has it now, else None.

    The fence grows whenever the lease changes hands, so that a holder who slept through its
    end can be told apart from the one who works now. ``counts`` are kept beside it.
    """
    length = timedelta(seconds=seconds)
    vacant = {"name": name, "holder": "", "fence": 0, "expires_at": ctx.now}
    locked = sa.select(Lease).where(Lease.name == name).with_for_update()
    lease = ctx.session.scalar(locked)
    if lease is None:
        # Of two who start together one finds what the other has written.
        claim_row(ctx.session, Lease, vacant)
        lease = ctx.session.scalars(locked).one()
    if lease.holder != holder:
        # One that ends later than any could: the clock has been put back since.
        if ctx.now < lease.expires_at <= ctx.now + 2 * length:
            return None
        lease.holder, lease.fence, lease.since = holder, lease.fence + 1, ctx.now
        lease.missed = lease.crowded = lease.failed = 0
    lease.expires_at, lease.renewed_at = ctx.now + length, ctx.now
    for kind, count in (counts or {}).items():
        setattr(lease, kind, count)
    ctx.session.flush()
    return lease.fence


def hold_fence(session: Session, name: str, fence: int) -> None:
    """Raise :class:`LostLease` unless ``fence`` is the lease's newest, and keep it so to the end.

    Asked last in a unit of work: a new holder waits for those who may still commit, and not for
    one who has fallen asleep in the middle.
    """
    newest = session.scalar(
        sa.select(Lease.fence).where(Lease.name == name).with_for_update(read=True)
    )
    if newest != fence:
        raise LostLease(name)


def drop_lease(ctx: Context, name: str, holder: str) -> None:
    """Give a lease back, so that the next scheduler need not wait for its end."""
    ctx.session.execute(
        sa.update(Lease)
        .where(Lease.name == name, Lease.holder == holder)
        .values(expires_at=ctx.now)
    )


def _was_cut_off(run: JobRun, fence: int | None) -> bool:
    """Whether it was begun under a lease that has changed hands since, and never ended."""
    return (
        run.finished_at is None
        and run.fence is not None
        and fence is not None
        and (run.fence < fence)
    )


def _may_be_tried(run: JobRun, now: datetime) -> bool:
    """Whether a failed run has waited long enough, and has not been tried too often."""
    if run.outcome != FAILED or run.finished_at is None or is_hopeless(run.attempts):
        return False
    return now >= run.finished_at + wait_after(run.attempts)
