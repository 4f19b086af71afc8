"""A session on a migrated database that already holds the register, the rules and one book.

Every statement that the product sends here is watched; see ``tests.guard``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from services.ledger.expiry import WIDE
from tests.conftest import EACH_DIALECT
from tests.databases import DIALECTS, Databases, migrate
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


class Lent:
    """A settled database that tests use one after the other, for as long as none commits.

    Making and dropping one, and connecting to it, took a fifth of the time of all service tests.
    """

    #: What PostgreSQL was told to forget still lies about; a new database is quicker then.
    TIMES = 60

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._engines: dict[str, Engine] = {}
        self._times: Counter[str] = Counter()
        self._committed: set[str] = set()

    def engine(self, dialect: str) -> Engine:
        """An engine on a database in which nothing was ever committed."""
        if self._times[dialect] >= self.TIMES:
            self.take_back(dialect)
        if dialect not in self._engines:
            made = make_engine(self._databases.fresh(dialect, settled_world))
            event.listen(made, "commit", lambda _connection: self._committed.add(dialect))
            self._engines[dialect] = made
        self._times[dialect] += 1
        return self._engines[dialect]

    def settle(self, dialect: str) -> None:
        """After a test: nobody else gets a database in which something was committed."""
        if dialect in self._committed:
            self.take_back(dialect)

    def take_back(self, dialect: str) -> None:
        """The next one gets another."""
        self._committed.discard(dialect)
        del self._times[dialect]
        engine = self._engines.pop(dialect)
        engine.dispose()
        self._databases.discard(engine.url.render_as_string(hide_password=False))


@pytest.fixture(scope="session")
def lent(databases: Databases) -> Iterator[Lent]:
    """The database that stands ready on each engine."""
    made = Lent(databases)
    yield made
    for dialect in DIALECTS:
        with suppress(KeyError):
            made.take_back(dialect)


@pytest.fixture(params=EACH_DIALECT)
def session(request: pytest.FixtureRequest, lent: Lent) -> Iterator[Session]:
    """One transaction that is never committed, on a database that looks as if it were new.

    Nobody runs it again when it has to lock more, so it locks all slots from the start.
    """
    engine = lent.engine(request.param)
    with Session(engine, expire_on_commit=False, info={WIDE: True}) as opened:
        yield opened
        opened.rollback()
    lent.settle(request.param)
