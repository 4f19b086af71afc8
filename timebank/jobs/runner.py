"""The scheduler: every job once for each due time, while this process holds the lease."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy.exc import IntegrityError

from services.runs import claim_run, drop_lease, finish_run, take_lease
from timebank.edge import Timebank
from timebank.jobs import JOBS
from timebank.jobs.base import Job, as_system

LEASE, LEASE_SECONDS = "scheduler", 90


def due_time(job: Job, now: datetime) -> datetime:
    """The latest due time at or before now: the same for every runner."""
    step = int(job.every.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // step * step, tz=now.tzinfo)


def run_once(app: Flask, name: str) -> str:
    """Run one job for its current due time, unless that has been done; say what came of it."""
    held: Timebank = app.extensions["timebank"]
    job = JOBS[name]
    scheduled_for = due_time(job, held.clock())
    try:
        if not as_system(held, lambda ctx: claim_run(ctx, name, scheduled_for)):
            return "done already"
    except IntegrityError:
        return "done already"
    with app.app_context():
        try:
            outcome = f"ok: {job.work(held)}"
        except Exception:
            as_system(held, lambda ctx: finish_run(ctx, name, scheduled_for, "failed"))
            raise
    as_system(held, lambda ctx: finish_run(ctx, name, scheduled_for, outcome))
    return outcome


def run_forever(app: Flask) -> None:
    """Run all jobs at their intervals while this process holds the lease."""
    scheduler = BlockingScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    holder = f"{socket.gethostname()}:{os.getpid()}"
    held: Timebank = app.extensions["timebank"]

    def tick(name: str) -> None:
        leased = as_system(held, lambda ctx: take_lease(ctx, LEASE, holder, LEASE_SECONDS))
        if leased is None:
            return
        try:
            run_once(app, name)
        except Exception:
            # One job's failure must not end the others; its run says "failed".
            app.logger.exception("job %s failed", name)

    for job in JOBS.values():
        scheduler.add_job(
            tick,
            IntervalTrigger(seconds=int(job.every.total_seconds()), timezone="UTC"),
            args=[job.name],
            id=job.name,
            next_run_time=held.clock() + timedelta(seconds=1),
        )
    try:
        scheduler.start()
    finally:
        as_system(held, lambda ctx: drop_lease(ctx, LEASE, holder))
