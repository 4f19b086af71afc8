"""Watches every statement of the product in a test: tables of a book are held to their book.

It sees what SQLAlchemy sends and what is sent through psycopg past it. A report over all books
is marked: ``execution_options(cross_book=True)``, or ``/* cross_book */`` in a text for psycopg.
What a test itself asks is the test's own affair.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy import event

from tests.databases import ROOT
from tests.statements import MARK, faults_of, mark_faults_of, shortened

PRODUCT = tuple(f"{ROOT}/{floor}/" for floor in ("timebank", "services", "models"))
TESTS = f"{ROOT}/tests/"
#: Not statements of the product, though they stand in these folders.
PASSED_OVER = (f"{ROOT}/tests/guard.py", f"{ROOT}/tests/statements.py")


class UnguardedStatement(AssertionError):
    """A statement on a table of a book that would look at every book."""


def objections(statement: str, *, cross_book: bool = False) -> tuple[str, ...]:
    """What is wrong with a statement, given whether it is marked as one over all books."""
    statement = shortened(statement)
    if cross_book or MARK.search(statement):
        return mark_faults_of(statement)
    return faults_of(statement)


class Guard:
    """Collects what it objects to, and raises it where it was sent."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._known = threading.local()

    def judge(self, statement: str, *, cross_book: bool = False) -> None:
        """Refuse a statement of the product that does not keep to its book."""
        faults = objections(statement, cross_book=cross_book)
        if not faults or not _is_of_the_product():
            return
        words = f"{'; '.join(faults)}\n{statement}"
        self.found.append(words)
        raise UnguardedStatement(words)

    def from_sqlalchemy(
        self, _connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: Any
    ) -> None:
        """Before SQLAlchemy gives a statement to its driver."""
        options = {} if context is None else context.execution_options
        self.judge(statement, cross_book=bool(options.get("cross_book", False)))
        self._known.statement = statement

    def from_psycopg(self, cursor: Any, query: Any) -> None:
        """Before psycopg sends a statement, whoever gave it."""
        if isinstance(query, sql.Composable):
            query = query.as_string(cursor)
        statement = query.decode() if isinstance(query, bytes) else query
        # SQLAlchemy's own was judged a moment ago, with its options.
        if statement is getattr(self._known, "statement", None):
            return
        self.judge(statement)


def _is_of_the_product() -> bool:
    """Whether the nearest of our own lines that sent it stands in the product."""
    frame = sys._getframe(2)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(PRODUCT):
            return True
        if path.startswith(TESTS) and path not in PASSED_OVER:
            return False
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _watched(guard: Guard, method: Callable[..., Any]) -> Callable[..., Any]:
    def call(cursor: Any, query: Any, *values: Any, **options: Any) -> Any:
        guard.from_psycopg(cursor, query)
        return method(cursor, query, *values, **options)

    return call


@contextmanager
def watching() -> Iterator[Guard]:
    """Watch every engine and every connection of psycopg until the end of the block."""
    guard = Guard()
    methods = [
        (kind, name, kind.__dict__[name])
        for kind in (psycopg.Cursor, psycopg.ServerCursor)
        for name in ("execute", "executemany", "copy")
        if name in kind.__dict__
    ]
    event.listen(sa.Engine, "before_cursor_execute", guard.from_sqlalchemy)
    for kind, name, method in methods:
        setattr(kind, name, _watched(guard, method))
    try:
        yield guard
    finally:
        for kind, name, method in methods:
            setattr(kind, name, method)
        event.remove(sa.Engine, "before_cursor_execute", guard.from_sqlalchemy)
