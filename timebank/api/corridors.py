"""Who recognises whom, for programs: agreements, caps from above, and the regions below."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from models.corridors import CorridorMode, Phase
from services.corridors import caps
from services.corridors.agreeing import AgreementForm, propose, sign, withdraw
from services.corridors.ending import end
from services.policy import NATION
from services.queries import caps as cap_query
from services.queries import corridors as query
from services.queries.caps import CapsPage
from services.queries.corridors import AgreementView
from services.queries.recognition import recognition
from timebank.api.area import Area, writing
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.corridors import (
    AgreementEndIn,
    AgreementIn,
    AgreementList,
    AgreementMadeOut,
    AgreementOut,
    CapIn,
    CapMadeOut,
    CapsOut,
    RecognitionOut,
    RecognitionQuery,
    RegionAskedQuery,
    RegionsBelowOut,
)
from timebank.edge import declare, reading

area = Area("corridors", "互认和额度")

ONE = "/corridors/<uuid:corridor_id>"


@area.get("/corridors/recognition", says="哪些地区互相承认时间")
@declare("public.read")
@area.arguments(RecognitionQuery, location="query")
@area.response(200, RecognitionOut)
def read_recognition(asked: dict[str, Any]) -> dict[str, Any]:
    """Counties against counties today; everybody may know."""
    with reading() as ctx:
        found = recognition(ctx, asked["area"] or NATION, asked["facing"])
    return {
        "day": found.day,
        "rows": found.rows,
        "columns": found.columns,
        "pairs": [cell for row in found.cells for cell in row if cell is not None],
    }


@area.get("/corridors", says="一个地区的互认协议")
@declare("corridor.read")
@area.arguments(RegionAskedQuery, location="query")
@area.response(200, AgreementList)
def list_agreements(asked: dict[str, Any]) -> dict[str, Any]:
    """Proposed, in force and over, of the region and of those above it."""
    with reading() as ctx:
        found = query.corridors_of(ctx, asked["region"])
    return {"items": [*found.to_sign, *found.waiting, *found.in_force, *found.over]}


@area.post("/corridors", says="提出互认协议")
@declare("corridor.propose")
@area.arguments(AgreementIn)
@area.response(201, AgreementMadeOut)
def propose_agreement(said: dict[str, Any]) -> dict[str, Any]:
    """The first side proposes; nothing opens before the other has signed."""
    wanted = AgreementForm(
        one_code=said["one_code"],
        other_code=said["other_code"],
        phase=Phase(said["phase"]),
        mode=CorridorMode(said["mode"]),
        pair_cap_minutes=said["pair_cap_minutes"],
        valid_from=said["valid_from"],
        document=said["document"],
    )
    return {"corridor_id": writing(lambda ctx: propose(ctx, wanted))}


@area.get(ONE, says="一份互认协议")
@declare("corridor.read")
@area.response(200, AgreementOut)
def read_agreement(corridor_id: UUID) -> AgreementView:
    """One agreement with both names."""
    with reading() as ctx:
        return query.agreement(ctx, corridor_id)


@area.post(f"{ONE}/signature", says="由另一方签署互认协议")
@declare("corridor.sign")
@area.arguments(Nothing, required=False)
@area.response(204)
def sign_agreement(_said: dict[str, Any], corridor_id: UUID) -> Response:
    """The other side signs."""
    writing(lambda ctx: sign(ctx, corridor_id))
    return current_app.response_class(status=204)


@area.post(f"{ONE}/withdrawal", says="撤回还没有签署的互认协议")
@declare("corridor.propose")
@area.arguments(Nothing, required=False)
@area.response(204)
def withdraw_agreement(_said: dict[str, Any], corridor_id: UUID) -> Response:
    """Either side takes it back as long as it is not signed."""
    writing(lambda ctx: withdraw(ctx, corridor_id))
    return current_app.response_class(status=204)


@area.post(f"{ONE}/end", says="从某一天起结束互认协议")
@declare("corridor.end")
@area.arguments(AgreementEndIn)
@area.response(204)
def end_agreement(said: dict[str, Any], corridor_id: UUID) -> Response:
    """What is accepted by then goes ahead."""
    writing(lambda ctx: end(ctx, corridor_id, said["valid_to"], said["reason"]))
    return current_app.response_class(status=204)


@area.get("/ledger/<book:book>/caps", says="一个地区的额度、使用和历次上限")
@declare("clearing.read")
@area.response(200, CapsOut)
def read_caps(book: str) -> CapsPage:
    """All others together and each pair."""
    with reading() as ctx:
        return cap_query.caps_of(ctx, book)


@area.post("/ledger/<book:book>/caps", says="由上一级给一个地区定额度上限")
@declare("cap.set")
@area.arguments(CapIn)
@area.response(201, CapMadeOut)
def set_cap(said: dict[str, Any], book: str) -> dict[str, Any]:
    """From a day on, never for the past."""
    made = writing(
        lambda ctx: caps.set_cap(
            ctx, book, said["cap_minutes"], said["valid_from"], said["document"]
        )
    )
    return {"cap_id": made}


@area.get("/reserves", says="下面各地区的基金、备付率和额度")
@declare("reserve.read")
@area.arguments(RegionAskedQuery, location="query")
@area.response(200, RegionsBelowOut)
def list_reserves(asked: dict[str, Any]) -> dict[str, Any]:
    """For whoever administers or audits the region above."""
    with reading() as ctx:
        return {"items": cap_query.regions_below(ctx, asked["region"]).lines}
