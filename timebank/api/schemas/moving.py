"""Moves and successions on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from services.moving.acting import MoveForm
from services.places.successions import Part as SplitPart
from services.places.successions import SuccessionForm
from services.rules.checked import Day, Document, Listed, Part, Words
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Id, Out, Said, SentenceOut, name_out


class MoveTargetQuery(Document):
    """The branch that somebody may move to."""

    branch_id = Id()


class MoveTargetIn(Document):
    """The branch moved to."""

    branch_id = Id()


class MoveIn(Document):
    """Where to. By the own login the code, at the counter the member and the card's number."""

    member_id = Id(load_default=None)
    branch_id = Id()
    region_code = Words(load_default="")
    address = Words()
    code = Words(load_default="")
    id_number = Words(load_default="")

    @post_load
    def _form(self, said: dict[str, Any], **_: Any) -> MoveForm:
        return MoveForm(**said)


class MoveCoinsOut(Out):
    """Minutes of one origin; ``until`` for a grant that stays."""

    kind = Said(required=True)
    period = fields.String(required=True)
    minutes = fields.Integer(required=True)
    until = At(allow_none=True)


class MovePlaceOut(Out):
    """Where somebody lives."""

    book = fields.String(required=True)
    region_code = fields.String(required=True)
    branch_id = fields.UUID(required=True)


class MoveBookingOut(Out):
    """A booking and its fate: anew, carried or given_back."""

    kind = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    service = name_out(required=True)
    starts_at = At(required=True)
    fate = fields.String(required=True)
    parted = fields.List(fields.String(), required=True)


class MovePlanOut(Out):
    """Everything that a move would do now, and what is in the way."""

    member_id = fields.UUID(required=True)
    from_place = fields.Nested(MovePlaceOut, required=True)
    to_place = fields.Nested(MovePlaceOut, required=True)
    moved_minutes = fields.Integer(required=True)
    coins = fields.List(fields.Nested(MoveCoinsOut), required=True)
    stays = fields.List(fields.Nested(MoveCoinsOut), required=True)
    bookings = fields.List(fields.Nested(MoveBookingOut), required=True)
    hindrances = fields.List(fields.Nested(SentenceOut), required=True)
    above_cap_minutes = fields.Integer(required=True)
    overflow_falls_back = fields.Boolean(required=True)


class MovedOut(Out):
    """A move that was made, with the check code of its receipt."""

    move_id = fields.UUID(required=True)
    book = fields.String(required=True)
    reference = fields.String(required=True)
    check_code = fields.String(required=True)


class MoveOut(Out):
    """A move as it is read afterwards."""

    id = fields.UUID(required=True)
    book = fields.String(required=True)
    to_book = fields.String(required=True)
    reference = fields.String(required=True)
    moved_at = At(required=True)
    how = fields.String(required=True)
    from_region = name_out(required=True)
    to_region = name_out(required=True)
    moved_minutes = fields.Function(lambda each: each.content["minutes"], required=True)
    check_code = fields.String(allow_none=True)


class MoveList(WholeList):
    """A member's moves, the newest first."""

    items = fields.List(fields.Nested(MoveOut), required=True)


class SplitPartIn(Document):
    """A township that goes to another county, under another code."""

    township = Words()
    new_code = Words()
    county = Words()
    name = Words(load_default="")
    name_en = Words(load_default="")

    @post_load
    def _part(self, said: dict[str, Any], **_: Any) -> SplitPart:
        return SplitPart(**said)


class SuccessionIn(Document):
    """Who takes over from whom, from which day, by which paper."""

    old_code = Words()
    new_code = Words()
    from_day = Day()
    document = Words()
    name = Words(load_default="")
    name_en = Words(load_default="")
    parts = Listed(Part(SplitPartIn), load_default=())

    @post_load
    def _form(self, said: dict[str, Any], **_: Any) -> SuccessionForm:
        return SuccessionForm(**{**said, "parts": tuple(said["parts"])})


class SuccessionMadeOut(Out):
    """The books that are kept by the new county from then on."""

    books = fields.List(fields.String(), required=True)


class SuccessionOut(Out):
    """A succession as it was decided."""

    id = fields.UUID(required=True)
    book = fields.String(required=True)
    old_code = fields.String(required=True)
    new_code = fields.String(required=True)
    from_day = fields.Date(required=True)
    document = fields.String(required=True)


class SuccessionList(WholeList):
    """Every succession, the newest first."""

    items = fields.List(fields.Nested(SuccessionOut), required=True)
