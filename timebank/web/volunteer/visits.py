"""The volunteer's own visits: the list, one of them in each of its states, its receipt."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from models.requests import VisitState
from services.queries import volunteer as read
from services.queries.errands import money_of
from services.queries.receipts import receipt_of
from services.queries.volunteer.cards import PAGE_SIZE
from services.standards.reading import standard
from services.standards.ticking import ticked
from services.visits.appeals import appeal_of
from timebank.edge import declare, now, perform, reading
from timebank.seals.files import seal_of
from timebank.web.paging import page_number
from timebank.web.volunteer import bp
from timebank.web.volunteer.times import times_on


@bp.get("/visits")
@declare("visit.read")
def visits() -> str:
    """What is coming, what waits, what is over."""
    page = page_number()
    with reading() as ctx:
        found = read.visit_list(ctx, page)
    return render_template(
        "volunteer/visits.html",
        found=found,
        number=page,
        pages=max(1, -(-found.past_total // PAGE_SIZE)),
        now=now(),
    )


@bp.get("/visits/<uuid:visit_id>")
@declare("visit.read")
def visit(visit_id: UUID) -> str:
    """One visit: what to do now, and everything that belongs to it."""
    page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    times, card = times_on(visit_id), page.card
    with reading() as ctx:
        money = money_of(ctx, card.book, visit_id)
        appeal = appeal_of(ctx, card.book, visit_id)
        done = ticked(ctx.session, card.book, visit_id, card.service_code)
    return render_template(
        "volunteer/visit.html",
        appeal=appeal,
        page=page,
        card=card,
        times=times,
        now=now(),
        money=money,
        ticked=done,
        standard=standard(card.service_code),
    )


@bp.get("/visits/<uuid:visit_id>/accepted")
@declare("visit.read")
def accepted(visit_id: UUID) -> ResponseReturnValue:
    """Thanks after a yes; later the visit's own page says more."""
    page = perform(lambda ctx: read.visit_page(ctx, visit_id))
    if page.card.state is not VisitState.ACCEPTED:
        return redirect(url_for("volunteer.visit", visit_id=visit_id), 303)
    return render_template("volunteer/accepted.html", page=page, card=page.card)


@bp.get("/visits/<uuid:visit_id>/receipt")
@declare("visit.read")
def receipt(visit_id: UUID) -> str:
    """What the visit came to, and the formula."""
    with reading() as ctx:
        _request, own = read.own_visit(ctx, visit_id)
        found = receipt_of(ctx, own.book, visit_id)
    seal = seal_of(found.book, found.transfer_id)
    return render_template("volunteer/receipt.html", receipt=found, seal=seal)
