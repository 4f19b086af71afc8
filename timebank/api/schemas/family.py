"""Families on the wire: guardians of record, a delegate's month, and paying for one's elders."""

from __future__ import annotations

from marshmallow import fields

from services.people.guardians import DOCUMENTS, END_REASONS
from services.rules.checked import Choice, Day, Document, Words
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Figures, Id, Out, name_out


class GuardianshipIn(Document):
    """Who is the guardian, by which paper, since which day."""

    guardian_id = Id()
    document = Choice(*DOCUMENTS)
    reference = Words()
    since = Day()


class GuardianshipEndIn(Document):
    """Why the guardianship ends."""

    reason = Choice(*END_REASONS)


class GuardianshipOut(Out):
    """A guardianship on record; one that has ended says why."""

    id = fields.UUID(required=True)
    guardian_id = fields.UUID(required=True)
    guardian_name = fields.String(required=True)
    document = fields.String(required=True)
    reference = fields.String(required=True)
    since = fields.Date(required=True)
    ended_at = At(allow_none=True)
    end_reason = fields.String(allow_none=True)


class GuardianshipList(WholeList):
    """The present one first."""

    items = fields.List(fields.Nested(GuardianshipOut), required=True)


class SpentOut(Out):
    """What one has used of an elder's coins this month by what one asked for, and what is left.

    Without a limit ``limit_minutes`` and ``left_minutes`` are null.
    """

    limit_minutes = fields.Integer(allow_none=True)
    used_minutes = fields.Integer(required=True)
    left_minutes = fields.Integer(allow_none=True)


class PaymentsQuery(Document):
    """Which year; the present one without it."""

    year = Figures(2000, 9999, required=False)


class PaymentOut(Out):
    """One request of an elder that one pays of: set aside, or paid."""

    request_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    elder_id = fields.UUID(required=True)
    elder_name = fields.String(required=True)
    service = name_out()
    starts_at = At(required=True)
    asked_at = At(required=True)
    minutes = fields.Integer(required=True)
    paid = fields.Boolean(required=True)
    region = name_out(allow_none=True)


class PaymentsOut(Out):
    """A payer's year: its amount, what is used and left of it, and each request."""

    year = fields.Integer(required=True)
    used_minutes = fields.Integer(required=True)
    year_minutes = fields.Integer(attribute="purse.year_minutes", required=True)
    left_minutes = fields.Integer(attribute="purse.left_minutes", required=True)
    available_minutes = fields.Integer(attribute="purse.available_minutes", required=True)
    items = fields.List(fields.Nested(PaymentOut), attribute="payments", required=True)
