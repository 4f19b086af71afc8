"""The role that serves the product on PostgreSQL: it has the declared rights and no others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from click import ClickException
from sqlalchemy.exc import DBAPIError

from models.tables import Base
from tests.databases import APP_ROLE, OWNER, Databases, owner_url
from tests.structure import tree
from timebank.cli.db import grant_to
from timebank.cli.db_rights import rights_of, surplus_rights

KEPT = [table.name for table in Base.metadata.sorted_tables if table.info["append_only"]]


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """A migrated database, as the role that serves."""
    made = databases.fresh(request.param)
    yield made
    databases.discard(made)


def execute(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Execute statements in one transaction; the rows of the last one."""
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                done = connection.exec_driver_sql(statement)
            return [tuple(row) for row in done] if done.returns_rows else []
    finally:
        engine.dispose()


def denied(url: str, *statements: str) -> None:
    """The server refuses the role each statement for want of a right."""
    for statement in statements:
        with pytest.raises(DBAPIError) as refusal:
            execute(url, statement)
        assert getattr(refusal.value.orig, "sqlstate", None) == "42501", statement


def test_rights_alone_keep_what_only_grows(url: str) -> None:
    """As on a distributed server, which has no triggers."""
    for name in KEPT:
        execute(owner_url(url), f"ALTER TABLE {name} DISABLE TRIGGER ALL")
    for name in KEPT:
        column = next(iter(Base.metadata.tables[name].c)).name
        execute(url, f"SELECT * FROM {name}")
        denied(
            url,
            f"UPDATE {name} SET {column} = {column}",
            f"DELETE FROM {name}",
            f"TRUNCATE {name} CASCADE",
            f"INSERT INTO {name} SELECT * FROM {name} ON CONFLICT ON CONSTRAINT pk_{name}"
            f" DO UPDATE SET {column} = excluded.{column}",
            f"MERGE INTO {name} t USING {name} s ON t.{column} = s.{column}"
            " WHEN MATCHED THEN DELETE",
        )


def test_the_role_shapes_nothing(url: str) -> None:
    denied(
        url,
        "ALTER TABLE entries DISABLE TRIGGER ALL",
        "ALTER TABLE entries DISABLE TRIGGER entries_append_only",
        "ALTER TABLE entries ADD COLUMN more integer",
        "ALTER TABLE entries OWNER TO CURRENT_USER",
        "DROP TRIGGER entries_append_only ON entries",
        "CREATE TRIGGER mine BEFORE INSERT ON entries EXECUTE FUNCTION timebank_refuse()",
        "DROP TABLE entries",
        "CREATE TABLE mine (a integer)",
        "CREATE TEMPORARY TABLE accounts (a integer)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION timebank_refuse() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END'",
        "CREATE INDEX ON entries (leg)",
        "SET session_replication_role = replica",
        f"SET ROLE {OWNER}",
        "UPDATE alembic_version SET version_num = '0001'",
        "UPDATE accounts SET floor_minutes = NULL",
        "UPDATE balances SET account_id = account_id",
        "UPDATE act_keys SET request_hash = ''",
        "DELETE FROM balances",
        "DELETE FROM members",
        "UPDATE unsealed SET note_id = note_id",
    )


def test_the_role_has_what_the_tables_declare(url: str) -> None:
    engine = sa.create_engine(owner_url(url))
    with engine.connect() as connection:
        assert surplus_rights(connection, APP_ROLE) == []
        for table in Base.metadata.sorted_tables:
            for name, column, privilege in rights_of(table):
                kind, names = ("column", (name, column)) if column else ("table", (name,))
                words = "".join(f"'{word}', " for word in (APP_ROLE, *names))
                asked = f"SELECT has_{kind}_privilege({words}'{privilege}')"
                assert connection.exec_driver_sql(asked).scalar_one(), asked
    engine.dispose()


def test_a_second_time_changes_nothing(url: str) -> None:
    assert grant_to(owner_url(url), APP_ROLE) == []


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("UPDATE ON entries", "REVOKE UPDATE ON entries"),
        ("UPDATE (leg, slot) ON entries", "REVOKE UPDATE (leg, slot) ON entries"),
        ("TRUNCATE ON members", "REVOKE TRUNCATE ON members"),
        ("UPDATE ON balances", "REVOKE UPDATE ON balances"),
        ("DELETE ON accounts", "REVOKE DELETE ON accounts"),
        ("INSERT ON alembic_version", "REVOKE INSERT ON alembic_version"),
    ],
)
def test_what_is_too_much_is_taken_back(url: str, given: str, taken: str) -> None:
    execute(owner_url(url), f"GRANT {given} TO {APP_ROLE}")
    done = grant_to(owner_url(url), APP_ROLE)
    assert done[0] == f"{taken} FROM {APP_ROLE}"
    assert grant_to(owner_url(url), APP_ROLE) == []


def test_what_is_missing_is_given_again(url: str) -> None:
    execute(owner_url(url), f"REVOKE ALL ON entries, balances FROM {APP_ROLE}")
    done = grant_to(owner_url(url), APP_ROLE)
    assert f"GRANT SELECT ON entries TO {APP_ROLE}" in done
    assert any(re.match(r"GRANT UPDATE \(.*held_minutes.*\) ON balances", one) for one in done)
    assert not any("UPDATE ON entries" in one for one in done)


def test_a_strangers_table_is_not_touched(url: str) -> None:
    execute(owner_url(url), "CREATE TABLE things (a integer)")
    assert grant_to(owner_url(url), APP_ROLE) == []
    denied(url, "SELECT * FROM things")


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("GRANT DELETE ON entries TO PUBLIC", "entries"),
        (f"CREATE ROLE wide; GRANT wide TO {APP_ROLE}", "member of another role"),
        (f"CREATE ROLE wide; ALTER ROLE {APP_ROLE} NOINHERIT; GRANT wide TO {APP_ROLE}", "member"),
    ],
)
def test_a_right_by_another_way_is_told(url: str, way: str, words: str) -> None:
    execute(owner_url(url), *way.split("; "))
    try:
        with pytest.raises(ClickException, match=words):
            grant_to(owner_url(url), APP_ROLE)
    finally:
        if "wide" in way:
            undo = f"ALTER ROLE {APP_ROLE} INHERIT", "DROP OWNED BY wide", "DROP ROLE wide"
            execute(owner_url(url), *undo)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ("", "no such role"),
        ("CREATE ROLE unfit SUPERUSER", "no right binds it"),
        ("CREATE ROLE unfit CREATEROLE", "no right binds it"),
        (f"CREATE ROLE unfit IN ROLE {OWNER}", "no right binds it"),
    ],
)
def test_a_role_that_no_right_can_bind_is_refused(url: str, made: str, words: str) -> None:
    if made:
        execute(owner_url(url), made)
    try:
        with pytest.raises(ClickException, match=words):
            grant_to(owner_url(url), "unfit")
    finally:
        execute(owner_url(url), "DROP ROLE IF EXISTS unfit")


def test_only_the_owner_gives_rights(url: str) -> None:
    execute(owner_url(url), f"REVOKE SELECT ON entries FROM {APP_ROLE}")
    with pytest.raises(ClickException, match="as the tables' owner"):
        grant_to(url, APP_ROLE)


def deletions() -> set[str]:
    """The tables that the product's code deletes from, by its own words."""
    tables = {mapper.class_.__name__: mapper.local_table for mapper in Base.registry.mappers}
    found: set[str] = set()
    for path in tree.python("services", "timebank"):
        found |= set(re.findall(r"DELETE FROM (\w+)", path.read_text(encoding="utf-8")))
        for node in ast.walk(tree.parsed(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("sa.delete", "delete"):
                found.add(str(tables[ast.unparse(node.args[0])]))
    return found


def test_rows_are_deleted_where_it_is_declared() -> None:
    declared = {table.name for table in Base.metadata.sorted_tables if table.info["deletes"]}
    assert deletions() == declared
