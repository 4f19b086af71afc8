"""Serving in another region: which ones are open, and what stands between two books."""

from __future__ import annotations

from marshmallow import fields

from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Out, Said, SentenceOut, name_out
from timebank.api.schemas.requests import OfferOut


class AwayRegionOut(Out):
    """A region whose elders the volunteer may serve, and how far the agreement reaches."""

    book = fields.String(required=True)
    region = name_out()
    phase = Said(allow_none=True)


class AwayRegionList(WholeList):
    """The regions that are open today, the nearer ones first."""

    items = fields.List(fields.Nested(AwayRegionOut), required=True)


class QuoteOut(Out):
    """What stands between the elder's book and the volunteer's; figures are standard minutes.

    ``room_minutes`` is what the caps leave now (null: no cap), ``waits_until`` when there is room
    again where it is too little for ``largest_minutes``.
    """

    book = fields.String(required=True)
    region = name_out()
    home = name_out()
    phase = Said(allow_none=True)
    largest_minutes = fields.Integer(required=True)
    room_minutes = fields.Integer(required=True, allow_none=True)
    fits = fields.Boolean(required=True)
    waits_until = At(allow_none=True)


class OfferEstimateOut(Out):
    """What the booked minutes would be worth, and what the day still holds for credit."""

    left_minutes = fields.Integer(required=True)
    counted_minutes = fields.Integer(required=True)
    honour_minutes = fields.Integer(required=True)
    earn_minutes = fields.Integer(required=True)
    lines = fields.List(fields.Nested(SentenceOut), required=True)


class QuotedOfferOut(Out):
    """One request in full; what is not there is null: an offer that is gone, a quote within a book.

    ``my_visit_id`` is the reader's own promise to it.
    """

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    state = Said(required=True)
    service = name_out()
    place = name_out(allow_none=True)
    my_visit_id = fields.UUID(allow_none=True)
    offer = fields.Nested(OfferOut, allow_none=True)
    estimate = fields.Nested(OfferEstimateOut, allow_none=True)
    quote = fields.Nested(QuoteOut, allow_none=True)
