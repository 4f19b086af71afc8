"""Not coming after all, and saying that something was not so."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.errors import DomainError
from services.queries import volunteer as read
from services.visits import disputes, withdrawing
from timebank.edge import declare, perform
from timebank.web.volunteer import bp
from timebank.web.volunteer.forms import DisputeForm, WithdrawForm


@bp.route("/visits/<uuid:visit_id>/withdraw", methods=["GET", "POST"])
@declare("visit.cancel")
def withdraw(visit_id: UUID) -> ResponseReturnValue:
    """Take back a promise in time, with a reason."""
    page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    form = WithdrawForm()
    back = url_for("volunteer.visit", visit_id=visit_id)
    if form.validate_on_submit():
        book, reason = page.card.book, form.reason.data
        try:
            perform(lambda ctx: withdrawing.withdraw(ctx, book, visit_id, reason), key=form.key)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("好的，我们再找别人。谢谢您提前说一声。"), "success")
            return redirect(back, 303)
    elif "withdraw" not in page.can:
        return redirect(back, 303)
    status = 422 if form.is_submitted() else 200
    return render_template("volunteer/withdraw.html", card=page.card, page=page, form=form), status


@bp.route("/visits/<uuid:visit_id>/dispute", methods=["GET", "POST"])
@declare("dispute.open")
def dispute(visit_id: UUID) -> ResponseReturnValue:
    """Say what was not so; what is held stays held. Booked visits are put right by the branch."""
    page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    form = DisputeForm()
    if form.validate_on_submit():
        book, text = page.card.book, form.text.data
        try:
            perform(lambda ctx: disputes.open_dispute(ctx, book, visit_id, text), key=form.key)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("网点已经收到您的异议，处理完会告诉您。"), "success")
            return redirect(url_for("volunteer.visit", visit_id=visit_id), 303)
    status = 422 if form.is_submitted() else 200
    return render_template("volunteer/dispute.html", card=page.card, page=page, form=form), status
