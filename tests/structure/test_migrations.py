"""Migrations: one line of four-digit steps that ends in exactly the models' schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from migrations.guards import compared_on
from models.tables import Base
from tests.databases import alembic_config, migrate
from tests.structure.tree import ROOT

SCRIPTS = ScriptDirectory.from_config(alembic_config("sqlite://"))
#: From the first step to the last.
STEPS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    """A connection to look at a schema with."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def schema(url: str) -> dict[str, Any]:
    """Everything that the database itself says about its tables, in comparable form."""
    with connected(url) as connection:
        inspector = sa.inspect(connection)
        return {
            name: _described(inspector, name)
            for name in inspector.get_table_names()
            if name != "alembic_version"
        }


def _described(inspector: sa.Inspector, table: str) -> dict[str, Any]:
    return {
        "columns": {
            column["name"]: (str(column["type"]), column["nullable"], column["default"])
            for column in inspector.get_columns(table)
        },
        "primary key": inspector.get_pk_constraint(table),
        "foreign keys": _sorted(inspector.get_foreign_keys(table)),
        "unique": _sorted(inspector.get_unique_constraints(table)),
        "indexes": [_index(row) for row in _sorted(inspector.get_indexes(table))],
        "checks": _sorted(inspector.get_check_constraints(table)),
    }


def _index(row: dict[str, Any]) -> dict[str, Any]:
    """An index whose condition, if it has one, is a text that can be compared."""
    options = {name: str(value) for name, value in row.get("dialect_options", {}).items()}
    return {**row, "dialect_options": options}


def _sorted(rows: list[Any]) -> list[dict[str, Any]]:
    return sorted((dict(row) for row in rows), key=lambda row: str(row["name"]))


def leftovers(url: str) -> list[str]:
    """Functions and types of PostgreSQL that a step down forgot; SQLite has none."""
    if url.startswith("sqlite"):
        return []
    with connected(url) as connection:
        return list(
            connection.scalars(
                sa.text(
                    "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
                    " UNION ALL SELECT typname FROM pg_type"
                    " WHERE typnamespace = 'public'::regnamespace"
                    " AND typname NOT LIKE '%alembic_version'"
                )
            )
        )


def test_there_is_one_head_and_it_is_written_down() -> None:
    assert SCRIPTS.get_heads() == [STEPS[-1]]
    written = (ROOT / "migrations" / "head.txt").read_text(encoding="ascii").strip()
    assert written == STEPS[-1]


def test_steps_are_counted_with_four_digits() -> None:
    assert [f"{number:04d}" for number in range(1, len(STEPS) + 1)] == STEPS
    names = {path.name for path in (ROOT / "migrations" / "versions").glob("*.py")}
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in names), names
    assert {name[:4] for name in names} == set(STEPS)


def test_migrated_schema_is_the_models_schema(empty_database_url: str) -> None:
    migrate(empty_database_url)
    with connected(empty_database_url) as connection:
        opts = {"compare_type": True, "include_object": compared_on(connection.dialect.name)}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []


def test_migrated_tables_equal_created_tables(empty_database_url: str, databases: Any) -> None:
    migrate(empty_database_url)
    other = databases.empty(sa.make_url(empty_database_url).get_backend_name())
    engine = sa.create_engine(other)
    Base.metadata.create_all(engine)
    engine.dispose()
    try:
        assert schema(empty_database_url) == schema(other)
    finally:
        databases.discard(other)


def test_each_step_goes_up_and_down_and_up(empty_database_url: str) -> None:
    config = alembic_config(empty_database_url)
    for below, step in zip(["base", *STEPS], STEPS, strict=False):
        before = schema(empty_database_url)
        command.upgrade(config, step)
        after = schema(empty_database_url)
        command.downgrade(config, below)
        assert schema(empty_database_url) == before, f"{step} does not go down to {below}"
        command.upgrade(config, step)
        assert schema(empty_database_url) == after, f"{step} does not go up twice"


def test_the_way_down_leaves_nothing(empty_database_url: str) -> None:
    migrate(empty_database_url)
    command.downgrade(alembic_config(empty_database_url), "base")
    assert schema(empty_database_url) == {}
    assert leftovers(empty_database_url) == []
