"""Piles of slips for programs: what the counter's page of fifty rows does."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import g

from services.context import Context
from services.errors import DomainError
from services.queries.branch.desks import desk
from services.visits.written import (
    EnteredSlip,
    WrittenSlip,
    enter_written,
    key_of,
    refuse_double,
)
from timebank.api.area import Area
from timebank.api.schemas.slips import PileIn, PileOut
from timebank.edge import declare, perform, reading
from timebank.i18n import say

area = Area("slips", "纸条")


@area.post("/branches/<uuid:branch_id>/slips", says="一次录入多张纸条，每张各有结果")
@declare("visit.slip")
@area.arguments(PileIn)
@area.response(200, PileOut)
def enter_pile_of_slips(said: dict[str, Any], branch_id: UUID) -> dict[str, Any]:
    """Each slip is a unit of work under a key of its own: none falls with another one."""
    slips: tuple[WrittenSlip, ...] = said["slips"]
    with reading() as ctx:
        desk(ctx, branch_id)
    return {"items": [_answer(branch_id, slips, place) for place in range(len(slips))]}


def _answer(branch_id: UUID, slips: tuple[WrittenSlip, ...], place: int) -> dict[str, Any]:
    slip = slips[place]
    row = {"row": place + 1, "reference": slip.reference, "entered": False}
    try:
        refuse_double(slips, place)
        key = key_of(g.idempotency_key, slip)
        entered = perform(partial(_entering, branch_id, slip), key=key)
    except DomainError as error:
        field, reason = error.field, say(error.sentence, error.params)
        return {**row, "code": error.code, "field": field, "reason": reason}
    return {
        **row,
        "entered": True,
        "book": entered.book,
        "visit_id": entered.visit_id,
        "came_at": entered.came_at,
        "left_at": entered.left_at,
        "actual_minutes": entered.actual_minutes,
    }


def _entering(branch_id: UUID, slip: WrittenSlip, ctx: Context) -> EnteredSlip:
    return enter_written(ctx, branch_id, slip)
