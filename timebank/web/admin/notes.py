"""Notes on a transfer: written by the region's administrators, their words erased where due."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services import policy
from services.errors import Forbidden
from services.notes import erase_note, write_note
from services.policy import Subject
from services.queries.admin.transfers import transfer_file
from services.queries.notes import note_line
from timebank.edge import declare, reading
from timebank.web.admin import bp
from timebank.web.admin.forms import NoteForm
from timebank.web.branch.acting import acted, page
from timebank.web.forms.base import PageForm


@bp.route("/<book>/transfers/<uuid:transfer_id>/note", methods=["GET", "POST"])
@declare("transfer.note")
def note_new(book: str, transfer_id: UUID) -> tuple[str, int] | Response:
    """Add a note to a transfer."""
    form = NoteForm()
    with reading() as ctx:
        it = transfer_file(ctx, book, transfer_id)
    if not it.may_note.allowed:
        raise Forbidden(it.may_note.reason)
    text = form.text.data or ""
    if acted(form, lambda ctx: write_note(ctx, book, transfer_id, text)):
        flash(_("备注已写上。"), "success")
        return _to(book, transfer_id)
    return page("admin/note_new.html", form, it=it)


@bp.route("/<book>/notes/<uuid:note_id>/erase", methods=["GET", "POST"])
@declare("note.erase")
def note_erase(book: str, note_id: UUID) -> tuple[str, int] | Response:
    """Erase the words of a note, after a look at them."""
    form = PageForm()
    with reading() as ctx:
        policy.require(ctx.actor, "note.erase", Subject(book=book, region_code=book))
        line = note_line(ctx, book, note_id)
    if acted(form, lambda ctx: erase_note(ctx, book, note_id)):
        flash(_("备注的文字已删去。"), "success")
        return _to(book, line.note.transfer_id)
    return page("admin/note_erase.html", form, line=line, book=book)


def _to(book: str, transfer_id: UUID) -> Response:
    return redirect(url_for("admin.transfer", book=book, transfer_id=transfer_id), code=303)
