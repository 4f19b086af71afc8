"""What I may inherit: my own share and how it comes about, and whether I take it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.estates.answering import answer
from services.estates.heirs import ACCEPTED, DISCLAIMED
from services.queries.heirs import my_inheritance, my_inheritances
from timebank.edge import declare, reading
from timebank.web.forms.base import PageForm
from timebank.web.giving import bp
from timebank.web.giving.acting import acted, page

Answer = tuple[str, int] | Response
LINE = "/inheriting/<book>/<uuid:estate_id>/<uuid:heir_id>"
#: What of a look of mine at my own share any page says.
SAID: dict[str, Any] = {
    "accepted": _l("您已接受"),
    "disclaimed": _l("您已放弃"),
    "silence": _l("没有答复，按接受办理"),
}


@bp.get("/inheriting")
@declare("account.use")
def inheriting() -> Answer:
    """Every estate in which the member stands as an heir."""
    with reading() as ctx:
        found = my_inheritances(ctx)
    return page("inheriting", items=found, said=SAID)


@bp.route(f"{LINE}/accept", methods=["GET", "POST"])
@declare("estate.answer")
def inheriting_accept(book: str, estate_id: UUID, heir_id: UUID) -> Answer:
    """Take it."""
    return _answer(book, estate_id, heir_id, ACCEPTED, _("记下了：您接受。分配以前还可以改。"))


@bp.route(f"{LINE}/disclaim", methods=["GET", "POST"])
@declare("estate.answer")
def inheriting_disclaim(book: str, estate_id: UUID, heir_id: UUID) -> Answer:
    """Give it up, to the others whom the law names."""
    return _answer(book, estate_id, heir_id, DISCLAIMED, _("记下了：您放弃。分配以前还可以改。"))


def _answer(book: str, estate_id: UUID, heir_id: UUID, given: str, told: str) -> Answer:
    form = PageForm()
    with reading() as ctx:
        found = my_inheritance(ctx, book, estate_id, heir_id)
    if acted(form, lambda ctx: answer(ctx, book, estate_id, heir_id, given)):
        flash(told, "success")
        return redirect(url_for("giving.inheriting"), 303)
    return page("inheriting_answer", form, it=found, given=given)
