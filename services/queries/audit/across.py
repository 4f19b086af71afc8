"""What lists of a book say of acts that other books take part in."""

from __future__ import annotations

from services.context import Context
from services.corridors.finding import region_words
from services.ledger.clearing import cleared_with
from services.rules.names import Name


def books_with(ctx: Context, book: str) -> tuple[str, ...]:
    """A book and all that it clears with: whatever came from elsewhere stands in those."""
    return (book, *cleared_with(ctx.session, book))


def elsewhere(ctx: Context, book: str, from_book: str, to_book: str | None) -> Name | None:
    """The region of the other side as a book sees it; None where both are its own."""
    other = from_book if from_book != book else to_book
    return Name(*region_words(ctx, other)) if other is not None else None
