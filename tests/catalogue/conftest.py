"""One invented district, lived through once, served to one browser; a copy for each file."""

from __future__ import annotations

import fcntl
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from waitress import create_server
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

from models.people import Handle, Member
from services.errors import Conflict
from services.people.actors import actor_for
from services.policy import Actor
from tests.databases import Databases, migrate
from tests.factories import VAULT
from tests.settings import settings_for
from tests.web.client import Browser
from tests.web.conftest import Clock
from timebank import create_app
from timebank.demo import story
from timebank.demo.founding import PASSWORD
from timebank.edge import Timebank, declare
from timebank.security import limiter
from timebank.uow import UnitOfWork, make_engine

#: Saturday, 21 November 2026, half past nine in the morning in China.
NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
HAN = re.compile("[\u3400-\u9fff]")
PEOPLE, DAYS = 60, 14


@dataclass
class District:
    """The product on a port, with people who live there and somebody for each login."""

    address: str
    app: Flask
    uow: UnitOfWork
    clock: Clock
    #: Everything that people have written, in one string: no translation is owed for it.
    data: str = ""

    def who(self, login: str) -> UUID:
        """The member behind a printed login."""
        with self.uow.read() as session:
            found = sa.select(Handle.member_id).where(Handle.kind == "login", Handle.value == login)
            return session.scalars(found).one()

    def actor(self, login: str) -> Actor:
        """What a login may do."""
        with self.uow.read() as session:
            return actor_for(session, self.who(login), self.clock.now)

    def client(self, login: str | UUID | None) -> Browser:
        """A browser without a window in which somebody has logged in."""
        client = self.app.test_client()
        assert isinstance(client, Browser)
        if isinstance(login, UUID):
            client.be(login, self.clock.now)
        elif login is not None:
            answer = client.post("/login", data={"who": login, "password": PASSWORD})
            assert answer.status_code == 303, answer.status
        return client


def live(url: str) -> None:
    """The district from its founding to this morning."""
    migrate(url)
    folder = Path(url.removeprefix("sqlite:///")).parent
    settings = settings_for(url, folder, "demo")
    held = Timebank(settings, UnitOfWork(make_engine(url)), VAULT, lambda: NOW)
    for _day in story.seed(held, PEOPLE, DAYS, 1):
        pass
    held.uow.engine.dispose()


def written(path: Path) -> str:
    """Every text of a database that has Chinese letters in it."""
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    found: set[str] = set()
    for (table,) in tables:
        for row in connection.execute(f'SELECT * FROM "{table}"'):
            found.update(each for each in row if isinstance(each, str) and HAN.search(each))
    connection.close()
    return "\n".join(sorted(found))


@pytest.fixture(scope="session")
def lived(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district's file: whichever test process needs it first makes it for all."""
    folder = tmp_path_factory.getbasetemp()
    if folder.name.startswith("popen-"):
        folder = folder.parent
    kept = folder / "district.db"
    with (folder / "district.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            url = databases.fresh("sqlite", live)
            shutil.copyfile(url.removeprefix("sqlite:///"), kept)
            databases.discard(url)
    return kept


def fails(kind: str) -> NoReturn:
    """A view of the tests' own that goes wrong as asked."""
    if kind == "conflict":
        raise Conflict
    if kind == "too-large":
        raise RequestEntityTooLarge
    if kind == "too-many":
        raise TooManyRequests
    raise RuntimeError("the catalogue looks at this page on purpose")


@pytest.fixture(scope="session")
def one_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """The application of all files and its address; each file gives it a district."""
    app = create_app(settings_for("sqlite://", tmp_path_factory.mktemp("catalogue"), "demo"))
    app.test_client_class = Browser
    app.add_url_rule("/odd/<kind>", "odd", declare("public.read")(fails))
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    yield app, f"http://127.0.0.1:{server.effective_port}"
    server.close()
    server.task_dispatcher.shutdown()
    serving.join(5)
    app.extensions["timebank"].uow.engine.dispose()


@pytest.fixture(scope="module")
def district(
    one_app: tuple[Flask, str], lived: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[District]:
    """A district that this file may change."""
    app, address = one_app
    folder = tmp_path_factory.mktemp("district")
    shutil.copyfile(lived, folder / "district.db")
    url = f"sqlite:///{folder / 'district.db'}"
    before, clock, uow = app.extensions["timebank"], Clock(NOW), UnitOfWork(make_engine(url))
    settings = settings_for(url, folder, "demo")
    app.extensions["timebank"] = replace(before, settings=settings, uow=uow, clock=clock)
    # One limiter serves every application of the process; only the page of the 429 needs it.
    limiter.enabled = False
    data = written(folder / "district.db")
    with uow.read() as session:
        names = sa.select(Member.name).execution_options(cross_book=True)
        data += "\n".join(each for each in session.scalars(names) if each)
    # Addresses, whom to call and what somebody complains of are encrypted where they lie.
    stories = Path(story.__file__).parent.glob("*.py")
    data += "\n".join(each.read_text(encoding="utf-8") for each in stories)
    yield District(address, app, uow, clock, data)
    app.extensions["timebank"] = before
    uow.engine.dispose()
