"""Not again with this person, and something that went wrong: the volunteer's side."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.availability import IncidentKind
from services.availability.avoiding import avoid, avoided_by, is_avoiding, stop_avoiding
from services.availability.incidents import report
from services.errors import DomainError
from services.queries import volunteer as read
from timebank.edge import current_actor, declare, perform, reading
from timebank.web.forms.base import PageForm
from timebank.web.volunteer import bp
from timebank.web.volunteer.availability_forms import IncidentForm
from timebank.web.words.incidents import KINDS


@bp.get("/avoided")
@declare("avoidance.read")
def avoided() -> str:
    """Whom one does not want to meet again; nobody else reads this."""
    with reading() as ctx:
        found = avoided_by(ctx, current_actor().id)
    return render_template("volunteer/avoided.html", rows=found)


@bp.post("/avoided/<uuid:other_id>/end")
@declare("avoidance.update")
def avoided_end(other_id: UUID) -> ResponseReturnValue:
    """The two may meet again."""
    form = PageForm()
    if form.validate_on_submit():
        me = current_actor().id
        perform(lambda ctx: stop_avoiding(ctx, me, other_id), key=form.key)
        flash(_("好的，以后还可以遇到。"), "success")
    return redirect(url_for("volunteer.avoided"), 303)


@bp.route("/visits/<uuid:visit_id>/avoid", methods=["GET", "POST"])
@declare("avoidance.update")
def avoid_person(visit_id: UUID) -> ResponseReturnValue:
    """Not again with whoever this visit was for."""
    page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    book, form = page.card.book, PageForm()
    if form.validate_on_submit():
        perform(lambda ctx: avoid(ctx, book, visit_id), key=form.key)
        flash(_("记下了，以后不会再安排。没有人会知道。"), "success")
        return redirect(url_for("volunteer.avoided"), 303)
    with reading() as ctx:
        already = is_avoiding(ctx, book, visit_id)
    return render_template("volunteer/avoid.html", card=page.card, form=form, already=already)


@bp.route("/visits/<uuid:visit_id>/incident", methods=["GET", "POST"])
@declare("incident.report")
def incident(visit_id: UUID) -> ResponseReturnValue:
    """Something went wrong: the branch hears of it, and the two are kept apart at once."""
    page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    form = IncidentForm()
    form.kind.choices = list(KINDS.items())
    if form.validate_on_submit():
        book, kind, text = page.card.book, IncidentKind(form.kind.data), form.text.data
        try:
            perform(lambda ctx: report(ctx, book, visit_id, kind, text), key=form.key)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("网点已经收到。核实清楚以前，不会再安排你们见面。"), "success")
            return redirect(url_for("volunteer.visit", visit_id=visit_id), 303)
    status = 422 if form.is_submitted() else 200
    return render_template("volunteer/incident.html", card=page.card, page=page, form=form), status
