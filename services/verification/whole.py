"""The whole check in its parts: what belongs to no book, and each book by itself."""

from __future__ import annotations

from collections.abc import Iterator

from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.ledger.verify.records import check_records, record_books
from services.ledger.verify.seals import check_lists
from services.ledger.verify.whole import books
from services.policy import NATION
from services.verification import check_clearing, check_rules, verify


def country(ctx: Context, tally: Tally, *, beside: bool = True) -> Iterator[Breach]:
    """The rules, the lists of seals and the clearing; ``beside``: records of books without
    accounts too, such as those of acts of the whole country.
    """
    yield from check_rules(ctx, tally)
    yield from check_lists(ctx.session, tally)
    yield from check_clearing(ctx, tally)
    if beside:
        for book in sorted({*record_books(ctx.session)} - {*books(ctx.session)}):
            yield from check_records(ctx.session, book, tally)


def part(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """One book, or with the country's own number what belongs to none."""
    return country(ctx, tally) if book == NATION else verify(ctx, book, tally)
