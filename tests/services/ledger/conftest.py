"""A migrated ledger on each engine, with a book in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.ledger.kit import Ledger
from timebank.uow import UnitOfWork, make_engine


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """The ledger of a database of the test's own."""
    engine = make_engine(database_url)
    made = Ledger(database_url, UnitOfWork(engine))
    made.open()
    yield made
    engine.dispose()
