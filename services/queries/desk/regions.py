"""The figures of whole regions: everything in every book that lies in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from services.context import Context
from services.places.regions import within
from services.queries.audit.scope import Place, RegionPage, books_by_region
from services.queries.desk.figures import Figure
from services.queries.desk.levels import figures_of, level_figures
from services.tallies.reading import ALWAYS, Months


@dataclass(frozen=True, slots=True)
class RegionHelp:
    """A region with the figures of everybody in it; ``place`` None: all of them together."""

    place: Place | None
    key: str
    values: dict[str, int]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure by name, in the order of the page."""
        return figures_of(self.key, self.values)


def region_help(ctx: Context, page: RegionPage, months: Months = ALWAYS) -> tuple[RegionHelp, ...]:
    """The lines of a region's page in figures of people and services, and all together."""
    known = books_by_region(ctx)
    by_line = {
        line.place.code: [
            book for code, book in known.items() if code.startswith(within(line.place.code))
        ]
        for line in page.lines
    }
    books = sorted({book for some in by_line.values() for book in some})
    by_book = _by_book(ctx, books, months)
    lines = [
        RegionHelp(line.place, line.place.code, dict(_sum(by_book, by_line[line.place.code])))
        for line in page.lines
    ]
    key = page.here.code if page.here else "all"
    return (*lines, RegionHelp(None, key, dict(_sum(by_book, books))))


def _sum(by_book: dict[str, Counter[str]], books: list[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    for book in books:
        total.update(by_book.get(book, Counter()))
    return total


def _by_book(ctx: Context, books: list[str], months: Months) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for (book, _branch), values in level_figures(ctx, books, months).items():
        found.setdefault(book, Counter()).update(values)
    return found
