"""The same tables, spread by their book: PostgreSQL accepts every key, and the ledger works.

A distributed server asks what hash partitions ask: every key of a table holds the column that
spreads it. So one server can tell whether the schema would be taken.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, CreateTable

from migrations import guards
from migrations.functions import posting_0002
from models.tables import Base
from services.ledger.drafts import NotEnough
from services.ledger.reverse import reverse
from tests.databases import APP_ROLE, Databases
from tests.services.ledger.kit import BOOK, ELDER, ISSUE, NOW, POOL, STAMP, Ledger, earned
from timebank.cli.db import grant_to
from timebank.uow import UnitOfWork, make_engine

PARTITIONS = 3


def spread(metadata: sa.MetaData) -> list[sa.Table]:
    """Copies of tables, in an order to create them in; those of a book are partitioned by it."""
    copied = sa.MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        made = table.to_metadata(copied)
        if table.info["placement"] == "book":
            made.dialect_options["postgresql"]["partition_by"] = "HASH (book)"
    return copied.sorted_tables


def create(connection: sa.Connection, tables: list[sa.Table]) -> None:
    """Create tables with their indexes and a few partitions of each that is spread."""
    for table in tables:
        connection.execute(CreateTable(table))
        if table.dialect_options["postgresql"]["partition_by"]:
            for part in range(PARTITIONS):
                connection.exec_driver_sql(
                    f"CREATE TABLE {table.name}_{part} PARTITION OF {table.name}"
                    f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
                )
        for index in table.indexes:
            connection.execute(CreateIndex(index))


def create_triggers(connection: sa.Connection) -> None:
    """What the migrations add on one server: triggers, and one call for a posting."""
    with Operations.context(MigrationContext.configure(connection)) as op:
        guards.create_functions()
        for table in Base.metadata.sorted_tables:
            if table.info["append_only"]:
                guards.append_only(table.name)
        guards.guard_entries()
        for function in (posting_0002.ENTRIES, posting_0002.TRANSFERS, posting_0002.POST):
            op.execute(function)


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgresql)])
def owned_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """An empty database of PostgreSQL, as its owner."""
    url = databases.empty(request.param)
    yield url
    databases.discard(url)


@pytest.fixture(params=["rights alone", "triggers"])
def spread_ledger(request: pytest.FixtureRequest, owned_url: str) -> Iterator[Ledger]:
    """A book in partitioned tables, served by the application's role."""
    owner = sa.create_engine(owned_url)
    with owner.begin() as connection:
        create(connection, spread(Base.metadata))
        if request.param == "triggers":
            create_triggers(connection)
    owner.dispose()
    grant_to(owned_url, APP_ROLE)
    url = sa.make_url(owned_url).set(username=APP_ROLE).render_as_string()
    engine = make_engine(url)
    made = Ledger(url, UnitOfWork(engine))
    made.open()
    yield made
    engine.dispose()


def test_every_key_is_accepted(owned_url: str) -> None:
    tables = spread(Base.metadata)
    of_books = {table.name for table in tables if table.info["placement"] == "book"}
    engine = sa.create_engine(owned_url)
    with engine.begin() as connection:
        create(connection, tables)
        asked = "SELECT relname FROM pg_class WHERE relkind = 'p'"
        assert set(connection.exec_driver_sql(asked).scalars()) == of_books
        inspector = sa.inspect(connection)
        for table in tables:
            keys = {key.name for key in table.foreign_key_constraints if not key.info.get("only")}
            found = {key["name"] for key in inspector.get_foreign_keys(table.name)}
            assert found >= keys, table.name  # and one for each partition, on some versions
            unique = {c.name for c in table.constraints if isinstance(c, sa.UniqueConstraint)}
            held = {one["name"] for one in inspector.get_unique_constraints(table.name)}
            assert held == unique, table.name
    engine.dispose()


@pytest.mark.parametrize(
    "parts",
    [
        (sa.Column("id", sa.Integer(), primary_key=True), sa.Column("book", sa.Text())),
        (
            sa.Column("book", sa.Text(), primary_key=True),
            sa.Column("number", sa.Text(), unique=True),
        ),
    ],
    ids=["primary key", "unique key"],
)
def test_a_key_without_the_book_is_refused(
    owned_url: str, parts: tuple[sa.Column[object], ...]
) -> None:
    metadata = sa.MetaData(naming_convention=Base.metadata.naming_convention)
    sa.Table("things", metadata, *parts, info={"placement": "book", "append_only": False})
    engine = sa.create_engine(owned_url)
    refused = pytest.raises(DBAPIError, match="which is part of the partition key")
    with engine.connect() as connection, refused:
        create(connection, spread(metadata))
    engine.dispose()


def test_the_ledger_works_in_partitions(spread_ledger: Ledger) -> None:
    ledger = spread_ledger
    ledger.give(earned(ELDER), 100)
    held = ledger.hold((earned(ELDER), 40), key="held")
    assert ledger.available(earned(ELDER)) == 60
    paid = ledger.post((earned(ELDER), -30), (POOL, 30), key="paid", captures=(held,))
    assert ledger.posted(earned(ELDER)) == 70
    assert ledger.available(earned(ELDER)) == 70
    again = ledger.post((earned(ELDER), -30), (POOL, 30), key="paid", captures=(held,))
    assert again.transfer_id == paid.transfer_id
    with pytest.raises(NotEnough):
        ledger.post((earned(ELDER), -71), (ISSUE, 71), key="too much")
    ledger.run(
        lambda session: reverse(
            session,
            BOOK,
            paid.transfer_id,
            key="back",
            reason="test",
            stamp=STAMP,
            effective_at=NOW,
        )
    )
    assert ledger.posted(earned(ELDER)) == 100
    assert ledger.posted(POOL) == 0
    ledger.assert_clean()


@pytest.mark.parametrize("table", ["entries", "entries_0", "transfers", "transfers_1"])
def test_rights_hold_in_every_partition(spread_ledger: Ledger, table: str) -> None:
    def change(session: Session) -> None:
        session.connection().exec_driver_sql(f"DELETE FROM {table}")

    with pytest.raises(DBAPIError, match="permission denied"):
        spread_ledger.run(change)
