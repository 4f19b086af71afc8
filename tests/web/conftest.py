"""The whole application on a migrated database of the test's own, and browsers to look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest
from flask import Flask, Response, g
from sqlalchemy.orm import Session

from tests.databases import Databases
from tests.factories import NOW
from tests.services.conftest import settled_world
from tests.settings import settings_for
from tests.web.client import Browser
from timebank import create_app

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


@pytest.fixture
def make_app(world_url: str, clock: Clock, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Builds the application on the world, as another environment where asked."""
    made: list[Flask] = []

    def make(env: str = "test") -> Flask:
        app = create_app(settings_for(world_url, tmp_path, env), clock)
        app.test_client_class = Browser
        app.after_request(carries_no_spent_key)
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["timebank"].uow.engine.dispose()


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
