"""Batches on the wire: what comes in and what is told about them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from models.batches import BatchKind
from services.batches.kinds.openings import MOST_MINUTES
from services.batches.reports import SHOWN
from services.rules.checked import (
    NOT_TEXT,
    Choice,
    Document,
    Part,
    RequiredField,
    Whole,
    Words,
    wrong,
)
from timebank.api.schemas.base import At, Figures, ListOut, Out, PageQuery, Prose


class ListText(RequiredField):
    """A list as the text of a CSV file."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise wrong(NOT_TEXT)
        return value


class TermsIn(Document):
    """What holds for all lines; which of them are needed depends on the kind."""

    period = Words(required=False)
    source = Prose(required=False)
    limit_minutes = Whole(1, MOST_MINUTES, required=False)
    title = Words(required=False)
    held_on = Words(required=False)
    years = Whole(1, 30, required=False)


class BatchIn(Document):
    """A list as CSV text with its terms."""

    kind = Choice(*(kind.value for kind in BatchKind))
    terms = Part(TermsIn)
    list = ListText(required=False)


class BatchSignatureIn(Document):
    """The list that the signer has seen, by its hash."""

    content_hash = Words()


class ForeseenOut(Out):
    """What the dry run said when the batch was proposed."""

    posted = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    minutes = fields.Integer(required=True)


class BatchOut(Out):
    """A batch and how far it has come."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    terms = fields.Dict(required=True)
    content_hash = fields.String(required=True)
    foreseen = fields.Nested(ForeseenOut, required=True)
    lines = fields.Integer(required=True)
    posted = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    proposed_at = At(required=True)
    signed_at = At(allow_none=True)
    ended_at = At(allow_none=True)


class BatchList(ListOut):
    """Some batches, the newest first, and where to go on."""

    items = fields.List(fields.Nested(BatchOut), required=True)


class BatchMadeOut(Out):
    """A new batch."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)


class BatchLineQuery(PageQuery):
    """Which lines, how many, and after which one."""

    limit = Figures(1, 1000, load_default=100)
    shown = Choice(*SHOWN, required=False)


class BatchLineOut(Out):
    """A line and its fate; a waiting line with a code is foreseen to be refused."""

    line = fields.Integer(required=True)
    number = fields.String(required=True)
    minutes = fields.Integer(required=True)
    effective_at = At(allow_none=True)
    state = fields.String(required=True)
    code = fields.String(required=True)
    reason = fields.String(required=True)
    transfer_id = fields.UUID(allow_none=True)


class BatchLineList(ListOut):
    """Some lines by number."""

    items = fields.List(fields.Nested(BatchLineOut), required=True)
    total = fields.Integer(required=True)
