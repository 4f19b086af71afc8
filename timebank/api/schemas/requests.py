"""Requests and offers on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from models.people import Sex
from models.requests import RequestState
from services.availability.wishes import Wishes
from services.rules.checked import Choice, Code, Day, Document, Flag, Listed, Part, Whole, Words
from services.rules.languages import LANGUAGES
from services.rules.wire import Moment
from timebank.api.lists import WholeList
from timebank.api.schemas.base import (
    A_DAY_MINUTES,
    NUMBER,
    At,
    First,
    Id,
    ListOut,
    Out,
    PageQuery,
    Prose,
    Said,
    SentenceOut,
    name_out,
)


class OneWishIn(Document):
    """What is wished for one request, beside the sex that must be."""

    preferred_sex = Choice(*(each.value for each in Sex), load_default=None)
    languages = Listed(Words(), most=len(LANGUAGES), load_default=())
    language_must = Flag(load_default=False)
    provider_id = Id(load_default=None)

    @post_load
    def build(self, data: Any, **_: Any) -> Wishes:
        return Wishes(**data)


class RequestIn(Document):
    """What is asked for. Without ``elder_id`` it is for whoever asks."""

    elder_id = Id(load_default=None)
    service_code = Code()
    starts_at = Moment()
    booked_minutes = Whole(1, A_DAY_MINUTES)
    consent = Choice("own", "family", "voice", "signature", load_default="own")
    remote = Flag(load_default=False)
    address = Words(load_default=None)
    note = Prose(load_default=None)
    risk_note = Prose(load_default=None)
    wished_sex = Choice(*(each.value for each in Sex), load_default=None)
    #: For this once; without it, as the elder wishes as a rule.
    wishes = Part(OneWishIn, load_default=None)
    #: A child or grandchild who asks may pay from own earned coins first.
    payer = Flag(load_default=False)
    #: A branch near which the elder stays, in a county of ``/stays``; without one, at home.
    place_branch_id = Id(load_default=None)


class StayOut(Out):
    """A county where an elder may ask while staying there; its branches are public."""

    book = fields.String(required=True)
    name = name_out(required=True)


class StayList(WholeList):
    """Every county where the asker's elders may ask today."""

    items = fields.List(fields.Nested(StayOut), required=True)


class StayQuery(Document):
    """For whom: oneself, or an elder."""

    elder_id = Id(load_default=None, data_key="for")


class GuestIn(Document):
    """Somebody of another region at the counter: a volunteer number, or a card's token."""

    text = Words()


class GuestOut(Out):
    """No more of a guest than asking needs; ``barrier`` says why nothing can be asked for."""

    id = First("member_id")
    name = fields.String(required=True)
    age_years = fields.Integer(required=True)
    home = name_out(required=True)
    barrier = fields.Nested(SentenceOut, allow_none=True)


class PauseOut(Out):
    """Why the people where an elder stays cannot be asked now, and until when."""

    code = fields.String(required=True)
    until = At(allow_none=True)


class RequestQuery(PageQuery):
    """Whose requests: one's own, an elder's (``for``), or a branch's; in which state."""

    elder_id = Id(required=False, data_key="for")
    branch_id = Id(required=False, data_key="branch")
    state = Choice(*(each.value for each in RequestState), required=False)


class ReasonIn(Document):
    """Why: the other side reads it."""

    reason = Prose()


class PerhapsReasonIn(Document):
    """Why, if somebody wants to say."""

    reason = Prose(load_default="")


class RequestLineOut(Out):
    """A request in a list."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    elder_id = fields.UUID()
    elder_name = fields.String()
    branch_id = fields.UUID()
    service_code = fields.String()
    service = name_out()
    state = Said(required=True)
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    people_needed = fields.Integer()
    remote = fields.Boolean()
    submitted_at = At()


class RequestList(ListOut):
    """Some requests, and where to go on."""

    items = fields.List(fields.Nested(RequestLineOut), required=True)


class ElderOut(Out):
    """Whom it is for."""

    id = First("id", "member_id")
    number = fields.String()
    name = fields.String()
    age_years = fields.Integer()


class PromiseOut(Out):
    """Somebody who comes."""

    id = fields.UUID()
    provider_name = fields.String()
    state = Said()


class RequestOut(Out):
    """A request as the reader may see it: the elder's side whole, the counter with a masked
    address, and each with what it decides by. Minutes are standard minutes.
    """

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    state = Said(required=True)
    elder = fields.Nested(ElderOut)
    service = name_out()
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    people_needed = fields.Integer()
    remote = fields.Boolean()
    address = fields.String(allow_none=True)
    #: Where the elder stays (for the elder's side), or is at home (for the counter there).
    stays_in = name_out(allow_none=True)
    home = name_out(allow_none=True)
    pause = fields.Nested(PauseOut, allow_none=True)
    note = fields.String(allow_none=True)
    risk_note = fields.String(allow_none=True)
    wished_sex = fields.String(allow_none=True)
    consent = fields.String()
    asked_by = First("asked_by_name", "asked_by")
    submitted_at = At()
    decided_at = At(allow_none=True)
    ended_at = At(allow_none=True)
    reason = fields.String(allow_none=True)
    elder_share_minutes = fields.Function(
        lambda each: _share(each, "elder_share_minutes"), metadata=NUMBER
    )
    held_minutes = fields.Function(lambda each: _share(each, "held_minutes"), metadata=NUMBER)
    shortfall_minutes = fields.Function(
        lambda each: _share(each, "shortfall_minutes"), metadata=NUMBER
    )
    visits = fields.List(fields.Nested(PromiseOut))


def _share(each: object, name: str) -> int:
    """The elder's page has the figures on it, the counter's in a box of their own."""
    shares = getattr(each, "shares", each)
    found: int = getattr(shares, name if hasattr(shares, name) else "share_minutes")
    return found


class OfferQuery(Document):
    """Which day, which service, and in which order (the earliest first without one)."""

    day = Day(required=False)
    service = Code(required=False)
    order = Choice("time", "distance", required=False)


class OfferOut(Out):
    """A request before anybody says yes: no full name, no door."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    service_code = fields.String()
    service = name_out()
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    remote = fields.Boolean()
    street = fields.String(allow_none=True)
    elder = fields.String()
    people_needed = fields.Integer()
    coming = fields.Integer()
    distance_m = fields.Integer(allow_none=True)
    extra = fields.Boolean()
    eligible = fields.Boolean(required=True)
    #: Lies in the hours that the volunteer has stated.
    fits_hours = fields.Boolean(required=True)
    reasons = fields.List(fields.Nested(SentenceOut), attribute="refusals")


class OfferList(WholeList):
    """Open requests: those that fit first."""

    items = fields.List(fields.Nested(OfferOut), required=True)


class AcceptedOut(Out):
    """The promise, and how many minutes of the day's credit it reserves."""

    book = fields.String(required=True)
    visit_id = fields.UUID(required=True)
    reserved_minutes = fields.Integer(required=True)
