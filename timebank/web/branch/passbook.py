"""The passbook at the counter: printed on, line by line, for whoever has no telephone."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from services.passbooks import passbook, passbook_sheets, print_passbook
from timebank.edge import declare, perform
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.forms.base import PageForm
from timebank.web.words import coins as coin_words

PLACE = "/members/<uuid:member_id>/passbook"


@bp.route(PLACE, methods=["GET", "POST"], endpoint="passbook")
@declare("card.issue")
def passbook_page(member_id: UUID) -> tuple[str, int] | Response:
    """How far the book is printed; the button prints what is new, or begins a new book."""
    form = PageForm()
    fresh = request.form.get("fresh") == "y"
    if acted(form, lambda ctx: print_passbook(ctx, member_id, fresh=fresh)):
        return redirect(url_for("branch.passbook_sheets", member_id=member_id), code=303)
    it = perform(lambda ctx: passbook(ctx, member_id))
    return page("branch/passbook.html", form, it=it)


@bp.get(f"{PLACE}/sheets", endpoint="passbook_sheets")
@declare("card.issue")
def sheets(member_id: UUID) -> tuple[str, int] | Response:
    """The lines that were printed last, at their place on the paper."""
    it = perform(lambda ctx: passbook_sheets(ctx, member_id))
    if it is None:
        return redirect(url_for("branch.passbook", member_id=member_id), code=303)
    return page("branch/passbook_sheets.html", it=it, coin_words=coin_words)
