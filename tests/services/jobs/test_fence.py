"""A lease and its fence: who slept through it can do nothing, whatever the clock says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.jobs import DueTask, JobRun, Lease
from models.oversight import OutboxMessage
from services.jobs import due
from services.jobs.runs import LostLease, take_lease
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.jobs.kit import (
    JOBS,
    LATER,
    PEOPLE,
    busy_world,
    held_by,
    scheduler_of,
    subject,
    tell,
    world,
)
from timebank.edge import Timebank
from timebank.jobs import runner
from timebank.jobs.base import Job, as_system
from timebank.jobs.fenced import LEASE, Fenced
from timebank.jobs.runner import LEASE_SECONDS
from timebank.jobs.sweeping import sweep

BEYOND = timedelta(seconds=LEASE_SECONDS + 5)


class Wall:
    """A clock on the wall that a test may set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(params=EACH_DIALECT)
def url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    made = databases.fresh(request.param, busy_world)
    yield made
    databases.discard(made)


@pytest.fixture
def wall() -> Wall:
    return Wall(LATER)


@pytest.fixture
def held(url: str, wall: Wall) -> Iterator[Timebank]:
    made = replace(held_by(url, LATER), clock=wall)
    yield made
    made.uow.engine.dispose()


def told(held: Timebank, who: UUID | None = None) -> int:
    query = sa.select(sa.func.count()).select_from(OutboxMessage)
    with held.uow.read() as session:
        return session.scalar(query if who is None else query.filter_by(member_id=who)) or 0


def task(held: Timebank, name: str) -> DueTask:
    with held.uow.read() as session:
        row = session.scalars(sa.select(DueTask).filter_by(subject_id=subject(name))).one()
        session.expunge_all()
        return row


def test_who_slept_through_the_lease_commits_nothing(held: Timebank, wall: Wall) -> None:
    sleeper, heir = scheduler_of(held, "sleeper"), scheduler_of(held, "heir")
    sleeper.beat()
    wall.now += BEYOND
    heir.beat()
    assert (sleeper.fence, heir.fence) == (1, 2)
    before = told(held)
    sleeper.sweep()
    sleeper.turn("minutes")
    assert told(held) == before
    assert task(held, "one").claim_id is None
    with held.uow.read() as session:
        assert session.scalars(sa.select(JobRun.job)).all() == []
    assert sleeper.fence is None
    sleeper.beat()
    assert sleeper.fence is None
    heir.sweep()
    assert told(held, subject("one")) == 1


def test_a_lease_that_ends_in_the_middle_of_a_task(held: Timebank, wall: Wall) -> None:
    """The handler has written already when another takes over; its unit of work goes back."""
    first, second = scheduler_of(held, "first"), scheduler_of(held, "second")
    first.beat()

    def slow(inside: Timebank, book: str, about: UUID) -> None:
        tell(inside, book, about)
        raise_over = partial(take_lease, name=LEASE, holder="second", seconds=LEASE_SECONDS)
        wall.now += BEYOND
        if held.uow.engine.dialect.name == "sqlite":
            # On SQLite the rival waits for the file; it is as if it had been there before.
            inside.uow.run(lambda session: session.execute(_takes_over()))
        else:
            as_system(held, raise_over)

    first.handlers = {"tell": slow}
    first.sweep()
    assert first.fence is None
    assert told(held, subject("one")) == told(held, subject("six")) == 0
    second.beat()
    assert second.fence == 2
    second.sweep()
    assert told(held, subject("one")) == told(held, subject("six")) == 1


def _takes_over() -> sa.Update:
    return sa.update(Lease).where(Lease.name == LEASE).values(holder="second", fence=2)


def test_a_run_that_was_cut_off_is_taken_up_by_the_next_holder(held: Timebank, wall: Wall) -> None:
    first, second = scheduler_of(held, "first"), scheduler_of(held, "second")
    first.beat()

    class Killed(BaseException):
        """The process ends here."""

    def die(_held: Timebank) -> int:
        raise Killed

    first.jobs = {"expire-requests": Job("expire-requests", timedelta(minutes=5), die)}
    with pytest.raises(Killed):
        first.turn("minutes")
    # Its own next turn leaves it alone: it cannot know that it died.
    first.jobs = JOBS
    first.turn("minutes")
    assert "expired" not in str(world(str(held.settings.database_url)).requests)
    wall.now += BEYOND
    second.beat()
    second.turn("minutes")
    with held.uow.read() as session:
        run = session.scalars(sa.select(JobRun)).one()
        assert (run.outcome, run.fence, run.attempts) == (f"ok: {PEOPLE}", 2, 2)


def test_a_failed_run_is_tried_again_after_a_while(held: Timebank, wall: Wall) -> None:
    mine = scheduler_of(held)
    mine.beat()
    calls = []

    def fail(_held: Timebank) -> int:
        calls.append(1)
        raise ValueError("林秀英")

    mine.jobs = {"daily": Job("daily", timedelta(days=1), fail)}
    mine.turn("hours")
    mine.turn("hours")
    assert len(calls) == 1
    wall.now += timedelta(seconds=11)
    mine.turn("hours")
    assert len(calls) == 2
    with held.uow.read() as session:
        run = session.scalars(sa.select(JobRun)).one()
        assert run.outcome == "failed"
        assert run.error is not None
        assert run.error.startswith("ValueError (tests/")


def test_a_clock_put_back_by_a_day_does_not_lock_the_lease(held: Timebank, wall: Wall) -> None:
    first, second = scheduler_of(held, "first"), scheduler_of(held, "second")
    first.beat()
    wall.now -= timedelta(days=1)
    second.beat()
    assert second.fence == 2
    first.beat()
    assert first.fence is None


def test_a_clock_put_forward_hands_the_lease_on_and_keeps_it_single(
    held: Timebank, wall: Wall
) -> None:
    first, second = scheduler_of(held, "first"), scheduler_of(held, "second")
    first.beat()
    wall.now += timedelta(days=1)
    second.beat()
    first.sweep()
    assert told(held, subject("one")) == 0
    wall.now -= timedelta(days=1)
    second.beat()
    second.sweep()
    second.sweep()
    assert (first.fence, second.fence) == (None, 2)
    assert told(held, subject("one")) == 1


def test_every_unit_of_work_of_a_job_looks_at_the_fence(held: Timebank) -> None:
    as_system(held, partial(take_lease, name=LEASE, holder="one", seconds=LEASE_SECONDS))
    fenced = replace(held, uow=Fenced(held.uow, 1))
    tell(fenced, LONGWAN, subject("a"))
    stale = replace(held, uow=Fenced(held.uow, 0))
    with pytest.raises(LostLease):
        tell(stale, LONGWAN, subject("a"))
    assert told(held, subject("a")) == 1


def test_a_claim_that_was_overtaken_goes_back(held: Timebank, wall: Wall) -> None:
    """Two by hand, without a lease: the second may claim after ten minutes, the first is undone."""

    def slow(inside: Timebank, book: str, about: UUID) -> None:
        tell(inside, book, about)
        later = LATER + timedelta(minutes=11)
        rival = sa.update(DueTask).where(DueTask.queue == due.QUEUE)
        inside.uow.run(
            lambda session: session.execute(
                rival.where(DueTask.subject_id == about).values(
                    claim_id=subject("rival"), claimed_until=later
                )
            )
        )

    sweep(held, {"tell": slow}, fence=0)
    assert told(held, subject("one")) == 0
    assert task(held, "one").done_at is None


def test_other_turns_go_on_while_the_lease_is_renewed(
    held: Timebank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turns of 60 seconds fall together with those of ten: they must not find the lease gone."""
    mine = scheduler_of(held)
    mine.beat()
    seen = []

    def renewing(*given: object) -> int | None:
        seen.append(mine.fence)
        return as_system(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(runner, "as_system", renewing)
    mine.beat()
    assert seen == [1]
