"""Estates for whoever audits: the list, and the file of one with all its moves."""

from __future__ import annotations

from uuid import UUID

from flask import render_template

from services.policy import Subject, can
from services.queries.audit.estates import READ, estates
from services.queries.audit.scope import require_book
from services.queries.estate_division import notice_file
from services.queries.estates import estate_file
from timebank.edge import current_actor, declare, perform, reading
from timebank.web.audit import bp
from timebank.web.audit.estate_sheets import EstateFilterForm
from timebank.web.audit.exporting import export_action
from timebank.web.audit.forms import want
from timebank.web.estate_parts import FOR_PARTS
from timebank.web.words.estates import FOR_TEMPLATES


@bp.get("/books/<book>/estates", endpoint="estates")
@declare(READ)
def estate_list(book: str) -> str:
    """Estates that fit the filter, the newest report first."""
    filters = EstateFilterForm()
    with reading() as ctx:
        place = require_book(ctx, book, READ)
        page = estates(ctx, book, filters.wanted(), want())
    return render_template(
        "audit/estates.html",
        form=filters,
        place=place,
        page=page,
        export=export_action(place, "estates"),
        **FOR_TEMPLATES,
    )


@bp.get("/books/<book>/estates/<uuid:estate_id>", endpoint="estate")
@declare(READ)
def estate(book: str, estate_id: UUID) -> str:
    """One estate with its papers, its officials and every transfer; the look is recorded."""
    with reading() as ctx:
        place = require_book(ctx, book, READ)
    it, notice = perform(
        lambda ctx: (estate_file(ctx, book, estate_id), notice_file(ctx, book, estate_id))
    )
    subject = Subject(book=book, region_code=place.code)
    may_read_records = can(current_actor(), "audit.read", subject).allowed
    return render_template(
        "audit/estate.html",
        place=place,
        it=it,
        notice=notice,
        may_read_records=may_read_records,
        **{**FOR_TEMPLATES, **FOR_PARTS},
    )
