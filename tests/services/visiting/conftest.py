"""A country for each test, on each engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.services.visiting.kit import Country, open_country


@pytest.fixture(params=EACH_DIALECT)
def country(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Country]:
    """Three counties, on a database of their own."""
    yield from open_country(databases, request.param)
