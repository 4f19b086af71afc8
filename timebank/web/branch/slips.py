"""Paper slips: printed for a visit that is to come, entered when they come back."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.context import Context
from services.errors import DomainError
from services.queries.branch.visits import visit_file
from services.visits.slips import print_slip, slip_codes
from services.visits.written import (
    EnteredSlip,
    WrittenSlip,
    enter_written,
    key_of,
    refuse_double,
)
from timebank.edge import declare, now, perform, reading, spend
from timebank.web.branch import bp
from timebank.web.branch.acting import here, page
from timebank.web.branch.forms_slips import SlipsForm
from timebank.web.forms.base import PageForm


@bp.post("/visits/<book>/<uuid:visit_id>/slip")
@declare("visit.slip")
def make_slip(book: str, visit_id: UUID) -> Response:
    """Make a new slip; one printed before is no longer valid."""
    perform(lambda ctx: print_slip(ctx, book, visit_id), key=PageForm().key)
    return redirect(url_for("branch.slip", book=book, visit_id=visit_id), code=303)


@bp.get("/visits/<book>/<uuid:visit_id>/slip")
@declare("visit.slip")
def slip(book: str, visit_id: UUID) -> tuple[str, int] | Response:
    """The slip for printing, with two codes to tear off."""
    found = perform(lambda ctx: (visit_file(ctx, book, visit_id), slip_codes(ctx, book, visit_id)))
    it, codes = found
    if codes is None:
        return redirect(url_for("branch.visit", book=book, visit_id=visit_id), code=303)
    return page("branch/slip.html", it=it, codes=codes, printed_at=now())


@bp.route("/slips", methods=["GET", "POST"])
@declare("visit.slip")
def slips() -> tuple[str, int] | Response:
    """Enter the slips that lie on the desk; each stands or falls by itself."""
    form = SlipsForm()
    if form.is_submitted():
        form.validate()
        _enter_all(form)
    else:
        form.rows[0].reference.data = request.args.get("reference", "")
    entered = [row for row in form.rows if row.entered is not None]
    if entered:
        said = _("已录入 %(n)s 张纸条。接下来请打电话请老人确认。", n=len(entered))
        flash(said, "success")
    if entered and not form.problems():
        return redirect(url_for("branch.home", kind="unconfirmed"), code=303)
    with reading() as ctx:
        desk = here(ctx)
    answer, _status = page("branch/slips.html", form, desk=desk)
    return answer, 422 if form.problems() else 200


def _enter_all(form: SlipsForm) -> None:
    """Each row in a unit of work of its own, under a key of its own.

    The same page sent twice is one entry for each slip, whichever of them were refused.
    """
    if form.errors.get("csrf_token"):
        # Whoever has not sent this page has entered nothing.
        return
    slips = [None if row.is_empty else row.written() for row in form.rows]
    if all(row.is_empty for row in form.rows):
        form.form_errors.append(_("请至少填写一张纸条。"))
    with reading() as ctx:
        desk = here(ctx)
    for place, (row, slip) in enumerate(zip(form.rows, slips, strict=True)):
        if slip is None:
            continue
        try:
            refuse_double(slips, place)
            row.entered = perform(partial(_entering, desk.id, slip), key=key_of(form.key, slip))
        except DomainError as error:
            row.refuse(error)
    if form.problems():
        spend(form.key)


def _entering(branch_id: UUID, slip: WrittenSlip, ctx: Context) -> EnteredSlip:
    return enter_written(ctx, branch_id, slip)
