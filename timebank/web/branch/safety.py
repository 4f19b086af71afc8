"""Safety sheets: nobody opened the door, so somebody is called until the elder is found safe."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.queries.branch.safety import SheetFile, sheet_file
from services.visits.closed_door import close_sheet, note_call
from timebank.edge import declare, perform
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.branch.forms import CallForm, OutcomeForm


def _file(book: str, sheet_id: UUID) -> SheetFile:
    return perform(lambda ctx: sheet_file(ctx, book, sheet_id))


def _back(book: str, sheet_id: UUID) -> Response:
    return redirect(url_for("branch.sheet", book=book, sheet_id=sheet_id), code=303)


@bp.route("/safety/<book>/<uuid:sheet_id>", methods=["GET", "POST"])
@declare("safety.handle")
def sheet(book: str, sheet_id: UUID) -> tuple[str, int] | Response:
    """Whom to call, who was called, and the next call to write down."""
    form = CallForm()
    whom, note = form.whom.data or "", form.note.data or ""
    if acted(form, lambda ctx: note_call(ctx, book, sheet_id, whom, note)):
        flash(_("已记下这次联系。"), "success")
        return _back(book, sheet_id)
    return page("branch/sheet.html", form, it=_file(book, sheet_id))


@bp.route("/safety/<book>/<uuid:sheet_id>/close", methods=["GET", "POST"])
@declare("safety.handle")
def close(book: str, sheet_id: UUID) -> tuple[str, int] | Response:
    """Close a sheet once the elder is known to be safe or cared for."""
    form = OutcomeForm()
    outcome = form.outcome.data or ""
    if acted(form, lambda ctx: close_sheet(ctx, book, sheet_id, outcome)):
        flash(_("安全单已关闭。"), "success")
        return _back(book, sheet_id)
    it = _file(book, sheet_id)
    if it.closed_at is not None and not form.errors:
        return _back(book, sheet_id)
    return page("branch/sheet_close.html", form, it=it)
