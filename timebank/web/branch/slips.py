"""Paper slips: printed for a visit that is to come, entered when they come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.clock import at_local, local_date
from services.context import Context
from services.errors import DomainError
from services.queries.branch.desks import books_of
from services.queries.branch.visits import visit_file
from services.visits.checking import Slip, enter_slip
from services.visits.slips import print_slip, slip_codes, visit_of_any_slip
from timebank.edge import declare, perform, reading, spend
from timebank.i18n import say
from timebank.web.branch import bp
from timebank.web.branch.acting import here, page
from timebank.web.branch.forms import SlipsForm
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
    return page("branch/slip.html", it=it, codes=codes)


@dataclass(slots=True)
class _Row:
    """A row of the page with what came of it."""

    form: Any
    entered: UUID | None = None
    refused: DomainError | None = None


@bp.route("/slips", methods=["GET", "POST"])
@declare("visit.slip")
def slips() -> tuple[str, int] | Response:
    """Enter the slips that lie on the desk; each stands or falls by itself."""
    form = SlipsForm()
    rows: list[_Row] = []
    if form.is_submitted():
        form.validate()
        written = [row for row in form.rows if not row.is_empty]
        rows = [_Row(row) for row in written if _is_whole(row)]
        if not written:
            form.form_errors.append(_("请至少填写一张纸条。"))
        perform(lambda ctx: _enter_all(ctx, rows, form.key))
        for row in rows:
            if row.refused is not None:
                _refuse(row)
                spend(form.key)
    entered = [row for row in rows if row.entered is not None]
    if entered:
        said = _("已录入 %(n)s 张纸条。接下来请打电话请老人确认。", n=len(entered))
        flash(said, "success")
    if entered and not form.problems():
        return redirect(url_for("branch.home", kind="unconfirmed"), code=303)
    for row in entered:
        _clear(row.form)
    with reading() as ctx:
        desk = here(ctx)
    if not form.is_submitted():
        form.rows[0].reference.data = request.args.get("reference", "")
    answer, _status = page("branch/slips.html", form, desk=desk)
    return answer, 422 if form.problems() else 200


def _clear(row: Any) -> None:
    """An entered row is empty again, so that only what is refused is left to mend."""
    row.process()
    for field in row:
        field.raw_data = field.typed = None


def _is_whole(row: Any) -> bool:
    """Whether everything that an entry needs stands in the row; says what is missing."""
    for field in (row.reference, row.code_out, row.left):
        if not field.data and not field.errors:
            field.errors = [_("请填写这一项。")]
    return not any(field.errors for field in row)


def _enter_all(ctx: Context, rows: list[_Row], key: str) -> None:
    desk = here(ctx)
    books = books_of(ctx, desk)
    for row in rows:
        row.entered = row.refused = None
        try:
            # A slip that cannot stand leaves no trace and keeps no other one back.
            with ctx.session.begin_nested():
                try:
                    row.entered = _enter(ctx, books, row.form, key)
                except DomainError as error:
                    if not error.commits:
                        raise
                    # It has left no trace already, but the answer under this slip's key.
                    row.refused = error
        except DomainError as error:
            row.refused = error


def _enter(ctx: Context, books: Sequence[str], form: Any, key: str) -> UUID:
    reference, code_out = form.reference.data, form.code_out.data
    found = visit_of_any_slip(ctx, books, reference, code_out)
    day = form.day.data or local_date(found.starts_at)
    came_at = at_local(day, form.came.data) if form.came.data else None
    left_at = at_local(day, form.left.data)
    if came_at is not None and left_at <= came_at:
        # A night's visit ends on the next day.
        left_at += timedelta(days=1)
    slip = Slip(form.code_in.data or None, code_out, came_at, left_at, _breaks(day, form))
    # The same page sent twice is one entry for each slip, whichever of them were refused.
    mine = replace(ctx, key=f"{key}:{reference}:{code_out}"[:80])
    enter_slip(mine, found.book, found.visit_id, slip)
    return found.visit_id


def _breaks(day: date, form: Any) -> tuple[tuple[datetime, datetime], ...]:
    if form.rest_from.data is None or form.rest_to.data is None:
        return ()
    return ((at_local(day, form.rest_from.data), at_local(day, form.rest_to.data)),)


def _refuse(row: _Row) -> None:
    """Put a refusal at the box that it is about, or at the reference."""
    assert row.refused is not None
    places = {"came_at": "came", "left_at": "left", "breaks": "rest_from"}
    name = places.get(row.refused.field or "", row.refused.field or "reference")
    field = getattr(row.form, name, row.form.reference)
    field.errors = [*field.errors, say(row.refused.sentence, row.refused.params)]
