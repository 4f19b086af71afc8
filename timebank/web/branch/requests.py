"""Requests at the counter: the list, the review, calling one off for somebody who rings."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.queries.branch.listing import PAGE, request_list
from services.queries.branch.requests import RequestFile, request_file
from services.requests.ending import cancel
from services.requests.reviewing import approve, refuse
from timebank.edge import declare, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, here, page
from timebank.web.branch.forms import OptionalReasonForm, ReasonForm, RequestFilter
from timebank.web.forms.base import PageForm
from timebank.web.paging import page_number


@bp.get("/requests")
@declare("branch.work")
def requests() -> tuple[str, int]:
    """The branch's requests, found by reference, day or state."""
    filters = RequestFilter()
    wanted = filters.chosen()
    number = page_number()
    with reading() as ctx:
        found = request_list(ctx, here(ctx).id, offset=(number - 1) * PAGE, **wanted)
    pages = max(1, -(-found.total // PAGE))
    return page("branch/requests.html", listed=found, filters=filters, number=number, pages=pages)


@bp.get("/requests/<book>/<uuid:request_id>")
@declare("request.read")
def request_page(book: str, request_id: UUID) -> tuple[str, int]:
    """Everything that a reviewer needs, and what may be done."""
    found = perform(lambda ctx: request_file(ctx, book, request_id))
    return _shown(found)


@bp.post("/requests/<book>/<uuid:request_id>/address")
@declare("request.read")
def request_address(book: str, request_id: UUID) -> tuple[str, int]:
    """The same page with the whole address; that it was looked at is recorded."""
    found = perform(lambda ctx: request_file(ctx, book, request_id, whole_address=True))
    return _shown(found)


def _shown(found: RequestFile) -> tuple[str, int]:
    return page("branch/request.html", it=found)


def _back(book: str, request_id: UUID) -> Response:
    there = url_for("branch.request_page", book=book, request_id=request_id)
    return redirect(there, code=303)


@bp.post("/requests/<book>/<uuid:request_id>/approve")
@declare("request.review")
def approve_request(book: str, request_id: UUID) -> Response:
    """Let a request go on to the volunteers, or into the pool's queue."""
    perform(lambda ctx: approve(ctx, book, request_id), key=PageForm().key)
    flash(_("已通过审核，老人会收到通知。"), "success")
    return _back(book, request_id)


@bp.route("/requests/<book>/<uuid:request_id>/refuse", methods=["GET", "POST"])
@declare("request.review")
def refuse_request(book: str, request_id: UUID) -> tuple[str, int] | Response:
    """Refuse a request with a reason that the asker reads."""
    form = ReasonForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: refuse(ctx, book, request_id, reason)):
        flash(_("已退回，申请人会看到您写的理由。"), "success")
        return _back(book, request_id)
    found = perform(lambda ctx: request_file(ctx, book, request_id))
    return page("branch/refuse.html", form, it=found)


@bp.route("/requests/<book>/<uuid:request_id>/cancel", methods=["GET", "POST"])
@declare("request.cancel")
def cancel_request(book: str, request_id: UUID) -> tuple[str, int] | Response:
    """Call a request off for somebody who rings."""
    form = OptionalReasonForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: cancel(ctx, book, request_id, reason)):
        flash(_("申请已取消，预留的时间已放回，志愿者会收到通知。"), "success")
        return _back(book, request_id)
    found = perform(lambda ctx: request_file(ctx, book, request_id))
    return page("branch/cancel.html", form, it=found)
