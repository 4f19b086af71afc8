"""Gifts on the wire: what somebody may give, a gift with its window, and the code."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from models.giving import GiftOrigin
from services.gifts.making import GiftForm
from services.rules.checked import Choice, Document, Flag, Part, Whole, Words
from timebank.api.schemas.base import At, Id, Out, Said, name_out

#: More than anybody may ever store.
MOST_MINUTES = 10_000_000


class GuardIn(Document):
    """The answers of a giver from the guard age on, each as the giver gave it."""

    hurried = Flag()
    own_wish = Flag()
    promised = Flag()


class GiftIn(Document):
    """From whom to whom; ``giver_id`` may be left out for oneself."""

    giver_id = Id(load_default=None)
    receiver_id = Id()
    amount_minutes = Whole(1, MOST_MINUTES)
    origin = Choice(*GiftOrigin, load_default=GiftOrigin.EARNED)
    guard = Part(GuardIn, load_default=None)

    @post_load
    def _form(self, said: dict[str, Any], **_: Any) -> GiftForm:
        said["origin"] = GiftOrigin(said["origin"])
        said["guard"] = said["guard"] or {}
        return GiftForm(**said)


class GiftCodeIn(Document):
    """The digits from the text message."""

    code = Words()


class FriendIn(Document):
    """A friend's number and name, both as registered."""

    number = Words()
    name = Words()


class GiftRelativeOut(Out):
    """Somebody to whom one may give."""

    member_id = fields.UUID(required=True)
    name = fields.String(required=True)
    relation = fields.String(required=True)
    #: Where somebody of another region lives.
    region = name_out(allow_none=True)


class GivingOut(Out):
    """What may be given today, in minutes; ``has_code`` false sends the giver to the counter."""

    relatives = fields.List(fields.Nested(GiftRelativeOut), required=True)
    friends_allowed = fields.Boolean(required=True)
    giveable_minutes = fields.Integer(required=True)
    kin_left_minutes = fields.Integer(required=True)
    friend_left_minutes = fields.Integer(required=True)
    needs_guard = fields.Boolean(required=True)
    has_code = fields.Boolean(required=True)
    revocable_hours = fields.Integer(required=True)


class GiftOut(Out):
    """A gift. ``given_minutes`` is what arrived; ``reason`` says why it came back."""

    id = fields.UUID(required=True)
    book = fields.String(required=True)
    reference = fields.String(required=True)
    giver_id = fields.UUID(required=True)
    giver_name = fields.String(required=True)
    receiver_id = fields.UUID(required=True)
    receiver_name = fields.String(required=True)
    relation = fields.String(required=True)
    origin = Said(required=True)
    how = fields.String(required=True)
    amount_minutes = fields.Integer(required=True)
    given_minutes = fields.Integer(required=True)
    state = Said(required=True)
    reason = fields.String(allow_none=True)
    made_at = At(required=True)
    confirmed_at = At(allow_none=True)
    revocable_until = At(allow_none=True)
    final_at = At(allow_none=True)
    refusable_until = At(allow_none=True)
    ended_at = At(allow_none=True)
    from_region = name_out(allow_none=True)
    to_region = name_out(allow_none=True)
    may_take_back = fields.Boolean(required=True)
    may_refuse = fields.Boolean(required=True)
    paper = fields.String(allow_none=True)


class GiftList(Out):
    """What a member gave and received, newest first."""

    given = fields.List(fields.Nested(GiftOut), required=True)
    received = fields.List(fields.Nested(GiftOut), required=True)
