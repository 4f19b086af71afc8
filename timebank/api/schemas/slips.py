"""A pile of slips on the wire: what is written on each, and what came of it."""

from __future__ import annotations

from datetime import time
from typing import Any

from marshmallow import fields, post_load

from services.rules.checked import Clock, Document, Listed, Part, Words, wrong
from services.visits.written import MOST_SLIPS, WrittenSlip
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Out

BOTH_OF_REST = "休息从几点到几点，两样都要写。"


class WrittenSlipIn(Document):
    """What stands on a slip: wall-clock times of China, without a day."""

    reference = Words()
    code_in = Words(load_default=None)
    code_out = Words()
    came = Clock(load_default=None)
    left = Clock()
    rest_from = Clock(load_default=None)
    rest_to = Clock(load_default=None)

    @post_load
    def build(self, data: Any, **_: Any) -> WrittenSlip:
        rest = (data.pop("rest_from"), data.pop("rest_to"))
        if (rest[0] is None) != (rest[1] is None):
            raise wrong(BOTH_OF_REST, "rest_from")
        came, left = data.pop("came"), data.pop("left")
        return WrittenSlip(
            **data,
            came=None if came is None else _time(came),
            left=_time(left),
            rest=None if None in rest else (_time(rest[0]), _time(rest[1])),
        )


class PileIn(Document):
    """The slips as they lie on the desk."""

    slips = Listed(Part(WrittenSlipIn), most=MOST_SLIPS)


class PileRowOut(Out):
    """One slip's own answer: what was entered, or why not and which field it is about."""

    row = fields.Integer(required=True)
    reference = fields.String(required=True)
    entered = fields.Boolean(required=True)
    book = fields.String()
    visit_id = fields.UUID()
    came_at = At()
    left_at = At()
    actual_minutes = fields.Integer()
    code = fields.String()
    field = fields.String(allow_none=True)
    reason = fields.String()


class PileOut(WholeList):
    """An answer for each slip, in the order in which they came."""

    items = fields.List(fields.Nested(PileRowOut), required=True)


def _time(minute_of_day: int) -> time:
    return time(minute_of_day // 60, minute_of_day % 60)
