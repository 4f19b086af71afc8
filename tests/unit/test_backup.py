"""A back-up is made while people work, refused when it is not whole, and restored to the minute."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from models.ledger import Transfer
from services import issuing
from services.verification.results import due
from tests import factories as make
from tests.databases import APP_ROLE, Databases, owner_url
from tests.services.conftest import settled_world
from tests.settings import settings_for
from timebank import create_app
from timebank.cli import backup as cli
from timebank.cli.backup_files import MANIFEST, SIGNATURE, forget_old, read_manifest
from timebank.uow import UnitOfWork, make_engine

BOOK = make.LONGWAN


def app_on(url: str, home: Path) -> Flask:
    settings = replace(settings_for(url, home), owner_database_url=owner_url(url))
    return create_app(settings, lambda: make.NOW)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def world(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    url = databases.fresh(request.param, settled_world)
    yield url
    databases.discard(url)


def served(url: str) -> str:
    """A new database's address for the role that serves; SQLite knows no roles."""
    if url.startswith("sqlite"):
        return url
    return make_url(url).set(username=APP_ROLE).render_as_string(hide_password=False)


class Writer(threading.Thread):
    """Issues an hour to the pool again and again, until it is told to stop."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.uow, self.stopped, self.posted = UnitOfWork(make_engine(url)), threading.Event(), 0
        self.failed: BaseException | None = None
        self.admins = self.uow.run(_two_admins)

    def run(self) -> None:
        try:
            while not self.stopped.is_set():
                self.uow.run(self._issue)
                self.posted += 1
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            self.failed = error
        finally:
            self.uow.engine.dispose()

    def _issue(self, session: Session) -> None:
        first, second = (make.actor(session, each) for each in self.admins)
        ctx = make.make_ctx(session, first, key=f"propose-{self.posted}")
        row = issuing.propose(ctx, BOOK, 60, "样例资金")
        issuing.sign(make.make_ctx(session, second, key=f"sign-{self.posted}"), BOOK, row)

    def wait_for(self, more: int) -> None:
        wanted = self.posted + more
        while self.posted < wanted and self.is_alive():
            self.stopped.wait(0.01)

    def end(self) -> None:
        self.stopped.set()
        self.join(60)
        assert self.failed is None, self.failed


def _two_admins(session: Session) -> tuple[UUID, UUID]:
    branch = make.create_branch(session)
    made = [make.create_region_admin(session, BOOK, branch_id=branch) for _ in range(2)]
    return made[0], made[1]


def transfers(url: str) -> int:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(sa.select(sa.func.count()).select_from(Transfer))
    engine.dispose()
    return int(found or 0)


def test_what_was_backed_up_while_people_wrote_is_restored_and_verified(
    world: str, databases: Databases, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    writer = Writer(world)
    writer.start()
    writer.wait_for(2)
    app = app_on(world, tmp_path / "one")
    before = transfers(world)
    made = app.test_cli_runner().invoke(args=["backup", "make", str(folder)])
    assert made.exit_code == 0, made.output
    writer.wait_for(2)
    writer.end()
    (copy,) = folder.iterdir()
    # Nobody else reads it, and no key is in it.
    assert [path.stat().st_mode & 0o077 for path in (folder, copy, *copy.iterdir())] == [0] * (
        2 + len(list(copy.iterdir()))
    )
    settings = app.extensions["timebank"].settings
    for path in copy.iterdir():
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for key in (settings.data_key, settings.index_key):
            assert key not in content
            assert key.hex().encode() not in content
        assert settings.secret_key.encode() not in content

    other = databases.empty("sqlite" if world.startswith("sqlite") else "postgresql")
    try:
        # As in production: restored by the owner, and served by a role that gets its rights now.
        fresh = app_on(served(other), tmp_path / "two")
        checked = fresh.test_cli_runner().invoke(args=["backup", "check", str(copy)])
        assert checked.exit_code == 0, checked.output
        restored = fresh.test_cli_runner().invoke(args=["backup", "restore", str(copy)])
        assert restored.exit_code == 0, restored.output
        assert "Everything agrees" in restored.output
        assert before <= transfers(other) < transfers(world)
        again = fresh.test_cli_runner().invoke(args=["backup", "restore", str(copy)])
        assert again.exit_code == 1
        assert "empty" in again.output
        _is_kept(fresh)
        fresh.extensions["timebank"].uow.engine.dispose()
    finally:
        databases.discard(other)
        app.extensions["timebank"].uow.engine.dispose()


def _is_kept(app: Flask) -> None:
    """The check's result stands in the restored database, and the night has nothing to do."""
    held = app.extensions["timebank"]
    with held.uow.read() as session:
        ctx = make.make_ctx(session)
        found = sa.select(sa.func.count()).select_from(sa.table("verifications"))
        assert session.scalar(found) == 2
        assert due(ctx) == ()


@pytest.fixture
def copy(databases: Databases, tmp_path: Path) -> Iterator[tuple[Flask, Path]]:
    url = databases.fresh("sqlite", settled_world)
    app = app_on(url, tmp_path / "one")
    with app.app_context():
        yield app, cli.make(tmp_path / "kept")
    app.extensions["timebank"].uow.engine.dispose()
    databases.discard(url)


def cut(folder: Path) -> None:
    path = folder / "timebank.db"
    path.write_bytes(path.read_bytes()[:-4096])


def flip(folder: Path) -> None:
    path = folder / "timebank.db"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def lose(folder: Path) -> None:
    (folder / "timebank.db").unlink()


def lose_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def lie(folder: Path) -> None:
    content = json.loads((folder / MANIFEST).read_text())
    content["made_at"] = "2020-01-01T00:00:00+00:00"
    (folder / MANIFEST).write_text(json.dumps(content))


def unsign(folder: Path) -> None:
    (folder / SIGNATURE).write_text("00")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (cut, "was cut short"),
        (flip, "was altered"),
        (lose, "is missing"),
        (lose_manifest, "no whole back-up"),
        (lie, "manifest was altered"),
        (unsign, "manifest was altered"),
    ],
)
def test_a_back_up_that_is_not_whole_is_refused_in_a_sentence(
    copy: tuple[Flask, Path], harm: Any, words: str
) -> None:
    app, folder = copy
    harm(folder)
    for command in ("check", "restore"):
        said = app.test_cli_runner().invoke(args=["backup", command, str(folder)])
        assert said.exit_code == 1
        assert words in said.output
        assert said.output.count("\n") == 1
        assert isinstance(said.exception, SystemExit)


def test_other_keys_are_refused(copy: tuple[Flask, Path]) -> None:
    app, folder = copy
    held = app.extensions["timebank"]
    with pytest.raises(click.ClickException, match="made under other keys"):
        read_manifest(folder, replace(held.settings, index_key=b"x" * 32))
    content = read_manifest(folder, held.settings)
    with pytest.raises(click.ClickException, match="do not open this back-up"):
        cli._require_keys(content, replace(held.vault, data_key=b"x" * 32))


def test_a_folder_that_others_read_is_refused(copy: tuple[Flask, Path], tmp_path: Path) -> None:
    app, _folder = copy
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o750)
    said = app.test_cli_runner().invoke(args=["backup", "make", str(open_to_all)])
    assert said.exit_code == 1
    assert "chmod 700" in said.output
    assert list(open_to_all.iterdir()) == []


def test_a_disk_without_room_is_said_before_anything_is_written(
    copy: tuple[Flask, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _folder = copy
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("timebank.cli.backup_files.shutil.disk_usage", lambda _path: usage)
    said = app.test_cli_runner().invoke(args=["backup", "make", str(tmp_path / "full")])
    assert said.exit_code == 1
    assert "The disk is too small" in said.output


def test_old_back_ups_go_and_halves_are_not_counted(tmp_path: Path) -> None:
    for day in ("01", "02", "03"):
        (tmp_path / f"timebank-202603{day}T000000Z").mkdir()
        (tmp_path / f"timebank-202603{day}T000000Z" / MANIFEST).touch()
    (tmp_path / ".timebank-20260304T000000Z.part").mkdir()
    (tmp_path / "timebank-20260305T000000Z").mkdir()
    assert forget_old(tmp_path, 2) == ["timebank-20260301T000000Z"]
    assert len(list(tmp_path.iterdir())) == 4
