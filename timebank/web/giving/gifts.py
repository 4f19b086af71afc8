"""Gifts given and received: the list, one of them, its code, taking back and refusing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from models.giving import GiftState
from services.gifts import confirming, taking_back
from services.queries import gifts as queries
from services.queries.gifts import GiftLine
from timebank.edge import current_actor, declare, perform, reading
from timebank.web.branch.words import named
from timebank.web.giving import bp
from timebank.web.giving.acting import acted
from timebank.web.giving.gift_forms import CodeForm, GiftForm
from timebank.web.giving.gift_words import both, reason_of, state_of

GIFT = "/gifts/<book>/<uuid:gift_id>"


@bp.get("/gifts", endpoint="gifts")
@declare("gift.read")
def gifts() -> str:
    """Everything given and received, with what can still be done about it."""
    with reading() as ctx:
        found = queries.gifts_of(ctx, current_actor().id)
        page = queries.giving(ctx, current_actor().id)
    return render_template("giving/gifts.html", it=found, page=page, state_of=state_of)


@bp.get(GIFT, endpoint="gift")
@declare("gift.read")
def gift(book: str, gift_id: UUID) -> Any:
    """One gift as either side sees it."""
    return _show("gift", _gift(book, gift_id), GiftForm())


@bp.route(f"{GIFT}/code", methods=["GET", "POST"], endpoint="gift_code")
@declare("gift.make")
def code(book: str, gift_id: UUID) -> Any:
    """The code from the text message confirms the gift."""
    line = _gift(book, gift_id)
    if line.state is not GiftState.WAITING or line.giver_id != current_actor().id:
        return redirect(url_for(".gift", book=book, gift_id=gift_id), 303)
    form = CodeForm()
    if acted(form, lambda ctx: confirming.confirm(ctx, book, gift_id, form.code.data)):
        flash(_("办好了。时间已经留出来，到点就送出去。"), "success")
        return redirect(url_for(".gift", book=book, gift_id=gift_id), 303)
    return _show("gift_code", line, form)


@bp.post(f"{GIFT}/code/again", endpoint="gift_code_again")
@declare("gift.make")
def code_again(book: str, gift_id: UUID) -> Any:
    """Send another code; the one before no longer counts."""
    form = GiftForm()
    if acted(form, lambda ctx: confirming.send_again(ctx, book, gift_id)):
        flash(_("新的验证码已经发出，请看最新的那条短信。"), "success")
        return redirect(url_for(".gift_code", book=book, gift_id=gift_id), 303)
    return _show("gift_code", _gift(book, gift_id), CodeForm(formdata=None), refused=form)


@bp.route(f"{GIFT}/back", methods=["GET", "POST"], endpoint="gift_back")
@declare("gift.take_back")
def back(book: str, gift_id: UUID) -> Any:
    """Think again: what follows, and one button."""
    form = GiftForm()
    if acted(form, lambda ctx: taking_back.take_back(ctx, book, gift_id)):
        flash(_("已经收回，时间还在您的账户里。"), "success")
        return redirect(url_for(".gifts"), 303)
    return _show("gift_back", _gift(book, gift_id), form)


@bp.route(f"{GIFT}/refuse", methods=["GET", "POST"], endpoint="gift_refuse")
@declare("gift.refuse")
def refuse(book: str, gift_id: UUID) -> Any:
    """Give it back: what follows, and one button."""
    form = GiftForm()
    if acted(form, lambda ctx: taking_back.refuse(ctx, book, gift_id)):
        flash(_("已经退回给送的人。"), "success")
        return redirect(url_for(".gifts"), 303)
    return _show("gift_refuse", _gift(book, gift_id), form)


def _gift(book: str, gift_id: UUID) -> GiftLine:
    return perform(lambda ctx: queries.gift_of(ctx, book, gift_id))


def _show(template: str, line: GiftLine, form: Any, refused: Any = None) -> Any:
    """A page about one gift. ``received`` says which side reads it."""
    shown = refused if refused is not None else form
    received = line.receiver_id == current_actor().id
    other = line.giver_name if received else both(line.receiver_name, line.relation)
    return (
        render_template(
            f"giving/{template}.html",
            it=line,
            form=form,
            refused=refused,
            received=received,
            other=other,
            state=state_of(line, received=received),
            reason=reason_of(line),
            named=named,
        ),
        422 if shown.errors else 200,
    )
