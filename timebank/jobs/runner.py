"""The scheduler: a handful of fixed turns that look into our own tables, under a lease.

APScheduler keeps nothing: its turns are made anew at each start, and what is due stands in
``due_tasks`` and follows from the intervals of the jobs.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobEvent,
)
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy.exc import IntegrityError

from services.jobs.runs import (
    FAILED,
    LostLease,
    claim_run,
    drop_lease,
    finish_run,
    finished_runs,
    take_lease,
)
from timebank import counters, logs
from timebank.edge import Timebank
from timebank.faults import in_plain_words, where
from timebank.jobs import HANDLERS, JOBS
from timebank.jobs.base import Handler, Job, as_system, peek
from timebank.jobs.fenced import LEASE, Fenced
from timebank.jobs.sweeping import sweep

#: A holder that says nothing for so long is taken for dead. It speaks up every ten seconds.
LEASE_SECONDS = 30
DONE_ALREADY = "done already"
#: The name of the due-table's sweep beside the names of jobs.
DUE = "due"
log = logging.getLogger(__name__)

_COUNTED = {
    EVENT_JOB_MISSED: "missed",
    EVENT_JOB_MAX_INSTANCES: "crowded",
    EVENT_JOB_ERROR: "failed",
}


def due_time(job: Job, now: datetime) -> datetime:
    """The latest due time at or before now: the same for every runner."""
    step = int(job.every.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // step * step, tz=now.tzinfo)


def run_once(app: Flask, name: str) -> str:
    """Run one job for its current due time, unless that has been done; say what came of it."""
    held: Timebank = app.extensions["timebank"]
    if name == DUE:
        return f"ok: {sweep_once(app)}"
    with app.app_context():
        return run_job(held, JOBS[name])


def sweep_once(app: Flask) -> int:
    """Work off the due-table by hand (cron, tests); a scheduler beside it loses nothing."""
    held: Timebank = app.extensions["timebank"]
    with app.app_context():
        return sweep(held, HANDLERS, fence=0)


def run_job(held: Timebank, job: Job, fence: int | None = None) -> str:
    """Claim the job's current run, do it, and write how it ended."""
    due_at = due_time(job, held.clock())
    claim = partial(claim_run, job=job.name, scheduled_for=due_at, fence=fence, again=bool(fence))
    try:
        if not as_system(held, claim):
            return DONE_ALREADY
    except IntegrityError:
        return DONE_ALREADY
    with logs.bound(run=f"{job.name}/{due_at:%Y%m%dT%H%M%SZ}"):
        return _run_claimed(held, job, due_at)


def _run_claimed(held: Timebank, job: Job, due_at: datetime) -> str:
    began = perf_counter()
    try:
        done = job.work(held)
    except LostLease:
        raise
    except Exception as error:
        words = in_plain_words(error)
        as_system(held, lambda ctx: finish_run(ctx, job.name, due_at, FAILED, words))
        _tell(job, began, FAILED, logging.ERROR, reason=words)
        raise
    as_system(held, lambda ctx: finish_run(ctx, job.name, due_at, f"ok: {done}"))
    # Most runs of the quick jobs find nothing to do.
    _tell(job, began, "ok", logging.INFO if done else logging.DEBUG, count=done)
    return f"ok: {done}"


def _tell(job: Job, began: float, outcome: str, level: int, **fields: int | str) -> None:
    counters.JOBS.labels(job.name, outcome).inc()
    spent = round((perf_counter() - began) * 1000)
    logs.say(log, "job", level, job=job.name, outcome=outcome, duration_ms=spent, **fields)


@dataclass
class Scheduler:
    """One process that may hold the lease, and what it does in its turns."""

    app: Flask
    holder: str = field(
        default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
    )
    jobs: Mapping[str, Job] = field(default_factory=lambda: JOBS)
    handlers: Mapping[str, Handler] = field(default_factory=lambda: HANDLERS)
    fence: int | None = None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED.values(), 0))

    @property
    def held(self) -> Timebank:
        """What the application holds, as it is without a fence."""
        found: Timebank = self.app.extensions["timebank"]
        return found

    def beat(self) -> None:
        """Take the lease or renew it; whoever does not get it does nothing."""
        take = partial(
            take_lease, name=LEASE, holder=self.holder, seconds=LEASE_SECONDS, counts=self.counts
        )
        # Until the answer is here the old fence holds: other turns go on beside this one.
        before = self.fence
        self.fence = as_system(self.held, take)
        if self.fence != before:
            log.warning("lease of the scheduler: %s", self.fence or "held by another")

    def sweep(self) -> None:
        """Work off the due-table."""
        self._under_lease(lambda held, fence: sweep(held, self.handlers, fence))

    def turn(self, lane: str) -> None:
        """Run the jobs of a lane whose due time has not been seen to."""
        shortest, longest = _LANES[lane]
        mine = [job for job in self.jobs.values() if shortest <= job.every < longest]
        self._under_lease(lambda held, fence: _run_due(held, mine, fence))

    def leave(self) -> None:
        """Give the lease back."""
        as_system(self.held, lambda ctx: drop_lease(ctx, LEASE, self.holder))

    def count(self, event: JobEvent) -> None:
        """A turn came too late, found the one before still running, or failed."""
        kind = _COUNTED[event.code]
        self.counts[kind] += 1
        log.warning("turn %s: %s", event.job_id, kind)

    def _under_lease(self, work: Callable[[Timebank, int], object]) -> None:
        fence = self.fence
        if fence is None:
            return
        fenced = replace(self.held, uow=Fenced(self.held.uow, fence))
        try:
            with self.app.app_context():
                work(fenced, fence)
        except LostLease:
            # The next beat tells whether this process works on, under another fence.
            log.warning("the lease with fence %d is lost", fence)
            if self.fence == fence:
                self.fence = None


#: A lane runs its jobs one after the other; a long one holds up only its own lane.
_LANES = {
    "quick": (timedelta(0), timedelta(minutes=1)),
    "minutes": (timedelta(minutes=1), timedelta(hours=1)),
    "hours": (timedelta(hours=1), timedelta.max),
}


def _run_due(held: Timebank, mine: Sequence[Job], fence: int) -> None:
    now = held.clock()
    wanted = {job.name: due_time(job, now) for job in mine}
    done = peek(held, lambda ctx: finished_runs(ctx, wanted))
    for job in mine:
        if job.name in done:
            continue
        try:
            run_job(held, job, fence)
        except LostLease:
            raise
        except Exception as error:  # noqa: BLE001 - it must not end the others
            _failed(job, error)


def _failed(job: Job, error: Exception) -> None:
    """Its run says so already; a log must not hold the values of a message."""
    log.error("job %s failed: %s", job.name, where(error))


#: The one scheduler of this process. Its turns are module functions: nothing is ever pickled.
_RUNNING: list[Scheduler] = []


def beat() -> None:
    """A turn: the lease."""
    _RUNNING[-1].beat()


def sweep_due() -> None:
    """A turn: the due-table."""
    _RUNNING[-1].sweep()


def run_lane(lane: str) -> None:
    """A turn: the jobs of a lane."""
    _RUNNING[-1].turn(lane)


#: Every turn: its name, its function, what it is given, and its interval in seconds.
TURNS: tuple[tuple[str, Callable[..., None], tuple[str, ...], int], ...] = (
    ("lease", beat, (), 10),
    ("due", sweep_due, (), 2),
    ("quick", run_lane, ("quick",), 2),
    ("minutes", run_lane, ("minutes",), 15),
    ("hours", run_lane, ("hours",), 60),
)


def run_forever(mine: Scheduler) -> None:
    """Take the turns until this process is stopped, working while it holds the lease."""
    # In threads of its own: a request to stop that reached it in the middle of a turn's start
    # would be taken for that turn's failure, and the process would go on.
    clockwork = BackgroundScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    clockwork.add_listener(mine.count, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_ERROR)
    for name, function, given, seconds in TURNS:
        trigger = IntervalTrigger(seconds=seconds, timezone="UTC")
        clockwork.add_job(
            function,
            trigger,
            args=given,
            id=name,
            next_run_time=mine.held.clock(),
            replace_existing=True,
        )
    _RUNNING.append(mine)
    try:
        mine.beat()
        clockwork.start()
        threading.Event().wait()
    finally:
        if clockwork.running:
            clockwork.shutdown()  # what is being done is done to its end
        mine.leave()
        _RUNNING.remove(mine)
