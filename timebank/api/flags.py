"""Flags for programs: the list, one with what is behind it, a conclusion, a work sheet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from models.flags import FlagState
from models.sheets import SheetKind
from services.flags.deciding import decide_flag, make_sheet
from services.queries import flags as queries
from services.queries.audit.listing import SIZES, Want
from timebank.api.area import Area, writing
from timebank.api.lists import walked
from timebank.api.schemas import flags as wire
from timebank.edge import declare, perform, reading

#: Rows that the service gives at a time.
SIZE = SIZES[0]

area = Area("flags", "异常提示")

FLAG = "/flags/<book:book>/<uuid:flag_id>"


@area.get("/flags", says="规则觉得不对的地方")
@declare("flag.read")
@area.arguments(wire.FlagQuery, location="query")
@area.response(200, wire.FlagListOut)
def list_flags(said: dict[str, Any]) -> dict[str, Any]:
    """The newest first, of every book in the reader's scope."""
    code = "" if said["code"] == "all" else said["code"]
    wanted = queries.FlagFilter(code=code, state=said["state"])
    with reading() as ctx:
        return walked(said, SIZE, lambda n: queries.flags(ctx, wanted, Want(n, SIZE)).rows)


@area.get(FLAG, says="一条异常提示和它的依据")
@declare("flag.read")
@area.response(200, wire.FlagOneOut)
def read_flag(book: str, flag_id: UUID) -> queries.FlagPage:
    """The look is recorded."""
    return perform(lambda ctx: queries.flag_page(ctx, book, flag_id))


@area.post(f"{FLAG}/decision", says="对一条异常提示下结论")
@declare("flag.decide")
@area.arguments(wire.FlagDecisionIn)
@area.response(204)
def decide_on_flag(said: dict[str, Any], book: str, flag_id: UUID) -> Response:
    """Upheld or cleared, with a reason; it moves nothing."""
    state = FlagState(said["state"])
    writing(lambda ctx: decide_flag(ctx, book, flag_id, state, said["reason"]))
    return current_app.response_class(status=204)


@area.post(f"{FLAG}/sheet", says="为一条异常提示开工作单")
@declare("sheet.open")
@area.arguments(wire.FlagSheetIn)
@area.response(201, wire.FlagSheetMadeOut)
def open_flag_sheet(said: dict[str, Any], book: str, flag_id: UUID) -> dict[str, Any]:
    """For the branch, or for the region where staff is concerned."""
    kind = SheetKind(said["kind"])
    return {"sheet_id": writing(lambda ctx: make_sheet(ctx, book, flag_id, kind))}
