"""A region's fund and its reserve for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.queries.reserve import ReservePage, reserve_of
from services.reserve import recording
from timebank.api.area import Area, writing
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.corridors import FundRecordIn, FundRecordMadeOut, ReserveOut
from timebank.edge import declare, reading

area = Area("reserve", "基金和备付率")

RECORDS = "/ledger/<book:book>/fund-records"
RECORD = f"{RECORDS}/<uuid:record_id>"


@area.get("/ledger/<book:book>/reserve", says="一个地区的基金记录和备付率")
@declare("reserve.read")
@area.response(200, ReserveOut)
def read_reserve(book: str) -> ReservePage:
    """Records with both names, and the readings, the newest first."""
    with reading() as ctx:
        return reserve_of(ctx, book)


@area.post(RECORDS, says="记一份基金记录")
@declare("reserve.record")
@area.arguments(FundRecordIn)
@area.response(201, FundRecordMadeOut)
def record_fund(said: dict[str, Any], book: str) -> dict[str, Any]:
    """It counts once another administrator signs."""
    made = writing(
        lambda ctx: recording.record(ctx, book, said["on_day"], said["fund_fen"], said["document"])
    )
    return {"record_id": made}


@area.post(f"{RECORD}/signature", says="由第二人签署基金记录")
@declare("reserve.sign")
@area.arguments(Nothing, required=False)
@area.response(204)
def sign_fund_record(_said: dict[str, Any], book: str, record_id: UUID) -> Response:
    """The ratio is worked out at once."""
    writing(lambda ctx: recording.sign(ctx, book, record_id))
    return current_app.response_class(status=204)


@area.post(f"{RECORD}/withdrawal", says="撤回还没有签署的基金记录")
@declare("reserve.record")
@area.arguments(Nothing, required=False)
@area.response(204)
def withdraw_fund_record(_said: dict[str, Any], book: str, record_id: UUID) -> Response:
    """Take back what nobody has signed."""
    writing(lambda ctx: recording.withdraw(ctx, book, record_id))
    return current_app.response_class(status=204)
