"""Where a volunteer serves beside home: the books to look in, and how the regions are called."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, Visit
from services.context import Context
from services.corridors.finding import region_words
from services.requests.hosted import books_at, place_book_of
from services.requests.sentences import RequestUnknown
from services.rules.names import Name


def asking_books(ctx: Context) -> tuple[str, ...]:
    """The books in which one may be asked: the own ones, and those of elders who stay here."""
    here = books_at(ctx.session, ctx.actor.home_book, ctx.now)
    return tuple(dict.fromkeys((*ctx.actor.books, *here)))


def book_of_request(ctx: Context, request_id: UUID) -> str:
    """The book of a request that the volunteer may be asked for; raises RequestUnknown."""
    found = ctx.session.scalar(
        sa.select(Request.book).where(Request.book.in_(asking_books(ctx)), Request.id == request_id)
    )
    if found is None:
        raise RequestUnknown
    return found


def region_name(ctx: Context, book: str) -> Name:
    """How a book's region is called in full; read once in a unit of work."""
    known: dict[str, Name] = ctx.session.info.setdefault("region_names", {})
    if book not in known:
        known[book] = Name(*region_words(ctx, book))
    return known[book]


def place_away(ctx: Context, request: Request) -> Name | None:
    """The region in which a service takes place, where that is not the reader's own."""
    place = place_book_of(request)
    return None if place == ctx.actor.home_book else region_name(ctx, place)


def payer_away(ctx: Context, row: Request | Visit) -> Name | None:
    """The region of the elder, where that is not the reader's own: its book pays."""
    return None if row.book == ctx.actor.home_book else region_name(ctx, row.book)
