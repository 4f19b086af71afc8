"""What an answer is made of: numbers by name, in tables of one row for each place or group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from services.queries.cockpit.scope import Part, Scope
from services.queries.desk.figures import (
    COUNT,
    FEN,
    HOURS,
    MINUTES,
    PERCENT,
    PERMILLE,
    UNITS,
    Figure,
)
from services.queries.desk.levels import mark_of
from services.rules.names import Name

#: Book and branch; None for what belongs to no branch.
Key = tuple[str, UUID | None]
#: Turns counts of a place into its figures.
Finish = Callable[[Mapping[str, int]], Mapping[str, int | None]]

#: Every number of the cockpit: which question it belongs to, its name, its unit.
COCKPIT_UNITS: Mapping[str, str] = {
    "elders.entitled": COUNT,
    "elders.asked": COUNT,
    "elders.served": COUNT,
    "elders.unserved": COUNT,
    "elders.served_permille": PERMILLE,
    "elders.unknown": COUNT,
    "supply.asked": COUNT,
    "supply.asked_minutes": MINUTES,
    "supply.visits": COUNT,
    "supply.met_minutes": MINUTES,
    "supply.met_permille": PERMILLE,
    "supply.volunteers": COUNT,
    "supply.offered_minutes": MINUTES,
    "active.registered": COUNT,
    "active.days_30": COUNT,
    "active.days_90": COUNT,
    "active.permille_30": PERMILLE,
    "active.permille_90": PERMILLE,
    "redemption.earned_minutes": MINUTES,
    "redemption.drawn_minutes": MINUTES,
    "redemption.permille": PERMILLE,
    "waiting.visits": COUNT,
    "waiting.median_hours": HOURS,
    "waiting.high_hours": HOURS,
    "waiting.open": COUNT,
    "welfare.elders": COUNT,
    "welfare.seen": COUNT,
    "welfare.due": COUNT,
    "welfare.made": COUNT,
    "welfare.permille": PERMILLE,
    "reserve.pool_minutes": MINUTES,
    "reserve.outstanding_minutes": MINUTES,
    "reserve.fund_fen": FEN,
    "reserve.read_minutes": MINUTES,
    "reserve.backed_percent": PERCENT,
    "ratings.good": COUNT,
    "ratings.fair": COUNT,
    "ratings.poor": COUNT,
    "ratings.permille": PERMILLE,
    "callbacks.waiting": COUNT,
    "callbacks.confirmed": COUNT,
    "callbacks.failed": COUNT,
    "callbacks.unreached": COUNT,
    "callbacks.failed_permille": PERMILLE,
}
UNITS.update(COCKPIT_UNITS)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is of, by kind and key. ``name`` is None where the page has the word."""

    kind: str
    key: str
    name: Name | None
    figures: tuple[Figure, ...]

    def value(self, name: str) -> int | None:
        """The number of that name."""
        return next(each.value for each in self.figures if each.name == name)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind, the total beneath where they add up, and which figures are drawn."""

    code: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Row | None
    drawn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One question's page: its large numbers, then its tables."""

    code: str
    scope: Scope
    head: tuple[Figure, ...]
    tables: tuple[Table, ...]


def permille(part: int, whole: int) -> int | None:
    """So many of a thousand, rounded down; None of nothing."""
    return part * 1000 // whole if whole else None


def by_place(
    question: str,
    scope: Scope,
    counts: Mapping[Key, Counter[str]],
    finish: Finish,
    drawn: tuple[str, ...] = (),
) -> Table:
    """Counts of books and branches as a table of the places of a scope."""
    rows = []
    for part in scope.parts:
        mine = together(found for key, found in counts.items() if part.holds(*key))
        rows.append(place_row(question, part, finish(mine)))
    whole = together(found for key, found in counts.items() if scope.holds(*key))
    total = row_of(question, "total", scope.key, None, finish(whole))
    columns = tuple(each.name for each in total.figures)
    return Table(f"{question}.place", columns, tuple(rows), total, drawn)


def place_row(question: str, part: Part, values: Mapping[str, int | None]) -> Row:
    """The row of a place."""
    found = row_of(question, part.kind, mark_of(part.kind, part.key), part.name, values)
    return replace(found, key=part.key)


def row_of(
    question: str, kind: str, key: str, name: Name | None, values: Mapping[str, int | None]
) -> Row:
    """A row whose figures are named after the question."""
    figures = tuple(Figure(f"{question}.{each}", key, value) for each, value in values.items())
    return Row(kind, key, name, figures)


def together(several: Iterable[Mapping[str, int]]) -> Counter[str]:
    """Counts added up."""
    total: Counter[str] = Counter()
    for each in several:
        total.update(each)
    return total
