"""Donations and funds on the wire. A donor learns for which service, and never for whom."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from models.giving import FundKind
from services.rules.checked import Choice, Document, Flag, Listed, Whole, Words
from services.rules.donations import HIGHEST_GRADE, OLDEST
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Id, NameOut, Out, Said, name_out

#: More than anybody may ever store.
MOST_MINUTES = 10_000_000


class DonationIn(Document):
    """Where to (``pool``, or the id of a fund) and how much; ``donor_id`` only at the counter.

    ``to_book`` is the region whose pool or fund it is; null: the donor's own.
    """

    donor_id = Id(load_default=None)
    to = Words()
    to_book = Words(load_default=None)
    minutes = Whole(1, MOST_MINUTES)


class OverflowIn(Document):
    """Where what is above the storage cap goes: ``pool``, or the id of a fund."""

    to = Words()


class FundIn(Document):
    """A fund with its criteria; what is left out does not matter."""

    kind = Choice(*FundKind)
    name = Words()
    name_en = Words()
    age_from = Whole(1, OLDEST, load_default=None)
    grade_from = Whole(1, HIGHEST_GRADE, load_default=None)
    in_hardship = Flag(load_default=False)
    lives_alone = Flag(load_default=False)
    special_family = Flag(load_default=False)
    registration = Words(load_default="")
    branches = Listed(Id(), load_default=())

    @post_load
    def _form(self, said: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**said, "branches": tuple(said["branches"])}


class FundOut(Out):
    """A fund, what was given to it and what it has, in standard minutes."""

    id = fields.UUID(required=True)
    book = fields.String(required=True)
    kind = Said(required=True)
    name = name_out(required=True)
    criteria = fields.Dict(required=True)
    branches = fields.List(fields.Nested(NameOut), required=True)
    registration = fields.String(allow_none=True)
    opened_at = At(required=True)
    closed_at = At(allow_none=True)
    given_minutes = fields.Integer(required=True)
    used_minutes = fields.Integer(required=True)
    held_minutes = fields.Integer(required=True)
    free_minutes = fields.Integer(required=True)


class FundList(WholeList):
    """The funds of a book, the open ones first, and what its pool has."""

    pool_minutes = fields.Integer(required=True)
    items = fields.List(fields.Nested(FundOut), attribute="funds", required=True)


class DonationUseOut(Out):
    """In a month so many minutes helped with a service; without one they went to the pool."""

    month = fields.Date(required=True)
    service = name_out(allow_none=True)
    minutes = fields.Integer(required=True)


class DonationOut(Out):
    """A donation and what became of it; ``fund`` null is the pool, where nothing is told apart."""

    id = fields.UUID(required=True)
    book = fields.String(required=True)
    reference = fields.String(required=True)
    donor_id = fields.UUID(required=True)
    fund = name_out(allow_none=True)
    region = name_out(allow_none=True)
    criteria = fields.Dict(required=True)
    minutes = fields.Integer(required=True)
    how = fields.String(required=True)
    at = At(required=True)
    used_minutes = fields.Integer(required=True)
    to_pool_minutes = fields.Integer(required=True)
    left_minutes = fields.Integer(required=True)
    uses = fields.List(fields.Nested(DonationUseOut), required=True)
    paper_code = fields.String(allow_none=True)
    is_undone = fields.Boolean(required=True)


class DonationList(WholeList):
    """What a member gave, the newest first."""

    items = fields.List(fields.Nested(DonationOut), required=True)
