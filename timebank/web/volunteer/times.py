"""Another time for a visit that I have promised: asked for, answered, or let be."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.errors import DomainError
from services.queries import volunteer as read
from services.queries.schedule.proposals import Times, times_of
from services.schedule.rescheduling import answer, propose, take_back
from timebank.edge import declare, perform, reading
from timebank.web.volunteer import bp
from timebank.web.volunteer.forms import ActForm, MomentForm


@bp.route("/visits/<uuid:visit_id>/time", methods=["GET", "POST"])
@declare("visit.move")
def move_visit(visit_id: UUID) -> ResponseReturnValue:
    """Propose another time: it holds once the elder's side says yes."""
    page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    times = times_on(visit_id)
    form = MomentForm.beginning_at(times.starts_at)
    if form.validate_on_submit():
        book, request_id = page.card.book, times.request_id
        try:
            perform(lambda ctx: propose(ctx, book, request_id, form.moment()), key=form.key)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("已经问了老人那边。说行以前，还是原来的时间。"), "success")
            return _back(visit_id)
    elif not times.may_propose:
        return _back(visit_id)
    status = 422 if form.is_submitted() else 200
    return render_template("volunteer/move.html", card=page.card, form=form), status


@bp.post("/visits/<uuid:visit_id>/time/<uuid:proposal_id>")
@declare("visit.move")
def answer_move(visit_id: UUID, proposal_id: UUID) -> ResponseReturnValue:
    """Yes or no to another time, or the own proposal let be."""
    form, said = ActForm(), request.form.get("answer", "")
    if form.validate_on_submit():
        with reading() as ctx:
            book = read.own_visit(ctx, visit_id)[1].book
        try:
            if said == "back":
                perform(lambda ctx: take_back(ctx, book, proposal_id), key=form.key)
            else:
                perform(
                    lambda ctx: answer(ctx, book, proposal_id, agrees=said == "yes"), key=form.key
                )
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("记下了，时间看下面。"), "success")
            return _back(visit_id)
    page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    return (
        render_template(
            "volunteer/move_refused.html", card=page.card, form=form, times=times_on(visit_id)
        ),
        422,
    )


def times_on(visit_id: UUID) -> Times:
    """How the visit stands with other times."""
    with reading() as ctx:
        asked, _visit = read.own_visit(ctx, visit_id)
        return times_of(ctx, asked.book, asked.id)


def _back(visit_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("volunteer.visit", visit_id=visit_id), 303)
