"""What a test process keeps from one test to the next, as a running product does for weeks.

Each test has a database and therefore an engine of its own. SQLAlchemy writes a statement's text
once for each engine; here it writes it once for all engines of a kind, because writing it anew
was a third of the time of all tests. The text is the same, and so is what watches it.
"""

from __future__ import annotations

import gc

import pytest
from sqlalchemy import Engine, util
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

#: The whole product sends fewer different statements than this.
_WRITTEN: util.LRUCache[object, object] = util.LRUCache(6_000)


def _hash_of(dialect: object) -> int:
    return hash(type(dialect))


def _is_alike(dialect: object, other: object) -> bool:
    return type(dialect) is type(other)


def share_written_statements() -> None:
    """Let every engine use one cache, whose keys name the kind of engine and not the engine."""
    for kind in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        kind.__hash__ = _hash_of
        kind.__eq__ = _is_alike
    Engine._compiled_cache = property(lambda engine: _WRITTEN, lambda engine, given: None)


def pytest_configure(config: pytest.Config) -> None:
    """Before the first engine is made."""
    share_written_statements()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for unreachable objects less often, and never among what the modules hold."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 10)
