"""``flask jobs``: the job process, and single runs for cron and tests."""

from __future__ import annotations

import os
import signal
from types import FrameType

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from timebank.jobs import JOBS
from timebank.jobs.runner import DUE, Scheduler, run_forever, run_once
from timebank.serve import end_with_parent


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
    run_forever(Scheduler(app))


@jobs.command("list")
def list_jobs() -> None:
    """Name every job and how often it runs."""
    for job in JOBS.values():
        click.echo(f"{job.name:18} {job.every}")
