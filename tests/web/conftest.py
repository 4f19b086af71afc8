"""The whole application on a migrated database of the test's own, and browsers to look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest
from flask import Flask, Response, g
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.databases import Databases
from tests.factories import NOW
from tests.services.conftest import settled_world
from tests.settings import settings_for
from tests.web.client import Browser
from timebank import create_app
from timebank.security import limiter
from timebank.uow import UnitOfWork, make_engine

T = TypeVar("T")


@dataclass
class Clock:
    """The application's clock; a test sets ``now``."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def carries_no_spent_key(response: Response) -> Response:
    """Whatever a test does: a page that shows a refusal never carries the refused key again."""
    spent = g.get("spent_key")
    if spent and response.mimetype == "text/html":
        assert spent not in response.get_data(as_text=True)
    return response


@pytest.fixture
def clock() -> Clock:
    """What time it is for the application."""
    return Clock()


@pytest.fixture
def world_url(databases: Databases) -> Iterator[str]:
    """A database with the register, the rules and one book."""
    url = databases.fresh("sqlite", settled_world)
    yield url
    databases.discard(url)


@pytest.fixture(scope="session")
def one_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all tests: making it, and reading its templates, takes longer than most.

    Each test gives it a database, a clock and a folder.
    """
    folder = tmp_path_factory.mktemp("web")
    made = _dressed(create_app(settings_for("sqlite://", folder)))
    yield made
    made.extensions["timebank"].uow.engine.dispose()


@pytest.fixture
def make_app(
    world_url: str, clock: Clock, tmp_path: Path, one_app: Flask
) -> Iterator[Callable[..., Flask]]:
    """Gives the application the world; builds another where a test asks for its environment."""
    before = one_app.extensions["timebank"]
    engines: list[Engine] = []

    def make(env: str = "test") -> Flask:
        settings = settings_for(world_url, tmp_path, env)
        if env != "test":
            app = _dressed(create_app(settings, clock))
            engines.append(app.extensions["timebank"].uow.engine)
            return app
        engines.append(make_engine(world_url))
        uow = UnitOfWork(engines[-1])
        one_app.extensions["timebank"] = replace(before, settings=settings, uow=uow, clock=clock)
        return one_app

    yield make
    if limiter.enabled:
        # One limiter serves every application of the process, and the tests' own has no limits.
        limiter.reset()
        limiter.enabled = False
    one_app.extensions["timebank"] = before
    for engine in engines:
        engine.dispose()


def _dressed(app: Flask) -> Flask:
    app.test_client_class = Browser
    app.after_request(carries_no_spent_key)
    return app


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The application."""
    return make_app()


@pytest.fixture
def given(app: Flask) -> Callable[[Callable[[Session], T]], T]:
    """Sets the scene: ``given(create_elder)`` commits and returns the id."""

    def run(work: Callable[[Session], T]) -> T:
        result: T = app.extensions["timebank"].uow.run(work)
        return result

    return run


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser in which nobody has logged in."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


@pytest.fixture
def login_as(app: Flask, clock: Clock) -> Callable[[UUID], Browser]:
    """A new browser in which a member has logged in."""

    def come_in(member_id: UUID) -> Browser:
        browser = app.test_client()
        assert isinstance(browser, Browser)
        browser.be(member_id, clock.now)
        return browser

    return come_in
