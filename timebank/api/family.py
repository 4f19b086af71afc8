"""Families for programs: guardians at the counter, one's month for an elder, what one pays."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.context import Context
from services.people.guardians import end_guardian, record_guardian
from services.people.lists import guardians_of
from services.queries import elder as elder_queries
from services.queries.payments import Payments, payments_of
from services.requests.spending import Spent, spent_of
from timebank.api.area import Area, writing
from timebank.api.schemas import family as wire
from timebank.api.schemas.people import MadeOut
from timebank.edge import current_actor, declare, perform, reading

area = Area("family", "家人和监护")

MEMBER = "/members/<uuid:member_id>"


@area.get(f"{MEMBER}/guardians", says="一位成员的监护人")
@declare("member.read")
@area.response(200, wire.GuardianshipList)
def list_guardians(member_id: UUID) -> dict[str, Any]:
    """Who is and who was the guardian; the look is recorded."""

    def work(ctx: Context) -> dict[str, Any]:
        elder_queries.note_look(ctx, member_id, "member.read", member_id)
        return {"items": guardians_of(ctx, member_id)}

    return perform(work)


@area.post(f"{MEMBER}/guardians", says="登记监护人")
@declare("guardian.record")
@area.arguments(wire.GuardianshipIn)
@area.response(201, MadeOut)
def add_guardian(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Record a guardian by a paper; an earlier one ends."""
    return {"id": writing(lambda ctx: record_guardian(ctx, member_id, **said))}


@area.post(f"{MEMBER}/guardians/end", says="结束监护关系")
@declare("guardian.record")
@area.arguments(wire.GuardianshipEndIn)
@area.response(204)
def close_guardian(said: dict[str, Any], member_id: UUID) -> Response:
    """The guardianship ends, for a reason."""
    writing(lambda ctx: end_guardian(ctx, member_id, said["reason"]))
    return current_app.response_class(status=204)


@area.get(f"{MEMBER}/spent", says="这个月我替这位老人用了多少", about="coins")
@declare("account.use")
@area.response(200, wire.SpentOut)
def read_spent(member_id: UUID) -> Spent:
    """One's own month for an elder whom one may act for."""
    with reading() as ctx:
        elder = elder_queries.elder_view(ctx, member_id)
        return spent_of(ctx.session, elder.book, elder.id, current_actor().id, ctx.now)


@area.get("/me/payments", says="我替长辈付的时间")
@declare("payment.read")
@area.arguments(wire.PaymentsQuery, location="query")
@area.response(200, wire.PaymentsOut)
def read_payments(asked: dict[str, Any]) -> Payments:
    """What one pays for parents and grandparents by requests of a year."""
    with reading() as ctx:
        return payments_of(ctx, current_actor().id, asked.get("year"))
