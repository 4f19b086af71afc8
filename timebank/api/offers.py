"""Requests that look for somebody, what one is asked for, and the answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.asking.answering import Answer, say_no, say_yes
from services.queries.volunteer import (
    Asked,
    OfferPage,
    asked_one,
    away_regions,
    offer,
    offers,
)
from services.queries.volunteer import asked as questions
from services.visits.accepting import accept
from timebank.api.area import Area, writing
from timebank.api.schemas.abroad import AwayRegionList, QuotedOfferOut
from timebank.api.schemas.asking import DeclineIn, QuestionList, QuestionOut, YesOut
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.requests import AcceptedOut, OfferList, OfferQuery
from timebank.edge import declare, perform, reading

area = Area("offers", "可以接的服务")


@area.get("/offers", says="正在找人的申请，以及我能不能接、为什么")
@declare("request.browse")
@area.arguments(OfferQuery, location="query")
@area.response(200, OfferList)
def list_offers(asked: dict[str, Any]) -> dict[str, Any]:
    """Open requests where the volunteer lives, with every reason against accepting each."""
    return _listed(asked)


@area.get("/offers/regions", says="我可以去服务的别的地区")
@declare("request.browse")
@area.response(200, AwayRegionList)
def list_regions() -> dict[str, Any]:
    """The regions whose corridor to the volunteer's own book is open today."""
    with reading() as ctx:
        return {"items": away_regions(ctx)}


@area.get("/offers/<book:book>", says="别的地区正在找人的申请")
@declare("request.browse")
@area.arguments(OfferQuery, location="query")
@area.response(200, OfferList)
def list_away(asked: dict[str, Any], book: str) -> dict[str, Any]:
    """Open requests of another region, with every reason against accepting each."""
    return _listed(asked, book)


@area.get("/offers/<book:book>/<uuid:request_id>", says="一项申请值多少、跨地区怎样记")
@declare("request.browse")
@area.response(200, QuotedOfferOut)
def read_offer(book: str, request_id: UUID) -> OfferPage:
    """One request with its estimate and, between two books, the quote."""
    return perform(lambda ctx: offer(ctx, request_id, book))


def _listed(asked: dict[str, Any], book: str | None = None) -> dict[str, Any]:
    by_distance = asked.pop("order", None) == "distance"
    with reading() as ctx:
        return {"items": offers(ctx, **asked, by_distance=by_distance, book=book).offers}


@area.post("/requests/<book:book>/<uuid:request_id>/accept", says="接下一项申请")
@declare("visit.accept")
@area.arguments(Nothing, required=False)
@area.response(201, AcceptedOut)
def accept_request(_said: dict[str, Any], book: str, request_id: UUID) -> dict[str, Any]:
    """Promise to come: the price is pinned and both sides are held."""
    made = writing(lambda ctx: accept(ctx, book, request_id))
    return {
        "book": book,
        "visit_id": made.visit_id,
        "reserved_minutes": made.reserved_minutes,
    }


@area.get("/asked", says="问到我的：还能回答的，和我答应候补的")
@declare("offer.read")
@area.response(200, QuestionList)
def list_asked() -> dict[str, Any]:
    """Questions to whoever holds the token, the nearest visit first."""
    with reading() as ctx:
        return {"items": questions(ctx)}


@area.get("/asked/<uuid:offer_id>", says="问到我的一条")
@declare("offer.read")
@area.response(200, QuestionOut)
def read_asked(offer_id: UUID) -> Asked:
    """One question, answered or not."""
    with reading() as ctx:
        return asked_one(ctx, offer_id)


@area.post("/asked/<book:book>/<uuid:offer_id>/yes", says="愿意去，或者愿意候补")
@declare("offer.answer")
@area.arguments(Nothing, required=False)
@area.response(200, YesOut)
def answer_yes(_said: dict[str, Any], book: str, offer_id: UUID) -> Answer:
    """Promise to come, or to step in."""
    return writing(lambda ctx: say_yes(ctx, book, offer_id))


@area.post("/asked/<book:book>/<uuid:offer_id>/no", says="这次不行，原因可以不说")
@declare("offer.answer")
@area.arguments(DeclineIn, required=False)
@area.response(204)
def answer_no(said: dict[str, Any], book: str, offer_id: UUID) -> Response:
    """Not this time; it lowers no score."""
    writing(lambda ctx: say_no(ctx, book, offer_id, said.get("reason")))
    return current_app.response_class(status=204)
