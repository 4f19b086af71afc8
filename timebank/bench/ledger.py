"""Posting against the least that a database can do: the bare rows of a two-leg transfer.

The baseline writes, over the driver alone, what any double entry needs: one transfer, two
entries, two balances, with the same durability and on the same server. Ours adds keys, checks,
locks, running balances, triggers and constraints.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, Protocol
from uuid import UUID, uuid4

import psycopg
from sqlalchemy.engine import make_url

from models.ledger import AccountKind
from services.ids import derived
from services.ledger.accounts import account_id, open_account, open_book_accounts, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from timebank.bench.turns import Case
from timebank.uow import UnitOfWork, make_engine

BOOK = "bench"
NOW = datetime(2026, 3, 10, tzinfo=UTC)
STAMP = Stamp(NOW, UUID(int=0))
MEMBERS = 200
#: Transfers in one unit of work of the batch cases.
BATCH = 200

TABLES = (
    "CREATE TABLE bare_balances (id {id} PRIMARY KEY, posted BIGINT NOT NULL)",
    "CREATE TABLE bare_transfers (id {id} PRIMARY KEY, posted_at {at} NOT NULL)",
    (
        "CREATE TABLE bare_entries (transfer_id {id}, leg INTEGER, account_id {id} NOT NULL,"
        " amount BIGINT NOT NULL, PRIMARY KEY (transfer_id, leg))"
    ),
)


class Bare(Protocol):
    """The driver's own statements on three bare tables."""

    def transfer(self, number: int) -> None:
        """Write one transfer, not yet committed."""

    def keep(self) -> None:
        """Make it durable."""

    def close(self) -> None:
        """Let the connection go."""


class BareSqlite:
    """sqlite3 with the same settings as ours: WAL, every commit on the disk."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self.connection.execute(f"PRAGMA {pragma}")
        for statement in TABLES:
            self.connection.execute(statement.format(id="CHAR(32)", at="DATETIME"))
        rows = [(key.hex, 0) for key in _members()]
        self.connection.executemany("INSERT INTO bare_balances VALUES (?, ?)", rows)
        self._members = [key.hex for key in _members()]
        self._open = False

    def transfer(self, number: int) -> None:
        """BEGIN IMMEDIATE before the first one of a commit, as ours does."""
        if not self._open:
            self.connection.execute("BEGIN IMMEDIATE")
            self._open = True
        source, target = self._members[number % MEMBERS], self._members[(number + 1) % MEMBERS]
        key = uuid4().hex
        run = self.connection.execute
        run("INSERT INTO bare_transfers VALUES (?, ?)", (key, "2026-03-10 00:00:00"))
        run("INSERT INTO bare_entries VALUES (?, 0, ?, -1)", (key, source))
        run("INSERT INTO bare_entries VALUES (?, 1, ?, 1)", (key, target))
        run("UPDATE bare_balances SET posted = posted - 1 WHERE id = ?", (source,))
        run("UPDATE bare_balances SET posted = posted + 1 WHERE id = ?", (target,))

    def keep(self) -> None:
        """COMMIT."""
        self.connection.execute("COMMIT")
        self._open = False

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class BarePostgres:
    """psycopg with prepared statements on one connection."""

    def __init__(self, address: str, schema: str) -> None:
        self.connection = psycopg.connect(address, options=f"-c search_path={schema}")
        self.cursor = self.connection.cursor()
        for statement in TABLES:
            self._run(statement.format(id="uuid", at="timestamptz"))
        self._members = _members()
        for key in self._members:
            self._run("INSERT INTO bare_balances VALUES (%s, 0)", key)
        self.keep()

    def _run(self, statement: str, *values: Any) -> None:
        self.cursor.execute(statement, values or None, prepare=bool(values))

    def transfer(self, number: int) -> None:
        """Five statements."""
        source, target = self._members[number % MEMBERS], self._members[(number + 1) % MEMBERS]
        key = uuid4()
        self._run("INSERT INTO bare_transfers VALUES (%s, %s)", key, NOW)
        self._run("INSERT INTO bare_entries VALUES (%s, 0, %s, -1)", key, source)
        self._run("INSERT INTO bare_entries VALUES (%s, 1, %s, 1)", key, target)
        self._run("UPDATE bare_balances SET posted = posted - 1 WHERE id = %s", source)
        self._run("UPDATE bare_balances SET posted = posted + 1 WHERE id = %s", target)

    def keep(self) -> None:
        """COMMIT."""
        self._run("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def _members() -> list[UUID]:
    return [derived("bench", number) for number in range(MEMBERS)]


class Ours:
    """The ledger of the product, through its unit of work."""

    def __init__(self, url: str) -> None:
        self.uow = UnitOfWork(make_engine(url))
        self._numbers = count()
        self.uow.run(self._open)

    def _open(self, session: Any) -> None:
        open_book_accounts(session, BOOK, now=NOW)
        accounts = [
            open_account(session, BOOK, AccountKind.EARNED, now=NOW, owner_id=member)
            for member in _members()
        ]
        issue = account_id(BOOK, AccountKind.ISSUE)
        plenty = 1_000_000
        drafts = [
            Draft(BOOK, "bench", f"fill {a}", (Leg(issue, -plenty), Leg(a, plenty)), NOW)
            for a in accounts
        ]
        post(session, drafts, STAMP)
        self._accounts = accounts
        self._pool = pool_of(BOOK)

    def _draft(self) -> Draft:
        number = next(self._numbers)
        source = self._accounts[number % MEMBERS]
        target = self._accounts[(number + 1) % MEMBERS]
        return Draft(BOOK, "bench", str(uuid4()), (Leg(source, -1), Leg(target, 1)), NOW)

    def post(self, number: int) -> int:
        """So many transfers in one unit of work."""
        drafts = [self._draft() for _ in range(number)]
        self.uow.run(lambda session: post(session, drafts, STAMP))
        return number

    def close(self) -> None:
        """Let the connections go."""
        self.uow.engine.dispose()


def cases(bare: Bare, ours: Ours) -> list[Case]:
    """Four cases: bare and ours, one by one and in a batch; compare by their names."""
    numbers = count()

    def bare_work(number: int) -> int:
        for _ in range(number):
            bare.transfer(next(numbers))
        bare.keep()
        return number

    return [
        Case("bare one", lambda: bare_work(1)),
        Case("ours one", lambda: ours.post(1)),
        Case("bare batch", lambda: bare_work(BATCH)),
        Case("ours batch", lambda: ours.post(BATCH)),
    ]


@contextmanager
def place(url: str) -> Iterator[tuple[str, str]]:
    """A place of its own in the database: a schema on PostgreSQL, the file itself on SQLite.

    Yields the address for ours and the schema's name; the schema is dropped at the end.
    """
    if make_url(url).get_backend_name() == "sqlite":
        yield url, ""
        return
    schema = f"bench_{uuid4().hex[:8]}"
    address = plain(url)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    try:
        ours = make_url(url).update_query_dict({"options": f"-csearch_path={schema}"})
        yield ours.render_as_string(hide_password=False), schema
    finally:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


def bare_of(url: str, schema: str) -> Bare:
    """The driver alone on the same database."""
    found = make_url(url)
    if found.get_backend_name() == "sqlite":
        return BareSqlite(str(found.database))
    return BarePostgres(plain(url), schema)


def plain(url: str) -> str:
    """An address as the driver itself takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
