"""Public notices of estates, objections and appeals, the division, and claims."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.estates import claiming, deciding, dividing, objecting, publishing
from services.queries import estate_notice as queries
from services.queries.estate_division import NoticeFile, notice_file
from timebank.api.area import Area, writing
from timebank.api.lists import walked
from timebank.api.schemas import estate_notices as wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.people import MadeOut
from timebank.edge import declare, perform, reading

area = Area("estate-notices", "身后事：公示、异议、分配和领取")

ONE = "/estates/<book:book>/<uuid:estate_id>"
OBJECTION = f"{ONE}/objections/<uuid:objection_id>"


def _done() -> Response:
    return current_app.response_class(status=204)


@area.get("/estate-notices", says="现在的身后事公示，不用登录")
@declare("estate.notices")
@area.arguments(wire.EstateNoticeQuery, location="query")
@area.response(200, wire.PublicEstateNoticeList)
def list_estate_notices(asked: dict[str, Any]) -> dict[str, Any]:
    """Notices that run or stand still, with masked names; those that end first come first."""
    with reading() as ctx:
        return walked(
            asked,
            queries.PAGE,
            lambda n: queries.public_notices(ctx, n, asked["region"]).items,
        )


@area.get(f"{ONE}/public", says="一份身后事公示，不用登录")
@declare("estate.notices")
@area.response(200, wire.PublicEstateNoticeOut)
def read_public_estate_notice(book: str, estate_id: UUID) -> queries.PublicNotice:
    """One notice with a masked name."""
    with reading() as ctx:
        return queries.public_notice(ctx, book, estate_id)


@area.get(f"{ONE}/notice", says="一份身后事的公示、异议和份额")
@declare("estate.read")
@area.response(200, wire.EstateNoticeFileOut)
def read_estate_notice(book: str, estate_id: UUID) -> NoticeFile:
    """For staff and administrators; the look is recorded."""
    return perform(lambda ctx: notice_file(ctx, book, estate_id))


@area.post(f"{ONE}/publish", says="公示一份身后事")
@declare("estate.publish")
@area.arguments(Nothing, required=False)
@area.response(200, wire.PaperCodeOut)
def publish_estate(_said: dict[str, Any], book: str, estate_id: UUID) -> dict[str, str]:
    """The list of heirs stands: ten working days begin."""
    return {"code": writing(lambda ctx: publishing.publish(ctx, book, estate_id))}


@area.get("/me/estate-objections", says="我提出的异议", about="coins")
@declare("account.use")
@area.response(200, wire.EstateObjectionList)
def list_my_objections() -> dict[str, Any]:
    """What one has objected, and what was decided and why."""
    with reading() as ctx:
        return {"items": queries.my_objections(ctx)}


@area.post(f"{ONE}/objections", says="对一份公示提出异议")
@declare("estate.object")
@area.arguments(wire.EstateObjectionIn)
@area.response(201, MadeOut)
def object_to_estate(said: dict[str, Any], book: str, estate_id: UUID) -> dict[str, Any]:
    """By one's own login; with a name or a member, staff take down somebody's words."""
    text, name, member_id = said["text"], said["name"], said["member_id"]
    if name is None and member_id is None:
        made = writing(lambda ctx: objecting.object_to(ctx, book, estate_id, text))
    else:
        words = objecting.Said(name or "", text, member_id)
        made = writing(lambda ctx: objecting.take_down(ctx, book, estate_id, words))
    return {"id": made}


@area.post(f"{OBJECTION}/appeal", says="申请复核一次")
@declare("estate.appeal")
@area.arguments(wire.EstateAppealIn)
@area.response(204)
def appeal_objection(
    said: dict[str, Any], book: str, estate_id: UUID, objection_id: UUID
) -> Response:
    """Ask for another official's decision, before the division."""
    text = said["text"]
    writing(lambda ctx: objecting.appeal(ctx, book, estate_id, objection_id, text))
    return _done()


@area.post(f"{OBJECTION}/decide", says="决定一份异议")
@declare("estate.decide")
@area.arguments(wire.EstateDecisionIn)
@area.response(204)
def decide_objection(
    said: dict[str, Any], book: str, estate_id: UUID, objection_id: UUID
) -> Response:
    """Upheld: the list opens and the notice starts anew. Dismissed: the clock runs on."""
    uphold, reason = said["decision"] == wire.UPHELD, said["reason"]
    writing(
        lambda ctx: deciding.decide(
            ctx, book, estate_id, objection_id, uphold=uphold, reason=reason
        )
    )
    return _done()


@area.post(f"{OBJECTION}/decide-appeal", says="决定一份复核")
@declare("estate.decide_appeal")
@area.arguments(wire.EstateDecisionIn)
@area.response(204)
def decide_objection_appeal(
    said: dict[str, Any], book: str, estate_id: UUID, objection_id: UUID
) -> Response:
    """For good, and never by whoever decided before."""
    uphold, reason = said["decision"] == wire.UPHELD, said["reason"]
    writing(
        lambda ctx: deciding.decide_appeal(
            ctx, book, estate_id, objection_id, uphold=uphold, reason=reason
        )
    )
    return _done()


@area.post(f"{ONE}/divide", says="把身后事分配给继承人")
@declare("estate.divide")
@area.arguments(Nothing, required=False)
@area.response(200, wire.PaperCodeOut)
def divide_estate(_said: dict[str, Any], book: str, estate_id: UUID) -> dict[str, str]:
    """After the notice, with nothing undecided; gives the protocol's check code."""
    return {"code": writing(lambda ctx: dividing.divide(ctx, book, estate_id))}


@area.post(f"{ONE}/heirs/<uuid:heir_id>/claim", says="领取一份继承的时间")
@declare("estate.claim")
@area.arguments(Nothing, required=False)
@area.response(204)
def claim_share(_said: dict[str, Any], book: str, estate_id: UUID, heir_id: UUID) -> Response:
    """By the heir, or by staff for an heir at the counter."""
    writing(lambda ctx: claiming.claim(ctx, book, estate_id, heir_id))
    return _done()
