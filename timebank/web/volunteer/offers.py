"""Requests that look for somebody, and saying yes to one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.errors import DomainError
from services.queries import volunteer as read
from services.visits import accepting
from timebank.edge import declare, now, perform, reading
from timebank.errors import STATUS
from timebank.i18n import say
from timebank.web.paging import page_number
from timebank.web.volunteer import bp
from timebank.web.volunteer.forms import ActForm, OfferFilter
from timebank.web.words.corridors import PHASES

PAGE_SIZE = 20
#: The nearest first; without it the earliest.
DISTANCE = "distance"


@bp.get("/requests")
@declare("request.browse")
def offers() -> str:
    """Open requests: those that fit first, then the others with the reasons."""
    return list_page()


def list_page(book: str | None = None) -> str:
    """The open requests where one lives, or those of another region's ``book``."""
    filters = OfferFilter()
    with reading() as ctx:
        everything = read.offers(ctx, book=book)
        filters.offer_only(everything)
        chosen = filters.chosen()
        by_distance = request.args.get("order") == DISTANCE
        found = everything
        if chosen or by_distance:
            found = read.offers(
                ctx,
                day=OfferFilter.day_of(chosen),
                service=chosen.get("service"),
                by_distance=by_distance,
                book=book,
            )
        region = None if book is None else read.region_name(ctx, book)
    page = page_number()
    total = len(found.offers)
    here = "volunteer.offers" if book is None else "volunteer.away_offers"
    where: dict[str, Any] = {} if book is None else {"book": book}
    return render_template(
        "volunteer/offers.html",
        region=region,
        filters=filters,
        filtered=bool(chosen),
        by_distance=by_distance,
        standbys=found.standbys if book is None else (),
        by_time_url=url_for(here, **where, **chosen),
        by_distance_url=url_for(here, order=DISTANCE, **where, **chosen),
        rows=found.offers[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        total=total,
        number=page,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


@bp.get("/requests/<uuid:request_id>")
@declare("request.browse")
def offer(request_id: UUID) -> ResponseReturnValue:
    """One request: what it is, what it is worth, and the button or every reason against it."""
    return one_page(request_id, None, url_for("volunteer.offers"))


def one_page(request_id: UUID, book: str | None, back: str) -> ResponseReturnValue:
    """The page of a request, or of the promise that one has made already."""
    page = perform(lambda ctx: read.offer(ctx, request_id, book))
    if page.my_visit_id is not None:
        return redirect(url_for("volunteer.visit", visit_id=page.my_visit_id), 303)
    return _page(page, ActForm(), back)


@bp.post("/requests/<uuid:request_id>")
@declare("visit.accept")
def accept(request_id: UUID) -> ResponseReturnValue:
    """Say yes. A second press finds the first promise."""
    with reading() as ctx:
        book = read.book_of_request(ctx, request_id)
    return yes(request_id, book, url_for("volunteer.offers"))


def yes(request_id: UUID, book: str, back: str) -> ResponseReturnValue:
    """Say yes in the elder's book, or show what was refused."""
    form = ActForm()
    refusal, status = "", 422
    if form.validate_on_submit():
        try:
            made = perform(lambda ctx: accepting.accept(ctx, book, request_id), key=form.key)
        except DomainError as error:
            refusal, status = say(error.sentence, error.params), STATUS[error.kind]
        else:
            return redirect(url_for("volunteer.accepted", visit_id=made.visit_id), 303)
    page = perform(lambda ctx: read.offer(ctx, request_id, book))
    if page.my_visit_id is not None:
        return redirect(url_for("volunteer.visit", visit_id=page.my_visit_id), 303)
    return _page(page, form, back, refusal), status


def _page(page: read.OfferPage, form: ActForm, back: str, refusal: str = "") -> str:
    return render_template(
        "volunteer/offer.html",
        page=page,
        form=form,
        back=back,
        phases=PHASES,
        refusal=refusal,
        now=now(),
    )
