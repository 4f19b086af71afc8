"""Deaths for programs: reported, verified by two, dismissed or undone, and read."""

from __future__ import annotations

from datetime import time
from typing import Any
from uuid import UUID

from flask import Response, current_app

from models.estates import EstateState
from services.batches.errors import ListBad
from services.errors import Invalid
from services.estates.importing import import_list, member_named
from services.estates.reporting import DeathReport, report
from services.estates.undoing import undo
from services.estates.verifying import DeathCheck, dismiss, verify
from services.queries.estates import EstateFile, EstateList, estate_file, estates
from timebank.api import cursors
from timebank.api.area import Area, writing
from timebank.api.refusing import refuse
from timebank.api.schemas import estates as wire
from timebank.edge import declare, perform, reading
from timebank.i18n import say

area = Area("estates", "身后事：报告、核实、冻结和更正")

ONE = "/estates/<book:book>/<uuid:estate_id>"
PAGE = 50


class WhoseDeath(Invalid):
    """请写明谁去世了：成员编号（member_id）或志愿者编号、身份证号码（person）。"""

    code = "whose_death"


@area.get("/estates", says="本网点、本地区的身后事")
@declare("estate.read")
@area.arguments(wire.EstateQuery, location="query")
@area.response(200, wire.EstateListOut)
def list_estates(asked: dict[str, Any]) -> dict[str, Any]:
    """The newest report first."""
    state = EstateState(asked["state"]) if asked["state"] else None
    offset = cursors.offset_of(asked.get("cursor"))
    with reading() as ctx:
        found: EstateList = estates(ctx, state, limit=asked["limit"], offset=offset)
    end = offset + len(found.lines)
    after = cursors.of_offset(end, more=end < found.total)
    return {"items": found.lines, "total": found.total, "next_cursor": after}


@area.get(ONE, says="一份身后事")
@declare("estate.read")
@area.response(200, wire.EstateOut)
def read_estate(book: str, estate_id: UUID) -> EstateFile:
    """Reports, checks, what has ended and what has moved; the look is recorded."""
    return perform(lambda ctx: estate_file(ctx, book, estate_id))


@area.post("/estates", says="报告有人去世")
@declare("estate.report")
@area.arguments(wire.DeathReportIn)
@area.response(201, wire.DeathReportOut)
def report_death(said: dict[str, Any]) -> dict[str, Any]:
    """Nothing changes by it until two officials have verified."""
    member_id = said["member_id"]
    if member_id is None and said["person"] is None:
        raise WhoseDeath(field="member_id")
    if member_id is None:
        member_id = perform(lambda ctx: member_named(ctx, said["person"], "person"))
    form = DeathReport(
        member_id,
        said["died_on"],
        _clock(said["died_time"]),
        said["evidence"],
        said["paper_number"],
    )
    return {"estate_id": writing(lambda ctx: report(ctx, form, said["how"]))}


@area.post("/estates/import", says="导入民政部门的去世名单")
@declare("estate.import")
@area.arguments(wire.DeathListIn)
@area.response(200, wire.DeathListOut)
def import_deaths(said: dict[str, Any]) -> dict[str, Any]:
    """Every member the list names is one more report; who is no member is only counted."""
    try:
        done = writing(lambda ctx: import_list(ctx, said["list"].encode()))
    except ListBad as error:
        errors = {f"list[{line}]": [say(bad.sentence, bad.params)] for line, bad in error.lines}
        refuse(422, error.code, say(error.sentence, error.params), errors=errors)
    counts = ("reported", "added", "nobody", "refused")
    return {"lines": done.lines, **{name: done.count(name) for name in counts}}


@area.post(f"{ONE}/verify", says="核实去世；第二位核实时冻结账户")
@declare("estate.verify")
@area.arguments(wire.DeathCheckIn)
@area.response(200, wire.DeathCheckOut)
def verify_death(said: dict[str, Any], book: str, estate_id: UUID) -> dict[str, Any]:
    """Two different officials, each by the papers."""
    form = DeathCheck(
        said["died_on"], said["evidence"], said["paper_number"], _clock(said["died_time"])
    )
    return {"frozen": writing(lambda ctx: verify(ctx, book, estate_id, form))}


@area.post(f"{ONE}/dismiss", says="撤销不属实的去世报告")
@declare("estate.dismiss")
@area.arguments(wire.EstateEndIn)
@area.response(204)
def dismiss_death(said: dict[str, Any], book: str, estate_id: UUID) -> Response:
    """Nothing has happened yet."""
    writing(lambda ctx: dismiss(ctx, book, estate_id, said["reason"]))
    return current_app.response_class(status=204)


@area.post(f"{ONE}/undo", says="更正误报的去世")
@declare("estate.undo")
@area.arguments(wire.EstateEndIn)
@area.response(204)
def undo_death(said: dict[str, Any], book: str, estate_id: UUID) -> Response:
    """The person lives: everything goes back, before the division and after it."""
    writing(lambda ctx: undo(ctx, book, estate_id, said["reason"]))
    return current_app.response_class(status=204)


def _clock(minute: int | None) -> time | None:
    """A minute of the day as a time."""
    return None if minute is None else time(*divmod(minute, 60))
