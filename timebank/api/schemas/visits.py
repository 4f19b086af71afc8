"""Visits, their evidence and their receipts on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from models.requests import VisitState
from services.rules.checked import Choice, Document, Flag, Listed, Whole, Words, wrong
from services.rules.wire import Moment, Pause, result_of
from services.visits.checking import Proof, Slip
from services.visits.voice import HEARD, REACHED
from timebank.api.schemas.base import (
    At,
    Id,
    ListOut,
    Out,
    PageQuery,
    Prose,
    Said,
    SentenceOut,
    name_out,
)
from timebank.api.schemas.people import LATITUDE_E6, LONGITUDE_E6
from timebank.api.schemas.public import ValuationOut

ONE_PROOF = "签到要用卡或数字中的一样；远程服务写 remote，不用别的。"
BOTH_OF_PLACE = "经度和纬度要一起写。"


class VisitQuery(PageQuery):
    """Whose visits: one's own promises, an elder's (``for``), or a branch's; in which state."""

    elder_id = Id(required=False, data_key="for")
    branch_id = Id(required=False, data_key="branch")
    state = Choice(*(each.value for each in VisitState), required=False)


class ProofIn(Document):
    """How presence is shown: exactly one of digits, card token, or ``remote``."""

    digits = Words(load_default=None)
    card_token = Words(load_default=None)
    remote = Flag(load_default=False)
    latitude_e6 = Whole(-LATITUDE_E6, LATITUDE_E6, load_default=None)
    longitude_e6 = Whole(-LONGITUDE_E6, LONGITUDE_E6, load_default=None)

    @post_load
    def build(self, data: Any, **_: Any) -> dict[str, Any]:
        remote = data.pop("remote")
        breaks, done = data.pop("breaks", ()), data.pop("done", None)
        if sum((data["digits"] is not None, data["card_token"] is not None, remote)) != 1:
            raise wrong(ONE_PROOF)
        if (data["latitude_e6"] is None) != (data["longitude_e6"] is None):
            raise wrong(BOTH_OF_PLACE, "latitude_e6")
        return {"proof": Proof(**data), "breaks": breaks, "done": done}


class LeavingIn(ProofIn):
    """The same on leaving, with the breaks that were taken and what was done of the checklist.

    ``done`` has codes of the service's published standard; without it nobody was asked.
    """

    breaks = Listed(Pause(), most=20, load_default=())
    done = Listed(Words(), most=20, load_default=None)


class SlipIn(Document):
    """A printed slip as the counter enters it later."""

    code_in = Words(load_default=None)
    code_out = Words()
    came_at = Moment(load_default=None)
    left_at = Moment()
    breaks = Listed(Pause(), most=20, load_default=())

    @post_load
    def build(self, data: Any, **_: Any) -> Slip:
        return Slip(**data)


class DoorIn(Document):
    """What the door sign carries; the counter needs none."""

    door_token = Words(load_default=None)


class LeftIn(Document):
    """When a visitor left who forgot to check out, as the elder says."""

    left_at = Moment()
    reached = Choice(*REACHED)


class VoiceIn(Document):
    """What the elder said on the telephone, and how staff spoke with the elder."""

    heard = Listed(Choice(*HEARD), most=len(HEARD))
    reached = Choice(*REACHED)


class MissedIn(Document):
    """Whether the missed visit is excused, and why."""

    excused = Flag()
    reason = Prose()


class DisputeIn(Document):
    """What was not so. ``side`` is for staff who write it down for one side."""

    text = Prose()
    side = Choice("elder", "provider", load_default=None)


class DecisionIn(Document):
    """Whether the visit stands as recorded, and why."""

    credit = Flag()
    reason = Prose()


class DisputeMade(Out):
    """The dispute that was opened."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)


class DoorReported(Out):
    """The safety sheet that was opened at the branch."""

    book = fields.String(required=True)
    sheet_id = fields.UUID(required=True)


class VisitLineOut(Out):
    """A visit in a list."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    request_id = fields.UUID()
    reference = fields.String(required=True)
    service_code = fields.String()
    service = name_out()
    state = Said(required=True)
    elder_name = fields.String()
    provider_name = fields.String()
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    remote = fields.Boolean()
    extra = fields.Boolean()
    checked_in_at = At(allow_none=True)
    checked_out_at = At(allow_none=True)
    actual_minutes = fields.Integer(allow_none=True)


class VisitList(ListOut):
    """Some visits, and where to go on."""

    items = fields.List(fields.Nested(VisitLineOut), required=True)


class DoorOut(Out):
    """What the provider needs to find the elder and be let in."""

    elder_name = fields.String()
    address = fields.String(allow_none=True)
    door_word = fields.String()
    note = fields.String(allow_none=True)
    risk_note = fields.String(allow_none=True)


class WordsOut(Out):
    """What was said against a visit; the text only where the reader may know it."""

    id = fields.UUID()
    opened_at = At()
    side = fields.String()
    text = fields.String(allow_none=True)
    decision = fields.String(allow_none=True)
    decision_reason = fields.String(allow_none=True)


class VisitOut(Out):
    """A visit from the reader's side (``seen_as``): provider, elder or counter.

    ``door`` is for the provider on the way, ``codes`` (the digits for coming and going) for the
    elder's side. ``can`` names what the reader may do now.
    """

    seen_as = fields.String(required=True)
    book = fields.String(required=True)
    id = fields.UUID(required=True)
    request_id = fields.UUID()
    reference = fields.String(required=True)
    service = name_out()
    state = Said(required=True)
    elder_name = fields.String()
    provider_name = fields.String()
    provider_level = name_out()
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    remote = fields.Boolean()
    checked_in_at = At(allow_none=True)
    checked_out_at = At(allow_none=True)
    actual_minutes = fields.Integer(allow_none=True)
    confirmed_at = At(allow_none=True)
    confirmed_how = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    reserved_minutes = fields.Integer()
    door = fields.Nested(DoorOut, allow_none=True)
    codes = fields.Dict(keys=fields.String(), values=fields.String())
    disputes = fields.List(fields.Nested(WordsOut))
    has_receipt = fields.Boolean(required=True)
    can = fields.List(fields.String())


class EntryOut(Out):
    """One leg of the posting."""

    side = fields.String()
    origin = Said()
    account_id = fields.UUID()
    amount_minutes = fields.Integer()


class ValuationField(fields.Nested):
    """A stored valuation in the calculator's own format."""

    def __init__(self) -> None:
        super().__init__(ValuationOut, required=True)

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = None) -> Any:
        return result_of(obj.valuation)


class WorthOut(Out):
    """The stored valuation and its factors in sentences."""

    valuation_id = fields.UUID()
    valuation = ValuationField()
    lines = fields.List(fields.Nested(SentenceOut))


class ReceiptOut(Out):
    """What was asked, who came, what it was worth and how it was posted; standard minutes."""

    book = fields.String(required=True)
    visit_id = fields.UUID(required=True)
    request_id = fields.UUID()
    reference = fields.String(required=True)
    service_code = fields.String()
    service = name_out()
    elder_name = fields.String()
    provider_name = fields.String()
    masked = fields.Boolean()
    remote = fields.Boolean()
    state = Said()
    starts_at = At()
    booked_minutes = fields.Integer()
    came_at = At(allow_none=True)
    left_at = At(allow_none=True)
    actual_minutes = fields.Integer(allow_none=True)
    confirmed_at = At(allow_none=True)
    confirmed_how = fields.String(allow_none=True)
    earn_minutes = fields.Integer(required=True)
    elder_minutes = fields.Integer(required=True)
    pool_minutes = fields.Integer(required=True)
    payer_minutes = fields.Integer(required=True)
    payer_name = fields.String(allow_none=True)
    worth = fields.Nested(WorthOut, allow_none=True)
    transfer_id = fields.UUID(allow_none=True)
    posted_at = At(allow_none=True)
    entries = fields.List(fields.Nested(EntryOut))
    reversed_at = At(allow_none=True)
    reversal_id = fields.UUID(allow_none=True)
