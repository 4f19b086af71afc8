"""The unit of work: the one place that commits, and the engines behind it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.errors import DomainError, LockWider
from timebank import counters

T = TypeVar("T")

#: PostgreSQL's names of what two postings at once may both want.
KEYS_OF_TRANSFERS = frozenset(
    {"pk_transfers", "uq_transfers_book_idem_key", "uq_transfers_book_reverses_id"}
)
#: A unit of work is tried again, whole, at most this often.
ATTEMPTS = 3
#: PostgreSQL states that say "try again": serialisation, deadlock, shutdown, lost connection.
RETRY_STATES = ("40001", "40P01", "57P01", "57P02", "57P03", "XX000")
READ_ONLY = "timebank_read_only"


def make_engine(url: str) -> sa.Engine:
    """An engine whose transactions begin as ours must: see :func:`_prepare_sqlite`.

    An error that ends in a log shows its statement without the values: they are about people.
    """
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(
            url, pool_pre_ping=True, isolation_level="READ COMMITTED", hide_parameters=True
        )
    engine = sa.create_engine(
        url, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True
    )
    _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Writers take SQLite's lock at BEGIN: otherwise two of them both read, and one is lost."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin for us
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=FULL",
            "busy_timeout=30000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "reset")
    def on_reset(connection: Any, _record: Any, _state: Any) -> None:
        # A COMMIT that SQLite refuses leaves the transaction, and its lock, as they were.
        if connection is not None and connection.in_transaction:
            connection.rollback()

    @event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        reads = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def hold_still(session: Session) -> None:
    """Let a session's transaction, before its first statement, see one state to its end.

    Whoever then writes over what has changed meanwhile fails and is tried again. SQLite's
    writers have the database to themselves anyhow.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


class UnitOfWork:
    """Opens sessions on one database. Services add and flush; only this class commits."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(**{READ_ONLY: True})

    def run(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in a transaction and commit it; an exception rolls everything back.

        On a failure that says "try again" the whole of ``work`` runs anew, with a new session;
        on :class:`LockWider` too, at once and once, with ``wide`` set in the session's info. Of
        refusals one that commits (``DomainError.commits``) keeps what was written for it.
        """
        attempt, wide = 1, False
        while True:
            try:
                return self._attempt(work, wide)
            except LockWider:
                if wide:
                    raise
                wide = True
                counters.RETRIES.labels("wider_lock").inc()
            except DBAPIError as error:
                if attempt == ATTEMPTS or not is_passing(error):
                    raise
                sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter
                attempt += 1
                counters.RETRIES.labels("database").inc()

    def _attempt(self, work: Callable[[Session], T], wide: bool) -> T:
        with Session(self.engine, expire_on_commit=False, info={"wide": wide}) as session:
            try:
                result = work(session)
            except DomainError as refusal:
                if refusal.commits:
                    session.commit()
                raise
            session.commit()
            counters.TRANSFERS.inc(session.info.get("posted", 0))
            return result

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading: whatever happens, it rolls back."""
        with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            try:
                yield session
            finally:
                session.rollback()


def is_passing(error: DBAPIError) -> bool:
    """Whether the same unit of work may well succeed when it is run again."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in RETRY_STATES or state.startswith("08") or _lost_a_key(error)
    text = str(error.orig).lower()
    return "database is locked" in text or "database table is locked" in text


def _lost_a_key(error: DBAPIError) -> bool:
    """Whether a rival took the key while we looked: the next run finds what the rival wrote."""
    detail = getattr(error.orig, "diag", None)
    return getattr(detail, "constraint_name", None) in KEYS_OF_TRANSFERS
