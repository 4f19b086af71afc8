"""Agreements between regions, caps and funds on the wire. Minutes are standard minutes."""

from __future__ import annotations

from marshmallow import fields

from models.corridors import CorridorMode, Phase
from services.corridors.agreeing import LARGEST_MINUTES
from services.corridors.ending import END_REASONS
from services.reserve.recording import LARGEST_FEN
from services.rules.checked import Choice, Day, Document, Whole, Words
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, NameOut, Out, Said

MODES = tuple(each.value for each in CorridorMode)


class RegionAskedQuery(Document):
    """Of which region; twelve zeros are the nation."""

    region = Words()


class AgreementIn(Document):
    """What one's own region (``one_code``) proposes; the mode is as it sees the other."""

    one_code = Words()
    other_code = Words()
    phase = Choice(*(each.value for each in Phase))
    mode = Choice(*MODES)
    pair_cap_minutes = Whole(0, LARGEST_MINUTES)
    valid_from = Day()
    document = Words()


class AgreementEndIn(Document):
    """The first day on which it holds no longer, and why."""

    valid_to = Day()
    reason = Choice(*END_REASONS)


class AgreementMadeOut(Out):
    """The agreement's id."""

    corridor_id = fields.UUID(required=True)


class SideOut(Out):
    """A region of any tier."""

    code = fields.String(required=True)
    name = fields.Nested(NameOut, required=True)


class AgreementOut(Out):
    """An agreement; ``state``: proposed, withdrawn, coming, in_force or ended."""

    id = fields.UUID(required=True)
    one = fields.Nested(SideOut, required=True)
    other = fields.Nested(SideOut, required=True)
    phase = Said(required=True)
    mode = Said(required=True)
    pair_cap_minutes = fields.Integer(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True, allow_none=True)
    document = fields.String(required=True)
    proposed_by = fields.String(required=True, allow_none=True)
    proposed_at = At(required=True)
    signed_by = fields.String(required=True, allow_none=True)
    signed_at = At(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    can = fields.Function(
        lambda each: sorted(each.can),
        required=True,
        metadata={"type": "array", "items": {"type": "string"}},
    )


class AgreementList(WholeList):
    """The agreements of a region and of those above it, the latest first."""

    items = fields.List(fields.Nested(AgreementOut), required=True)


class RecognitionQuery(Document):
    """Whose members (``area``), and where (``facing``); codes of provinces or cities."""

    area = Words(required=False, load_default="")
    facing = Words(required=False, load_default="")


class RecognitionPairOut(Out):
    """What members of the first region may do in the other one."""

    one_code = fields.String(attribute="one.code", required=True)
    other_code = fields.String(attribute="other.code", required=True)
    mode = Said(required=True)
    phase = Said(required=True, allow_none=True)
    valid_from = fields.Date(required=True, allow_none=True)


class RecognisedRegionOut(SideOut):
    """A county with a book; ``has_joined``: a signed fund backs it."""

    has_joined = fields.Boolean(required=True)


class RecognitionOut(Out):
    """Counties against counties on a day; without pairs: choose smaller areas."""

    day = fields.Date(required=True)
    rows = fields.List(fields.Nested(RecognisedRegionOut), required=True)
    columns = fields.List(fields.Nested(RecognisedRegionOut), required=True)
    pairs = fields.List(fields.Nested(RecognitionPairOut), required=True)


class RoomOut(Out):
    """A cap and its use; ``debit_minutes`` is below zero where others owe the book."""

    cap_minutes = fields.Integer(required=True, allow_none=True)
    debit_minutes = fields.Integer(required=True)
    claimed_minutes = fields.Integer(required=True)
    used_minutes = fields.Integer(required=True)
    left_minutes = fields.Integer(required=True, allow_none=True)
    used_percent = fields.Integer(required=True)


class CapUseOut(Out):
    """What is used towards one other book; empty: towards all together."""

    counter_book = fields.String(required=True)
    room = fields.Nested(RoomOut, required=True)


class CapOut(Out):
    """A cap as it was set from above."""

    cap_minutes = fields.Integer(attribute="cap.cap_minutes", required=True)
    valid_from = fields.Date(attribute="cap.valid_from", required=True)
    document = fields.String(attribute="cap.document", required=True)
    set_at = At(attribute="cap.set_at", required=True)
    set_by = fields.String(required=True, allow_none=True)


class CapsOut(Out):
    """A region's caps, their use and their history."""

    book = fields.String(required=True)
    total = fields.Nested(CapUseOut, required=True)
    pairs = fields.List(fields.Nested(CapUseOut), required=True)
    history = fields.List(fields.Nested(CapOut), required=True)


class CapIn(Document):
    """What a region below may owe from a day on."""

    cap_minutes = Whole(0, LARGEST_MINUTES)
    valid_from = Day()
    document = Words()


class CapMadeOut(Out):
    """The cap's id."""

    cap_id = fields.UUID(required=True)


class FundRecordIn(Document):
    """What the fund holds on a day, in fen, by a paper."""

    on_day = Day()
    fund_fen = Whole(0, LARGEST_FEN)
    document = Words()


class FundRecordMadeOut(Out):
    """The record's id; it counts once somebody else has signed."""

    record_id = fields.UUID(required=True)


class FundRecordOut(Out):
    """A record of the fund with both names."""

    id = fields.UUID(required=True)
    on_day = fields.Date(required=True)
    fund_fen = fields.Integer(required=True)
    document = fields.String(required=True)
    recorded_by = fields.String(required=True, allow_none=True)
    recorded_at = At(required=True)
    signed_by = fields.String(required=True, allow_none=True)
    signed_at = At(required=True, allow_none=True)
    withdrawn_at = At(required=True, allow_none=True)


class ReserveReadingOut(Out):
    """The ratio at a moment; ``premium_stop``: none, pt or ptr."""

    at = At(required=True)
    fund_fen = fields.Integer(required=True)
    outstanding_minutes = fields.Integer(required=True)
    backed_percent = fields.Integer(required=True, allow_none=True)
    premium_stop = fields.String(required=True)


class ReserveOut(Out):
    """A region's fund and its readings, the newest first."""

    book = fields.String(required=True)
    has_joined = fields.Boolean(required=True)
    records = fields.List(fields.Nested(FundRecordOut), required=True)
    readings = fields.List(fields.Nested(ReserveReadingOut), required=True)


class RegionBelowOut(Out):
    """A region below: what backs it and what it may owe."""

    book = fields.String(required=True)
    name = fields.Nested(NameOut, required=True)
    has_joined = fields.Boolean(required=True)
    fund_fen = fields.Integer(required=True, allow_none=True)
    fund_on = fields.Date(required=True, allow_none=True)
    outstanding_minutes = fields.Integer(required=True, allow_none=True)
    backed_percent = fields.Integer(required=True, allow_none=True)
    premium_stop = fields.String(required=True)
    room = fields.Nested(RoomOut, required=True)


class RegionsBelowOut(WholeList):
    """Every region below with a book, in order of code."""

    items = fields.List(fields.Nested(RegionBelowOut), required=True)
