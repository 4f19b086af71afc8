"""``flask jobs``: the job process, and single runs for cron and tests."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta
from types import FrameType

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from services.clock import local
from services.queries.admin.jobs import JobLine, LeaseLine, TaskLine, board
from timebank.cli.text import table
from timebank.edge import timebank
from timebank.jobs import JOBS
from timebank.jobs.base import peek
from timebank.jobs.runner import DUE, Scheduler, run_forever, run_once
from timebank.serve import end_with_parent, showing_figures

JOB_HEADS = ("job", "every", "last run", "next run", "late", "failed in 24 h", "outcome")
TASK_HEADS = ("due", "later", "now", "late", "failing", "given up", "done in 24 h", "next")


@click.group("jobs")
def jobs() -> None:
    """Reminders, expiry, follow-up and notices."""


@jobs.command("run")
@click.option(
    "--once", "name", type=click.Choice(sorted([*JOBS, DUE])), help="Run one job and end."
)
@click.option("--parent-pid", type=int, help="End when this process is gone.")
@with_appcontext
def run(name: str | None, parent_pid: int | None) -> None:
    """Run the jobs until stopped, or one of them once."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if name is not None:
        click.echo(f"{name}: {run_once(app, name)}")
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    if parent_pid is not None:
        end_with_parent(parent_pid, lambda: os.kill(os.getpid(), signal.SIGTERM))
    with showing_figures(app, shared=False):
        run_forever(Scheduler(app))


@jobs.command("status")
@with_appcontext
def status() -> None:
    """Say who holds the lease, what ran and is next, what is late, what failed."""
    held = timebank()
    found = peek(held, lambda ctx: board(ctx, {job.name: job.every for job in JOBS.values()}))
    click.echo(_lease(found.lease))
    click.echo()
    click.echo(table(JOB_HEADS, (_job(line) for line in found.jobs), right="     r"))
    click.echo()
    if found.tasks:
        click.echo(table(TASK_HEADS, (_task(line) for line in found.tasks), right=" rr rrr"))
    else:
        click.echo("The due-table is empty.")
    for each in found.failed:
        given_up = "given up" if each.is_given_up else f"next {_at(each.try_at)}"
        click.echo(f"{each.kind} {each.book} {each.id}: {each.error}, {given_up}")
    click.echo()
    click.echo("All is well." if found.is_well else "Somebody should look.")


def _lease(lease: LeaseLine | None) -> str:
    if lease is None:
        return "No scheduler has been here yet: flask jobs run"
    counts = f"missed {lease.missed}, crowded {lease.crowded}, failed {lease.failed}"
    seen = f"since {_at(lease.since)}, last seen {_at(lease.renewed_at)}"
    line = f"held by {lease.holder}, fence {lease.fence}, {seen}. Turns: {counts}."
    if lease.is_live:
        return f"Lease {line}"
    return f"LAPSED: nothing is being done, start flask jobs run. Last {line}"


def _job(line: JobLine) -> tuple[object, ...]:
    outcome = "running" if line.is_running else line.outcome or "-"
    if line.error:
        outcome = f"{outcome}: {line.error}"
    last, due = _at(line.last_at), _at(line.next_at)
    return line.name, line.every, last, due, _late(line.late), line.failures, outcome


def _task(line: TaskLine) -> tuple[object, ...]:
    counts = line.failing, line.given_up, line.done
    return line.kind, line.later, line.due, _late(line.late), *counts, _at(line.next_at)


def _at(moment: datetime | None) -> str:
    return "-" if moment is None else f"{local(moment):%m-%d %H:%M:%S}"


def _late(late: timedelta) -> str:
    """Whole seconds; what is in time is a dash."""
    return str(timedelta(seconds=int(late.total_seconds()))) if late > timedelta(0) else "-"


@jobs.command("list")
def list_jobs() -> None:
    """Name every job and how often it runs."""
    for job in JOBS.values():
        click.echo(f"{job.name:18} {job.every}")
