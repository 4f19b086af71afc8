"""Questions to a volunteer and the answers, on the wire."""

from __future__ import annotations

from marshmallow import fields

from services.asking.sentences import ANSWERS
from services.rules.checked import Choice, Document
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Out, Said, SentenceOut, name_out


class DeclineIn(Document):
    """Why not, for whoever wants to say so."""

    reason = Choice(*ANSWERS, required=False)


class QuestionOut(Out):
    """One question: no full name, no door. A ``standby`` is asked to step in if need be."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    request_id = fields.UUID(required=True)
    kind = Said(required=True)
    state = Said(required=True)
    offered_at = At(required=True)
    until = At(required=True)
    service = name_out()
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    remote = fields.Boolean()
    street = fields.String(allow_none=True)
    elder = fields.String()
    distance_m = fields.Integer(allow_none=True)
    reasons = fields.List(fields.Nested(SentenceOut))


class QuestionList(WholeList):
    """Questions, the nearest visit first."""

    items = fields.List(fields.Nested(QuestionOut), required=True)


class YesOut(Out):
    """What a yes led to; no visit where somebody stands by."""

    request_id = fields.UUID(required=True)
    visit_id = fields.UUID(required=True, allow_none=True)
