"""Runs of jobs, each once for its due time, and the lease that lets one scheduler work."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from models.jobs import JobRun, Lease
from services.context import Context


def claim_run(ctx: Context, job: str, scheduled_for: datetime) -> bool:
    """Claim one run; False when somebody already has it, finished or not."""
    if ctx.session.get(JobRun, (job, scheduled_for)) is not None:
        return False
    ctx.session.add(JobRun(job=job, scheduled_for=scheduled_for, started_at=ctx.now))
    ctx.session.flush()
    return True


def finish_run(ctx: Context, job: str, scheduled_for: datetime, outcome: str) -> None:
    """Write how a claimed run ended."""
    run = ctx.session.get_one(JobRun, (job, scheduled_for))
    run.finished_at, run.outcome = ctx.now, outcome


def forget_runs(ctx: Context, keep_days: int = 30) -> int:
    """Drop the records of runs older than ``keep_days``; returns how many."""
    removed = ctx.session.execute(
        sa.delete(JobRun).where(JobRun.scheduled_for < ctx.now - timedelta(days=keep_days))
    )
    return int(removed.rowcount)  # type: ignore[attr-defined]


def take_lease(ctx: Context, name: str, holder: str, seconds: int) -> int | None:
    """Take or renew a lease; its fence when the holder has it now, else None.

    The fence grows whenever the lease changes hands, so that a holder who slept through its
    end can be told apart from the one who works now.
    """
    ends = ctx.now + timedelta(seconds=seconds)
    lease = ctx.session.scalar(sa.select(Lease).where(Lease.name == name).with_for_update())
    if lease is None:
        ctx.session.add(Lease(name=name, holder=holder, expires_at=ends, fence=1))
        ctx.session.flush()
        return 1
    if lease.holder != holder:
        if lease.expires_at > ctx.now:
            return None
        lease.holder, lease.fence = holder, lease.fence + 1
    lease.expires_at = ends
    return lease.fence


def drop_lease(ctx: Context, name: str, holder: str) -> None:
    """Give a lease back, so that the next scheduler need not wait for its end."""
    ctx.session.execute(
        sa.update(Lease)
        .where(Lease.name == name, Lease.holder == holder)
        .values(expires_at=ctx.now)
    )
