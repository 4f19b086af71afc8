"""Closing the months of all books: a job, one book and month to a unit of work."""

from __future__ import annotations

import sqlalchemy as sa

from models.places import Book
from services import audit, policy
from services.context import Context
from services.ids import derived
from services.ledger.closings import Closed, close_month, months_due
from services.policy import Subject


def due(ctx: Context) -> list[tuple[str, str]]:
    """Every book and month that has ended and is not closed, in the order of closing."""
    books = ctx.session.scalars(sa.select(Book.book).order_by(Book.book))
    return [(book, month) for book in books for month in months_due(ctx.session, book, ctx.now)]


def close(ctx: Context, book: str, month: str) -> Closed | None:
    """Close a month of a book; None when somebody else has done so meanwhile."""
    policy.require(ctx.actor, "jobs.run", Subject(book=book))
    closed = close_month(ctx.session, book, month, ctx.now)
    if closed is not None:
        audit.record(
            ctx,
            "month.close",
            "closing",
            derived("closing", book, month),
            book=book,
            after={
                "month": month,
                "rows": closed.lines,
                "entries": closed.entries,
                "content_hash": closed.content_hash,
            },
        )
    return closed
