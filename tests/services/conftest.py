"""A session on a migrated database that already holds the register, the rules and one book.

Every statement that the product sends here is watched; see ``tests.guard``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from services.ledger.expiry import WIDE
from tests.conftest import EACH_DIALECT
from tests.databases import Databases, migrate
from tests.factories import create_region_tree
from tests.guard import watching
from timebank.uow import UnitOfWork, make_engine


def settled_world(url: str) -> None:
    """What every service test begins with; built once and then copied."""
    migrate(url)
    engine = make_engine(url)
    UnitOfWork(engine).run(create_region_tree)
    engine.dispose()


@pytest.fixture(autouse=True)
def every_statement_keeps_to_its_book() -> Iterator[None]:
    """Fails a test in which the product looked at every book, even where nobody heard of it."""
    with watching() as guard:
        yield
    assert guard.found == []


@pytest.fixture(params=EACH_DIALECT)
def session(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Session]:
    """One transaction that is never committed, on a database of the test's own.

    Nobody runs it again when it has to lock more, so it locks all slots from the start.
    """
    url = databases.fresh(request.param, settled_world)
    engine = make_engine(url)
    with Session(engine, expire_on_commit=False, info={WIDE: True}) as opened:
        yield opened
        opened.rollback()
    engine.dispose()
    databases.discard(url)
