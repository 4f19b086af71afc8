"""What two people sign, on the wire: entries by hand and reversals."""

from __future__ import annotations

import base64

from marshmallow import fields

from models.entries import EntryState, ReversalState
from services.entries.terms import CORRECTION, ENTRY
from services.reversing.sentences import REASONS
from services.rules.checked import Choice, Document, Flag, Words
from services.rules.wire import Moment
from timebank.api.schemas.base import TEXT, At, Id, ListOut, Out, PageQuery, Prose, Said
from timebank.api.schemas.ledger import person_out
from timebank.api.schemas.standards import ReceiptFileIn


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


class ReversalList(ListOut):
    """Some reversals, and where to go on."""

    items = fields.List(fields.Nested(ReversalOut), required=True)


class HandReasonIn(Document):
    """Why not; whoever proposed it reads it."""

    reason = Prose()


class HandEntryIn(Document):
    """A service that was not recorded on the spot, with its papers; ``why`` is a published code."""

    elder_id = Id()
    provider_id = Id()
    service_code = Words()
    starts_at = Moment()
    ends_at = Moment()
    why = Words()
    reason = Prose()
    remote = Flag(required=False)
    corrects_visit_id = Id(required=False)
    files = fields.List(fields.Nested(ReceiptFileIn), required=True)


class HandEntryQuery(PageQuery):
    """Entries by state (``open`` without one, ``all`` for every one) and kind."""

    state = Choice("open", "all", *(each.value for each in EntryState), required=False)
    kind = Choice(ENTRY, CORRECTION, required=False)


class HandEntryOut(Out):
    """An entry by hand and everybody who had a hand in it."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    kind = fields.String(required=True)
    service_code = fields.String(required=True)
    starts_at = At(required=True)
    ends_at = At(required=True)
    why = fields.String(required=True)
    state = Said(required=True)
    level = Said(required=True)
    due_at = At(required=True)
    elder = person_out()
    provider = person_out()
    proposed_by = person_out()
    proposed_at = At(required=True)
    decided_by = person_out()
    decided_at = At(allow_none=True)
    decision_reason = fields.String(allow_none=True)
    visit_id = fields.UUID(allow_none=True)
    transfer_id = fields.UUID(allow_none=True)
    corrects_visit_id = fields.UUID(allow_none=True)


class HandEntryList(ListOut):
    """Some entries, and where to go on."""

    items = fields.List(fields.Nested(HandEntryOut), required=True)


class HandEvidenceOut(Out):
    """A paper without its bytes; ``content_hash`` is their SHA-256."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    content_hash = fields.String(required=True)
    added_at = At(required=True)


class HandFileOut(Out):
    """A paper with its bytes in base64."""

    file = fields.Nested(HandEvidenceOut, required=True, attribute="line")
    content_base64 = fields.Function(
        lambda view: base64.b64encode(view.content).decode(), required=True, metadata=TEXT
    )


class HandEntryWholeOut(Out):
    """One entry with its words and the list of its papers."""

    entry = fields.Nested(HandEntryOut, required=True, attribute="line")
    reason = fields.String(required=True)
    remote = fields.Boolean(required=True)
    files = fields.List(fields.Nested(HandEvidenceOut), required=True)


class HandEntrySignedOut(Out):
    """The visit that was credited."""

    book = fields.String(required=True)
    visit_id = fields.UUID(required=True)
