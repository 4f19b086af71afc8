"""Lists of rows for auditors: filtered, sorted, a page at a time, with totals over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from services.clock import at_local
from services.context import Context
from services.errors import Invalid
from services.people.texts import masked_name
from services.policy import NOBODY, SYSTEM

Row = TypeVar("Row")

#: Rows a page may have; the first is what one gets without asking.
SIZES = (50, 20, 100, 200)
#: Nobody reads more rows in a spreadsheet, and one process can hold them.
MOST_EXPORTED = 50_000
#: A longer list is neither counted to its end, nor added up, nor turned over any further: whoever
#: wants to know more narrows it down. So a page costs the same however long the list has become.
MOST_COUNTED = 5_000


class TooManyRows(Invalid):
    """符合条件的有{rows}行，一次最多导出{most}行，请缩小筛选范围。"""

    code = "too_many_rows"


@dataclass(frozen=True, slots=True)
class Want:
    """Which page of a list. ``sort`` is a column's name, ``-`` before it for the largest first."""

    page: int = 1
    size: int = SIZES[0]
    sort: str = ""
    #: An export takes every row, however many pages there are.
    whole: bool = False
    #: A page for people is bounded by :data:`MOST_COUNTED`; programs may walk to the end.
    bounded: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of one page, how many there are in all, and totals over all of them.

    Of more than :data:`MOST_COUNTED` rows neither the number is told nor the totals (None).
    """

    rows: tuple[Row, ...]
    page: int
    size: int
    total: int
    sums: Mapping[str, int | None]

    @property
    def is_more(self) -> bool:
        """Whether there are more rows than are counted and shown."""
        return self.total > MOST_COUNTED

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return pages_of(min(self.total, MOST_COUNTED), self.size)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as an auditor sees him: number and masked name; whole where it is recorded."""

    id: UUID
    number: str
    name: str


#: Who acts without being a member: the job process, and whoever has not logged in.
NOT_MEMBERS = {actor.id: Person(actor.id, "", "") for actor in (SYSTEM, NOBODY)}


def cut(
    ctx: Context,
    statement: sa.Select[*tuple[Any, ...]],
    want: Want,
    sums: Mapping[str, Any],
    default: sa.Select[*tuple[Any, ...]] | None = None,
) -> tuple[list[Any], int, int, dict[str, int | None]]:
    """The rows of the wanted page, the page's number, the count of rows, and the sums.

    ``sums`` are expressions over the columns of the statement. ``default`` is the statement in an
    order that an index has: a list too long to be sorted keeps to it. Raises TooManyRows for an
    export beyond what a spreadsheet should hold.
    """
    first = statement if default is None else default
    inner = first.limit(MOST_COUNTED + 1) if want.bounded else statement.order_by(None)
    counting = inner.subquery()
    columns = [make(counting.c).label(name) for name, make in sums.items()]
    counted = ctx.session.execute(
        sa.select(sa.func.count().label("n"), *columns).select_from(counting)
    ).one()
    total = counted.n
    if want.whole:
        if total > MOST_EXPORTED:
            raise TooManyRows(rows=total, most=MOST_EXPORTED)
        rows, page = ctx.session.execute(statement).all(), 1
    else:
        last = min(total, MOST_COUNTED) if want.bounded else total
        page = max(1, min(want.page, pages_of(last, want.size)))
        offset = (page - 1) * want.size
        shown = first if want.bounded and total > MOST_COUNTED else statement
        rows = ctx.session.execute(shown.limit(want.size).offset(offset)).all()
    is_whole = not want.bounded or total <= MOST_COUNTED
    added = {name: getattr(counted, name) if is_whole else None for name in sums}
    return list(rows), page, total, added


def pages_of(total: int, size: int) -> int:
    """How many pages so many rows make; an empty list has one."""
    return max(1, -(-total // size))


def ordered(statement: Any, want: Want, columns: Mapping[str, Any], default: str, tie: Any) -> Any:
    """The statement in the wanted order; an unknown column gives the default one."""
    name = want.sort.removeprefix("-")
    chosen = want.sort if name in columns else default
    column = columns[chosen.removeprefix("-")]
    return statement.order_by(column.desc() if chosen.startswith("-") else column.asc(), tie)


def people(ctx: Context, ids: Iterable[UUID | None], *, whole: bool = False) -> dict[UUID, Person]:
    """Number and name of members by id; names masked unless the page records its look."""
    wanted = sorted({each for each in ids if each is not None})
    found: dict[UUID, Person] = dict(NOT_MEMBERS)
    for start in range(0, len(wanted), 500):
        rows = ctx.session.execute(
            sa.select(Member.id, Member.number, Member.name).where(
                Member.id.in_(wanted[start : start + 500])
            )
        )
        for row in rows:
            name = row.name if whole else masked_name(row.name)
            found[row.id] = Person(row.id, row.number, name)
    return found


def from_day(column: Any, day: date | None) -> list[sa.ColumnElement[bool]]:
    """On a Chinese calendar day or later."""
    return [] if day is None else [column >= _midnight(day)]


def to_day(column: Any, day: date | None) -> list[sa.ColumnElement[bool]]:
    """On a Chinese calendar day or earlier."""
    return [] if day is None else [column < _midnight(day + timedelta(days=1))]


def _midnight(day: date) -> datetime:
    return at_local(day, time())
