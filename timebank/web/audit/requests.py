"""A book's requests and visits, and the evidence of one of them."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template

from services.queries.after import after_visit
from services.queries.audit.evidence import request_page, visit_page
from services.queries.audit.requests import requests, services_of, visits
from services.queries.audit.scope import require_book
from services.queries.errands import receipt_file
from timebank.edge import declare, perform, reading
from timebank.web.audit import bp
from timebank.web.audit.exporting import export_action
from timebank.web.audit.forms import RequestFilterForm, VisitFilterForm, want
from timebank.web.evidence import file_answer


@bp.get("/books/<book>/requests", endpoint="requests")
@declare("ledger.read")
def request_list(book: str) -> str:
    """Requests that fit the filter."""
    with reading() as ctx:
        place = require_book(ctx, book)
        filters = RequestFilterForm(services_of(ctx, book))
        page = requests(ctx, book, filters.wanted(), want())
    return render_template(
        "audit/requests.html",
        form=filters,
        place=place,
        page=page,
        export=export_action(place, "requests"),
    )


@bp.get("/books/<book>/requests/<uuid:request_id>")
@declare("ledger.read")
def request(book: str, request_id: UUID) -> str:
    """What was asked, by whom and with which consent; the look is recorded."""
    found = perform(lambda ctx: request_page(ctx, book, request_id))
    return render_template("audit/request.html", it=found, place=found.place)


@bp.get("/books/<book>/visits", endpoint="visits")
@declare("ledger.read")
def visit_list(book: str) -> str:
    """Visits that fit the filter."""
    with reading() as ctx:
        place = require_book(ctx, book)
        filters = VisitFilterForm(services_of(ctx, book))
        page = visits(ctx, book, filters.wanted(), want())
    return render_template(
        "audit/visits.html",
        form=filters,
        place=place,
        page=page,
        export=export_action(place, "visits"),
    )


@bp.get("/books/<book>/visits/<uuid:visit_id>")
@declare("ledger.read")
def visit(book: str, visit_id: UUID) -> str:
    """A visit with all its evidence; names are whole, so the look is recorded."""
    found = perform(lambda ctx: visit_page(ctx, book, visit_id))
    with reading() as ctx:
        after = after_visit(ctx, book, visit_id)
    return render_template("audit/visit.html", it=found, place=found.place, after=after)


@bp.get("/books/<book>/visits/<uuid:visit_id>/money/<uuid:money_id>/<uuid:file_id>")
@declare("ledger.read")
def money_receipt(book: str, visit_id: UUID, money_id: UUID, file_id: UUID) -> Response:
    """The receipt of an elder's shopping money; the look is recorded."""
    return file_answer(perform(lambda ctx: receipt_file(ctx, book, visit_id, money_id, file_id)))
