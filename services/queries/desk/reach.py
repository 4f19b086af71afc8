"""Which books there are, by the region that keeps each."""

from __future__ import annotations

import sqlalchemy as sa

from models.places import Book
from services.context import Context


def books_of_country(ctx: Context) -> dict[str, str]:
    """Region code -> book; who may see which is the caller's to ask."""
    rows = ctx.session.execute(sa.select(Book.region_code, Book.book).order_by(Book.region_code))
    return {row.region_code: row.book for row in rows}
