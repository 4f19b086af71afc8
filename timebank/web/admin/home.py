"""The regions that somebody administers, and one of them at a glance."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from services.policy import NATIONAL_ADMIN
from services.queries.admin.books import my_books, overview
from timebank.edge import current_actor, declare, reading
from timebank.web.admin import bp
from timebank.web.branch.acting import page


@bp.get("/")
@declare("ledger.read")
def home() -> tuple[str, int] | Response:
    """One's books; whoever has only one goes straight to it."""
    with reading() as ctx:
        books = my_books(ctx)
    if len(books) == 1 and not current_actor().has_role(NATIONAL_ADMIN):
        return redirect(url_for("admin.book", book=books[0].book), code=303)
    return page("admin/home.html", books=books)


@bp.get("/<book>")
@declare("ledger.read")
def book(book: str) -> tuple[str, int]:
    """A region's members, pool, queue, branches, and what waits for an administrator."""
    with reading() as ctx:
        found = overview(ctx, book)
    return page("admin/book.html", it=found)
