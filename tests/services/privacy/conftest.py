"""The street of the visits: on one engine, and on each where statements differ."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import Databases
from tests.services.visits.conftest import Street, street_at
from tests.services.visits.conftest import street as street_on_each

__all__ = ["street_on_each"]


@pytest.fixture
def street(databases: Databases) -> Iterator[Street]:
    """The street, on a database of its own."""
    url, engine, made = street_at(databases, "sqlite")
    yield made
    engine.dispose()
    databases.discard(url)
