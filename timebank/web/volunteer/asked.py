"""Answering a question: yes, not this time, or standing by."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.asking import answering
from services.errors import DomainError
from services.queries import volunteer as read
from timebank.edge import declare, now, perform, reading
from timebank.errors import STATUS
from timebank.i18n import say
from timebank.web.volunteer import bp
from timebank.web.volunteer.forms import ActForm, DeclineForm


@bp.get("/asked/<uuid:offer_id>")
@declare("offer.read")
def asked(offer_id: UUID) -> ResponseReturnValue:
    """A question about standing by; any other stands on the page of its request."""
    question = _question(offer_id)
    if not question.is_standby:
        return redirect(url_for("volunteer.offer", request_id=question.request_id), 303)
    return _page(question, ActForm())


@bp.post("/asked/<uuid:offer_id>")
@declare("offer.answer")
def say_yes(offer_id: UUID) -> ResponseReturnValue:
    """Come, or stand by."""
    form, refusal, status = ActForm(), "", 422
    if form.validate_on_submit():
        book = _question(offer_id).book
        try:
            made = perform(lambda ctx: answering.say_yes(ctx, book, offer_id), key=form.key)
        except DomainError as error:
            refusal, status = say(error.sentence, error.params), STATUS[error.kind]
        else:
            if made.visit_id is not None:
                return redirect(url_for("volunteer.accepted", visit_id=made.visit_id), 303)
            flash(_("记下了，谢谢您。需要您去的时候会马上告诉您。"), "success")
            return redirect(url_for("volunteer.offers"), 303)
    return _page(_question(offer_id), form, refusal), status


@bp.route("/asked/<uuid:offer_id>/no", methods=["GET", "POST"])
@declare("offer.answer")
def say_no(offer_id: UUID) -> ResponseReturnValue:
    """Not this time, with a reason or without."""
    question, form = _question(offer_id), DeclineForm()
    if form.validate_on_submit():
        book, reason = question.book, form.reason.data or None
        try:
            perform(lambda ctx: answering.say_no(ctx, book, offer_id, reason), key=form.key)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("好的，这次不找您了。这不影响您以后接服务。"), "success")
            return redirect(url_for("volunteer.offers"), 303)
    status = 422 if form.is_submitted() else 200
    page = render_template("volunteer/say_no.html", question=question, form=form)
    return page, status


def _question(offer_id: UUID) -> read.Asked:
    with reading() as ctx:
        return read.asked_one(ctx, offer_id)


def _page(question: read.Asked, form: ActForm, refusal: str = "") -> str:
    return render_template(
        "volunteer/stand_by.html", question=question, form=form, refusal=refusal, now=now()
    )
