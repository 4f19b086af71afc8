"""A book's transfers, one transfer, and the valuation behind it."""

from __future__ import annotations

from uuid import UUID

from flask import render_template

from services.policy import Subject, can
from services.queries.audit.scope import require_book
from services.queries.audit.transfers import transfer_page, transfers
from services.queries.audit.valuations import valuation_page
from timebank.edge import current_actor, declare, perform, reading
from timebank.seals.files import seal_of
from timebank.web.audit import bp
from timebank.web.audit.exporting import export_action
from timebank.web.audit.forms import TransferFilterForm, want


@bp.get("/books/<book>/transfers", endpoint="transfers")
@declare("ledger.read")
def transfer_list(book: str) -> str:
    """Transfers that fit the filter, the newest first."""
    filters = TransferFilterForm()
    with reading() as ctx:
        place = require_book(ctx, book)
        page = transfers(ctx, book, filters.wanted(), want())
    return render_template(
        "audit/transfers.html",
        form=filters,
        place=place,
        page=page,
        export=export_action(place, "transfers"),
    )


@bp.get("/books/<book>/transfers/<uuid:transfer_id>")
@declare("ledger.read")
def transfer(book: str, transfer_id: UUID) -> str:
    """One transfer: its legs, who, for whom, why, and what it reverses or is reversed by."""
    with reading() as ctx:
        found = transfer_page(ctx, book, transfer_id)
    seal = seal_of(book, transfer_id)
    subject = Subject(book=book, region_code=found.place.code)
    may_propose = (
        not (found.reverses_id or found.reversed_by_id)
        and can(current_actor(), "reversal.propose", subject).allowed
    )
    return render_template(
        "audit/transfer.html", it=found, place=found.place, seal=seal, may_propose=may_propose
    )


@bp.get("/books/<book>/valuations/<uuid:valuation_id>")
@declare("ledger.read")
def valuation(book: str, valuation_id: UUID) -> str:
    """The whole formula, and the same worked out again; the look is recorded."""
    found = perform(lambda ctx: valuation_page(ctx, book, valuation_id))
    return render_template("audit/valuation.html", it=found, place=found.place)
