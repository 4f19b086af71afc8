"""From the province to the book: where the auditor begins."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.places import Tier
from services.policy import NATION, can
from services.queries.audit.books import book_page
from services.queries.audit.scope import region_page, scopes_of
from services.queries.desk.regions import region_help
from timebank.edge import current_actor, declare, reading
from timebank.web.audit import bp
from timebank.web.audit.exporting import export_action
from timebank.web.audit.forms import AtForm, MonthsForm


@bp.get("/")
@declare("ledger.read")
def home() -> str:
    """The regions of the scope; each leads to those below it, a county to its book."""
    form = AtForm()
    with reading() as ctx:
        found = region_page(ctx, at=form.moment())
        national = NATION in scopes_of(ctx, "audit.read")
        help_ = () if found.then else region_help(ctx, found)
    return render_template(
        "audit/region.html", it=found, help=help_, form=form, national=national, nation=NATION
    )


@bp.get("/regions/<code>")
@declare("ledger.read")
def region(code: str) -> str | Response:
    """A province's cities or a city's counties; a county has its book."""
    form = AtForm()
    with reading() as ctx:
        found = region_page(ctx, code, form.moment())
        help_ = () if found.then else region_help(ctx, found)
    if found.here is not None and found.here.tier not in (Tier.PROVINCE, Tier.CITY):
        kept = found.here.book
        if kept is not None:
            return redirect(url_for("audit.book", book=kept, at=form.at.data), code=303)
    return render_template(
        "audit/region.html", it=found, help=help_, form=form, national=False, nation=NATION
    )


@bp.get("/books/<book>")
@declare("ledger.read")
def book(book: str) -> str:
    """A book's trial balance, its light checks, and what leads further down."""
    form, months = AtForm(), MonthsForm()
    with reading() as ctx:
        found = book_page(ctx, book, form.moment(), months.months())
    may_read_records = can(current_actor(), "audit.read", found.subject).allowed
    return render_template(
        "audit/book.html",
        it=found,
        form=form,
        months=months,
        may_read_records=may_read_records,
        export=export_action(found.place, "streets"),
    )
