"""Clearing on the wire: minutes with their sign, positive where the region (or first side) owes."""

from __future__ import annotations

from marshmallow import fields

from models.settlement import DisputeOutcome
from services.rules.checked import Choice, Document, Words
from timebank.api.schemas.base import At, Out, Said, name_out


class ClearingRoomOut(Out):
    """What a cap leaves; without a cap both are null."""

    cap_minutes = fields.Integer(allow_none=True)
    left_minutes = fields.Integer(allow_none=True)
    debit_minutes = fields.Integer(required=True)
    claimed_minutes = fields.Integer(required=True)
    used_percent = fields.Integer(required=True)


class ClearingUseOut(Out):
    """The cap towards one other region, or all of them."""

    room = fields.Nested(ClearingRoomOut, required=True)


class ClearingLineOut(Out):
    """What stands between the region and one other."""

    counter_book = fields.String(required=True)
    name = name_out(required=True)
    unsettled_minutes = fields.Integer(required=True)
    open_minutes = fields.Integer(required=True)
    use = fields.Nested(ClearingUseOut, required=True)


class ClearingWindowLineOut(Out):
    """A window in a list; the net is null where the region has no statement."""

    number = fields.Integer(required=True)
    day = fields.Date(required=True)
    state = Said(required=True)
    net_minutes = fields.Integer(allow_none=True)
    paid_minutes = fields.Integer(required=True)
    received_minutes = fields.Integer(required=True)
    acknowledged_at = At(allow_none=True)
    statements = fields.Integer(required=True)
    acknowledged = fields.Integer(required=True)


class ClearingAlarmOut(Out):
    """Two books that differ."""

    one = name_out(required=True)
    other = name_out(required=True)
    one_minutes = fields.Integer(required=True)
    other_minutes = fields.Integer(required=True)
    at = At(required=True)


class ClearingOut(Out):
    """A region's clearing at a glance; by the nation's book, the country's."""

    book = fields.String(required=True)
    name = name_out(required=True)
    watermark = At(allow_none=True)
    expected_at = At(required=True)
    unsettled_minutes = fields.Integer(required=True)
    open_minutes = fields.Integer(required=True)
    total = fields.Nested(ClearingUseOut, allow_none=True)
    lines = fields.List(fields.Nested(ClearingLineOut), required=True)
    windows = fields.List(fields.Nested(ClearingWindowLineOut), required=True)
    alarms = fields.List(fields.Nested(ClearingAlarmOut), required=True)


class ClearingPairOut(Out):
    """What the first book of a pair came to owe the other within a window."""

    one_book = fields.String(required=True)
    one = name_out(required=True)
    other_book = fields.String(required=True)
    other = name_out(required=True)
    owes_minutes = fields.Integer(required=True)
    one_paid_minutes = fields.Integer(required=True)
    other_paid_minutes = fields.Integer(required=True)


class ClearingNetOut(Out):
    """A region's statement: its net, its hash, and when it was acknowledged."""

    book = fields.String(required=True)
    name = name_out(required=True)
    net_minutes = fields.Integer(required=True)
    content_hash = fields.String(required=True)
    acknowledged_at = At(allow_none=True)


class ClearingPaymentOut(Out):
    """One of the payments that even a window out: minutes, never money."""

    from_book = fields.String(required=True)
    to_book = fields.String(required=True)
    owed_minutes = fields.Integer(required=True)


class ClearingDisputeOut(Out):
    """A dispute; its words are null for whoever is no side of it."""

    id = fields.UUID(required=True)
    window_number = fields.Integer(required=True)
    one_book = fields.String(required=True)
    other_book = fields.String(required=True)
    by_book = fields.String(required=True)
    opened_at = At(required=True)
    reason = fields.String(allow_none=True)
    outcome = Said(allow_none=True)
    answer = fields.String(allow_none=True)
    resolved_at = At(allow_none=True)


class ClearingWindowOut(Out):
    """One window: pairs, nets, payments and disputes."""

    book = fields.String(required=True)
    number = fields.Integer(required=True)
    day = fields.Date(required=True)
    state = Said(required=True)
    opened_at = At(required=True)
    watermark = At(required=True)
    closed_at = At(allow_none=True)
    settled_at = At(allow_none=True)
    content_hash = fields.String(allow_none=True)
    pairs = fields.List(fields.Nested(ClearingPairOut), required=True)
    nets = fields.List(fields.Nested(ClearingNetOut), required=True)
    payments = fields.List(fields.Nested(ClearingPaymentOut), required=True)
    disputes = fields.List(fields.Nested(ClearingDisputeOut), required=True)


class ClearingCounterOut(Out):
    """What a month came to towards one other region."""

    counter_book = fields.String(required=True)
    name = name_out(required=True)
    paid_minutes = fields.Integer(required=True)
    received_minutes = fields.Integer(required=True)
    owes_minutes = fields.Integer(required=True)


class ClearingMonthOut(Out):
    """A region's month: its windows and what they came to."""

    book = fields.String(required=True)
    month = fields.Date(required=True)
    paid_minutes = fields.Integer(required=True)
    received_minutes = fields.Integer(required=True)
    owes_minutes = fields.Integer(required=True)
    is_settled = fields.Boolean(required=True)
    counters = fields.List(fields.Nested(ClearingCounterOut), required=True)
    windows = fields.List(fields.Nested(ClearingWindowLineOut), required=True)


class ClearingDisputeIn(Document):
    """Whose figure is disputed, and why."""

    counter_book = Words()
    reason = Words()


class ClearingAnswerIn(Document):
    """How a dispute ends: withdrawn by its own side, stands or corrected by the other."""

    outcome = Choice(*DisputeOutcome)
    answer = Words()
