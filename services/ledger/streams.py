"""Rows as streams, walked side by side: memory stays the same however long the ledger is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

#: Rows fetched at once; the server keeps the rest.
AT_ONCE = 1000


def snapshot(session: Session) -> None:
    """Read one state of the database from here on, whatever others commit meanwhile.

    Call it first in a session. SQLite gives every reading transaction such a view by itself.
    PostgreSQL is also told that what is opened will be read to its end.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.exec_driver_sql("SET LOCAL cursor_tuple_fraction = 1")


def rows_of(session: Session, statement: sa.Executable) -> Iterator[Any]:
    """The rows of a statement, fetched a thousand at a time."""
    result = session.execute(statement, execution_options={"yield_per": AT_ONCE})
    try:
        yield from result
    finally:
        result.close()


def grouped(rows: Iterable[Any], key: Callable[[Any], Any]) -> Iterator[tuple[Any, Iterator[Any]]]:
    """Runs of rows with the same key, from rows that are in order of it."""
    return groupby(rows, key)


def side_by_side(
    *streams: Iterator[tuple[Any, Any]],
) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Walk streams of (key, item), each in order of key, together.

    Every key comes once with one item of each stream, None where a stream lacks it. What a run
    of :func:`grouped` still holds must be taken before the next step.
    """
    heads = [next(stream, None) for stream in streams]
    while any(head is not None for head in heads):
        key = min(head[0] for head in heads if head is not None)
        here = [head is not None and head[0] == key for head in heads]
        yield (
            key,
            tuple(
                head[1] if head is not None and at else None
                for head, at in zip(heads, here, strict=True)
            ),
        )
        heads = [
            next(stream, None) if at else head
            for stream, head, at in zip(streams, heads, here, strict=True)
        ]
