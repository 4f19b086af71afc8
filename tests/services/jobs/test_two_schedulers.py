"""Two job processes started by mistake, and two sweeps by hand: nothing is done twice."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess

import pytest
import sqlalchemy as sa

from models.jobs import DueTask, JobRun, Lease
from models.oversight import OutboxMessage
from services.jobs import due
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.jobs.kit import HANDLERS, busy_world, held_by, scheduler_of, subject
from tests.services.ledger.faults.writers import PROCESSES, wait_until
from timebank.edge import Timebank
from timebank.jobs.base import as_system
from timebank.jobs.runner import run_forever
from timebank.jobs.sweeping import sweep

MANY = 30


def real_time(url: str) -> Timebank:
    return replace(held_by(url, datetime.now(UTC)), clock=lambda: datetime.now(UTC))


def run(url: str, holder: str) -> None:
    """A whole scheduler, with APScheduler's clockwork, until it is killed."""
    run_forever(scheduler_of(real_time(url), holder))


def sweep_by_hand(url: str) -> None:
    """What cron does."""
    sweep(real_time(url), HANDLERS, fence=0)


@pytest.fixture(params=EACH_DIALECT)
def url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    made = databases.fresh(request.param, busy_world)
    yield made
    databases.discard(made)


@pytest.fixture
def held(url: str) -> Iterator[Timebank]:
    made = real_time(url)
    for turn in range(MANY):
        name = subject(f"many {turn}")
        as_system(made, lambda ctx, name=name: due.plan(ctx, "tell", LONGWAN, name, ctx.now))
    yield made
    made.uow.engine.dispose()


def told(held: Timebank) -> Counter[str]:
    with held.uow.read() as session:
        return Counter(map(str, session.scalars(sa.select(OutboxMessage.member_id))))


def assert_each_once(held: Timebank) -> None:
    found = told(held)
    assert {found[str(subject(f"many {turn}"))] for turn in range(MANY)} == {1}


def is_all_done(held: Timebank) -> bool:
    waiting = sa.select(sa.func.count()).where(DueTask.done_at.is_(None), DueTask.kind == "tell")
    with held.uow.read() as session:
        # One task of the world is for later; today it is long past.
        return session.scalar(waiting) == 0


def started(target: object, *given: str) -> BaseProcess:
    process = PROCESSES.Process(target=target, args=given, daemon=True)  # type: ignore[arg-type]
    process.start()
    return process


def test_two_processes_do_nothing_twice(url: str, held: Timebank) -> None:
    both = [started(run, url, "one"), started(run, url, "two")]
    try:
        wait_until(lambda: is_all_done(held))
        with held.uow.read() as session:
            lease = session.execute(sa.select(Lease.fence, Lease.holder)).one()
            runs = session.execute(sa.select(JobRun.job, JobRun.attempts)).all()
        assert lease.fence == 1
        assert lease.holder in ("one", "two")
        assert {run.attempts for run in runs} <= {1}
        assert_each_once(held)
    finally:
        for process in both:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()


def test_two_sweeps_by_hand_do_nothing_twice(url: str, held: Timebank) -> None:
    both = [started(sweep_by_hand, url), started(sweep_by_hand, url)]
    for process in both:
        process.join()
        assert process.exitcode == 0
    assert is_all_done(held)
    assert_each_once(held)
