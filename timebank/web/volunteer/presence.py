"""Coming and going: six digits told at the door, or a plain button for a call."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.errors import DomainError
from services.queries import volunteer as read
from services.visits import checking
from services.visits.checking import Proof
from timebank.edge import declare, perform
from timebank.web.forms.base import PageForm
from timebank.web.volunteer import bp
from timebank.web.volunteer.forms import ActForm, BreakForm, CheckOutForm, DigitsForm, RemoteEndForm

#: Refusals that are about what was typed.
AT_DIGITS = frozenset({"code_wrong", "code_locked"})


@bp.route("/visits/<uuid:visit_id>/check-in", methods=["GET", "POST"])
@declare("visit.check")
def check_in(visit_id: UUID) -> ResponseReturnValue:
    """Begin: the elder's six digits, or the button for a call."""
    page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    form = ActForm() if page.card.remote else DigitsForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate() and _done(form, page, "in"):
            return redirect(url_for("volunteer.visit", visit_id=visit_id), 303)
        # A wrong number is counted: how many are left, or none, is read again.
        page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    elif "check_in" not in page.can:
        return redirect(url_for("volunteer.visit", visit_id=visit_id), 303)
    return _render("volunteer/check_in.html", page, form), status


@bp.route("/visits/<uuid:visit_id>/check-out", methods=["GET", "POST"])
@declare("visit.check")
def check_out(visit_id: UUID) -> ResponseReturnValue:
    """End: the other six digits, with a break if there was one."""
    page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    form = RemoteEndForm() if page.card.remote else CheckOutForm()
    form.offer(page.card.service_code)
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate() and _done(form, page, "out"):
            return redirect(url_for("volunteer.visit", visit_id=visit_id), 303)
        page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    elif "check_out" not in page.can:
        return redirect(url_for("volunteer.visit", visit_id=visit_id), 303)
    return _render("volunteer/check_out.html", page, form), status


@bp.get("/visits/<uuid:visit_id>/nobody-opens")
@declare("visit.closed_door")
def nobody_opens(visit_id: UUID) -> ResponseReturnValue:
    """What to do before a door that stays closed."""
    page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    if "closed_door" not in page.can:
        return redirect(url_for("volunteer.visit", visit_id=visit_id), 303)
    return render_template("volunteer/nobody_opens.html", page=page, card=page.card)


def _done(form: PageForm, page: read.VisitPage, way: str) -> bool:
    """Do the act; a refusal goes to the form."""
    book, visit_id = page.card.book, page.card.id
    digits = form.digits.data if isinstance(form, DigitsForm) else None
    proof = Proof(digits=digits)
    try:
        if way == "in":
            perform(lambda ctx: checking.check_in(ctx, book, visit_id, proof), key=form.key)
        else:
            begun = page.card.checked_in_at
            breaks = form.breaks(begun) if isinstance(form, BreakForm) and begun else ()
            ticks = form.ticks() if isinstance(form, BreakForm) else None
            perform(
                lambda ctx: checking.check_out(ctx, book, visit_id, proof, breaks, ticks),
                key=form.key,
            )
    except DomainError as error:
        if error.code in AT_DIGITS:
            error.field = "digits"
        elif error.field == "breaks":
            error.field = "break_from"
        form.refuse(error)
        return False
    return True


def _render(template: str, page: read.VisitPage, form: PageForm) -> str:
    return render_template(template, page=page, card=page.card, form=form)
