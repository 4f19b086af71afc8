"""Who did what: the audit records of a book."""

from __future__ import annotations

from flask import render_template

from services.queries.audit.records import acts_of, records
from services.queries.audit.scope import require_book
from timebank.edge import declare, reading
from timebank.web.audit import bp
from timebank.web.audit.exporting import export_action
from timebank.web.audit.forms import RecordFilterForm, want


@bp.get("/books/<book>/records", endpoint="records")
@declare("audit.read")
def record_list(book: str) -> str:
    """Records that fit the filter, the newest first."""
    with reading() as ctx:
        place = require_book(ctx, book, "audit.read")
        filters = RecordFilterForm(acts_of(ctx, book))
        page = records(ctx, book, filters.wanted(), want())
    return render_template(
        "audit/records.html",
        form=filters,
        place=place,
        page=page,
        export=export_action(place, "records"),
    )
