"""What two people sign, on the wire: entries by hand and reversals."""

from __future__ import annotations

from marshmallow import fields

from models.entries import ReversalState
from services.reversing.sentences import REASONS
from services.rules.checked import Choice, Document, Words
from timebank.api.schemas.base import At, Id, Out, PageQuery, Prose, Said
from timebank.api.schemas.ledger import person_out


class ReversalIn(Document):
    """Which posting should be taken back, and why: a code, and words for those who sign."""

    transfer_id = Id()
    reason = Choice(*REASONS)
    note = Prose(required=False)
    flag_id = Id(required=False)
    sheet_id = Id(required=False)
    complaint_id = Id(required=False)


class ReversalMadeOut(Out):
    """The proposal."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)


class ReversalSignedOut(Out):
    """The posting that took the other back; null while the second name is lacking."""

    transfer_id = fields.UUID(required=True, allow_none=True)


class ReversalQuery(PageQuery):
    """Reversals by state (``open`` without one, ``all`` for every one) and book."""

    state = Choice("open", "all", *(each.value for each in ReversalState), required=False)
    book = Words(required=False)


class ReversalOut(Out):
    """A reversal and everybody who had a hand in it."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    transfer_id = fields.UUID(required=True)
    reason = fields.String(required=True)
    state = Said(required=True)
    proposed_by = person_out()
    proposed_at = At(required=True)
    first_signed_by = person_out()
    first_signed_at = At(allow_none=True)
    second_signed_by = person_out()
    second_signed_at = At(allow_none=True)
    ended_by = person_out()
    ended_at = At(allow_none=True)
    end_reason = fields.String(allow_none=True)
    reversing_id = fields.UUID(allow_none=True)


class ReversalList(Out):
    """Some reversals, and where to go on."""

    items = fields.List(fields.Nested(ReversalOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class HandReasonIn(Document):
    """Why not; whoever proposed it reads it."""

    reason = Prose()
