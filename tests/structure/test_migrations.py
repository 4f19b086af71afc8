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


#: What is asked of all tables at once.
ASKED = {
    "primary key": sa.Inspector.get_multi_pk_constraint,
    "foreign keys": sa.Inspector.get_multi_foreign_keys,
    "unique": sa.Inspector.get_multi_unique_constraints,
    "indexes": sa.Inspector.get_multi_indexes,
    "checks": sa.Inspector.get_multi_check_constraints,
}


def schema(url: str) -> dict[str, Any]:
    """Everything that the database itself says about its tables, in comparable form."""
    with connected(url) as connection:
        inspector = sa.inspect(connection)
        found: dict[str, Any] = {
            table: {
                "columns": {
                    column["name"]: (str(column["type"]), column["nullable"], column["default"])
                    for column in columns
                }
            }
            for (_schema, table), columns in inspector.get_multi_columns().items()
            if table != "alembic_version"
        }
        for name, ask in ASKED.items():
            for (_schema, table), rows in ask(inspector).items():
                if table in found:
                    found[table][name] = _comparable(rows)
    return found


def _comparable(rows: Any) -> Any:
    return [_index(row) for row in _sorted(rows)] if isinstance(rows, list) else rows


def _index(row: dict[str, Any]) -> dict[str, Any]:
    """An index whose condition, if it has one, is a text that can be compared."""
    if "dialect_options" not in row:
        return row
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
