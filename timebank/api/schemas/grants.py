"""Monthly grants on the wire. Minutes are standard minutes."""

from __future__ import annotations

from marshmallow import fields

from services.rules.checked import Document, Flag, Words
from timebank.api.lists import WholeList
from timebank.api.schemas.base import (
    At,
    Figures,
    ListOut,
    NameOut,
    Out,
    PageQuery,
    Prose,
    SentenceOut,
)


class CircumstancesIn(Document):
    """The facts that entitle, as papers prove them; all of them are said each time."""

    in_hardship = Flag()
    lives_alone = Flag()
    special_family = Flag()
    spends_under_age = Flag()


class GrantProposalIn(Document):
    """What backs the month."""

    backing = Prose()


class GrantSignatureIn(Document):
    """The list that the signer has seen, by its hash."""

    content_hash = Words()


class GrantBatchOut(Out):
    """The batch over a month, which bears the id of its authorisation."""

    book = fields.String(required=True)
    month = fields.String(required=True)
    batch_id = fields.UUID(required=True)


class GrantMonthOut(Out):
    """A month in a list; ``state``: open, proposed, signed or done."""

    month = fields.String(required=True)
    period = fields.String(required=True)
    state = fields.String(required=True)
    lines = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    computed_at = At(required=True)


class GrantMonthList(WholeList):
    """The months of a book, the newest first."""

    items = fields.List(fields.Nested(GrantMonthOut), required=True)


class GrantKindOut(Out):
    """What one kind of grant comes to."""

    code = fields.String(required=True)
    name = fields.Nested(NameOut, required=True)
    lines = fields.Integer(required=True)
    minutes = fields.Integer(required=True)


class GrantProposedOut(Out):
    """What was put forward, and what backs it."""

    batch_id = fields.UUID(attribute="batch.id", required=True)
    content_hash = fields.String(attribute="batch.content_hash", required=True)
    amount_minutes = fields.Integer(required=True)
    backing = fields.String(required=True)
    proposed_by = fields.String(attribute="batch.proposed_by", required=True)
    proposed_at = At(attribute="batch.proposed_at", required=True)
    signed_by = fields.String(attribute="batch.signed_by", allow_none=True)
    signed_at = At(attribute="batch.signed_at", allow_none=True)


class GrantMonthFileOut(GrantMonthOut):
    """A month with its totals by kind, and how far it has come."""

    book = fields.String(required=True)
    rule_set_version = fields.String(required=True)
    last_at = At(required=True)
    content_hash = fields.String(required=True)
    kinds = fields.List(fields.Nested(GrantKindOut), required=True)
    proposal = fields.Nested(GrantProposedOut, required=True, allow_none=True)


class GrantLineQuery(PageQuery):
    """Which page of a month's lines."""

    limit = Figures(1, 200, load_default=50)


class GrantLineOut(Out):
    """One elder's grant; ``fate``: waiting, posted or refused."""

    member_id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.Nested(NameOut, required=True)
    minutes = fields.Integer(required=True)
    facts = fields.Dict(required=True)
    reasons = fields.List(fields.Nested(SentenceOut), required=True)
    fate = fields.String(required=True)


class GrantLineList(ListOut):
    """Some lines by volunteer number, and how many there are in all."""

    items = fields.List(fields.Nested(GrantLineOut), required=True)
    total = fields.Integer(required=True)


class GrantOut(Out):
    """One time that something was granted; without a month, by a list of the region's own."""

    transfer_id = fields.UUID(required=True)
    month = fields.Function(
        lambda each: f"{each.month:%Y-%m}" if each.month else None,
        required=True,
        metadata={"type": ["string", "null"]},
    )
    minutes = fields.Integer(required=True)
    posted_at = At(required=True)
    reasons = fields.List(fields.Nested(SentenceOut), required=True)


class GrantQuarterOut(Out):
    """The grants of a quarter, which end together; ``ended``: the rest goes to the pool."""

    period = fields.String(required=True)
    available_minutes = fields.Integer(required=True)
    held_minutes = fields.Integer(required=True)
    last_at = At(required=True)
    ended = fields.Boolean(required=True)
    grants = fields.List(fields.Nested(GrantOut), required=True)


class GrantedOut(Out):
    """All of a member's grants, those that end last first."""

    available_minutes = fields.Integer(required=True)
    quarters = fields.List(fields.Nested(GrantQuarterOut), required=True)
