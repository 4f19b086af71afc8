"""Work sheets, complaints and appeals for programs: the same acts as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, current_app

from models.sheets import SheetKind
from services.complaints import answering, appealing, deciding
from services.complaints import reading as complaints
from services.complaints.opening import open_complaint
from services.context import Context
from services.queries.audit.listing import SIZES, Want
from services.sheets import acting, closing
from services.sheets import reading as sheets
from services.visits.appealing import appeal_dispute, decide_dispute_appeal
from timebank.api.area import Area, writing
from timebank.api.lists import walked
from timebank.api.schemas import complaints as wire
from timebank.edge import current_actor, declare, perform, reading

#: Rows that the service gives at a time.
SIZE = SIZES[0]

area = Area("oversight", "工作单、投诉和申诉")

SHEET = "/sheets/<book:book>/<uuid:sheet_id>"
COMPLAINT = "/complaints/<book:book>/<uuid:complaint_id>"
DISPUTE = "/disputes/<book:book>/<uuid:dispute_id>"


def _done(work: Callable[[Context], object]) -> Response:
    writing(work)
    return current_app.response_class(status=204)


@area.get("/sheets", says="工作单")
@declare("sheet.read")
@area.arguments(wire.SheetQuery, location="query")
@area.response(200, wire.SheetListOut)
def list_sheets(said: dict[str, Any]) -> dict[str, Any]:
    """Those due first, of every branch and region in the reader's scope."""
    kind = SheetKind(said["kind"]) if said["kind"] else None
    wanted = sheets.SheetFilter(whose=said["whose"] or "", state=said["state"], kind=kind)
    with reading() as ctx:
        return walked(said, SIZE, lambda n: sheets.sheets(ctx, wanted, Want(n, SIZE)).page.rows)


@area.post("/sheets/<book:book>", says="开出工作单")
@declare("sheet.open")
@area.arguments(wire.SheetOpenIn)
@area.response(201, wire.SheetOpenedOut)
def open_work_sheet(said: dict[str, Any], book: str) -> dict[str, Any]:
    """By auditors and administrators, about anything."""
    return {"sheet_id": writing(lambda ctx: acting.open_by_hand(ctx, book=book, **said))}


@area.get(SHEET, says="一张工作单")
@declare("sheet.read")
@area.response(200, wire.SheetOut)
def read_work_sheet(book: str, sheet_id: UUID) -> sheets.SheetPage:
    """With every step; the look is recorded."""
    return perform(lambda ctx: sheets.sheet_page(ctx, book, sheet_id))


@area.post(f"{SHEET}/take", says="接下工作单")
@declare("sheet.work")
@area.response(204)
def take_work_sheet(book: str, sheet_id: UUID) -> Response:
    """One that nobody has."""
    return _done(lambda ctx: acting.take(ctx, book, sheet_id))


@area.post(f"{SHEET}/hand-on", says="转交工作单")
@declare("sheet.work")
@area.arguments(wire.SheetHandIn)
@area.response(204)
def hand_sheet_on(said: dict[str, Any], book: str, sheet_id: UUID) -> Response:
    """To somebody within its scope, who is told."""
    return _done(lambda ctx: acting.hand_on(ctx, book, sheet_id, said["to_id"], said["text"]))


@area.post(f"{SHEET}/notes", says="记工作单的进展")
@declare("sheet.work")
@area.arguments(wire.SheetTextIn)
@area.response(204)
def note_work_sheet(said: dict[str, Any], book: str, sheet_id: UUID) -> Response:
    """Words; files are sent on the page."""
    return _done(lambda ctx: acting.note(ctx, book, sheet_id, said["text"]))


@area.post(f"{SHEET}/turn", says="转成下一级工作单")
@declare("sheet.decide")
@area.arguments(wire.SheetTextIn)
@area.response(201, wire.SheetOpenedOut)
def turn_sheet(said: dict[str, Any], book: str, sheet_id: UUID) -> dict[str, Any]:
    """A supervision sheet of a warning, a progress sheet of a supervision sheet."""
    return {"sheet_id": writing(lambda ctx: closing.turn(ctx, book, sheet_id, said["text"]))}


@area.post(f"{SHEET}/close", says="结束工作单")
@declare("sheet.close")
@area.arguments(wire.SheetCloseIn)
@area.response(204)
def close_work_sheet(said: dict[str, Any], book: str, sheet_id: UUID) -> Response:
    """Never by whoever it is about."""
    outcome, reason = said["outcome"], said["reason"]
    return _done(lambda ctx: closing.close(ctx, book, sheet_id, outcome, reason))


@area.post(f"{SHEET}/appeal", says="对工作单申诉")
@declare("sheet.appeal")
@area.arguments(wire.SheetTextIn)
@area.response(204)
def appeal_sheet(said: dict[str, Any], book: str, sheet_id: UUID) -> Response:
    """Once, by the branch that it went against."""
    return _done(lambda ctx: closing.appeal(ctx, book, sheet_id, said["text"]))


@area.post(f"{SHEET}/decide", says="答复工作单的申诉")
@declare("sheet.decide")
@area.arguments(wire.AppealDecisionIn)
@area.response(204)
def decide_sheet(said: dict[str, Any], book: str, sheet_id: UUID) -> Response:
    """By the level above."""
    return _done(lambda ctx: closing.decide(ctx, book, sheet_id, **said))


@area.get("/complaints", says="投诉")
@declare("complaint.read")
@area.arguments(wire.ComplaintQuery, location="query")
@area.response(200, wire.ComplaintListOut)
def list_complaints(said: dict[str, Any]) -> dict[str, Any]:
    """Those due first, of every branch and region in the reader's scope; names are masked."""
    wanted = complaints.ComplaintFilter(state=said["state"], kind=said["kind"] or "")
    with reading() as ctx:
        return walked(said, SIZE, lambda n: complaints.complaints(ctx, wanted, Want(n, SIZE)).rows)


@area.get("/me/complaints", says="我说过的和别人说我的")
@declare("complaint.read")
@area.response(200, wire.OwnComplaintsOut)
def list_own_complaints() -> dict[str, Any]:
    """The newest first."""
    with reading() as ctx:
        return {"items": complaints.own_complaints(ctx, current_actor().id)}


@area.post("/complaints/<book:book>", says="提出投诉")
@declare("complaint.make")
@area.arguments(wire.ComplaintIn)
@area.response(201, wire.ComplaintMadeOut)
def make_complaint(said: dict[str, Any], book: str) -> dict[str, Any]:
    """By the member, a relative with leave, or taken down by staff."""
    return {"complaint_id": writing(lambda ctx: open_complaint(ctx, book=book, **said))}


@area.get(COMPLAINT, says="一件投诉")
@declare("complaint.read")
@area.response(200, wire.ComplaintOut)
def read_complaint(book: str, complaint_id: UUID) -> complaints.ComplaintPage:
    """Both sides read all of it; the look of anybody else is recorded."""
    return perform(lambda ctx: complaints.complaint_page(ctx, book, complaint_id))


@area.post(f"{COMPLAINT}/words", says="在投诉里说话")
@declare("complaint.answer")
@area.arguments(wire.ComplaintWordsIn)
@area.response(204)
def answer_complaint(said: dict[str, Any], book: str, complaint_id: UUID) -> Response:
    """Words; files are sent on the page."""
    text, side = said["text"], said["side"]
    return _done(lambda ctx: answering.answer(ctx, book, complaint_id, text, side))


@area.post(f"{COMPLAINT}/withdraw", says="撤回投诉")
@declare("complaint.withdraw")
@area.response(204)
def withdraw_complaint(book: str, complaint_id: UUID) -> Response:
    """While it is open."""
    return _done(lambda ctx: answering.withdraw(ctx, book, complaint_id))


@area.post(f"{COMPLAINT}/decide", says="处理投诉")
@declare("complaint.decide")
@area.arguments(wire.ComplaintDecisionIn)
@area.response(204)
def decide_complaint(said: dict[str, Any], book: str, complaint_id: UUID) -> Response:
    """Once the other side was heard, by an administrator who has no part in it."""
    return _done(lambda ctx: deciding.decide(ctx, book, complaint_id, **said))


@area.post(f"{COMPLAINT}/appeal", says="对投诉的结果申诉")
@declare("complaint.appeal")
@area.arguments(wire.ComplaintWordsIn)
@area.response(204)
def appeal_complaint(said: dict[str, Any], book: str, complaint_id: UUID) -> Response:
    """Once, by whoever lost."""
    text, side = said["text"], said["side"]
    return _done(lambda ctx: appealing.appeal(ctx, book, complaint_id, text, side))


@area.post(f"{COMPLAINT}/decide-appeal", says="处理投诉的申诉")
@declare("complaint.decide_appeal")
@area.arguments(wire.ComplaintDecisionIn)
@area.response(204)
def decide_complaint_appeal(said: dict[str, Any], book: str, complaint_id: UUID) -> Response:
    """By another administrator; it is final."""
    return _done(lambda ctx: appealing.decide_appeal(ctx, book, complaint_id, **said))


@area.post(f"{DISPUTE}/appeal", says="对异议的结果申诉")
@declare("dispute.appeal")
@area.arguments(wire.DisputeAppealIn)
@area.response(204)
def appeal_a_dispute(said: dict[str, Any], book: str, dispute_id: UUID) -> Response:
    """Once, by whoever lost."""
    return _done(lambda ctx: appeal_dispute(ctx, book, dispute_id, said["text"]))


@area.post(f"{DISPUTE}/decide-appeal", says="处理异议的申诉")
@declare("dispute.decide_appeal")
@area.arguments(wire.AppealDecisionIn)
@area.response(204)
def decide_a_dispute(said: dict[str, Any], book: str, dispute_id: UUID) -> Response:
    """By a county administrator who did not decide before."""
    return _done(lambda ctx: decide_dispute_appeal(ctx, book, dispute_id, **said))
