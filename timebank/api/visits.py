"""Visits: reading them, coming and going, and the word of either side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.context import Context
from services.queries.programs.lists import visits as listed
from services.queries.programs.seen import visit_seen
from services.queries.receipts import Receipt, receipt_of
from services.visits.checking import check_in, check_out
from services.visits.closed_door import report_closed_door
from services.visits.confirming import confirm
from services.visits.withdrawing import withdraw
from timebank.api import cursors
from timebank.api.area import Area, writing
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.requests import ReasonIn
from timebank.api.schemas.visits import (
    DoorIn,
    DoorReported,
    LeavingIn,
    ProofIn,
    ReceiptOut,
    VisitList,
    VisitOut,
    VisitQuery,
)
from timebank.api.shapes import visit_shape
from timebank.edge import declare, perform, reading

area = Area("visits", "服务和签到")

VISIT = "/visits/<book:book>/<uuid:visit_id>"


def seen_after(act: Callable[[Context], object], book: str, visit_id: UUID) -> dict[str, Any]:
    """Do something with a visit and give it as it stands then, in one unit of work."""

    def work(ctx: Context) -> dict[str, Any]:
        act(ctx)
        return visit_shape(visit_seen(ctx, book, visit_id), book)

    return writing(work)


@area.get("/visits", says="我答应的、一位老人的或一个网点的服务", about="care")
@declare("account.use")
@area.arguments(VisitQuery, location="query")
@area.response(200, VisitList)
def list_visits(asked: dict[str, Any]) -> dict[str, Any]:
    """Visits, the latest start first: one's own promises, an elder's, or a branch's."""
    asked["after"] = cursors.mark_of(asked.pop("cursor", None))
    with reading() as ctx:
        found = listed(ctx, **asked)
    return {"items": found.items, "next_cursor": cursors.of_mark(found.mark)}


@area.get(VISIT, says="一次服务")
@declare("visit.read")
@area.response(200, VisitOut)
def read_visit(book: str, visit_id: UUID) -> dict[str, Any]:
    """One visit, as the reader's side sees it."""
    return visit_shape(perform(lambda ctx: visit_seen(ctx, book, visit_id)), book)


@area.get(f"{VISIT}/receipt", says="一次服务的收据和计算公式")
@declare("visit.read")
@area.response(200, ReceiptOut)
def read_receipt(book: str, visit_id: UUID) -> Receipt:
    """The receipt of a visit that has been posted, with the formula."""
    with reading() as ctx:
        return receipt_of(ctx, book, visit_id)


@area.post(f"{VISIT}/check-in", says="签到：老人的数字、卡，或远程开始")
@declare("visit.check")
@area.arguments(ProofIn)
@area.response(200, VisitOut)
def check_in_visit(shown: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Begin a visit: by the elder's digits or card, or remotely."""
    return seen_after(lambda ctx: check_in(ctx, book, visit_id, shown["proof"]), book, visit_id)


@area.post(f"{VISIT}/check-out", says="签退，写明中间的休息")
@declare("visit.check")
@area.arguments(LeavingIn)
@area.response(200, VisitOut)
def check_out_visit(shown: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """End a visit, with the breaks that were taken."""
    return seen_after(
        lambda ctx: check_out(ctx, book, visit_id, shown["proof"], shown["breaks"], shown["done"]),
        book,
        visit_id,
    )


@area.post(f"{VISIT}/withdraw", says="来不了，收回答应")
@declare("visit.cancel")
@area.arguments(ReasonIn)
@area.response(200, VisitOut)
def withdraw_visit(said: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Take back a promise before it begins."""
    return seen_after(lambda ctx: withdraw(ctx, book, visit_id, said["reason"]), book, visit_id)


@area.post(f"{VISIT}/closed-door", says="敲门没有人开")
@declare("visit.closed_door")
@area.arguments(DoorIn, required=False)
@area.response(201, DoorReported)
def report_door(shown: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Report a door that nobody opens: a safety sheet opens at the branch."""
    sheet = writing(lambda ctx: report_closed_door(ctx, book, visit_id, shown["door_token"]))
    return {"book": book, "sheet_id": sheet}


@area.post(f"{VISIT}/confirm", says="确认服务属实")
@declare("visit.confirm")
@area.arguments(Nothing, required=False)
@area.response(200, VisitOut)
def confirm_visit(_said: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Say, as the elder or for the elder, that the visit was as recorded."""
    return seen_after(lambda ctx: confirm(ctx, book, visit_id), book, visit_id)
