"""While somebody is looked for: how it goes, and changing what would help with one press."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _

from models.requests import RequestState
from services.context import Context
from services.errors import DomainError, Forbidden, NotFound
from services.queries.elder.requests import RequestPage
from services.queries.elder.searching import Searching, searching
from services.requests.loosening import loosen as loosen_request
from services.schedule.rescheduling import propose
from timebank import snapshots
from timebank.edge import perform, reading, timebank
from timebank.i18n import say
from timebank.web.days import moment_in
from timebank.web.elder.forms import PlainForm
from timebank.web.elder.whom import page

ONE = "/requests/<book>/<uuid:request_id>"


def search_of(found: RequestPage) -> Searching | None:
    """How the search for a request goes, while it is open."""
    if found.state is not RequestState.OPEN:
        return None
    columns = snapshots.columns(timebank())
    with reading() as ctx:
        return searching(ctx, columns, found.book, found.id)


@page(f"{ONE}/time", "visit.move", ("POST",))
def change_time(book: str, request_id: UUID) -> Any:
    """Another time for a request that nobody has promised yet: it holds at once."""
    to_at = moment_in(request.form.get("to_at"))
    if to_at is None:
        abort(400)

    def work(ctx: Context) -> None:
        propose(ctx, book, request_id, to_at)

    _press(work, _("改好了，按新的时间找人。"))
    return redirect(url_for(".request_page", book=book, request_id=request_id), 303)


@page(f"{ONE}/loosen/<what>", "request.ask", ("POST",))
def loosen(book: str, request_id: UUID, what: str) -> Any:
    """What had to be is only welcome from now on."""

    def work(ctx: Context) -> None:
        loosen_request(ctx, book, request_id, what)

    _press(work, _("改好了，我们再去问。"))
    return redirect(url_for(".request_page", book=book, request_id=request_id), 303)


def _press(work: Any, done: str) -> None:
    """Perform the act behind a button; what came of it stands above the page that follows."""
    try:
        perform(work, key=PlainForm().key)
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        flash(say(error.sentence, error.params), "warning")
    else:
        flash(done, "success")
