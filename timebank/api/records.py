"""Records of service, certificates, stars, honours and perks for programs."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, abort, current_app

from services.honouring import honours, perks
from services.proofs.issuing import issue_proof
from services.records.charge import set_person_in_charge
from services.records.exchange import Exchange
from services.records.exchange import export as take
from services.records.late import late
from services.records.whole import WholeRecord, whole_record
from services.stars import banning, objecting
from services.stars import reading as stars
from timebank.api.area import Area, writing
from timebank.api.lists import walked
from timebank.api.schemas import records as wire
from timebank.api.schemas.base import Nothing, PageQuery
from timebank.api.schemas.people import MadeOut
from timebank.edge import declare, perform, reading

area = Area("records", "志愿服务记录")


def _done() -> Response:
    return current_app.response_class(status=204)


@area.get("/members/<uuid:member_id>/record", says="一位志愿者的志愿服务记录")
@declare("record.read")
@area.response(200, wire.WholeRecordOut)
def read_service_record(member_id: UUID) -> WholeRecord:
    """Everything on record; somebody else's look is recorded."""
    return perform(lambda ctx: whole_record(ctx, member_id))


@area.post("/members/<uuid:member_id>/service-proofs", says="开志愿服务证明")
@declare("proof.issue")
@area.arguments(wire.ServiceProofIn)
@area.response(201, wire.ServiceProofOut)
def issue_service_proof(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """A certificate for some days; read it among the papers, check it by its code."""
    return {"code": writing(lambda ctx: issue_proof(ctx, member_id, said["first"], said["last"]))}


@area.get("/books/<book:book>/late-records", says="一个地区没有按时记录的服务")
@declare("record.late")
@area.response(200, wire.LateRecordList)
def list_late_records(book: str) -> dict[str, Any]:
    """What is not on record yet, ten working days after it ended."""
    with reading() as ctx:
        return {"items": late(ctx, book)}


@area.get("/books/<book:book>/records/<month>", says="一个地区一个月的交换文件")
@declare("record.export")
@area.response(200, wire.ExchangeOut)
def export_service_records(book: str, month: str) -> Exchange:
    """A month as YYYY-MM, in the fields of the exchange file; the export is on record."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        abort(404)
    return perform(lambda ctx: take(ctx, book, first, "jsonl"))


@area.get("/star-notices", says="公示中的星级")
@declare("star.notices")
@area.arguments(PageQuery, location="query")
@area.response(200, wire.StarNoticeList)
def list_star_notices(asked: dict[str, Any]) -> dict[str, Any]:
    """Masked names."""
    with reading() as ctx:
        return walked(asked, stars.PAGE, lambda n: stars.notices(ctx, n).items)


@area.get("/books/<book:book>/star-awards", says="一个地区的评星")
@declare("star.read")
@area.response(200, wire.StarAwardList)
def list_star_awards(book: str) -> dict[str, Any]:
    """Awards with their objections, for those who decide and watch."""
    with reading() as ctx:
        return {"items": stars.awards_in(ctx, book)}


@area.get("/members/<uuid:member_id>/stars", says="一位志愿者的星级")
@declare("star.read")
@area.response(200, wire.MemberStarsOut)
def read_member_stars(member_id: UUID) -> stars.MyStars:
    """What stands, what is being published, and every earlier award."""
    with reading() as ctx:
        return stars.my_stars(ctx, member_id)


@area.post("/star-awards/<book:book>/<uuid:award_id>/objections", says="对评星提异议")
@declare("star.object")
@area.arguments(wire.StarObjectionIn)
@area.response(201, MadeOut)
def object_to_stars(said: dict[str, Any], book: str, award_id: UUID) -> dict[str, Any]:
    """Say while the notice runs why the stars should not be given."""
    return {"id": writing(lambda ctx: objecting.object_to(ctx, book, award_id, said["text"]))}


@area.post("/star-objections/<book:book>/<uuid:objection_id>/decision", says="处理评星异议")
@declare("star.decide")
@area.arguments(wire.StarDecisionIn)
@area.response(204)
def decide_star_objection(said: dict[str, Any], book: str, objection_id: UUID) -> Response:
    """Decide as the tier that grants so many stars."""
    uphold, reason = said["uphold"], said["reason"]
    writing(lambda ctx: objecting.decide(ctx, book, objection_id, reason, uphold=uphold))
    return _done()


@area.post("/star-bans/<book:book>/<uuid:ban_id>/lift", says="取消停评")
@declare("star.decide")
@area.arguments(wire.StarLiftIn)
@area.response(204)
def lift_star_ban(said: dict[str, Any], book: str, ban_id: UUID) -> Response:
    """End a ban that was wrong."""
    writing(lambda ctx: banning.lift(ctx, book, ban_id, said["reason"]))
    return _done()


@area.post("/members/<uuid:member_id>/honours", says="登记荣誉")
@declare("honour.record")
@area.arguments(wire.HonourIn)
@area.response(201, MadeOut)
def record_member_honour(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Write an honour down."""
    made = writing(
        lambda ctx: honours.record_honour(
            ctx, member_id, said["name"], said["given_on"], said["given_by"]
        )
    )
    return {"id": made}


@area.post("/honours/<book:book>/<uuid:honour_id>/withdraw", says="撤销荣誉")
@declare("honour.record")
@area.arguments(Nothing, required=False)
@area.response(204)
def withdraw_member_honour(_said: dict[str, Any], book: str, honour_id: UUID) -> Response:
    """Take back what was written down by mistake."""
    writing(lambda ctx: honours.withdraw_honour(ctx, book, honour_id))
    return _done()


@area.get("/books/<book:book>/perks", says="一个地区给星级志愿者的优待")
@declare("perk.read")
@area.response(200, wire.PerkList)
def list_perks(book: str) -> dict[str, Any]:
    """What a region gives now and soon."""
    with reading() as ctx:
        return {"items": perks.perks_of(ctx, book)}


@area.post("/books/<book:book>/perks", says="设立优待")
@declare("perk.manage")
@area.arguments(wire.PerkIn)
@area.response(201, MadeOut)
def add_region_perk(said: dict[str, Any], book: str) -> dict[str, Any]:
    """Give something from so many stars on."""
    return {"id": writing(lambda ctx: perks.add_perk(ctx, book, perks.PerkForm(**said)))}


@area.post("/perks/<book:book>/<uuid:perk_id>/end", says="停止优待")
@declare("perk.manage")
@area.arguments(Nothing, required=False)
@area.response(204)
def end_region_perk(_said: dict[str, Any], book: str, perk_id: UUID) -> Response:
    """End a perk today."""
    writing(lambda ctx: perks.end_perk(ctx, book, perk_id))
    return _done()


@area.post("/branches/<uuid:branch_id>/person-in-charge", says="登记活动负责人")
@declare("branch.charge")
@area.arguments(wire.PersonInChargeIn)
@area.response(204)
def name_person_in_charge(said: dict[str, Any], branch_id: UUID) -> Response:
    """Name whoever is in charge of a branch's services."""
    writing(lambda ctx: set_person_in_charge(ctx, branch_id, said["name"]))
    return _done()
