"""Requests that still look for somebody: why nobody has come, who would fit, and asking them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.asking.asking_people import ask_again, ask_person
from services.context import Context
from services.errors import DomainError, Forbidden, NotFound
from services.queries.branch.matching import PAGE, matching_file, unfilled
from timebank import snapshots
from timebank.edge import declare, perform, reading, timebank
from timebank.explaining import FOR_TEMPLATES
from timebank.i18n import say
from timebank.web.branch import bp
from timebank.web.branch.acting import here, page
from timebank.web.forms.base import PageForm
from timebank.web.paging import page_number

ONE = "/requests/<book>/<uuid:request_id>/people"


@bp.get("/unfilled")
@declare("match.read")
def unfilled_list() -> tuple[str, int]:
    """Open requests of the branch, each with why nobody has come yet."""
    columns = snapshots.columns(timebank())
    number = page_number()
    with reading() as ctx:
        found = unfilled(ctx, columns, here(ctx).id, offset=(number - 1) * PAGE)
    pages = max(1, -(-found.total // PAGE))
    return page("branch/unfilled.html", listed=found, number=number, pages=pages, **FOR_TEMPLATES)


@bp.get(ONE)
@declare("match.read")
def matching(book: str, request_id: UUID) -> tuple[str, int]:
    """Who would fit, best first, and why; that it was shown is recorded."""
    columns = snapshots.columns(timebank())
    found = perform(lambda ctx: matching_file(ctx, columns, book, request_id))
    return page("branch/matching.html", it=found, **FOR_TEMPLATES)


@bp.post(f"{ONE}/<uuid:provider_id>/ask")
@declare("match.ask")
def ask_one(book: str, request_id: UUID, provider_id: UUID) -> Response:
    """Ask one person; a yes is still that person's own."""

    def work(ctx: Context) -> None:
        ask_person(ctx, book, request_id, provider_id)

    _said(work, _("已经问了，有回话会通知网点。"))
    return _back(book, request_id)


@bp.post(f"{ONE}/again")
@declare("match.ask")
def ask_anew(book: str, request_id: UUID) -> Response:
    """Let the search begin anew."""

    def work(ctx: Context) -> None:
        ask_again(ctx, book, request_id)

    _said(work, _("重新开始问人，一分钟之内就发出去。"))
    return _back(book, request_id)


def _said(work: Callable[[Context], None], done: str) -> None:
    """Perform the act and say what came of it above the page that follows."""
    try:
        perform(work, key=PageForm().key)
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        flash(say(error.sentence, error.params), "error")
    else:
        flash(done, "success")


def _back(book: str, request_id: UUID) -> Response:
    return redirect(url_for("branch.matching", book=book, request_id=request_id), code=303)
