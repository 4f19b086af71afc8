"""One's own data: what is kept for what, consents, who looked, a copy, correction and erasure."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.context import Context
from services.privacy import consents, deciding, exporting, looks, requests
from services.privacy.data_map import data_map, shown_purposes
from timebank.api.area import Area, writing
from timebank.api.schemas import privacy as wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.people import MadeOut
from timebank.edge import declare, perform, reading

area = Area("privacy", "个人信息")

DATA = "/members/<uuid:member_id>/data"
REQUEST = f"{DATA}/requests/<uuid:request_id>"


def _done() -> Response:
    return current_app.response_class(status=204)


@area.get("/data-purposes", says="为了什么保存什么个人信息，保存多久，谁能看")
@declare("public.read")
@area.response(200, wire.PurposesOut)
def data_purposes() -> dict[str, Any]:
    """Every purpose for which personal data is kept."""
    return {"version": data_map().version, "purposes": shown_purposes()}


@area.get(DATA, says="一位成员的同意和提过的申请")
@declare("privacy.read")
@area.response(200, wire.MyDataOut)
def personal_data(member_id: UUID) -> dict[str, Any]:
    """Consents and requests. For the person, a guardian, the branch and auditors."""

    def look(ctx: Context) -> dict[str, Any]:
        asked = requests.requests_of(ctx, member_id)
        answers = dict(consents.answers_of(ctx, member_id))
        return {"member_id": member_id, "consents": answers, "requests": asked}

    return perform(look)


@area.get(f"{DATA}/looks", says="谁看过一位成员的资料")
@declare("privacy.read")
@area.response(200, wire.LooksOut)
def personal_data_looks(member_id: UUID) -> dict[str, Any]:
    """Who looked at a member's data in the last year."""
    with reading() as ctx:
        return {"looks": looks.looks_at(ctx, member_id)}


@area.get(f"{DATA}/copy", says="一位成员的全部资料")
@declare("privacy.export")
@area.response(200, wire.PersonalDataOut)
def personal_data_copy(member_id: UUID) -> dict[str, Any]:
    """Everything that is kept about a member; at most five times a day, each is recorded."""
    return perform(lambda ctx: exporting.export(ctx, member_id)).content


@area.post(f"{DATA}/consents", says="同意或撤回一项单独同意")
@declare("member.update")
@area.arguments(wire.PrivacyAnswerIn)
@area.response(204)
def answer_data_consent(answer: dict[str, Any], member_id: UUID) -> Response:
    """Agree to health or place, or take it back: then its data goes at once."""
    kind, how, agrees = answer["kind"], answer["how"], answer["agrees"]
    writing(lambda ctx: consents.answer(ctx, member_id, kind, how, agrees=agrees))
    return _done()


@area.post(f"{DATA}/corrections", says="申请更正资料")
@declare("privacy.ask")
@area.arguments(wire.CorrectionIn)
@area.response(201, MadeOut)
def ask_data_correction(wanted: dict[str, str], member_id: UUID) -> dict[str, Any]:
    """Ask that fields be put right; the branch answers within 15 working days."""
    return {"id": writing(lambda ctx: requests.ask_correction(ctx, member_id, wanted))}


@area.post(f"{DATA}/erasures", says="申请注销并清除资料")
@declare("privacy.ask")
@area.arguments(wire.ErasureIn)
@area.response(201, MadeOut)
def ask_data_erasure(answer: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Ask to leave for good; the branch answers, and seven days of grace follow."""
    coins_to = answer["coins_to"]
    return {"id": writing(lambda ctx: requests.ask_erasure(ctx, member_id, coins_to))}


@area.post(f"{REQUEST}/withdrawal", says="撤回一份申请")
@declare("privacy.ask")
@area.arguments(Nothing, required=False)
@area.response(204)
def withdraw_data_request(_answer: Any, member_id: UUID, request_id: UUID) -> Response:
    """Take a request back."""
    writing(lambda ctx: requests.withdraw(ctx, member_id, request_id))
    return _done()


@area.get("/branches/<uuid:branch_id>/data-requests", says="网点还要答复的个人信息申请")
@declare("privacy.decide")
@area.response(200, wire.WaitingDataRequestsOut)
def waiting_data_requests(branch_id: UUID) -> dict[str, Any]:
    """What a branch still has to answer; each look is recorded."""
    return {"requests": perform(lambda ctx: requests.waiting(ctx, branch_id))}


@area.post(f"{REQUEST}/grant", says="同意一份申请")
@declare("privacy.decide")
@area.arguments(wire.PrivacyGrantIn)
@area.response(204)
def grant_data_request(answer: dict[str, Any], member_id: UUID, request_id: UUID) -> Response:
    """Say yes, by the paper that was seen."""
    writing(lambda ctx: deciding.grant(ctx, member_id, request_id, answer["evidence"]))
    return _done()


@area.post(f"{REQUEST}/refusal", says="不同意一份申请")
@declare("privacy.decide")
@area.arguments(wire.PrivacyRefusalIn)
@area.response(204)
def refuse_data_request(answer: dict[str, Any], member_id: UUID, request_id: UUID) -> Response:
    """Say no, with the reason."""
    writing(lambda ctx: deciding.refuse(ctx, member_id, request_id, answer["reason"]))
    return _done()
