"""What one address may ask for without having logged in: enough for a house, not for a harvest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.security.people import World
from tests.settings import settings_for
from timebank import create_app
from timebank.security import limiter

#: Pages a minute, as the limiter has it.
A_MINUTE = 600


@pytest.fixture
def watched(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application as it runs, with limits."""
    folder = tmp_path_factory.mktemp("limits")
    settings = settings_for(f"sqlite:///{world.path}", folder, "development")
    app = create_app(settings, world.clock)
    limiter.enabled = True
    limiter.reset()
    yield app
    limiter.reset()
    limiter.enabled = False
    app.extensions["timebank"].uow.engine.dispose()


def test_public_pages_have_a_limit(watched: Flask) -> None:
    """Each page has its own count; another address and the static files are not held back."""
    client = watched.test_client()
    mine = {"REMOTE_ADDR": "203.0.113.9"}
    asked = 0
    while asked < 3 * A_MINUTE:
        if client.get("/preferences", environ_overrides=mine).status_code == 429:
            break
        asked += 1
    # A minute may have begun anew meanwhile.
    assert A_MINUTE <= asked < 3 * A_MINUTE
    other = {"REMOTE_ADDR": "203.0.113.10"}
    assert client.get("/preferences", environ_overrides=other).status_code == 303
    static = client.get("/static/css/base.css", environ_overrides=mine, buffered=True)
    assert static.status_code == 200
