"""Doors that nobody opens, slips on paper, and the rest of what a branch does with a visit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.context import Context
from services.queries.branch.safety import SheetFile, sheet_file
from services.visits.closed_door import close_sheet, note_call
from services.visits.complaints import note_words
from services.visits.reviewing import stand
from services.visits.slips import SlipCodes, print_slip, slip_codes
from services.visits.voice import note_unanswered
from timebank.api.area import Area, writing
from timebank.api.schemas import safety as wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.requests import ReasonIn
from timebank.api.schemas.visits import VisitOut
from timebank.api.visits import VISIT, seen_after
from timebank.edge import declare, perform

area = Area("safety", "安全单和纸条")

SHEET = "/safety-sheets/<book:book>/<uuid:sheet_id>"


@area.get(SHEET, says="一张安全单")
@declare("safety.handle")
@area.response(200, wire.SafetySheetOut)
def read_safety_sheet(book: str, sheet_id: UUID) -> SheetFile:
    """Whom to call; the look is recorded."""
    return perform(lambda ctx: sheet_file(ctx, book, sheet_id))


@area.post(f"{SHEET}/calls", says="在安全单上记一次联系")
@declare("safety.handle")
@area.arguments(wire.SafetyCallIn)
@area.response(204)
def note_safety_call(said: dict[str, Any], book: str, sheet_id: UUID) -> Response:
    """The contact, the grid worker, 120, or the branch itself."""
    writing(lambda ctx: note_call(ctx, book, sheet_id, said["whom"], said["note"]))
    return current_app.response_class(status=204)


@area.post(f"{SHEET}/close", says="关闭安全单")
@declare("safety.handle")
@area.arguments(wire.SafetyOutcomeIn)
@area.response(204)
def close_safety_sheet(said: dict[str, Any], book: str, sheet_id: UUID) -> Response:
    """Once the elder is known to be safe or cared for."""
    writing(lambda ctx: close_sheet(ctx, book, sheet_id, said["outcome"]))
    return current_app.response_class(status=204)


@area.post(f"{VISIT}/slip-codes", says="印一张纸条，旧的作废")
@declare("visit.slip")
@area.arguments(Nothing, required=False)
@area.response(201, wire.SlipCodesOut)
def print_paper_slip(_said: dict[str, Any], book: str, visit_id: UUID) -> SlipCodes:
    """The codes to print; the look is recorded."""

    def work(ctx: Context) -> SlipCodes:
        print_slip(ctx, book, visit_id)
        return slip_codes(ctx, book, visit_id) or SlipCodes(None, None)

    return writing(work)


@area.post(f"{VISIT}/unanswered", says="记下一次没有人接的电话")
@declare("visit.voice")
@area.arguments(Nothing, required=False)
@area.response(200, VisitOut)
def note_unanswered_call(_said: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Nothing is confirmed by it."""
    return seen_after(lambda ctx: note_unanswered(ctx, book, visit_id), book, visit_id)


@area.post(f"{VISIT}/words", says="记下一方对服务的说法")
@declare("dispute.decide")
@area.arguments(wire.ComplaintTakenIn)
@area.response(200, VisitOut)
def note_sides_words(said: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """What a side says before the dispute is decided."""
    return seen_after(
        lambda ctx: note_words(ctx, book, visit_id, said["side"], said["text"]), book, visit_id
    )


@area.post(f"{VISIT}/stand", says="老人已去世时认定服务属实")
@declare("visit.review")
@area.arguments(ReasonIn)
@area.response(200, VisitOut)
def let_visit_stand(said: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Nobody else speaks for a living elder."""
    return seen_after(lambda ctx: stand(ctx, book, visit_id, said["reason"]), book, visit_id)
