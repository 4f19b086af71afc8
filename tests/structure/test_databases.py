"""The databases that tests are given: each its own, quick, and gone afterwards."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases import DIALECTS, Databases, folder_for_files, owner_url
from tests.structure.tree import ROOT

EACH = [
    pytest.param(name, marks=pytest.mark.postgresql) if name == "postgresql" else name
    for name in DIALECTS
]


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Execute statements and commit; the rows of the last one."""
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                result = connection.execute(sa.text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def prepare(url: str) -> None:
    run(url, "CREATE TABLE things (id INTEGER)", "INSERT INTO things VALUES (1)")


@pytest.mark.parametrize("dialect", EACH)
def test_each_copy_of_a_template_is_ones_own(databases: Databases, dialect: str) -> None:
    one, other = databases.fresh(dialect, prepare), databases.fresh(dialect, prepare)
    run(owner_url(one), "DELETE FROM things")
    assert run(owner_url(one), "SELECT id FROM things") == []
    assert run(owner_url(other), "SELECT id FROM things") == [(1,)]
    databases.discard(one)
    databases.discard(other)


@pytest.mark.parametrize("dialect", EACH)
def test_an_empty_database_is_empty(databases: Databases, dialect: str) -> None:
    url = databases.empty(dialect)
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    databases.discard(url)


@pytest.mark.postgresql
def test_the_server_is_gone_however_the_tests_end(databases: Databases) -> None:
    databases.discard(databases.empty("postgresql"))  # skips where no server can be had
    code = (
        "import os; from tests.databases import PostgresServer;"
        "print(PostgresServer()._home, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    home = Path(killed.stdout.strip())
    assert killed.returncode == -9
    assert home.is_absolute()
    for _ in range(600):
        if not home.exists():
            return
        time.sleep(0.05)
    pytest.fail(f"still there: {home}")


def test_what_a_killed_process_left_in_memory_goes_with_the_next_one() -> None:
    with folder_for_files() as mine:
        gone = subprocess.Popen(["true"])
        gone.wait()
        left = mine.with_name(f"tb-files-{gone.pid}-left")
        left.mkdir()
        with folder_for_files() as other:
            assert not left.exists()
            assert mine.is_dir()
            assert other.is_dir()
    assert not mine.exists()
