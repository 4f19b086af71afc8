"""Over which books somebody may do what, for lists that go over several of them."""

from __future__ import annotations

import sqlalchemy as sa

from models.places import Book
from services.context import Context
from services.policy import covers
from services.queries.audit.scope import scopes_of


def books_for(ctx: Context, act: str) -> tuple[str, ...]:
    """The books within the regions over which the actor holds a role that allows the act."""
    scopes = scopes_of(ctx, act)
    rows = ctx.session.execute(sa.select(Book.region_code, Book.book).order_by(Book.book))
    return tuple(row.book for row in rows if any(covers(each, row.region_code) for each in scopes))
