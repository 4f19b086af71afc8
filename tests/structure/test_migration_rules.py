"""A large database is migrated while people work: no lock for long, no row written anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy.engine import make_url

from migrations import online
from tests.databases import Databases, migrate, owner_url
from tests.settings import settings_for
from tests.structure.tree import ROOT, none_of
from timebank import create_app
from timebank.cli import db
from timebank.cli.db_plan import plan_of
from timebank.uow import make_engine

#: Before this step there was no large database.
FIRST = "0015"
FILES = sorted((ROOT / "migrations" / "versions").glob("[0-9]*.py"))


def test_no_migration_holds_people_up() -> None:
    none_of(fault for path in FILES if path.name[:4] >= FIRST for fault in plan_of(path).faults)


def written(folder: Path, body: str) -> Path:
    path = folder / "0099_tried.py"
    path.write_text(f'"""tried"""\ndef upgrade():\n    {body}\n')
    return path


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('op.create_index("ix_entries_x", "entries", ["book"])', "holds every writer"),
        ('op.alter_column("entries", "slot", type_=sa.BigInteger())', "write every row anew"),
        ('op.alter_column("entries", "slot", nullable=False)', "looks at every row"),
        ('op.add_column("entries", sa.Column("x", sa.Text(), nullable=False))', "fails where"),
        (
            'op.add_column("entries", sa.Column("x", sa.Uuid(), server_default=sa.func.now()))',
            "writes every row anew",
        ),
        ('op.create_foreign_key("fk", "entries", "books", ["a"], ["b"])', "looks at every row"),
        ('op.create_check_constraint("ck", "entries", "a > 0")', "looks at every row"),
        ('op.create_unique_constraint("uq", "entries", ["a"])', "builds an index"),
        ('op.execute("UPDATE entries SET slot = 0")', "leave it to a job"),
        ('op.execute(" insert INTO a SELECT * FROM entries")', "leave it to a job"),
        (
            'create_index_online("ix", "entries", ["a"]); op.drop_table("x")',
            "in a migration of its own",
        ),
    ],
)
def test_what_would_hold_people_up_is_found(tmp_path: Path, body: str, words: str) -> None:
    assert words in " ".join(plan_of(written(tmp_path, body)).faults)


@pytest.mark.parametrize(
    "body",
    [
        'op.create_table("new"); op.create_index("ix", "new", ["a"])',
        'op.add_column("entries", sa.Column("x", sa.Text(), nullable=True))',
        'op.add_column("entries", sa.Column("x", sa.Text(), nullable=False, server_default="1"))',
        'create_index_online("ix", "entries", ["a"])',
        'op.execute("CREATE TRIGGER x")',
        'op.drop_column("entries", "x")',
    ],
)
def test_what_takes_a_moment_is_let_through(tmp_path: Path, body: str) -> None:
    assert plan_of(written(tmp_path, body)).faults == ()


@pytest.fixture
def postgres(databases: Databases) -> Iterator[str]:
    url = databases.fresh("postgresql", migrate)
    yield owner_url(url)
    databases.discard(url)


@pytest.mark.postgresql
def test_writers_go_on_while_an_index_is_built(postgres: str) -> None:
    engine = make_engine(postgres)
    fill = (
        "INSERT INTO job_runs (job, scheduled_for, started_at) SELECT 'j' || n, now(), now()"
        " FROM generate_series({}, {}) n"
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(fill.format(1, 5000))
    builder = make_engine(postgres)
    # Somebody has written and not yet committed: the build has to wait, and nobody behind it.
    with engine.connect() as slow:
        slow.exec_driver_sql(fill.format(10001, 10001))
        with builder.connect() as connection:
            thread = threading.Thread(target=_build, args=(connection,), daemon=True)
            thread.start()
            with engine.connect() as looking:
                for _ in range(3000):
                    if looking.exec_driver_sql(
                        "SELECT count(*) FROM pg_stat_progress_create_index"
                    ).scalar():
                        break
                    looking.rollback()
                else:
                    pytest.fail("the index was never begun")
            with engine.begin() as quick:
                quick.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
                quick.exec_driver_sql(fill.format(6000, 6100))
            assert thread.is_alive()
            slow.rollback()
            thread.join(60)
            assert not thread.is_alive()
    with engine.connect() as connection:
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_tried'::regclass"
        assert connection.exec_driver_sql(valid).scalar() is True
    engine.dispose()
    builder.dispose()


def _build(connection: sa.Connection) -> None:
    context = MigrationContext.configure(connection)
    with Operations.context(context), context.begin_transaction():
        online.create_index_online("ix_tried", "job_runs", ["started_at"])


@pytest.mark.postgresql
def test_a_condition_is_looked_at_without_a_lock(postgres: str) -> None:
    engine = make_engine(postgres)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context), context.begin_transaction():
            online.add_check_online("ck_job_runs_tried", "job_runs", "attempts >= 0")
    valid = "SELECT convalidated FROM pg_constraint WHERE conname = 'ck_job_runs_tried'"
    with engine.connect() as connection:
        assert connection.exec_driver_sql(valid).scalar() is True
    engine.dispose()


@pytest.mark.postgresql
def test_a_busy_table_is_left_to_others_and_tried_again(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.empty("postgresql")
    said: list[str] = []
    monkeypatch.setattr(db, "LOCK_TIMEOUT", "50ms")
    holder = psycopg.connect(_plain(url))

    def let_go(_seconds: float) -> None:
        holder.rollback()

    monkeypatch.setattr(db, "sleep", let_go)
    # Everything up to the last step but two; then somebody holds a table that the next one changes.
    monkeypatch.setattr(db, "head", lambda: "0014")
    monkeypatch.setattr(db, "pending", lambda _now: FILES[:14])
    db.upgrade_database(url)
    monkeypatch.undo()
    monkeypatch.setattr(db, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(db, "sleep", let_go)
    holder.execute("LOCK TABLE api_tokens IN ACCESS EXCLUSIVE MODE")
    assert db.upgrade_database(url, said.append) == ("0014", FILES[-1].name[:4])
    assert any("busy, again in 1 s" in words for words in said)
    holder.close()
    databases.discard(url)


@pytest.mark.postgresql
def test_a_table_that_stays_busy_is_said_in_a_sentence(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.empty("postgresql")
    monkeypatch.setattr(db, "LOCK_TIMEOUT", "20ms")
    monkeypatch.setattr(db, "sleep", lambda _seconds: None)
    with psycopg.connect(_plain(url)) as holder:
        db._take_step(_engine(url), _config(), "0001", lambda _words: None)
        holder.execute("LOCK TABLE members IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(click.ClickException, match="stopped before 00"):
            _take_steps(url, "0002", "0003")
    databases.discard(url)


def _take_steps(url: str, *revisions: str) -> None:
    for revision in revisions:
        db._take_step(_engine(url), _config(), revision, lambda _words: None)


def _engine(url: str) -> sa.Engine:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    sa.event.listen(engine, "connect", db._wait_briefly)
    return engine


def _config() -> Any:
    from tests.databases import alembic_config

    return alembic_config("postgresql://")


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def test_the_plan_is_said_and_nothing_is_done(databases: Databases, tmp_path: Path) -> None:
    url = databases.empty("sqlite")
    app: Flask = create_app(settings_for(url, tmp_path))
    said = app.test_cli_runner().invoke(args=["db", "upgrade", "--plan"])
    assert said.exit_code == 0
    assert "0001 " in said.output
    assert "create_table entries" in said.output
    assert db.revision_of(url) is None
    app.extensions["timebank"].uow.engine.dispose()
    databases.discard(url)
