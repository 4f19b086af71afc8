"""Serialisation failures, deadlocks and locked files: tried again, boundedly, with one effect."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.ledger.drafts import Draft
from services.ledger.holds import hold
from services.ledger.post import post
from tests.databases import owner_url
from tests.services.ledger.faults.acts import endow, held
from tests.services.ledger.faults.servers import is_postgresql
from tests.services.ledger.faults.units import (
    PASSING,
    Fault,
    assert_done_once,
    assert_nothing_done,
    everything,
    failing,
    hasty,
)
from tests.services.ledger.kit import (
    ELDER,
    OTHER,
    STAMP,
    Ledger,
    draft,
    hold_draft,
    received,
)
from timebank.uow import ATTEMPTS, UnitOfWork, make_engine

#: Failures that each engine knows.
KNOWN = {"sqlite": ("locked",), "postgresql": ("40001", "40P01")}


def failures(ledger: Ledger) -> tuple[str, ...]:
    return KNOWN["postgresql" if is_postgresql(ledger) else "sqlite"]


def statements(ledger: Ledger) -> int:
    """How many statements the unit of work sends, its commit among them."""
    with failing(ledger.uow.engine, Fault()) as counted, pytest.raises(ZeroDivisionError):
        ledger.run(_everything_but_the_commit)
    return counted.seen + 1


def _everything_but_the_commit(session: Session) -> None:
    everything(session)
    raise ZeroDivisionError


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next attempt follows without a pause."""
    monkeypatch.setattr("timebank.uow.sleep", lambda _seconds: None)


@pytest.mark.usefixtures("at_once")
def test_a_failure_at_any_statement_is_tried_again(ledger: Ledger) -> None:
    """Each statement in turn fails once; the end of the unit of work then rolls it back."""
    endow(ledger)
    number = statements(ledger)
    assert number > 20
    engine = ledger.uow.engine
    names = failures(ledger)
    for place in range(number - 1):
        name = names[place % len(names)]
        with (
            failing(engine, Fault(PASSING[name], place)) as fault,
            pytest.raises(ZeroDivisionError),
        ):
            ledger.run(_everything_but_the_commit)
        assert fault.attempts == 2, (name, place)
    assert_nothing_done(ledger)


@pytest.mark.parametrize("share", [0, 1, 2, 3, 4])
def test_a_failure_leaves_one_effect(ledger: Ledger, share: int) -> None:
    """At the first statement, at three within, and at the commit."""
    endow(ledger)
    place = (statements(ledger) - 1) * share // 4
    for name in failures(ledger):
        with failing(ledger.uow.engine, Fault(PASSING[name], place)) as fault:
            ledger.run(everything)
        # Whoever asks the second time is answered by other, fewer statements.
        assert fault.attempts <= 2
        assert_done_once(ledger)


def test_after_the_bound_the_error_is_told_and_nothing_has_changed(ledger: Ledger) -> None:
    endow(ledger)
    number = statements(ledger)
    for name in failures(ledger):
        for place in (0, number // 2, number - 1):
            with (
                failing(ledger.uow.engine, Fault(PASSING[name], place, ATTEMPTS)) as fault,
                pytest.raises(DBAPIError) as told,
            ):
                ledger.run(everything)
            assert fault.attempts == ATTEMPTS
            assert type(told.value.orig) is type(PASSING[name]())
            assert_nothing_done(ledger)
    ledger.run(everything)
    assert_done_once(ledger)


def test_the_last_attempt_may_be_the_one_that_succeeds(ledger: Ledger) -> None:
    endow(ledger)
    fault = Fault(PASSING[failures(ledger)[0]], 5, ATTEMPTS - 1)
    with failing(ledger.uow.engine, fault):
        ledger.run(everything)
    assert fault.attempts == ATTEMPTS
    assert_done_once(ledger)


def test_an_error_that_stays_is_not_tried_again(ledger: Ledger) -> None:
    endow(ledger)
    fault = Fault(lambda: sqlite3.IntegrityError("CHECK constraint failed"), 5, ATTEMPTS)
    if is_postgresql(ledger):
        fault.error = psycopg.errors.CheckViolation
    with failing(ledger.uow.engine, fault), pytest.raises(DBAPIError):
        ledger.run(everything)
    assert fault.attempts == 1
    assert_nothing_done(ledger)


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
class TestDeadlocks:
    """Two transactions that wait for one another, in a real server."""

    def test_both_come_through_with_one_effect_each(self, ledger: Ledger) -> None:
        mine, yours = received(ELDER), received(OTHER)
        for account in (mine, yours):
            ledger.give(account, 100)
        uow = UnitOfWork(_impatient(owner_url(ledger.url)))
        meeting = threading.Barrier(2)
        attempts: list[str] = []

        def set_aside(name: str, first: UUID, then: UUID, session: Session) -> None:
            attempts.append(name)
            hold(session, hold_draft((first, 10), key=f"{name} 1"), STAMP)
            if len(attempts) <= 2:
                meeting.wait(30)
            hold(session, hold_draft((then, 5), key=f"{name} 2"), STAMP)

        errors = _together(
            partial(uow.run, partial(set_aside, "a", mine, yours)),
            partial(uow.run, partial(set_aside, "b", yours, mine)),
        )
        assert errors == []
        assert len(attempts) == 3, attempts
        assert held(ledger, mine) == held(ledger, yours) == 15
        ledger.assert_clean()
        uow.engine.dispose()

    def test_rows_are_locked_in_one_order_whatever_order_the_legs_have(
        self, ledger: Ledger
    ) -> None:
        """Payments to and fro between two accounts never deadlock: not one is tried twice."""
        mine, yours = received(ELDER), received(OTHER)
        for account in (mine, yours):
            ledger.give(account, 1000)
        uow = UnitOfWork(_impatient(owner_url(ledger.url)))
        attempts: list[str] = []

        def pay(name: str, source: UUID, target: UUID) -> None:
            for turn in range(40):
                one = draft((source, -1), (target, 1), key=f"{name} {turn}")

                def work(session: Session, one: Draft = one) -> None:
                    attempts.append(name)
                    post(session, [one], STAMP)

                uow.run(work)

        errors = _together(partial(pay, "a", mine, yours), partial(pay, "b", yours, mine))
        assert errors == []
        assert len(attempts) == 80
        assert ledger.posted(mine) == ledger.posted(yours) == 1000
        ledger.assert_clean()
        uow.engine.dispose()


def _impatient(url: str) -> sa.Engine:
    """Connections on which a deadlock is looked for at once, which only an owner may ask for."""
    engine = make_engine(url)

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.execute("SET deadlock_timeout = '20ms'")
        connection.commit()

    return engine


def _together(*works: Callable[[], None]) -> list[Exception]:
    """Run at the same time; what they raised."""
    errors: list[Exception] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return errors


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestLockedFile:
    """Another process keeps SQLite's lock for longer than a writer waits."""

    def test_it_is_told_in_the_end_and_nothing_has_changed(self, ledger: Ledger) -> None:
        endow(ledger)
        uow = UnitOfWork(hasty(ledger.url))
        with closing(_lock(ledger.url)), pytest.raises(DBAPIError, match="locked"):
            uow.run(everything)
        assert_nothing_done(ledger)
        uow.run(everything)
        assert_done_once(ledger)
        uow.engine.dispose()

    def test_it_is_let_go_between_two_attempts(self, ledger: Ledger) -> None:
        endow(ledger)
        engine = hasty(ledger.url)
        rival = _lock(ledger.url)
        begun: list[int] = []

        @event.listens_for(engine, "handle_error")
        def on_error(_context: Any) -> None:
            begun.append(1)
            rival.close()

        UnitOfWork(engine).run(everything)
        assert begun == [1]
        assert_done_once(ledger)
        engine.dispose()


def _lock(url: str) -> sqlite3.Connection:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection
