"""Moving home for programs, by the own login and at the counter; and counties that take over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.moving import acting, planning, reading
from services.moving.acting import Moved, MoveForm
from services.moving.planning import Plan
from services.places.successions import SuccessionForm, succeed, successions
from timebank.api.area import Area, writing
from timebank.api.schemas import moving as wire
from timebank.edge import current_actor, declare
from timebank.edge import reading as looking

area = Area("moving", "搬家和地区合并")


@area.get("/me/moves", says="我搬过的家")
@declare("move.read")
@area.response(200, wire.MoveList)
def list_moves() -> dict[str, Any]:
    """The actor's own moves with the check codes of their receipts."""
    with looking() as ctx:
        return {"items": reading.my_moves(ctx, current_actor().id)}


@area.get("/me/moves/plan", says="看看搬到一个网点会怎样")
@declare("member.move")
@area.arguments(wire.MoveTargetQuery, location="query")
@area.response(200, wire.MovePlanOut)
def plan_move(asked: dict[str, Any]) -> Plan:
    """What comes along, what stays, every booking's fate, and what is in the way."""
    with looking() as ctx:
        return planning.preview(ctx, current_actor().id, asked["branch_id"])


@area.post("/me/moves/code", says="发送搬家的验证码")
@declare("member.move")
@area.arguments(wire.MoveTargetIn)
@area.response(204)
def send_move_code(said: dict[str, Any]) -> Response:
    """A one-time code for a move to this branch."""
    me = current_actor().id
    writing(lambda ctx: acting.send_code(ctx, me, said["branch_id"]))
    return current_app.response_class(status=204)


@area.post("/moves", says="搬家")
@declare("member.move")
@area.arguments(wire.MoveIn)
@area.response(201, wire.MovedOut)
def make_move(form: MoveForm) -> Moved:
    """By one's own login with the code; at the counter moved to with the card's number."""
    mine: UUID = current_actor().id
    wanted = form if form.member_id is not None else replace(form, member_id=mine)
    return writing(lambda ctx: acting.move(ctx, wanted))


@area.get("/successions", says="地区合并和划分")
@declare("place.succeed")
@area.response(200, wire.SuccessionList)
def list_successions() -> dict[str, Any]:
    """Which county keeps which book from when on."""
    with looking() as ctx:
        return {"items": successions(ctx.session)}


@area.post("/successions", says="登记一次接管")
@declare("place.succeed")
@area.arguments(wire.SuccessionIn)
@area.response(201, wire.SuccessionMadeOut)
def make_succession(form: SuccessionForm) -> dict[str, Any]:
    """From a day on a county keeps the book of another one."""
    return {"books": writing(lambda ctx: succeed(ctx, form))}
