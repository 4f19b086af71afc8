"""``ledger export``: a whole file or none, on record, never over another one by accident."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from models.oversight import AuditRecord
from services.ledger.check.export import check
from services.ledger.export import jsonl
from tests.databases import ROOT, Databases
from tests.factories import LONGWAN
from tests.web.audit_kit import audited_world
from timebank.cli import export

FORMATS = ("hledger", "beancount", "csv", "jsonl")


@pytest.fixture
def world_url(databases: Databases) -> Iterator[str]:
    """The audited world in place of the bare one."""
    url = databases.fresh("sqlite", audited_world)
    yield url
    databases.discard(url)


@pytest.fixture
def run(app: Flask) -> Callable[..., Any]:
    """Runs ``ledger export`` with these words."""
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["ledger", "export", *map(str, words)])


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_is_written_for_its_owner_and_nothing_else_is_left(
    run: Callable[..., Any], tmp_path: Path, form: str
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    done = run("--format", form, "--output", folder / "ledger")
    assert done.exit_code == 0, done.output
    assert "Exported" in done.output
    assert [path.name for path in folder.iterdir()] == ["ledger"]
    assert stat.S_IMODE((folder / "ledger").stat().st_mode) == 0o600
    first = (folder / "ledger").read_bytes()
    assert first
    again = run("--format", form, "--output", folder / "again")
    assert again.exit_code == 0
    assert (folder / "again").read_bytes() == first


def test_the_full_export_of_the_application_holds(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    assert run("--format", "jsonl", "--output", path).exit_code == 0
    said: list[str] = []
    assert check(path, said.append), said


def test_an_export_is_put_on_record(run: Callable[..., Any], app: Flask, tmp_path: Path) -> None:
    done = run("--format", "csv", "--output", tmp_path / "a.csv", "--book", LONGWAN)
    assert done.exit_code == 0, done.output
    with app.extensions["timebank"].uow.read() as session:
        rows = session.scalars(sa.select(AuditRecord).where(AuditRecord.act == "audit.export"))
        [record] = [row for row in rows if row.after["what"] == "ledger"]
        assert record.book == LONGWAN
        assert record.after["form"] == "csv"
        assert record.after["rows"] > 0


def test_another_file_is_replaced_only_when_told(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text("kept")
    refused = run("--format", "csv", "--output", path)
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert path.read_text() == "kept"
    assert run("--format", "csv", "--output", path, "--force").exit_code == 0
    assert path.read_text().startswith("record,book,")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "jsonl", "--from", "2026-03-01"), "jsonl is always whole"),
        (("--format", "csv", "--from", "2026-03-02", "--to", "2026-03-01"), "--from is later"),
        (("--format", "csv", "--book", "110101000000"), "There is no book"),
    ],
)
def test_what_cannot_be_is_refused(
    run: Callable[..., Any], tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = run(*words, "--output", tmp_path / "a")
    assert done.exit_code == 1
    assert said in done.output
    assert not list(tmp_path.glob("*a*"))


def test_a_missing_folder_is_named(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("--format", "csv", "--output", tmp_path / "none" / "a")
    assert done.exit_code == 1
    assert "no such folder" in done.output


def test_a_failure_on_the_way_leaves_nothing(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any) -> Iterator[str]:
        for number, line in enumerate(jsonl.lines(*given)):
            if number == 5:
                raise OSError(28, "No space left on device")
            yield line

    monkeypatch.setitem(export.FORMATS, "jsonl", broken)
    folder = tmp_path / "out"
    folder.mkdir()
    done = run("--format", "jsonl", "--output", folder / "a.jsonl")
    assert done.exit_code != 0
    assert list(folder.iterdir()) == []


def test_a_killed_export_leaves_no_file_under_its_name(world_url: str, tmp_path: Path) -> None:
    """SIGKILL in the middle of the writing; what was begun stands under another name."""
    path = tmp_path / "a.jsonl"
    script = """
import sys, time
from pathlib import Path
from services.ledger.export import jsonl
from tests.settings import settings_for
from timebank import create_app
from timebank.cli import export

def slow(*given):
    for number, line in enumerate(jsonl.lines(*given)):
        if number == 20:
            print("begun", flush=True, file=sys.__stdout__)
            time.sleep(60)
        yield line * 500

export.FORMATS["jsonl"] = slow
url, folder, target = sys.argv[1:]
app = create_app(settings_for(url, Path(folder)))
words = ["ledger", "export", "--format", "jsonl", "--output", target]
app.test_cli_runner().invoke(args=words)
"""
    instance = tmp_path / "instance"
    instance.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", script, world_url, str(instance), str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process, contextlib.ExitStack() as stack:
        stack.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert not path.exists()
    [part] = [found for found in tmp_path.iterdir() if found != instance]
    assert part.name.startswith(".a.jsonl.")
    assert part.stat().st_size > 0
