"""From the province to the book: where the auditor begins."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.places import Tier
from services.policy import NATION, can
from services.queries.audit.books import book_page
from services.queries.audit.scope import region_page, scopes_of
from timebank.edge import current_actor, declare, reading
from timebank.web.audit import bp
from timebank.web.audit.forms import AtForm


@bp.get("/")
@declare("ledger.read")
def home() -> str:
    """The regions of the scope; each leads to those below it, a county to its book."""
    form = AtForm()
    with reading() as ctx:
        found = region_page(ctx, at=form.moment())
        national = NATION in scopes_of(ctx, "audit.read")
    return render_template(
        "audit/region.html", it=found, form=form, national=national, nation=NATION
    )


@bp.get("/regions/<code>")
@declare("ledger.read")
def region(code: str) -> str | Response:
    """A province's cities or a city's counties; a county has its book."""
    form = AtForm()
    with reading() as ctx:
        found = region_page(ctx, code, form.moment())
    if found.here is not None and found.here.tier not in (Tier.PROVINCE, Tier.CITY):
        kept = found.here.book
        if kept is not None:
            return redirect(url_for("audit.book", book=kept, at=form.at.data), code=303)
    return render_template("audit/region.html", it=found, form=form, national=False, nation=NATION)


@bp.get("/books/<book>")
@declare("ledger.read")
def book(book: str) -> str:
    """A book's trial balance, its light checks, and what leads further down."""
    form = AtForm()
    with reading() as ctx:
        found = book_page(ctx, book, form.moment())
    may_read_records = can(current_actor(), "audit.read", found.subject).allowed
    return render_template(
        "audit/book.html", it=found, form=form, may_read_records=may_read_records
    )
