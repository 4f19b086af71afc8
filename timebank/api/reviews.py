"""What a branch does with a visit, and what either side says against one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.context import Context
from services.visits.checking import Slip, enter_slip
from services.visits.complaints import take_complaint
from services.visits.disputes import decide_dispute, open_dispute
from services.visits.reviewing import decide_missed, reject
from services.visits.voice import note_leaving, record_voice
from timebank.api.area import Area, writing
from timebank.api.schemas.requests import ReasonIn
from timebank.api.schemas.visits import (
    DecisionIn,
    DisputeIn,
    DisputeMade,
    LeftIn,
    MissedIn,
    SlipIn,
    VisitOut,
    VoiceIn,
)
from timebank.api.visits import VISIT, seen_after
from timebank.edge import declare

area = Area("reviews", "核实和异议")


@area.post(f"{VISIT}/voice-confirmation", says="记录老人口头确认")
@declare("visit.voice")
@area.arguments(VoiceIn)
@area.response(200, VisitOut)
def confirm_by_voice(said: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Record the elder's spoken word."""
    heard = frozenset(said["heard"])
    return seen_after(
        lambda ctx: record_voice(ctx, book, visit_id, heard, said["reached"]), book, visit_id
    )


@area.post(f"{VISIT}/left", says="照老人说的补记离开的时间")
@declare("visit.voice")
@area.arguments(LeftIn)
@area.response(200, VisitOut)
def note_when_left(said: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Close a forgotten check-out by the elder's word; the elder still has to confirm."""
    return seen_after(
        lambda ctx: note_leaving(ctx, book, visit_id, said["left_at"], said["reached"]),
        book,
        visit_id,
    )


@area.post(f"{VISIT}/slip", says="录入纸条上的编码和时间")
@declare("visit.slip")
@area.arguments(SlipIn)
@area.response(200, VisitOut)
def enter_paper_slip(slip: Slip, book: str, visit_id: UUID) -> dict[str, Any]:
    """Enter a printed slip: both codes, both times."""
    return seen_after(lambda ctx: enter_slip(ctx, book, visit_id, slip), book, visit_id)


@area.post(f"{VISIT}/reject", says="核实后不入账，写明理由")
@declare("visit.review")
@area.arguments(ReasonIn)
@area.response(200, VisitOut)
def reject_visit(said: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Decide that a visit in review earns nothing."""
    return seen_after(lambda ctx: reject(ctx, book, visit_id, said["reason"]), book, visit_id)


@area.post(f"{VISIT}/missed", says="没有签到：爽约，或有理由")
@declare("visit.review")
@area.arguments(MissedIn)
@area.response(200, VisitOut)
def decide_missed_visit(said: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Decide about a visit to which nobody came."""
    return seen_after(
        lambda ctx: decide_missed(
            ctx, book, visit_id, excused=said["excused"], reason=said["reason"]
        ),
        book,
        visit_id,
    )


@area.post(f"{VISIT}/disputes", says="对一次服务提出异议")
@declare("visit.read")
@area.arguments(DisputeIn)
@area.response(201, DisputeMade)
def dispute_visit(said: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Say that a visit was not so; staff name the side for which they write it down."""

    def work(ctx: Context) -> UUID:
        if said["side"] is None:
            return open_dispute(ctx, book, visit_id, said["text"])
        return take_complaint(ctx, book, visit_id, said["side"], said["text"])

    return {"book": book, "id": writing(work)}


@area.post("/disputes/<book:book>/<uuid:dispute_id>/decision", says="裁定异议，写明理由")
@declare("dispute.decide")
@area.arguments(DecisionIn)
@area.response(204)
def decide(said: dict[str, Any], book: str, dispute_id: UUID) -> Response:
    """Decide a dispute: the visit stands as recorded, or it earns nothing."""
    writing(
        lambda ctx: decide_dispute(
            ctx, book, dispute_id, credit=said["credit"], reason=said["reason"]
        )
    )
    return current_app.response_class(status=204)
