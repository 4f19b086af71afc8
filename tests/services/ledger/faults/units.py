"""One unit of work with a bit of everything, and the ways in which a database can fail it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.services.ledger.faults.acts import act, assert_exactly
from tests.services.ledger.kit import Ledger
from timebank.uow import make_engine

#: Rounds of acts that one unit of work goes through: pay, hold, capture, hold, release, reverse.
ACTS = 6


def everything(session: Session) -> None:
    """The first round of a writer's acts in one unit of work, its keys claimed first."""
    for turn in range(ACTS):
        act(0, turn).work(session)


def assert_done_once(ledger: Ledger) -> None:
    """Everything has been done, once."""
    assert_exactly(ledger, {0: ACTS})


def assert_nothing_done(ledger: Ledger) -> None:
    """Nothing of it has been done."""
    assert_exactly(ledger, {0: 0})


#: What the drivers raise when they mean "run it again", by a short name.
PASSING: dict[str, Callable[[], Exception]] = {
    "40001": psycopg.errors.SerializationFailure,
    "40P01": psycopg.errors.DeadlockDetected,
    "locked": lambda: sqlite3.OperationalError("database is locked"),
}


@dataclass
class Fault:
    """Fails the statement at ``place`` (the first is 0, the commit comes last), ``times`` often.

    Without a place nothing fails and ``seen`` counts the statements of the last attempt.
    """

    error: Callable[[], Exception] = RuntimeError
    place: int | None = None
    times: int = 1
    attempts: int = field(default=0, init=False)
    seen: int = field(default=0, init=False)

    def begin(self, *_given: Any) -> None:
        self.attempts += 1
        self.seen = 0

    def statement(self, *_given: Any) -> None:
        place, self.seen = self.seen, self.seen + 1
        if place == self.place and self.attempts <= self.times:
            raise self.error()


@contextmanager
def failing(engine: sa.Engine, fault: Fault) -> Iterator[Fault]:
    """Every statement on the engine, and every commit, passes the fault first."""
    kinds = ("do_execute", "do_executemany", "do_execute_no_params")
    commit = engine.dialect.do_commit

    def do_commit(connection: Any) -> None:
        try:
            fault.statement()
        except psycopg.Error:
            # A server ends the transaction that it cannot commit; SQLite leaves it open.
            connection.rollback()
            raise
        commit(connection)

    event.listen(engine, "checkout", fault.begin)
    for kind in kinds:
        event.listen(engine, kind, fault.statement)
    engine.dialect.do_commit = do_commit  # type: ignore[method-assign]
    try:
        yield fault
    finally:
        del engine.dialect.do_commit
        event.remove(engine, "checkout", fault.begin)
        for kind in kinds:
            event.remove(engine, kind, fault.statement)


def hasty(url: str) -> sa.Engine:
    """An engine on SQLite that waits for a lock for a moment only."""
    engine = make_engine(url)

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 20")

    return engine
