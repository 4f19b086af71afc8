"""Seals on the wire: lists, keys and proofs exactly as the offline checker reads them.

Hashes, keys and signatures are lower-case hexadecimal digits; ``docs/seals.md`` has the formats.
"""

from __future__ import annotations

from marshmallow import fields

from services.rules.checked import Day, Document
from timebank.api.schemas.base import At, Figures, ListOut, Out

#: More blocks than a book can have in a lifetime of half minutes.
HIGHEST = 999_999_999


class SinceQuery(Document):
    """An older list that the proofs shall start from; the one before without it."""

    since = Day(required=False)


class BlocksQuery(Document):
    """Two blocks of a book by height, the older first."""

    old = Figures(1, HIGHEST, data_key="from")
    new = Figures(1, HIGHEST, data_key="to")


class WitnessOut(Out):
    """A witness that has signed a list."""

    key_id = fields.String(required=True)
    holder = fields.String(required=True)


class ListLineOut(Out):
    """A published list in a row; ``missing`` is how many witnesses have not signed yet."""

    day = fields.Date(required=True)
    at = At(required=True)
    content_hash = fields.String(required=True)
    key_id = fields.String(required=True)
    books = fields.Integer(required=True)
    witnesses = fields.List(fields.Nested(WitnessOut), required=True)
    missing = fields.Integer(required=True)


class ListPageOut(ListOut):
    """Published lists, newest first, and where to go on."""

    items = fields.List(fields.Nested(ListLineOut), required=True)


class CountersignedOut(Out):
    """A witness's signature over a list."""

    key_id = fields.String(required=True)
    signature = fields.String(required=True)


class HeadsFileOut(Out):
    """A day's list: ``content`` is the signed text, byte for byte."""

    kind = fields.String(required=True)
    version = fields.Integer(required=True)
    content = fields.String(required=True)
    content_hash = fields.String(required=True)
    key_id = fields.String(required=True)
    signature = fields.String(required=True)
    witnesses = fields.List(fields.Nested(CountersignedOut), required=True)
    since_day = fields.String(required=True, allow_none=True)
    since_hash = fields.String(required=True, allow_none=True)
    proofs = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    #: The same for the books' audit records.
    audit_proofs = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), required=True
    )


class KeyEventOut(Out):
    """One signed event in the history of the keys."""

    number = fields.Integer(required=True)
    kind = fields.String(required=True)
    role = fields.String(required=True)
    key_id = fields.String(required=True)
    public_key = fields.String(required=True)
    holder = fields.String(required=True)
    at = fields.String(required=True)
    prev_hash = fields.String(required=True)
    signed_by = fields.String(required=True)
    signature = fields.String(required=True)


class HeldKeyOut(Out):
    """A key, who holds it, and from when to when it is valid."""

    key_id = fields.String(required=True)
    public_key = fields.String(required=True)
    role = fields.String(required=True)
    holder = fields.String(required=True)
    since = At(required=True)
    until = At(required=True, allow_none=True)


class KeysOut(Out):
    """Every key that was ever introduced, and the signed history that says so."""

    items = fields.List(fields.Nested(HeldKeyOut), required=True)
    events = fields.List(fields.Nested(KeyEventOut), required=True)


class BlockOut(Out):
    """A block's signed header."""

    book = fields.String(required=True)
    height = fields.Integer(required=True)
    prev_hash = fields.String(required=True)
    size = fields.Integer(required=True)
    root = fields.String(required=True)
    sealed_at = fields.String(required=True)
    key_id = fields.String(required=True)
    signature = fields.String(required=True)


class ConsistencyOut(Out):
    """The proof that one block grew from another."""

    kind = fields.String(required=True)
    version = fields.Integer(required=True)
    old = fields.Nested(BlockOut, required=True)
    new = fields.Nested(BlockOut, required=True)
    path = fields.List(fields.String(), required=True)
    keys = fields.List(fields.Nested(KeyEventOut), required=True)


class SealedEntryOut(Out):
    """One leg as it was sealed; balances are not."""

    account_id = fields.UUID(required=True)
    slot = fields.Integer(required=True)
    amount_minutes = fields.Integer(required=True)
    version = fields.Integer(required=True)


class SealedTransferOut(Out):
    """Every field of a transfer's leaf."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    idem_key = fields.String(required=True)
    request_hash = fields.String(required=True)
    effective_at = fields.String(required=True)
    posted_at = fields.String(required=True)
    actor_id = fields.UUID(required=True)
    acting_for_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True)
    link_id = fields.UUID(required=True, allow_none=True)
    reverses_id = fields.UUID(required=True, allow_none=True)
    valuation_id = fields.UUID(required=True, allow_none=True)
    valuation_hash = fields.String(required=True, allow_none=True)
    entries = fields.List(fields.Nested(SealedEntryOut), required=True)


class StandingOut(Out):
    """A published list that a receipt's leaf is in, and the proof from it to the block."""

    content = fields.String(required=True)
    signature = fields.String(required=True)
    witnesses = fields.List(fields.Nested(CountersignedOut), required=True)
    path = fields.List(fields.String(), required=True)


class SealReceiptOut(Out):
    """A transfer with the proof that it is sealed."""

    kind = fields.String(required=True)
    version = fields.Integer(required=True)
    transfer = fields.Nested(SealedTransferOut, required=True)
    leaf_hash = fields.String(required=True)
    position = fields.Integer(required=True)
    path = fields.List(fields.String(), required=True)
    block = fields.Nested(BlockOut, required=True)
    keys = fields.List(fields.Nested(KeyEventOut), required=True)
    list = fields.Nested(StandingOut, required=True, allow_none=True)
