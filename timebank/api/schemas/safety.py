"""Wire formats of safety sheets, slips and words about a visit."""

from __future__ import annotations

from marshmallow import fields

from services.rules.checked import Choice, Document
from services.visits.closed_door import WHOM
from timebank.api.schemas.base import At, Out, Prose, name_out


class SafetyCallIn(Document):
    """Who was called, and what came of it."""

    whom = Choice(*WHOM)
    note = Prose()


class SafetyOutcomeIn(Document):
    """How the elder is."""

    outcome = Prose()


class SafetyPersonOut(Out):
    """Somebody on the sheet."""

    id = fields.UUID()
    name = fields.String()


class SafetyCallOut(Out):
    """A call that was made."""

    at = At()
    by = fields.String()
    whom = fields.String()
    note = fields.String()


class SafetySheetOut(Out):
    """Whom to call, who was called, and how it ended; numbers and the address are whole."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    visit_id = fields.UUID(allow_none=True)
    reference = fields.String(allow_none=True)
    elder = fields.Nested(SafetyPersonOut, required=True)
    home = name_out(allow_none=True)
    phone = fields.String(allow_none=True)
    contact = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    visitor = fields.Nested(SafetyPersonOut, allow_none=True)
    opened_at = At(required=True)
    opened_by = fields.String(required=True)
    calls = fields.List(fields.Nested(SafetyCallOut), required=True)
    closed_at = At(allow_none=True)
    closed_by = fields.String(allow_none=True)
    outcome = fields.String(allow_none=True)


class ComplaintTakenIn(Document):
    """What a side says about a visit in dispute."""

    side = Choice("elder", "provider")
    text = Prose()


class SlipCodesOut(Out):
    """The two one-use codes of a slip; null for one that is used up."""

    code_in = fields.String(allow_none=True)
    code_out = fields.String(allow_none=True)
