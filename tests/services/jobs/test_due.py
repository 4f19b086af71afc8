"""The due-table: what is planned, planned again, dropped, fails, is given up, is forgotten."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.jobs import DueTask
from services.jobs import due
from services.rules.retrying import MOST_ATTEMPTS, is_hopeless, wait_after
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, make_ctx
from tests.services.conftest import settled_world
from tests.services.jobs.kit import held_by, subject, tell
from timebank.edge import Timebank
from timebank.jobs.base import Handler, as_system
from timebank.jobs.sweeping import sweep

ONE = subject("one")


class Wall:
    """A clock on the wall that a test may set."""

    now = NOW

    def __call__(self) -> object:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture(params=EACH_DIALECT)
def held(request: pytest.FixtureRequest, databases: Databases, wall: Wall) -> Iterator[Timebank]:
    url = databases.fresh(request.param, settled_world)
    made = replace(held_by(url, NOW), clock=wall)
    yield made
    made.uow.engine.dispose()
    databases.discard(url)


def plan(held: Timebank, kind: str = "tell", after: timedelta = timedelta()) -> None:
    as_system(held, lambda ctx: due.plan(ctx, kind, LONGWAN, ONE, ctx.now + after))


def stored(held: Timebank) -> DueTask:
    with held.uow.read() as session:
        row = session.scalars(sa.select(DueTask)).one()
        session.expunge_all()
        return row


class Counting:
    """A handler that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, _held: Timebank, _book: str, _about: UUID) -> None:
        self.calls += 1


def test_a_task_is_done_once_when_it_is_due(held: Timebank, wall: Wall) -> None:
    work = Counting()
    plan(held, after=timedelta(seconds=10))
    assert sweep(held, {"tell": work}, fence=1) == 0
    wall.now = NOW + timedelta(seconds=10)
    assert sweep(held, {"tell": work}, fence=1) == 1
    assert sweep(held, {"tell": work}, fence=1) == 0
    assert work.calls == 1
    assert stored(held).done_at == wall.now


def test_planned_twice_it_moves_and_dropped_it_is_gone(held: Timebank, wall: Wall) -> None:
    work = Counting()
    plan(held)
    plan(held, after=timedelta(hours=1))
    assert sweep(held, {"tell": work}, fence=1) == 0
    assert stored(held).due_at == NOW + timedelta(hours=1)
    as_system(held, lambda ctx: due.drop(ctx, "tell", ONE))
    wall.now = NOW + timedelta(hours=2)
    assert sweep(held, {"tell": work}, fence=1) == 0
    assert work.calls == 0


def test_what_is_planned_anew_while_it_is_worked_is_done_again(held: Timebank) -> None:
    """Inside of the handler it stands for another process that plans while this one works."""
    calls = []

    def work(inside: Timebank, book: str, about: UUID) -> None:
        calls.append(about)
        if len(calls) == 1:
            as_system(inside, lambda ctx: due.plan(ctx, "tell", book, about, ctx.now))

    plan(held)
    assert sweep(held, {"tell": work}, fence=1) == 2
    assert calls == [ONE, ONE]
    assert stored(held).done_at is not None


@pytest.mark.parametrize(
    "held", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_another_transaction_plans_anew_while_it_is_worked(held: Timebank) -> None:
    calls = []

    def work(inside: Timebank, book: str, about: UUID) -> None:
        calls.append(about)
        tell(inside, book, about)
        if len(calls) == 1:
            plan(held)  # another connection, committed before this one

    plan(held)
    assert sweep(held, {"tell": work}, fence=1) == 2
    assert len(calls) == 2


@pytest.mark.parametrize(
    "held", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_rivals_skip_what_another_claims(held: Timebank) -> None:
    plan(held, "tell")
    plan(held, "other")
    first = []

    def both(session: object) -> None:
        mine = due.claim(make_ctx(session), 1)  # type: ignore[arg-type]
        first.append(mine)
        first.append(as_system(held, lambda ctx: due.claim(ctx, 1)))
        first.append(as_system(held, lambda ctx: due.claim(ctx, 1)))

    held.uow.run(both)
    assert first[0] is not None
    assert first[1] is not None
    assert first[0].id != first[1].id
    assert first[2] is None


def test_a_poisoned_task_waits_longer_each_time_and_is_given_up(held: Timebank, wall: Wall) -> None:
    calls = []

    def work(inside: Timebank, book: str, about: UUID) -> None:
        tell(inside, book, about)
        calls.append(wall.now)
        raise ValueError("林秀英")

    plan(held)
    for _ in range(2000):
        sweep(held, {"tell": work}, fence=1)
        wall.now += timedelta(seconds=10)
    assert len(calls) == MOST_ATTEMPTS
    waits = [later - earlier for earlier, later in itertools.pairwise(calls)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=10)
    row = stored(held)
    assert row.given_up_at is not None
    assert row.done_at is None
    assert "林秀英" not in str(row.error)
    plan(held)
    good = Counting()
    sweep(held, {"tell": good}, fence=1)
    assert good.calls == 1


def test_what_ends_the_process_each_time_is_given_up_too(held: Timebank, wall: Wall) -> None:
    plan(held)
    for fence in range(1, MOST_ATTEMPTS + 1):
        assert as_system(held, lambda ctx, fence=fence: due.claim(ctx, fence)) is not None
    work = Counting()
    sweep(held, {"tell": work}, fence=MOST_ATTEMPTS + 1)
    assert work.calls == 0
    assert stored(held).error == due.CUT_OFF
    assert stored(held).given_up_at == wall.now


def test_the_longest_waiting_comes_first_and_one_failure_stops_no_other(held: Timebank) -> None:
    order: list[str] = []

    def named(name: str, fails: bool = False) -> Handler:
        def work(_held: Timebank, _book: str, _about: UUID) -> None:
            order.append(name)
            if fails:
                raise ValueError

        return work

    plan(held, "late", -timedelta(minutes=1))
    plan(held, "early", -timedelta(minutes=9))
    plan(held, "middle", -timedelta(minutes=5))
    handlers = {"early": named("early", True), "middle": named("middle"), "late": named("late")}
    sweep(held, handlers, fence=1)
    assert order == ["early", "middle", "late"]


def test_done_tasks_are_forgotten_after_a_week(held: Timebank, wall: Wall) -> None:
    plan(held)
    sweep(held, {"tell": Counting()}, fence=1)
    assert as_system(held, due.forget_done) == 0
    wall.now = NOW + timedelta(days=8)
    assert as_system(held, due.forget_done) == 1


def test_waits_grow_to_an_hour_and_end() -> None:
    waits = [wait_after(attempts).total_seconds() for attempts in range(1, 12)]
    assert waits[:6] == [10, 40, 160, 640, 2560, 3600]
    assert set(waits[5:]) == {3600}
    assert not is_hopeless(MOST_ATTEMPTS - 1)
    assert is_hopeless(MOST_ATTEMPTS)
