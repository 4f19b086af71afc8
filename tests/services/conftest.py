"""A session on a migrated database that already holds the register, the rules and one book."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from tests.databases import Databases, migrate
from tests.factories import create_region_tree
from timebank.uow import UnitOfWork, make_engine


def settled_world(url: str) -> None:
    """What every service test begins with; built once and then copied."""
    migrate(url)
    engine = make_engine(url)
    UnitOfWork(engine).run(create_region_tree)
    engine.dispose()


@pytest.fixture
def session(databases: Databases) -> Iterator[Session]:
    """One transaction that is never committed, on a database of the test's own."""
    url = databases.fresh("sqlite", settled_world)
    engine = make_engine(url)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
        opened.rollback()
    engine.dispose()
    databases.discard(url)
