"""The job process: a job is a name, an interval and service calls, run once for each due time."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import click
import sqlalchemy as sa
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy.exc import IntegrityError

from models.batches import BatchState
from models.places import Book
from services import months, outbox
from services.batches import working
from services.context import Context
from services.outbox import Notice
from services.policy import SYSTEM
from services.requests import ending, funding
from services.runs import claim_run, drop_lease, finish_run, forget_runs, take_lease
from services.visits import reviewing
from timebank.edge import Timebank
from timebank.i18n import say
from timebank.sealing import publish, seal_all

T = TypeVar("T")
LEASE, LEASE_SECONDS = "scheduler", 90


@dataclass(frozen=True, slots=True)
class Job:
    """``work`` does everything that is due and says how much it did."""

    name: str
    every: timedelta
    work: Callable[[Timebank], int]


def as_system(held: Timebank, work: Callable[[Context], T]) -> T:
    """One unit of work by the job process."""
    moment = held.clock()
    return held.uow.run(
        lambda session: work(Context(session=session, actor=SYSTEM, now=moment, vault=held.vault))
    )


def peek(held: Timebank, look: Callable[[Context], T]) -> T:
    """Look without changing anything."""
    with held.uow.read() as session:
        return look(Context(session=session, actor=SYSTEM, now=held.clock(), vault=held.vault))


def expire_requests(held: Timebank) -> int:
    """End requests that nobody took in time, one unit of work each."""
    due = peek(held, ending.due_to_expire)
    for book, request_id in due:
        as_system(held, partial(ending.expire, book=book, request_id=request_id))
    return len(due)


def expire_holds(held: Timebank) -> int:
    """End holds that have run out, book by book."""
    books = peek(held, lambda ctx: list(ctx.session.scalars(sa.select(Book.book))))
    return sum(as_system(held, partial(ending.expire_holds, book=book)) for book in books)


def follow_up_visits(held: Timebank) -> int:
    """Missed visits and silence go to a branch; nothing is ever credited here."""
    moved = 0
    for book, visit_id in peek(held, reviewing.due_for_review):
        moved += as_system(held, partial(reviewing.follow_up, book=book, visit_id=visit_id))
    return moved


def remind(held: Timebank) -> int:
    """Remind both sides of visits that begin soon."""
    return as_system(held, reviewing.remind)


def fund_waiting(held: Timebank) -> int:
    """Open what the pools can cover, in the published order, book by book."""
    books = peek(held, lambda ctx: list(ctx.session.scalars(sa.select(Book.book))))
    return sum(as_system(held, partial(funding.fund_waiting, book=book)) for book in books)


def send_outbox(held: Timebank) -> int:
    """Deliver due notices, twenty to a unit of work."""
    sent = 0
    while peek(held, lambda ctx: bool(outbox.due(ctx, 1))):
        now_sent = as_system(held, lambda ctx: outbox.send_due(ctx, _deliver_for(held), limit=20))
        if not now_sent:
            break
        sent += now_sent
    return sent


def close_months(held: Timebank) -> int:
    """Close the months that ended a day ago, one book and month to a unit of work."""
    closed = 0
    for book, month in peek(held, months.due):
        done = as_system(held, partial(months.close, book=book, month=month))
        closed += done is not None
    return closed


def publish_heads(held: Timebank) -> int:
    """Sign the day's list of all books' heads."""
    return int(publish(held))


def work_batches(held: Timebank) -> int:
    """Work off what two administrators have signed, a chunk to a unit of work."""
    worked = 0
    for book, batch_id in peek(held, working.signed_batches):
        state = BatchState.SIGNED
        while state is BatchState.SIGNED:
            state = as_system(held, partial(working.work_chunk, book=book, batch_id=batch_id)).state
            worked += 1
    return worked


def tidy(held: Timebank) -> int:
    """Forget old runs."""
    return as_system(held, forget_runs)


JOBS = {
    job.name: job
    for job in (
        Job("outbox", timedelta(seconds=10), send_outbox),
        Job("expire-requests", timedelta(minutes=5), expire_requests),
        Job("expire-holds", timedelta(minutes=5), expire_holds),
        Job("follow-up-visits", timedelta(minutes=5), follow_up_visits),
        Job("fund-waiting", timedelta(minutes=10), fund_waiting),
        Job("batches", timedelta(minutes=1), work_batches),
        Job("remind", timedelta(minutes=15), remind),
        Job("close-months", timedelta(days=1), close_months),
        Job("seal", timedelta(seconds=30), seal_all),
        Job("publish-heads", timedelta(days=1), publish_heads),
        Job("tidy", timedelta(days=1), tidy),
    )
}


def _deliver_for(held: Timebank) -> Callable[[Notice], None]:
    """Where notices go: the console for an invented district, a spool file for a gateway."""
    if not held.settings.is_production:
        return _on_console
    spool = held.settings.instance / "outbox.jsonl"

    def deliver(notice: Notice) -> None:
        if notice.channel != "sms":
            return
        line = {
            "id": str(notice.id),
            "member": str(notice.member_id),
            "text": say(notice.sentence, notice.params),
        }
        handle = os.open(spool, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    return deliver


def _on_console(notice: Notice) -> None:
    """What a telephone would have received; one-time codes among it."""
    if notice.channel == "sms":
        click.echo(f"[{notice.channel}] {say(notice.sentence, notice.params)}")


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
