"""Training on a phone: what is on, a place in it, the code in the room, and the record."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.training import EnrolmentState
from services.context import Context
from services.errors import DomainError
from services.queries.training.sessions import record_of, session_page, upcoming
from services.training import attending, booking
from timebank.edge import current_actor, declare, now, perform, reading
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.volunteer import bp
from timebank.web.volunteer.forms import ActForm


class SignInForm(PageForm):
    """The six digits in the room."""

    code = f.CodeField(
        _l("教室里的六位签到码"), digits=6, required=_l("请写上六位数字"), autocomplete="off"
    )


@bp.get("/training")
@declare("training.browse")
def training() -> str:
    """Sessions to come, the own ones first, and the record of what was learnt."""
    with reading() as ctx:
        cards = upcoming(ctx)
        record = record_of(ctx, ctx.actor.id)
    held = (EnrolmentState.BOOKED, EnrolmentState.WAITING, EnrolmentState.ATTENDED)
    mine = [each for each in cards if each.mine in held]
    others = [each for each in cards if each.mine not in held]
    return render_template("volunteer/training.html", mine=mine, others=others, record=record)


@bp.get("/training/<book>/<uuid:session_id>")
@declare("training.browse")
def training_session(book: str, session_id: UUID) -> ResponseReturnValue:
    """One session and what can be done about it now."""
    return _page(book, session_id, ActForm(), SignInForm(formdata=None))


def _page(
    book: str, session_id: UUID, form: PageForm, sign_in: SignInForm, refusal: str = ""
) -> ResponseReturnValue:
    with reading() as ctx:
        it = session_page(ctx, book, session_id)
    status = 422 if refusal or form.errors or sign_in.errors else 200
    shown = {"it": it, "card": it.card, "form": form, "sign_in": sign_in, "refusal": refusal}
    return render_template("volunteer/training_session.html", **shown, now=now()), status


def _act(
    book: str, session_id: UUID, work: Callable[[Context], object], said: str
) -> ResponseReturnValue:
    form = ActForm()
    if form.validate_on_submit():
        try:
            perform(work, key=form.key)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(said, "success")
            there = url_for("volunteer.training_session", book=book, session_id=session_id)
            return redirect(there, 303)
    refusal = " ".join(sentence for _target, sentence in form.problems())
    return _page(book, session_id, form, SignInForm(formdata=None), refusal)


@bp.post("/training/<book>/<uuid:session_id>/book")
@declare("training.book")
def training_book(book: str, session_id: UUID) -> ResponseReturnValue:
    """Book a place, or wait for one."""
    me = current_actor().id
    return _act(
        book,
        session_id,
        lambda ctx: booking.book_place(ctx, book, session_id, me),
        _("已经记下。有没有名额，请看这一页上的状态。"),
    )


@bp.post("/training/<book>/<uuid:session_id>/give-back")
@declare("training.book")
def training_give_back(book: str, session_id: UUID) -> ResponseReturnValue:
    """Give the place back in time."""
    me = current_actor().id
    return _act(
        book,
        session_id,
        lambda ctx: booking.give_back(ctx, book, session_id, me),
        _("已经取消，名额留给别人了。"),
    )


@bp.post("/training/<book>/<uuid:session_id>/sign-in")
@declare("training.attend")
def training_sign_in(book: str, session_id: UUID) -> ResponseReturnValue:
    """Sign in with the code from the room."""
    form = SignInForm()
    if form.validate_on_submit():
        code = form.code.data or ""
        try:
            perform(lambda ctx: attending.sign_in(ctx, book, session_id, code), key=form.key)
        except DomainError as error:
            error.field = "code"
            form.refuse(error)
        else:
            flash(_("已经签到。"), "success")
            there = url_for("volunteer.training_session", book=book, session_id=session_id)
            return redirect(there, 303)
    return _page(book, session_id, ActForm(), form)
