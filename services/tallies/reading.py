"""Figures of some months: those kept, and what has come since, so that they are of this moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.tallies import MonthHelp, MonthMove, MonthWait, TallyMark
from services.ledger.rows import whole_sum
from services.tallies.counting import (
    Counts,
    Span,
    add_asked,
    add_moves,
    add_reversals,
    add_visits,
)

CROSS_BOOK = {"cross_book": True}


@dataclass(frozen=True, slots=True)
class Months:
    """From a month to a month, both included, as 2026-03; empty: from the first, to the last."""

    first: str = ""
    last: str = ""

    def holds(self, month: str) -> bool:
        """Whether a month is one of them."""
        return (not self.first or self.first <= month) and (not self.last or month <= self.last)

    def of(self, model: Any) -> list[sa.ColumnElement[bool]]:
        """The condition on a table of tallies."""
        found = []
        if self.first:
            found.append(model.month >= self.first)
        if self.last:
            found.append(model.month <= self.last)
        return found


ALWAYS = Months()


@dataclass(frozen=True, slots=True)
class Move:
    """Entries of a kind of transfer on a kind of account in a month; standard minutes."""

    book: str
    month: str
    kind: str
    #: Empty: the transfers themselves are counted in ``entries``.
    account_kind: str
    entries: int
    in_minutes: int
    out_minutes: int


@dataclass(frozen=True, slots=True)
class Help:
    """What a branch's elders asked for and got in a month, by service."""

    book: str
    month: str
    branch_id: UUID
    service_code: str
    figures: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        return self.figures[name]


@dataclass(frozen=True, slots=True)
class Wait:
    """How many of a group waited so many hours, all months together."""

    book: str
    branch_id: UUID
    grouping: str
    hours: int
    visits: int


def spans(session: Session, books: Sequence[str]) -> list[Span]:
    """What is newer than the marks of these books; of one without a mark, everything."""
    marks = {
        row.book: row.at
        for row in session.execute(
            sa.select(TallyMark.book, TallyMark.at).where(TallyMark.book.in_(books)),
            execution_options=CROSS_BOOK,
        )
    }
    # The earliest mark bounds what an index is read from; each book's own mark decides.
    since = min(marks.values(), default=None)
    found = [
        Span(tuple(each for each in books if each in marks), since, marked=True),
        Span(tuple(each for each in books if each not in marks)),
    ]
    return [span for span in found if span.books]


def moves(session: Session, books: Sequence[str], months: Months = ALWAYS) -> tuple[Move, ...]:
    """Everything that moved, by kinds, in order."""
    counts = Counts()
    for row in _kept(session, MonthMove, books, months):
        found = counts.move(row.book, row.month, row.kind, row.account_kind)
        found.update(_figures(row, ("entries", "in_minutes", "out_minutes")))
    for span in spans(session, books):
        add_moves(session, span, counts)
    return tuple(
        Move(*key, found["entries"], found["in_minutes"], found["out_minutes"])
        for key, found in sorted(counts.moves.items())
        if months.holds(key[1])
    )


HELP_FIGURES = tuple(
    column.name
    for column in MonthHelp.__table__.c
    if column.name not in ("book", "month", "branch_id", "service_code")
)


def help_given(session: Session, books: Sequence[str], months: Months = ALWAYS) -> tuple[Help, ...]:
    """What was asked for, given and taken back, by branch and service, in order."""
    counts = Counts()
    for row in _kept(session, MonthHelp, books, months):
        found = counts.helped(row.book, row.month, row.branch_id, row.service_code)
        found.update(_figures(row, HELP_FIGURES))
    for span in spans(session, books):
        add_asked(session, span, counts)
        add_visits(session, span, counts)
        add_reversals(session, span, counts)
    return tuple(
        Help(*key, {name: found[name] for name in HELP_FIGURES})
        for key, found in sorted(counts.help.items())
        if months.holds(key[1])
    )


def waits(session: Session, books: Sequence[str], months: Months = ALWAYS) -> tuple[Wait, ...]:
    """How long people waited, in order."""
    found: Counter[tuple[str, UUID, str, int]] = Counter()
    of = (MonthWait.book, MonthWait.branch_id, MonthWait.grouping, MonthWait.hours)
    kept = (
        sa.select(*of, whole_sum(MonthWait.visits).label("visits"))
        .where(MonthWait.book.in_(books), *months.of(MonthWait))
        .group_by(*of)
    )
    for row in session.execute(kept, execution_options=CROSS_BOOK):
        found[row.book, row.branch_id, row.grouping, row.hours] += row.visits
    newer = Counts()
    for span in spans(session, books):
        add_visits(session, span, newer)
    for (book, month, branch_id, grouping, hours), visits in newer.waits.items():
        if months.holds(month):
            found[book, branch_id, grouping, hours] += visits
    return tuple(Wait(*each, visits) for each, visits in sorted(found.items()))


def added(lines: Iterable[Help]) -> Counter[str]:
    """The figures of several lines together."""
    total: Counter[str] = Counter()
    for line in lines:
        total.update(line.figures)
    return total


def _kept(session: Session, model: Any, books: Sequence[str], months: Months) -> Iterable[Any]:
    statement = sa.select(model.__table__).where(model.book.in_(books), *months.of(model))
    return session.execute(statement, execution_options=CROSS_BOOK)


def _figures(row: Any, names: Iterable[str]) -> dict[str, int]:
    return {name: getattr(row, name) for name in names}
