"""Every figure that a dashboard may show, by name, with its unit.

A page marks each number with its name and with what it is of, so that a check by other code can
find the number and work it out from the rows themselves. A number without a name is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

COUNT, MINUTES, PERMILLE, PERCENT, HOURS, FEN = "count minutes permille percent hours fen".split()

#: Of a book, a region, a street or a branch: what its name says, all or since the first month.
LEVEL_UNITS: Mapping[str, str] = {
    "level.members": COUNT,
    "level.volunteers": COUNT,
    "level.elders": COUNT,
    "level.visits": COUNT,
    "level.actual_minutes": MINUTES,
    "level.earn_minutes": MINUTES,
    "level.manual_entries": COUNT,
    "level.manual_waiting": COUNT,
    "level.open_sheets": COUNT,
    "level.open_flags": COUNT,
    "level.open_callbacks": COUNT,
    "level.failed_callbacks": COUNT,
}
BOOK_UNITS: Mapping[str, str] = {
    "book.books": COUNT,
    "book.issued_minutes": MINUTES,
    "book.pool_minutes": MINUTES,
    "book.outstanding_minutes": MINUTES,
    "book.held_minutes": MINUTES,
    "book.sum_minutes": MINUTES,
    "book.transfers": COUNT,
    "book.requests": COUNT,
    "book.visits": COUNT,
    "book.records": COUNT,
    "book.unsealed": COUNT,
    "book.sealed": COUNT,
    "book.waiting_authorisations": COUNT,
    "trial.accounts": COUNT,
    "trial.in_minutes": MINUTES,
    "trial.out_minutes": MINUTES,
    "trial.balance_minutes": MINUTES,
    "trial.held_minutes": MINUTES,
    "closing.entries": COUNT,
    "closing.lines": COUNT,
    "check.expected": COUNT,
    "check.found": COUNT,
    "check.expected_minutes": MINUTES,
    "check.found_minutes": MINUTES,
    "clearing.minutes": MINUTES,
    "pair.book_minutes": MINUTES,
    "pair.counter_minutes": MINUTES,
    "pool.entries": COUNT,
    "pool.in_minutes": MINUTES,
    "pool.out_minutes": MINUTES,
}
UNITS: dict[str, str] = {**LEVEL_UNITS, **BOOK_UNITS}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number: its name, what it is of, and the number itself. None: not known."""

    name: str
    of: str
    value: int | None

    @property
    def unit(self) -> str:
        """What it counts; raises KeyError for a number that nobody has named."""
        return UNITS[self.name]


def named(of: str, values: Mapping[str, int | None], prefix: str) -> tuple[Figure, ...]:
    """Figures of one thing, ``prefix`` before their names."""
    return tuple(Figure(f"{prefix}.{name}", of, value) for name, value in values.items())
