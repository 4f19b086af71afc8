"""The scheduler's promises: each due time once, one holder of the lease, one failure alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from models.jobs import JobRun
from services.context import Context
from services.jobs.runs import claim_run, drop_lease, finish_run, forget_runs, take_lease
from services.policy import SYSTEM
from tests.factories import VAULT
from timebank.jobs import JOBS
from timebank.jobs.runner import due_time
from timebank.uow import UnitOfWork, make_engine

NOW = datetime(2026, 3, 10, 1, 7, 31, tzinfo=UTC)


@pytest.fixture
def uow(database_url: str) -> Iterator[UnitOfWork]:
    engine = make_engine(database_url)
    yield UnitOfWork(engine)
    engine.dispose()


def at(uow: UnitOfWork, moment: datetime, work: object) -> object:
    def run(session: Session) -> object:
        return work(Context(session=session, actor=SYSTEM, now=moment, vault=VAULT))

    return uow.run(run)


def test_a_due_time_is_claimed_once(uow: UnitOfWork) -> None:
    assert at(uow, NOW, lambda ctx: claim_run(ctx, "remind", NOW))
    assert not at(uow, NOW, lambda ctx: claim_run(ctx, "remind", NOW))
    assert at(uow, NOW, lambda ctx: claim_run(ctx, "other", NOW))
    at(uow, NOW, lambda ctx: finish_run(ctx, "remind", NOW, "ok: 3"))
    run = at(uow, NOW, lambda ctx: ctx.session.get_one(JobRun, ("remind", NOW)).outcome)
    assert run == "ok: 3"


def test_old_runs_are_forgotten(uow: UnitOfWork) -> None:
    at(uow, NOW, lambda ctx: claim_run(ctx, "remind", NOW - timedelta(days=31)))
    at(uow, NOW, lambda ctx: claim_run(ctx, "remind", NOW))
    assert at(uow, NOW, forget_runs) == 1


def test_one_scheduler_works_and_the_fence_grows(uow: UnitOfWork) -> None:
    assert at(uow, NOW, lambda ctx: take_lease(ctx, "s", "one", 90)) == 1
    assert at(uow, NOW, lambda ctx: take_lease(ctx, "s", "two", 90)) is None
    soon = NOW + timedelta(seconds=60)
    assert at(uow, soon, lambda ctx: take_lease(ctx, "s", "one", 90)) == 1
    late = soon + timedelta(seconds=91)
    assert at(uow, late, lambda ctx: take_lease(ctx, "s", "two", 90)) == 2
    assert at(uow, late, lambda ctx: take_lease(ctx, "s", "one", 90)) is None
    at(uow, late, lambda ctx: drop_lease(ctx, "s", "two"))
    assert at(uow, late, lambda ctx: take_lease(ctx, "s", "one", 90)) == 3


def test_every_runner_sees_the_same_due_time() -> None:
    job = JOBS["follow-up-visits"]
    due = due_time(job, NOW)
    assert due == datetime(2026, 3, 10, 1, 5, tzinfo=UTC)
    assert due_time(job, due) == due
    assert due_time(job, due + job.every) == due + job.every
