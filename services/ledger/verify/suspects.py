"""Finding what may be broken: the database tests every row, Python walks what it names.

A screen is one statement over a whole book that returns the ids of whatever is not plainly in
order. It may name too much, never too little: a value that is missing or no number is not in
order. What it names is then read row by row, and that walk alone says what is a breach.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

#: More suspects than this are not kept one by one: the whole book is walked instead.
MOST = 10_000
#: Suspects that are walked together.
AT_ONCE = 400

#: Screens read whole tables. PostgreSQL, which may know nothing about tables that were filled a
#: moment ago, must not take them for small ones; compiling such a statement costs more than it
#: saves.
_PLANS = ("enable_nestloop", "jit")


class Suspects:
    """The ids that screens of one book have named, each once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: set[UUID] = set()

    def look(self, screen: sa.Select[Any]) -> None:
        """Run a screen: a statement whose one column is the id of a suspect."""
        if len(self._found) > MOST:
            return
        # Planned for all of its rows, and read whole or not at all: with a limit of its own, or
        # through a cursor, PostgreSQL would plan for the first few and use one processor.
        named = screen.cte("named").prefix_with("MATERIALIZED", dialect="postgresql")
        statement = sa.select(named.c[0]).limit(MOST + 1)
        self._plan("off")
        self._found.update(self._session.execute(statement).scalars())
        self._plan("on")

    def add(self, suspect: UUID) -> None:
        """One more, however it was found."""
        self._found.add(suspect)

    def parts(self) -> Iterator[Sequence[UUID] | None]:
        """The suspects in parts, in order; a single None when there are too many: everything."""
        if len(self._found) > MOST:
            yield None
            return
        found = sorted(self._found)
        for first in range(0, len(found), AT_ONCE):
            yield found[first : first + AT_ONCE]

    def _plan(self, state: str) -> None:
        connection = self._session.connection()
        if connection.dialect.name == "postgresql":
            for name in _PLANS:
                connection.exec_driver_sql(f"SET LOCAL {name} = {state}")


def among(column: Any, ids: Sequence[UUID] | None) -> sa.ColumnElement[bool]:
    """Whether a row is one of those looked at; None stands for all."""
    return sa.true() if ids is None else column.in_(ids)


def broken(sound: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """True where ``sound`` is false or cannot be said."""
    return sa.case((sound, 0), else_=1) == 1


def is_whole(column: Any) -> sa.ColumnElement[bool]:
    """Whether a value is a whole number, as SQLite does not ask of any column."""
    whole: sa.ColumnElement[bool] = sa.cast(column, sa.BigInteger()) == column
    return whole


class unsearched(FunctionElement[Any]):  # noqa: N801 - reads like a part of SQL
    """A column that SQLite looks at row by row, front to back, instead of by an index.

    Reading a whole book by an index in random order takes twice the time and, on a disk, far
    more. Other engines count the pages and choose by themselves.
    """

    inherit_cache = True


@compiles(unsearched)
def _as_it_is(element: Any, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(unsearched, "sqlite")
def _with_a_sign(element: Any, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"
