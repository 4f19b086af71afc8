"""What one address may ask for without having logged in: enough for a house, not for a harvest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from tests.security.people import World
from tests.settings import settings_for
from timebank import create_app
from timebank.security import limiter

#: As the limiter says it.
A_MINUTE = 600


@pytest.fixture
def watched(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application as it runs, with limits."""
    folder = tmp_path_factory.mktemp("limits")
    settings = replace(settings_for(f"sqlite:///{world.path}", folder, "development"))
    app = create_app(settings, world.clock)
    limiter.enabled = True
    limiter.reset()
    yield app
    limiter.reset()
    limiter.enabled = False
    app.extensions["timebank"].uow.engine.dispose()


def spent(app: Flask, address: str, path: str) -> None:
    """Use up what an address may ask of a page."""
    with app.test_request_context(path, environ_base={"REMOTE_ADDR": address}):
        for limit in limiter.limit_manager.default_limits:
            for _ in range(A_MINUTE):
                limiter.limiter.hit(limit.limit, limit.key_func() or address, *_scope(app, path))


def _scope(app: Flask, path: str) -> tuple[str, ...]:
    return (app.url_map.bind("localhost").match(path)[0],)


def test_public_pages_have_a_limit(watched: Flask) -> None:
    """Each page has its own count; another address and whoever is in are not held back."""
    client = watched.test_client()
    assert [str(each.limit) for each in limiter.limit_manager.default_limits] == [
        f"{A_MINUTE} per 1 minute"
    ]
    spent(watched, "203.0.113.9", "/accessibility")
    mine = {"REMOTE_ADDR": "203.0.113.9"}
    other = {"REMOTE_ADDR": "203.0.113.10"}
    assert client.get("/accessibility", environ_overrides=mine).status_code == 429
    assert client.get("/accessibility", environ_overrides=other).status_code == 200
    assert client.get("/static/css/base.css", environ_overrides=mine).status_code == 200


def test_logins_and_codes_have_their_own(watched: Flask) -> None:
    limits = {
        (view, str(limit.limit_provider))
        for view, each in limiter.limit_manager._route_limits.items()
        for limit in each
        if hasattr(limit, "limit_provider")
    }
    named = {view.rpartition(".")[2] for view, _ in limits} | {
        view.rpartition(".")[2] for view in limiter.limit_manager._route_limits
    }
    assert {"login", "login_code", "login_enter"} <= named
