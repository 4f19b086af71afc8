"""The inbox, and the choice of the branch at which somebody works now."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.queries.branch.desks import desk, my_desks
from services.queries.branch.inbox import KINDS, Work, inbox
from timebank.edge import declare, reading
from timebank.web.branch import MORE, bp
from timebank.web.branch.acting import CHOSEN, ChooseFirst, here, page
from timebank.web.branch.words import named
from timebank.web.paging import page_number

#: Rows of each kind on the whole list, and of one kind on its own page.
SOME, MANY = 8, 25


@bp.errorhandler(ChooseFirst)
def choose_first(_error: ChooseFirst) -> Response:
    """Ask at which branch, once."""
    return redirect(url_for("branch.choose"), code=303)


@bp.get("/")
@declare("branch.work")
def home() -> tuple[str, int]:
    """One list of everything that waits at this branch."""
    kind = request.args.get("kind")
    chosen = kind if kind in KINDS else None
    number = page_number()
    limit = MANY if chosen else SOME
    with reading() as ctx:
        found = inbox(ctx, here(ctx).id, chosen, limit=limit, offset=(number - 1) * limit)
    pages = -(-found.total // MANY) if chosen else 1
    return page(
        "branch/home.html",
        inbox=found,
        kind=chosen,
        number=number,
        pages=pages,
        some=SOME,
        place=_place,
    )


@bp.get("/more")
@declare("branch.work")
def more() -> tuple[str, int]:
    """Everything that is used less often."""
    return page("branch/more.html", entries=MORE)


#: Where a kind of work is done: the page, and the name of the id in its address.
_PAGES = {
    "safety": ("branch.sheet", "sheet_id"),
    "incident": ("branch.incident", "incident_id"),
    "sheet": ("oversight.sheet", "sheet_id"),
    "complaint": ("oversight.complaint", "complaint_id"),
    "money": ("branch.money", "visit_id"),
    "estate": ("branch.estate", "estate_id"),
    "review": ("branch.request_page", "request_id"),
    "pool": ("branch.request_page", "request_id"),
}


def _place(work: Work) -> str:
    """The page on which a piece of work is done."""
    if work.kind == "identity":
        return url_for("branch.identity", member_id=work.subject_id)
    endpoint, name = _PAGES.get(work.kind, ("branch.visit", "visit_id"))
    values: dict[str, Any] = {name: work.subject_id}
    return url_for(endpoint, book=work.book, **values)


@bp.get("/choose")
@declare("branch.work")
def choose() -> tuple[str, int]:
    """The branches at which somebody works."""
    with reading() as ctx:
        desks = my_desks(ctx)
    return page("branch/choose.html", desks=desks, chosen=session.get(CHOSEN))


@bp.post("/choose/<uuid:branch_id>")
@declare("branch.work")
def choose_this(branch_id: object) -> Response:
    """Work at this branch from now on."""
    with reading() as ctx:
        chosen = next((each for each in my_desks(ctx) if each.id == branch_id), None)
        if chosen is None:
            desk(ctx, branch_id)  # type: ignore[arg-type]  # raises the policy's sentence
            return redirect(url_for("branch.choose"), code=303)
    session[CHOSEN] = str(chosen.id)
    flash(_("现在办理%(branch)s的事。", branch=named(chosen.name)), "success")
    return redirect(url_for("branch.home"), code=303)
