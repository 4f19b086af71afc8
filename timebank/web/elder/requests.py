"""An elder's requests: the list, one of them, its confirmation, and calling it off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from services.errors import Forbidden
from services.policy import NO_RIGHT
from services.queries import elder as queries
from services.requests.ending import cancel as cancel_request
from timebank.web.elder.details import details_of
from timebank.web.elder.forms import PlainForm
from timebank.web.elder.searching import search_of
from timebank.web.elder.times import times_on
from timebank.web.elder.whom import done, page, read, show, whom
from timebank.web.paging import page_number

ONE = "/requests/<book>/<uuid:request_id>"


@page("/requests", "request.read")
def requests() -> Any:
    """All requests, the newest first."""
    number = page_number()
    return show("requests", read(lambda ctx: queries.requests_of(ctx, whom(), number)))


@page(ONE, "request.read")
def request_page(book: str, request_id: UUID) -> Any:
    """One request: where it stands and what happens next."""
    found = _found(book, request_id)
    return show(
        "request",
        found,
        rows=details_of(found),
        search=search_of(found),
        times=times_on(book, request_id),
    )


@page(f"{ONE}/done", "request.read")
def request_done(book: str, request_id: UUID) -> Any:
    """The confirmation; it works again from a bookmark."""
    found = _found(book, request_id)
    return show("request_done", found, rows=details_of(found))


@page(f"{ONE}/cancel", "request.cancel", ("GET", "POST"))
def cancel(book: str, request_id: UUID) -> Any:
    """Call a request off: what goes back is said first, and one press does it."""
    found = _found(book, request_id)
    if not found.elder.may_ask:
        raise Forbidden(NO_RIGHT)
    form = PlainForm()
    if done(form, lambda ctx: cancel_request(ctx, book, request_id)):
        flash(_("已经取消了，留出的时间已全部退回。"), "success")
        return redirect(url_for(".request_page", book=book, request_id=request_id), 303)
    if not found.may_cancel and not form.errors:
        return redirect(url_for(".request_page", book=book, request_id=request_id), 303)
    return show("cancel", found, form)


def _found(book: str, request_id: UUID) -> Any:
    return read(lambda ctx: queries.request_page(ctx, book, request_id), sensitive="request.read")
