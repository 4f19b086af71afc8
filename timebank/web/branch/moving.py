"""Somebody moves here: the identity card lies on the counter, everything is read out, and done."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.context import Context
from services.moving import acting
from services.moving.counter import holder_of, read_out
from timebank.edge import declare, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, here, page
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.words.moves import FOR_TEMPLATES

#: In the session of a counter: whose card was found last. Nobody else's plan is read there.
FOUND = "moving_found"


class CardForm(PageForm):
    """Whose card it is."""

    id_number = f.IdNumberField(
        _l("身份证号码"),
        hint=_l("对着本人的身份证填，本人要在场。"),
        required=_l("请填身份证号码。"),
    )


class HereForm(CardForm):
    """The new home, and that everything was read out."""

    address = f.TextField(_l("新家的住址"), required=_l("请写明新家的住址。"), max_length=120)
    present = f.TickField(
        _l("本人在场，看过身份证；带走什么、留下什么念给本人听过，本人同意"),
        required=_l("要本人在场，念给本人听过，才能办。"),
    )


@bp.route("/moving", methods=["GET", "POST"], endpoint="moving")
@declare("member.move")
def moving() -> tuple[str, int] | Response:
    """Find who wants to move here, by the card."""
    form = CardForm()
    found: list[UUID] = []

    def look(ctx: Context) -> None:
        found.append(holder_of(ctx, form.id_number.data or "", here(ctx).id))

    if acted(form, look):
        session[FOUND] = str(found[-1])
        return redirect(url_for("branch.moving_here", member_id=found[-1]), 303)
    with reading() as ctx:
        desk = here(ctx)
    return page("branch/moving.html", form, desk=desk)


@bp.route("/moving/<uuid:member_id>", methods=["GET", "POST"], endpoint="moving_here")
@declare("member.move")
def moving_here(member_id: UUID) -> tuple[str, int] | Response:
    """What would move, read out; the button moves it."""
    if session.get(FOUND) != str(member_id):
        return redirect(url_for("branch.moving"), 303)
    form = HereForm()
    with reading() as ctx:
        desk = here(ctx)
    done: list[acting.Moved] = []
    wanted = acting.MoveForm(
        member_id,
        desk.id,
        form.address.data or "",
        id_number=form.id_number.data or "",
    )
    if acted(form, lambda ctx: done.append(acting.move(ctx, wanted))):
        session.pop(FOUND)
        flash(_("搬好了。请打印回执交给本人。"), "success")
        return redirect(url_for("branch.member", member_id=member_id), 303)
    plan = perform(lambda ctx: read_out(ctx, member_id, desk.id))
    return page("branch/moving_here.html", form, plan=plan, **FOR_TEMPLATES)
