"""Taking one's account along: a signed statement, and closing the account for another place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, abort, flash, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portable import closing, reading, stating
from services.portable.installations import InstallationView
from timebank.edge import current_actor, declare, perform
from timebank.edge import reading as looking
from timebank.identity import log_out
from timebank.papers.accounts import file_answer, pdf_answer
from timebank.web import account_acts as acts
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.giving import bp
from timebank.web.giving.acting import acted, page
from timebank.web.giving.gift_forms import CodeForm
from timebank.web.public.accounts import CLOSED

LEAVE = "/account/leave"


class ReceiverForm(PageForm):
    """Which installation takes the account in."""

    receiver = f.ChoiceField(_l("带到哪个平台去？"), choices=[], required=_l("请选一个接收平台。"))


@bp.route("/account", methods=["GET", "POST"], endpoint="account")
@declare("account.export")
def account() -> Any:
    """The statements so far; the button signs another one."""
    me, form = current_actor().id, PageForm()
    if acts.signed(form, lambda ctx, key: stating.state(ctx, me, key)):
        flash(_("对账单开好了，在下面最上面一份。"), "success")
        return redirect(url_for(".account"), 303)
    with looking() as ctx:
        it = reading.account_page(ctx, me)
    return page("account", form, it=it, **acts.FOR_TEMPLATES)


@bp.get("/account/<uuid:statement_id>.json", endpoint="account_file")
@declare("account.export")
def account_file(statement_id: UUID) -> Response:
    """The file, byte for byte as it was signed."""
    me = current_actor().id
    return file_answer(perform(lambda ctx: reading.statement_file(ctx, me, statement_id)))


@bp.get("/account/<uuid:statement_id>.pdf", endpoint="account_pdf")
@declare("account.export")
def account_pdf(statement_id: UUID) -> Response:
    """The same on paper."""
    me = current_actor().id
    found = perform(lambda ctx: reading.statement_file(ctx, me, statement_id))
    return pdf_answer(found, request.args.get("in"))


@bp.route(LEAVE, methods=["GET", "POST"], endpoint="account_leave")
@declare("account.close")
def leave() -> Any:
    """What is in the way; else where to."""
    form, me = ReceiverForm(), current_actor().id
    with looking() as ctx:
        found, it = acts.receivers(ctx), reading.leaving(ctx, me)
    form.receiver.choices, form.receiver.hints = acts.choices(found)
    if form.validate_on_submit():
        return redirect(url_for(".account_leave_check", receiver=form.receiver.data), 303)
    return page("account_leave", form, it=it, found=found)


@bp.route(f"{LEAVE}/<receiver>", methods=["GET", "POST"], endpoint="account_leave_check")
@declare("account.close")
def leave_check(receiver: str) -> Any:
    """What happens, in plain words; the button sends the code."""
    form, me, there = PageForm(), current_actor().id, _installation(receiver)
    if acted(form, lambda ctx: closing.send_code(ctx, me, receiver)):
        return redirect(url_for(".account_leave_code", receiver=receiver), 303)
    with looking() as ctx:
        it = reading.leaving(ctx, me)
    lines = acts.consequences(it, acts.name_of(there))
    return page("account_leave_check", form, it=it, lines=lines, there=acts.name_of(there))


@bp.route(f"{LEAVE}/<receiver>/code", methods=["GET", "POST"], endpoint="account_leave_code")
@declare("account.close")
def leave_code(receiver: str) -> Any:
    """The code from the text message closes the account; the file is there at once."""
    form, me, there = CodeForm(), current_actor().id, _installation(receiver)
    wanted = closing.CloseForm(me, receiver, code=form.code.data or "")
    made: list[UUID] = []
    if acts.signed(form, lambda ctx, key: made.append(closing.close(ctx, wanted, key))):
        # Nobody logs in as this member any more: this browser alone may fetch the file now.
        log_out()
        session[CLOSED] = [str(me), str(made[-1])]
        return redirect(url_for("public.account_closed"), 303)
    return page("account_leave_code", form, there=acts.name_of(there), receiver=receiver)


@bp.post(f"{LEAVE}/<receiver>/code/again", endpoint="account_leave_again")
@declare("account.close")
def leave_again(receiver: str) -> Any:
    """Send another code; the one before no longer counts."""
    form, me, there = PageForm(), current_actor().id, _installation(receiver)
    if acted(form, lambda ctx: closing.send_code(ctx, me, receiver)):
        flash(_("新的验证码已经发出，请看最新的那条短信。"), "success")
        return redirect(url_for(".account_leave_code", receiver=receiver), 303)
    words = acts.name_of(there)
    blank = CodeForm(formdata=None)
    return page("account_leave_code", blank, refused=form, there=words, receiver=receiver)


def _installation(fingerprint: str) -> InstallationView:
    with looking() as ctx:
        found = [each for each in acts.receivers(ctx) if each.fingerprint == fingerprint]
    if not found:
        abort(404)
    return found[0]
