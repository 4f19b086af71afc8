"""Clearing for programs: positions, windows, a region's word, disputes, months."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, current_app

from models.settlement import DisputeOutcome
from services.errors import NotFound
from services.queries.clearing.months import MonthPage, month_page
from services.queries.clearing.positions import PositionPage, position_page
from services.queries.clearing.windows import WindowPage, window_page
from services.settlement.acknowledging import acknowledge
from services.settlement.disputing import dispute, resolve
from timebank.api.area import Area, writing
from timebank.api.schemas import clearing as wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.people import MadeOut
from timebank.edge import declare, reading

area = Area("clearing", "跨地区清算")

BOOK = "/clearing/<book:book>"
WINDOW = f"{BOOK}/windows/<int:number>"


def _done() -> Response:
    return current_app.response_class(status=204)


@area.get(BOOK, says="一个地区的跨地区往来、额度和清算期")
@declare("clearing.read")
@area.response(200, wire.ClearingOut)
def read_clearing(book: str) -> PositionPage:
    """What is open, towards whom, what the caps leave, and the last windows."""
    with reading() as ctx:
        return position_page(ctx, book)


@area.get(WINDOW, says="一期清算：两两之间、净额、付款、确认和异议")
@declare("clearing.read")
@area.response(200, wire.ClearingWindowOut)
def read_window(book: str, number: int) -> WindowPage:
    """Everything that a window is made of."""
    with reading() as ctx:
        return window_page(ctx, book, number)


@area.get(f"{BOOK}/months/<month>", says="一个地区一个月的清算")
@declare("clearing.read")
@area.response(200, wire.ClearingMonthOut)
def read_clearing_month(book: str, month: str) -> MonthPage:
    """The closed windows of a month, added up; the month as 2026-03."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise NotFound from None
    with reading() as ctx:
        return month_page(ctx, book, first)


@area.post(f"{WINDOW}/acknowledge", says="确认本地区的清算单")
@declare("clearing.acknowledge")
@area.arguments(Nothing, required=False)
@area.response(204)
def acknowledge_window(_said: dict[str, Any], book: str, number: int) -> Response:
    """The region's word; the last one settles the window."""
    writing(lambda ctx: acknowledge(ctx, book, number))
    return _done()


@area.post(f"{WINDOW}/disputes", says="对两个地区之间的清算数提异议")
@declare("clearing.dispute")
@area.arguments(wire.ClearingDisputeIn)
@area.response(201, MadeOut)
def make_dispute(said: dict[str, Any], book: str, number: int) -> dict[str, Any]:
    """The window is not settled until it ends."""
    made = writing(lambda ctx: dispute(ctx, book, number, said["counter_book"], said["reason"]))
    return {"id": made}


@area.post(f"{BOOK}/disputes/<uuid:dispute_id>/resolve", says="撤回或者答复一项异议")
@declare("clearing.resolve")
@area.arguments(wire.ClearingAnswerIn)
@area.response(204)
def end_dispute(said: dict[str, Any], book: str, dispute_id: UUID) -> Response:
    """Its own side withdraws it, the other side answers."""
    outcome = DisputeOutcome(said["outcome"])
    writing(lambda ctx: resolve(ctx, book, dispute_id, outcome, said["answer"]))
    return _done()
