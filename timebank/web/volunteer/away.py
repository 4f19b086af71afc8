"""Serving in another region: which ones are open, what is asked for there, and saying yes."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from services.queries import volunteer as read
from timebank.edge import declare, reading
from timebank.web.paging import page_number
from timebank.web.volunteer import bp
from timebank.web.volunteer.offers import list_page, one_page, yes
from timebank.web.words.corridors import PHASES

PAGE_SIZE = 20


@bp.get("/away")
@declare("request.browse")
def away() -> str:
    """Every region whose elders the volunteer may serve, the nearer ones first."""
    with reading() as ctx:
        found = read.away_regions(ctx)
    page = page_number()
    return render_template(
        "volunteer/away.html",
        rows=found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        phases=PHASES,
        number=page,
        pages=max(1, -(-len(found) // PAGE_SIZE)),
    )


@bp.get("/away/<book>")
@declare("request.browse")
def away_offers(book: str) -> str:
    """Open requests of a region; those that fit first."""
    return list_page(book)


@bp.get("/away/<book>/<uuid:request_id>")
@declare("request.browse")
def away_offer(book: str, request_id: UUID) -> ResponseReturnValue:
    """One request of another region, with what stands between the two books."""
    return one_page(request_id, book, url_for("volunteer.away_offers", book=book))


@bp.post("/away/<book>/<uuid:request_id>")
@declare("visit.accept")
def away_accept(book: str, request_id: UUID) -> ResponseReturnValue:
    """Say yes to it."""
    return yes(request_id, book, url_for("volunteer.away_offers", book=book))
