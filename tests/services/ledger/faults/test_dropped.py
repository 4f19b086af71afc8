"""The connection is lost around COMMIT: nobody knows what became of it, and one effect follows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.ledger import Entry
from services.ledger.post import post
from tests.services.ledger.faults.acts import endow, marks_in
from tests.services.ledger.faults.servers import Wire, is_postgresql
from tests.services.ledger.faults.units import (
    assert_done_once,
    assert_nothing_done,
    everything,
    hasty,
)
from tests.services.ledger.kit import BOOK, ELDER, POOL, STAMP, Ledger, draft, earned
from timebank.uow import UnitOfWork, make_engine

on_postgresql = [
    pytest.mark.postgresql,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]


class TestWire:
    """A real socket is cut while the client waits for the answer to its COMMIT."""

    pytestmark = on_postgresql

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_the_unit_of_work_asks_again_and_has_one_effect(
        self, ledger: Ledger, when: str
    ) -> None:
        endow(ledger)
        with Wire(ledger.url) as wire:
            engine = make_engine(wire.url)
            wire.cut_next(when)
            UnitOfWork(engine).run(everything)
            engine.dispose()
        assert wire.cuts == 1
        assert_done_once(ledger)

    def test_the_answer_that_was_lost_is_given_again(self, ledger: Ledger) -> None:
        ledger.give(earned(ELDER), 100)
        one = draft((earned(ELDER), -60), (POOL, 60), key="a")
        with Wire(ledger.url) as wire:
            engine = make_engine(wire.url)
            wire.cut_next("after")
            answer = UnitOfWork(engine).run(lambda session: post(session, [one], STAMP))[0]
            engine.dispose()
        assert answer.repeated
        assert ledger.posted(POOL) == 60
        assert ledger.run(lambda session: post(session, [one], STAMP))[0] == answer

    @pytest.mark.parametrize(("when", "is_done"), [("before", False), ("after", True)])
    def test_a_caller_who_hears_of_the_loss_asks_again(
        self, ledger: Ledger, when: str, is_done: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As it would go with no second attempt: the cut says nothing about what was done."""
        monkeypatch.setattr("timebank.uow.ATTEMPTS", 1)
        endow(ledger)
        with Wire(ledger.url) as wire:
            engine = make_engine(wire.url)
            wire.cut_next(when)
            with pytest.raises(DBAPIError) as lost:
                UnitOfWork(engine).run(everything)
            assert lost.value.connection_invalidated
            engine.dispose()
        assert bool(marks_in(ledger)) is is_done
        ledger.run(everything)
        assert_done_once(ledger)


@contextmanager
def commit_unheard(ledger: Ledger, error: Callable[[], Exception]) -> Iterator[list[int]]:
    """The next commit goes through and then fails; what is given counts how often."""
    dialect = ledger.uow.engine.dialect
    commit, unheard = dialect.do_commit, []

    def do_commit(connection: Any) -> None:
        commit(connection)
        if not unheard:
            unheard.append(1)
            raise error()

    dialect.do_commit = do_commit  # type: ignore[method-assign]
    try:
        yield unheard
    finally:
        del dialect.do_commit


def test_a_commit_that_fails_after_it_was_done_is_done_once(ledger: Ledger) -> None:
    endow(ledger)
    lost = (
        psycopg.errors.AdminShutdown
        if is_postgresql(ledger)
        else lambda: sqlite3.OperationalError("database is locked")
    )
    with commit_unheard(ledger, lost) as unheard:
        ledger.run(everything)
    assert unheard == [1]
    assert_done_once(ledger)


def test_an_error_that_is_no_reason_to_try_again_is_told_and_the_key_helps(
    ledger: Ledger,
) -> None:
    """A disk that fails at the end: the caller hears of it and asks again with the same keys."""
    endow(ledger)
    broken = (
        psycopg.errors.IoError
        if is_postgresql(ledger)
        else lambda: sqlite3.OperationalError("disk I/O error")
    )
    with commit_unheard(ledger, broken), pytest.raises(DBAPIError):
        ledger.run(everything)
    assert_done_once(ledger)
    ledger.run(everything)
    assert_done_once(ledger)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_commit_that_sqlite_refuses_keeps_no_lock(ledger: Ledger) -> None:
    """The transaction stays open in SQLite, and the connection goes back to the pool."""
    endow(ledger)
    entry = {"book": BOOK, "transfer_id": UUID(int=1), "leg": 0, "account_id": POOL, "slot": 0}
    amounts = {"amount_minutes": 1, "version": 99, "balance_after_minutes": 1}
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        ledger.run(lambda session: session.execute(sa.insert(Entry), [{**entry, **amounts}]))
    rival = hasty(ledger.url)
    UnitOfWork(rival).run(everything)
    rival.dispose()
    assert_done_once(ledger)
    ledger.run(everything)
    assert_done_once(ledger)


def test_a_failure_before_the_commit_leaves_nothing(ledger: Ledger) -> None:
    endow(ledger)

    def fail(session: Any) -> None:
        everything(session)
        raise RuntimeError("the process has other troubles")

    with pytest.raises(RuntimeError):
        ledger.run(fail)
    assert_nothing_done(ledger)
    ledger.run(everything)
    assert_done_once(ledger)
