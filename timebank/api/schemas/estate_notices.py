"""Public notices, objections, division and claims on the wire."""

from __future__ import annotations

from marshmallow import fields

from services.rules.checked import Choice, Code, Document, Words
from timebank.api.lists import WholeList
from timebank.api.schemas.base import (
    At,
    Id,
    ListOut,
    Out,
    PageQuery,
    Prose,
    Said,
    name_out,
)

UPHELD, DISMISSED = "upheld", "dismissed"


class EstateNoticeQuery(PageQuery):
    """Which page, and of which region."""

    region = Code(load_default=None)


class EstateObjectionIn(Document):
    """What is not right. ``name`` or ``member_id``: whose words staff take down."""

    text = Prose()
    name = Words(load_default=None)
    member_id = Id(load_default=None)


class EstateAppealIn(Document):
    """Why another official should look."""

    text = Prose()


class EstateDecisionIn(Document):
    """How it is decided, and why."""

    decision = Choice(UPHELD, DISMISSED)
    reason = Prose()


class PublicEstateNoticeOut(Out):
    """A notice as anybody may read it; ``ends_on`` is null while the clock stands still."""

    book = fields.String(required=True)
    estate_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    dead = fields.String(required=True)
    region = name_out(required=True)
    branch = name_out(required=True)
    branch_address = fields.String(required=True)
    branch_phone = fields.String(required=True)
    notice_from = fields.Date(required=True)
    ends_on = fields.Date(required=True, allow_none=True)
    days_left = fields.Integer(required=True, allow_none=True)
    unpublished = fields.List(fields.Integer(), required=True)


class PublicEstateNoticeList(ListOut):
    """Some notices; ``pages`` says how many pages there are."""

    items = fields.List(fields.Nested(PublicEstateNoticeOut), required=True)


class EstateObjectionOut(Out):
    """An objection with its decision and its appeal."""

    id = fields.UUID(required=True)
    book = fields.String(required=True)
    estate_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    name = fields.String(required=True)
    by_member = fields.Boolean(required=True)
    at = At(required=True)
    text = fields.String(required=True)
    decision = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    decided_at = At(required=True, allow_none=True)
    appealed_at = At(required=True, allow_none=True)
    appeal_text = fields.String(required=True, allow_none=True)
    appeal_decision = fields.String(required=True, allow_none=True)
    appeal_reason = fields.String(required=True, allow_none=True)
    appeal_decided_at = At(required=True, allow_none=True)
    appealable = fields.Boolean(required=True)


class EstateObjectionList(WholeList):
    """What one has objected."""

    items = fields.List(fields.Nested(EstateObjectionOut), required=True)


class EstateShareLineOut(Out):
    """One heir's line; a preview until the estate is divided."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    relation = fields.String(required=True)
    basis = Said(required=True)
    member_id = fields.UUID(required=True, allow_none=True)
    died_before = fields.Boolean(required=True)
    answer = fields.String(required=True, allow_none=True)
    share_minutes = fields.Integer(required=True, allow_none=True)
    paid_at = At(required=True, allow_none=True)
    lapsed_at = At(required=True, allow_none=True)


class EstateInTheWayOut(Out):
    """What stands in the way of a division."""

    open_objection = fields.Boolean(required=True)
    visits = fields.List(fields.UUID(), required=True)
    sessions = fields.Integer(required=True)
    held_minutes = fields.Integer(required=True)


class EstateNoticeFileOut(Out):
    """An estate between its notice and the last share. Minutes are standard minutes."""

    book = fields.String(required=True)
    estate_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    state = Said(required=True)
    dead_name = fields.String(required=True)
    died_on = fields.Date(required=True)
    notice_from = fields.Date(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)
    days_left = fields.Integer(required=True, allow_none=True)
    is_over = fields.Boolean(required=True)
    divided_at = At(required=True, allow_none=True)
    claim_until = fields.Date(required=True, allow_none=True)
    settled_at = At(required=True, allow_none=True)
    estate_minutes = fields.Integer(required=True, attribute="heirs.estate_minutes")
    remainder_minutes = fields.Integer(required=True, attribute="heirs.remainder_minutes")
    is_preview = fields.Boolean(required=True, attribute="heirs.is_preview")
    lines = fields.List(fields.Nested(EstateShareLineOut), required=True, attribute="heirs.lines")
    objections = fields.List(fields.Nested(EstateObjectionOut), required=True)
    in_the_way = fields.Nested(EstateInTheWayOut, required=True)
    notice_code = fields.String(required=True, allow_none=True)
    protocol_code = fields.String(required=True, allow_none=True)


class PaperCodeOut(Out):
    """The check code of the paper that the act has issued."""

    code = fields.String(required=True)
