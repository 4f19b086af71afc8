"""Heirs and their answers, and who is to inherit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.designations import making
from services.designations.reading import Named, designations
from services.estates import answering, listing
from services.queries.heirs import HeirsPage, heirs_page, my_inheritances
from timebank.api.area import Area, writing
from timebank.api.schemas import heirs as wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.people import MadeOut
from timebank.edge import declare, perform, reading

area = Area("heirs", "继承人和指定")

LIST = "/estates/<book:book>/<uuid:estate_id>/heirs"
ONE = f"{LIST}/<uuid:heir_id>"
MEMBER = "/members/<uuid:member_id>/designations"


def _done() -> Response:
    return current_app.response_class(status=204)


@area.get(LIST, says="继承人名单和各人的份额")
@declare("estate.read")
@area.response(200, wire.HeirListOut)
def read_heirs(book: str, estate_id: UUID) -> HeirsPage:
    """For staff, administrators and auditors; the look is recorded."""
    return perform(lambda ctx: heirs_page(ctx, book, estate_id))


@area.post(LIST, says="写上一位继承人")
@declare("estate.heirs")
@area.arguments(wire.HeirIn)
@area.response(201, MadeOut)
def add_heir(said: dict[str, Any], book: str, estate_id: UUID) -> dict[str, Any]:
    """Put somebody on the list while it may change."""
    form = listing.HeirForm(**said)
    return {"id": writing(lambda ctx: listing.add_heir(ctx, book, estate_id, form))}


@area.post(f"{ONE}/correct", says="更正一位继承人的记录")
@declare("estate.heirs")
@area.arguments(wire.HeirChangeIn)
@area.response(204)
def correct_heir(said: dict[str, Any], book: str, estate_id: UUID, heir_id: UUID) -> Response:
    """Say anew whether somebody died before."""
    writing(lambda ctx: listing.correct_heir(ctx, book, estate_id, heir_id, **said))
    return _done()


@area.post(f"{ONE}/remove", says="从名单删除一位继承人")
@declare("estate.heirs")
@area.arguments(wire.HeirRemovalIn)
@area.response(204)
def remove_heir(said: dict[str, Any], book: str, estate_id: UUID, heir_id: UUID) -> Response:
    """Take somebody off the list."""
    writing(lambda ctx: listing.remove_heir(ctx, book, estate_id, heir_id, said["reason"]))
    return _done()


@area.post(f"{ONE}/account", says="关联一位继承人的账户")
@declare("estate.heirs")
@area.arguments(wire.HeirAccountIn)
@area.response(204)
def link_heir(said: dict[str, Any], book: str, estate_id: UUID, heir_id: UUID) -> Response:
    """Say which account belongs to an heir who had none."""
    writing(lambda ctx: listing.link_heir(ctx, book, estate_id, heir_id, **said))
    return _done()


@area.post(f"{ONE}/answer", says="接受或者放弃继承")
@declare("estate.answer")
@area.arguments(wire.HeirAnswerIn)
@area.response(204)
def answer_as_heir(said: dict[str, Any], book: str, estate_id: UUID, heir_id: UUID) -> Response:
    """By one's own login, or for somebody who has signed at the counter."""
    given, how = said["answer"], said["how"]
    writing(lambda ctx: answering.answer(ctx, book, estate_id, heir_id, given, how))
    return _done()


@area.get("/me/inheritances", says="我可以继承的时间币", about="coins")
@declare("account.use")
@area.response(200, wire.InheritanceList)
def list_inheritances() -> dict[str, Any]:
    """One's own shares and lines."""
    with reading() as ctx:
        return {"items": my_inheritances(ctx)}


@area.get(MEMBER, says="一位成员登记由谁继承")
@declare("designation.read")
@area.response(200, wire.DesignationList)
def list_designations(member_id: UUID) -> dict[str, Any]:
    """For the member and staff at the record; a look by staff is recorded."""
    return {"items": perform(lambda ctx: designations(ctx, member_id))}


@area.post(MEMBER, says="登记由谁继承")
@declare("designation.make")
@area.arguments(wire.DesignationIn)
@area.response(201, MadeOut)
def make_designation(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """By one's own login, or at the counter; what was registered before holds no more."""
    lines = tuple(Named(**line) for line in said.pop("lines"))
    return {"id": writing(lambda ctx: making.make(ctx, member_id, lines, **said))}


@area.post(f"{MEMBER}/<uuid:designation_id>/revoke", says="撤回由谁继承的登记")
@declare("designation.make")
@area.arguments(Nothing, required=False)
@area.response(204)
def revoke_designation(_said: dict[str, Any], member_id: UUID, designation_id: UUID) -> Response:
    """Take it back; the law's order holds."""
    writing(lambda ctx: making.revoke(ctx, member_id, designation_id))
    return _done()
