"""The unit of work: one commit, whole or nothing, tried again when that may help."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from models.jobs import Lease
from models.tables import Base
from services.errors import Conflict, LockWider, RecordedRefusal
from timebank.uow import ATTEMPTS, UnitOfWork, is_passing, make_engine

NOW = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.fixture
def uow(tmp_path: Path) -> Iterator[UnitOfWork]:
    engine = make_engine(f"sqlite:///{tmp_path / 'one.db'}")
    Base.metadata.create_all(engine)
    yield UnitOfWork(engine)
    engine.dispose()


def lease(name: str) -> Lease:
    return Lease(name=name, holder="a", expires_at=NOW, fence=1)


def names(uow: UnitOfWork) -> list[str]:
    with uow.read() as session:
        return list(session.scalars(sa.select(Lease.name).order_by(Lease.name)))


def test_work_is_committed(uow: UnitOfWork) -> None:
    uow.run(lambda session: session.add(lease("one")))
    assert names(uow) == ["one"]


def test_an_error_leaves_nothing(uow: UnitOfWork) -> None:
    def work(session: Session) -> None:
        session.add(lease("one"))
        session.flush()
        raise Conflict

    with pytest.raises(Conflict):
        uow.run(work)
    assert names(uow) == []


def test_a_recorded_refusal_is_committed_and_raised(uow: UnitOfWork) -> None:
    def work(session: Session) -> None:
        session.add(lease("counted"))
        raise RecordedRefusal

    with pytest.raises(RecordedRefusal):
        uow.run(work)
    assert names(uow) == ["counted"]


def test_a_refusal_that_is_kept_is_committed_and_raised(uow: UnitOfWork) -> None:
    def work(session: Session) -> None:
        session.add(lease("kept"))
        refusal = Conflict()
        refusal.commits = True
        raise refusal

    with pytest.raises(Conflict):
        uow.run(work)
    assert names(uow) == ["kept"]


def test_wider_locks_are_taken_at_once_and_beside_the_other_tries(
    uow: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("timebank.uow.sleep", slept.append)
    widths: list[bool] = []

    def work(session: Session) -> None:
        widths.append(session.info["wide"])
        session.add(lease(f"try {len(widths)}"))
        session.flush()
        if not widths[-1]:
            raise LockWider
        if len(widths) <= ATTEMPTS:
            raise OperationalError("", {}, Exception("database is locked"))

    uow.run(work)
    assert widths == [False] + [True] * ATTEMPTS
    assert len(slept) == ATTEMPTS - 1
    assert names(uow) == [f"try {ATTEMPTS + 1}"]


def test_wider_than_wide_is_a_fault(uow: UnitOfWork) -> None:
    tries: list[bool] = []

    def work(session: Session) -> None:
        tries.append(session.info["wide"])
        raise LockWider

    with pytest.raises(LockWider):
        uow.run(work)
    assert tries == [False, True]


def test_a_reader_changes_nothing(uow: UnitOfWork) -> None:
    with uow.read() as session:
        session.add(lease("one"))
        session.flush()
    assert names(uow) == []


def test_a_passing_failure_runs_the_whole_again(uow: UnitOfWork) -> None:
    tries = []

    def work(session: Session) -> str:
        tries.append(1)
        session.add(lease(f"try {len(tries)}"))
        session.flush()
        if len(tries) < ATTEMPTS:
            raise OperationalError("", {}, Exception("database is locked"))
        return "done"

    assert uow.run(work) == "done"
    assert names(uow) == [f"try {ATTEMPTS}"]


def test_it_is_not_tried_for_ever(uow: UnitOfWork) -> None:
    tries = []

    def work(_session: Session) -> None:
        tries.append(1)
        raise OperationalError("", {}, Exception("database is locked"))

    with pytest.raises(OperationalError):
        uow.run(work)
    assert len(tries) == ATTEMPTS


@pytest.mark.parametrize(
    ("cause", "passing"),
    [
        (psycopg.errors.SerializationFailure(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.ConnectionFailure(), True),
        (psycopg.errors.UniqueViolation(), False),
        (psycopg.errors.CheckViolation(), False),
        (Exception("database is locked"), True),
        (Exception("no such table: x"), False),
    ],
)
def test_what_is_worth_another_try(cause: Exception, *, passing: bool) -> None:
    assert is_passing(DBAPIError("", {}, cause)) is passing


def test_sqlite_writers_take_turns_and_lose_nothing(uow: UnitOfWork) -> None:
    """Eight threads add one to a figure, fifty times each; unless BEGIN locks, most is lost."""
    uow.run(lambda session: session.add(lease("figure")))

    def add_one(session: Session) -> None:
        row = session.get_one(Lease, "figure")
        row.fence += 1

    def many() -> None:
        for _ in range(50):
            uow.run(add_one)

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with uow.read() as session:
        assert session.get_one(Lease, "figure").fence == 401
