"""The street of the visits on one engine: what follows is no race."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import Databases
from tests.services.visits.conftest import Street, street_at


@pytest.fixture
def road(databases: Databases) -> Iterator[Street]:
    """The street, on SQLite."""
    url, engine, made = street_at(databases, "sqlite")
    yield made
    engine.dispose()
    databases.discard(url)
