"""Monthly returns and rolls on the wire."""

from __future__ import annotations

from marshmallow import fields

from services.rolls.comparing import ASKED, FACTS
from services.rules.checked import Choice, Document, Words
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, ListOut, Out, PageQuery
from timebank.api.schemas.batches import ListText
from timebank.api.schemas.seals import KeyEventOut


class ReturnHeadOut(Out):
    """A closed return without its figures. The digest is SHA-256 over its canonical JSON."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    month = fields.String(required=True)
    watermark_at = At(required=True)
    content_hash = fields.String(required=True)
    key_id = fields.String(required=True)
    signature = fields.String(required=True)
    closed_at = At(required=True)
    signed_at = At(required=True, allow_none=True)


class ReturnHeadList(WholeList):
    """Closed returns, the newest first."""

    items = fields.List(fields.Nested(ReturnHeadOut), required=True)


class CorrectionOut(Out):
    """A figure that is another by now: as closed, as known today, and the difference."""

    name = fields.String(required=True)
    closed = fields.Integer(required=True, allow_none=True)
    now = fields.Integer(required=True, allow_none=True)
    difference = fields.Integer(required=True)


class LatePostingOut(Out):
    """A transfer of the month that was posted after the watermark; standard minutes."""

    transfer_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    effective_at = At(required=True)
    posted_at = At(required=True)
    minutes = fields.Integer(required=True)
    reverses_id = fields.UUID(required=True, allow_none=True)


class ReturnOut(Out):
    """A return: ``content`` is what was signed, byte for byte."""

    head = fields.Nested(ReturnHeadOut, required=True)
    content = fields.String(required=True)
    is_signed = fields.Boolean(required=True)
    corrections = fields.List(fields.Nested(CorrectionOut), required=True)
    late = fields.List(fields.Nested(LatePostingOut), required=True)
    late_count = fields.Integer(required=True)


class RollIn(Document):
    """A roll as CSV text. ``rest_why`` is for those who left and of whom nothing is known."""

    kind = Choice(*FACTS)
    month = Words()
    source = Words()
    list = ListText()
    rest_why = Choice(*ASKED, required=False)


class RollChangeOut(Out):
    """Somebody who joined or left, and why."""

    person = fields.String(required=True)
    name = fields.String(required=True)
    region = fields.String(required=True)
    member_id = fields.UUID(required=True, allow_none=True)
    change = fields.String(required=True)
    why = fields.String(required=True)


class RollTriedOut(Out):
    """What a roll would bring; nothing is written."""

    rows = fields.Integer(required=True)
    unexplained = fields.Integer(required=True)
    changes = fields.List(fields.Nested(RollChangeOut), required=True)


class RollMadeOut(Out):
    """The roll's id; it counts once somebody else has signed."""

    roll_id = fields.UUID(required=True)


class RollOut(Out):
    """A roll: how many are on it, joined and left, and where it stands."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    month = fields.String(required=True)
    source = fields.String(required=True)
    file_hash = fields.String(required=True)
    rows = fields.Integer(required=True)
    joined = fields.Integer(required=True)
    left = fields.Integer(required=True)
    state = fields.String(required=True)
    proposed_at = At(required=True)
    signed_at = At(required=True, allow_none=True)


class RollList(WholeList):
    """The rolls of a book, and how many are entitled and have no account, by kind."""

    items = fields.List(fields.Nested(RollOut), required=True)
    not_members = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class RollQuery(PageQuery):
    """A page of a roll's changes."""


class RollPageOut(ListOut):
    """A roll with some of its changes, and where to go on."""

    roll = fields.Nested(RollOut, required=True)
    not_members = fields.Integer(required=True)
    items = fields.List(fields.Nested(RollChangeOut), required=True)


class AuditBlockOut(Out):
    """The signed header of a block over audit records."""

    book = fields.String(required=True)
    audit_height = fields.Integer(required=True)
    prev_hash = fields.String(required=True)
    size = fields.Integer(required=True)
    root = fields.String(required=True)
    sealed_at = fields.String(required=True)
    key_id = fields.String(required=True)
    signature = fields.String(required=True)


class RecordReceiptOut(Out):
    """An audit record's receipt as the offline checker reads it."""

    kind = fields.String(required=True)
    version = fields.Integer(required=True)
    record = fields.Dict(keys=fields.String(), required=True)
    leaf_hash = fields.String(required=True)
    position = fields.Integer(required=True)
    path = fields.List(fields.String(), required=True)
    block = fields.Nested(AuditBlockOut, required=True)
    keys = fields.List(fields.Nested(KeyEventOut), required=True)
    list = fields.Dict(keys=fields.String(), required=True, allow_none=True)
