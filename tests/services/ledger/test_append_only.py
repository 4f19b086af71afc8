"""What is written stays: the database itself refuses to change it, on both engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from models.base import UtcDateTime, is_sealed
from models.tables import Base
from services.ledger.reverse import reverse
from services.ledger.writing import insert_transfers
from tests.conftest import EACH_DIALECT
from tests.databases import Databases, migrate, owner_url
from tests.services.ledger.kit import BOOK, CLERK, ELDER, ISSUE, NOW, POOL, STAMP, Ledger, earned
from timebank.uow import UnitOfWork, make_engine

#: In an order in which a row may point at another.
KEPT = [table for table in Base.metadata.sorted_tables if table.info["append_only"]]
UNIQUE = [
    pytest.param(table, [column.name for column in key.columns], id=str(key.name))
    for table in KEPT
    for key in sorted(table.constraints, key=lambda key: str(key.name))
    if isinstance(key, sa.PrimaryKeyConstraint | sa.UniqueConstraint)
]
#: Triggers that would refuse a copied entry or transfer for another reason first.
OTHER_GUARDS = ("entries_guard_insert", "transfers_guard_balance")
#: Every row of a ledger that no test changes.
UNCHANGED: dict[str, dict[str, list[tuple[object, ...]]]] = {}
each_table = pytest.mark.parametrize("table", KEPT, ids=lambda table: table.name)


def written_world(url: str) -> None:
    """A ledger with a row in every table that only grows; built once and then copied."""
    migrate(url)
    ledger = Ledger(url, UnitOfWork(make_engine(url)))
    ledger.open()
    given = ledger.give(earned(ELDER), 100)
    ledger.hold((earned(ELDER), 10), key="open")
    held = ledger.hold((earned(ELDER), 10), key="ended")
    ledger.post((earned(ELDER), -10), (POOL, 10), key="a", captures=(held,))
    again = ledger.give(earned(ELDER), 5)
    assert again != given
    ledger.run(
        lambda session: reverse(
            session, BOOK, again, key="back", reason="test", stamp=STAMP, effective_at=NOW
        )
    )

    def others(session: Session) -> None:
        connection = session.connection()
        for table in KEPT:
            if connection.execute(sa.select(table).limit(1)).first() is None:
                connection.execute(sa.insert(table).values(_some_row(connection, table)))

    ledger.run(others)
    ledger.uow.engine.dispose()


@contextmanager
def copied(databases: Databases, dialect: str) -> Iterator[Ledger]:
    """A copy of that ledger."""
    url = databases.fresh(dialect, written_world)
    engine = make_engine(url)
    yield Ledger(url, UnitOfWork(engine))
    engine.dispose()
    databases.discard(url)


@pytest.fixture(params=EACH_DIALECT, scope="module")
def written(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Ledger]:
    """One for all tests that change nothing: each looks at every row in the end."""
    with copied(databases, request.param) as ledger:
        yield ledger


@pytest.fixture(params=EACH_DIALECT, scope="module")
def unguarded(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Ledger]:
    """The same without the triggers that refuse a copied row for another reason first."""
    with copied(databases, request.param) as ledger:
        if request.param == "sqlite":
            _as_owner(ledger, *(f"DROP TRIGGER {name}" for name in OTHER_GUARDS))
        yield ledger


def _some_row(connection: sa.Connection, table: sa.Table) -> dict[str, Any]:
    """A row of a table that nothing was written to, pointing at rows that are there."""
    row = {column.name: _some_value(column) for column in table.columns}
    for key in table.foreign_key_constraints:
        there = sa.select(*(element.column for element in key.elements)).limit(1)
        if connection.execute(there).first() is None:
            parent = key.referred_table
            connection.execute(sa.insert(parent).values(_some_row(connection, parent)))
        row |= dict(zip(key.column_keys, connection.execute(there).one(), strict=True))
    return row


def _some_value(column: sa.Column[Any]) -> Any:
    if column.name == "book":
        return BOOK
    if isinstance(column.type, sa.Enum):
        return column.type.enums[0]
    if isinstance(column.type, UtcDateTime | sa.JSON):
        return NOW if isinstance(column.type, UtcDateTime) else {}
    values: dict[type, Any] = {
        UUID: UUID(int=1),
        str: "x",
        int: 1,
        bool: False,
        date: NOW.date(),
        bytes: b"x",
    }
    return values[column.type.python_type]


def refused(ledger: Ledger, *statements: str, words: str = "append_only") -> None:
    """The database refuses its owner each statement in these words, and nothing has changed."""
    if ledger.url not in UNCHANGED:
        UNCHANGED[ledger.url] = contents(ledger)
    engine = make_engine(owner_url(ledger.url))
    for statement in statements:
        with pytest.raises(DatabaseError, match=words):
            UnitOfWork(engine).run(_execution(statement))
    engine.dispose()
    assert contents(ledger) == UNCHANGED[ledger.url]


def _execution(statement: str) -> Any:
    return lambda session: session.connection().exec_driver_sql(statement)


def contents(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the tables that only grow."""
    with ledger.read() as session:
        found = {
            table.name: sorted(tuple(map(str, row)) for row in session.execute(sa.select(table)))
            for table in KEPT
        }
    assert all(found.values())
    return found


@each_table
def test_a_row_is_not_updated(written: Ledger, table: sa.Table) -> None:
    kept = [column.name for column in table.c if not is_sealed(column.name)]
    refused(written, *(f"UPDATE {table} SET {name} = {name}" for name in kept))


@each_table
def test_only_a_sealed_column_is_sealed_anew(written: Ledger, table: sa.Table) -> None:
    sealed = [column.name for column in table.c if is_sealed(column.name)]
    for name in sealed:
        _as_owner(written, f"UPDATE {table} SET {name} = {name}")
    if sealed:
        other = next(column.name for column in table.c if not is_sealed(column.name))
        refused(written, f"UPDATE {table} SET {sealed[0]} = {sealed[0]}, {other} = {other}")


@each_table
def test_a_row_is_not_deleted(written: Ledger, table: sa.Table) -> None:
    # SQLite's way to empty a table fast is a DELETE without a condition.
    refused(written, f"DELETE FROM {table}", f"DELETE FROM {table} WHERE 1 = 1")


@each_table
def test_a_table_is_not_emptied(written: Ledger, table: sa.Table) -> None:
    if written.url.startswith("sqlite"):
        refused(written, f"TRUNCATE {table}", words="syntax error")
        return
    refused(written, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(("table", "key"), UNIQUE)
def test_a_row_is_not_replaced(unguarded: Ledger, table: sa.Table, key: list[str]) -> None:
    names = ", ".join(table.c.keys())
    if unguarded.url.startswith("sqlite"):
        chosen = ", ".join(_other(column, key) for column in table.columns)
        filled = " AND ".join(f"{column} IS NOT NULL" for column in key)
        row = f"SELECT {chosen} FROM {table} WHERE {filled} LIMIT 1"
        assert _as_owner(unguarded, row), "no row fills this key"
        refused(unguarded, f"INSERT OR REPLACE INTO {table} ({names}) {row}")
        return
    refused(
        unguarded,
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {table}"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {key[-1]} = excluded.{key[-1]}",
    )


def _other(column: sa.Column[Any], kept: Iterable[str]) -> str:
    """The column, changed when it is part of the primary key and not of the key that is kept."""
    if column.name in kept or not column.primary_key:
        return column.name
    whole = isinstance(column.type, sa.Integer)
    return f"{column.name} + 1000" if whole else f"'9' || substr({column.name}, 2)"


def _as_owner(ledger: Ledger, *statements: str) -> list[Any]:
    """Execute statements past every right; the rows of the last one."""
    engine = make_engine(owner_url(ledger.url))
    try:
        with engine.begin() as connection:
            for statement in statements:
                done = connection.exec_driver_sql(statement)
            return list(done) if done.returns_rows else []
    finally:
        engine.dispose()


def test_the_tables_with_guards_are_those_that_are_declared(ledger: Ledger) -> None:
    guards: dict[str, set[str]] = {}
    if ledger.url.startswith("sqlite"):
        events = {"no_update", "no_delete", "no_replace"}
        rows = _as_owner(ledger, "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
        for table, name in rows:
            guards.setdefault(table, set()).add(name.removeprefix(f"{table}_"))
    else:
        events = {"UPDATE", "DELETE", "TRUNCATE"}
        rows = _as_owner(
            ledger,
            "SELECT tgrelid::regclass::text, e.name FROM pg_trigger,"
            " (VALUES ('DELETE', 8), ('UPDATE', 16), ('TRUNCATE', 32)) AS e (name, bit)"
            # Before the statement, once for all of its rows.
            " WHERE tgtype & 3 = 2 AND tgtype & e.bit > 0 AND tgenabled = 'O'"
            " AND tgfoid = 'timebank_refuse()'::regprocedure",
        )
        for table, event in rows:
            guards.setdefault(table, set()).add(event)
    found = {table: names & events for table, names in guards.items() if names & events}
    assert found == {table.name: events for table in KEPT}


def test_a_posted_transfer_takes_no_further_leg(written: Ledger) -> None:
    refused(
        written,
        "INSERT INTO entries SELECT book, transfer_id, leg + 2, account_id, slot, "
        "amount_minutes, version + 1000, balance_after_minutes FROM entries",
        words="transfer_closed|transfer_not_balanced",
    )


def _forge(session: Session, amounts: tuple[int, int], account: UUID) -> None:
    """Entries and a transfer as the application writes them, but wrong."""
    key = UUID(int=9)
    entries: dict[str, list[Any]] = {
        "book": [BOOK] * 2,
        "transfer_id": [key] * 2,
        "leg": [0, 1],
        "account_id": [account, ISSUE],
        "slot": [0, 0],
        "amount_minutes": list(amounts),
        "version": [500, 500],
        "balance_after_minutes": [0, 0],
    }
    transfer = {
        "book": BOOK,
        "id": key,
        "kind": "forged",
        "idem_key": "forged",
        "request_hash": "0",
        "effective_at": NOW,
        "posted_at": NOW,
        "actor_id": CLERK,
        "reason": "",
    }
    insert_transfers(session, {name: [value] for name, value in transfer.items()}, entries)


@pytest.mark.parametrize(
    ("amounts", "account", "words"),
    [
        ((5, -4), POOL, "transfer_not_balanced"),
        ((5, -5), UUID(int=77), "account_unknown"),
    ],
)
def test_the_database_proves_the_sum_and_knows_the_accounts(
    written: Ledger, amounts: tuple[int, int], account: UUID, words: str
) -> None:
    before = contents(written)
    if not written.url.startswith("sqlite"):
        words = "transfer_not_balanced"  # one check for all
    with pytest.raises(DatabaseError, match=words):
        written.run(lambda session: _forge(session, amounts, account))
    assert contents(written) == before


def test_a_kept_balance_does_not_pass_its_floor(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    with pytest.raises(DatabaseError, match="floor_kept"):
        ledger.run(
            lambda session: session.connection().exec_driver_sql(
                "UPDATE balances SET posted_minutes = -1 WHERE floor_minutes IS NOT NULL"
            )
        )
    ledger.assert_clean()
