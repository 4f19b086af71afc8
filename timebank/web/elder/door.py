"""What an elder shows at the door: the word to hear, and the card to be scanned."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import segno
from flask import flash, redirect, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from services.errors import Forbidden
from services.people.cards import issue_card
from services.people.membership import set_door_word
from services.places import BranchView
from services.policy import NO_RIGHT
from services.queries import elder as queries
from services.queries.elder.near import ElderView
from timebank.edge import perform
from timebank.web.elder.forms import DoorWordForm, PlainForm
from timebank.web.elder.whom import done, page, read, show, whom


@dataclass(frozen=True, slots=True)
class Door:
    """Whose door it is, and the branch that helps."""

    elder: ElderView
    branch: BranchView


def _door() -> Door:
    return read(lambda ctx: Door(queries.elder_view(ctx, whom()), queries.branch_of(ctx, whom())))


@page("/door-word", "member.update", ("GET", "POST"))
def door_word() -> Any:
    """Choose the word that a visitor says."""
    found = _door()
    if not found.elder.may_update:
        raise Forbidden(NO_RIGHT)
    form = DoorWordForm(data={"door_word": found.elder.door_word})
    if done(form, lambda ctx: set_door_word(ctx, whom(), form.door_word.data)):
        flash(_("改好了。以后来的人敲门时说“%(word)s”。", word=form.door_word.data), "success")
        return redirect(url_for(".home"), 303)
    return show("door_word", found, form)


@page("/card", "account.use", ("GET", "POST"))
def card() -> Any:
    """How to get a card; where the policy lets the elder, a new one to print.

    The token is shown in the answer to the press itself: nowhere is it kept in the clear.
    """
    found = _door()
    form = PlainForm()
    if not form.validate_on_submit():
        return show("card", found, form)
    token = perform(lambda ctx: issue_card(ctx, whom()), key=form.key)
    return show("card_paper", found, svg=_qr(token))


def _qr(token: str) -> Markup:
    """The card's code: the address that a volunteer's own camera opens."""
    address = url_for("volunteer.card_scanned", token=token, _external=True)
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=4, border=2, xmldecl=False, svgns=True, omitsize=True
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - segno wrote it, of a token of ours
