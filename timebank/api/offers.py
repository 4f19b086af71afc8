"""Requests that look for somebody, and saying yes to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.queries.volunteer import Offer, offers
from services.visits.accepting import accept
from timebank.api.area import Area, writing
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.requests import AcceptedOut, OfferList, OfferQuery
from timebank.edge import declare, reading

area = Area("offers", "可以接的服务")


@dataclass(frozen=True, slots=True)
class Placed:
    """An offer with the book in which it can be accepted."""

    book: str
    offer: Offer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.offer, name)


@area.get("/offers", says="正在找人的申请，以及我能不能接、为什么")
@declare("request.browse")
@area.arguments(OfferQuery, location="query")
@area.response(200, OfferList)
def list_offers(asked: dict[str, Any]) -> dict[str, Any]:
    """Open requests of the own book, with every reason against accepting each."""
    with reading() as ctx:
        found = offers(ctx, **asked)
        return {"items": [Placed(ctx.actor.home_book, each) for each in found.offers]}


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
