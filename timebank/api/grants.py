"""Monthly grants for programs: the months, their lines, two signatures, and a member's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.grants import proposing
from services.people.records import record_circumstances
from services.queries import grants as query
from services.queries.elder import note_look
from services.queries.elder.grants import Granted, granted_to
from services.queries.grants import MonthFile
from timebank.api import cursors
from timebank.api.area import Area, writing
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.grants import (
    CircumstancesIn,
    GrantBatchOut,
    GrantedOut,
    GrantLineList,
    GrantLineQuery,
    GrantMonthFileOut,
    GrantMonthList,
    GrantProposalIn,
    GrantSignatureIn,
)
from timebank.edge import current_actor, declare, perform, reading

area = Area("grants", "政策发放")

MONTHS = "/ledger/<book:book>/grants"
MONTH = f"{MONTHS}/<string:month>"
MEMBER = "/members/<uuid:member_id>"


@area.get(MONTHS, says="一个账本各月的政策发放")
@declare("grant.read")
@area.response(200, GrantMonthList)
def list_grant_months(book: str) -> dict[str, Any]:
    """The months of a book, the newest first."""
    with reading() as ctx:
        return {"items": query.months(ctx, book)}


@area.get(MONTH, says="一个月的政策发放，按类别合计")
@declare("grant.read")
@area.response(200, GrantMonthFileOut)
def read_grant_month(book: str, month: str) -> MonthFile:
    """One month, what it comes to, and how far it has come."""
    with reading() as ctx:
        return query.month_file(ctx, book, month)


@area.get(f"{MONTH}/lines", says="一个月政策发放的每一行和原因（看过会留下记录）")
@declare("grant.read")
@area.arguments(GrantLineQuery, location="query")
@area.response(200, GrantLineList)
def list_grant_lines(asked: dict[str, Any], book: str, month: str) -> dict[str, Any]:
    """Every line with the facts that it follows from; the look is on record."""
    with reading() as ctx:
        total = query.month_file(ctx, book, month).lines
    size, offset = asked["limit"], cursors.offset_of(asked.get("cursor"))
    page = offset // size + 1
    lines = perform(lambda ctx: query.page_of_lines(ctx, book, month, page=page, size=size))
    after = cursors.of_offset(page * size, more=page * size < total)
    return {"items": lines, "total": total, "next_cursor": after}


@area.post(f"{MONTH}/proposal", says="提出一个月的政策发放，写明保障")
@declare("grant.propose")
@area.arguments(GrantProposalIn)
@area.response(201, GrantBatchOut)
def propose_grants(said: dict[str, Any], book: str, month: str) -> dict[str, Any]:
    """The first signature: an authorisation with what backs it, and its batch."""
    made = writing(lambda ctx: proposing.propose(ctx, book, month, said["backing"]))
    return {"book": book, "month": month, "batch_id": made}


@area.post(f"{MONTH}/signature", says="由第二人签署一个月的政策发放")
@declare("grant.sign")
@area.arguments(GrantSignatureIn)
@area.response(204)
def sign_grants(said: dict[str, Any], book: str, month: str) -> Response:
    """Authorisation and list are signed in one act; the job then issues."""
    writing(lambda ctx: proposing.sign(ctx, book, month, said["content_hash"]))
    return current_app.response_class(status=204)


@area.post(f"{MONTH}/withdrawal", says="撤回一个月的政策发放")
@declare("batch.withdraw")
@area.arguments(Nothing, required=False)
@area.response(204)
def withdraw_grants(_said: dict[str, Any], book: str, month: str) -> Response:
    """Take the proposal back; another one may follow."""
    writing(lambda ctx: proposing.withdraw(ctx, book, month))
    return current_app.response_class(status=204)


@area.get(f"{MEMBER}/grants", says="一位老人的政策发放：多少、为什么、用到什么时候")
@declare("statement.read")
@area.response(200, GrantedOut)
def read_member_grants(member_id: UUID) -> Granted:
    """What was granted to a member; somebody else's look is on record."""
    with reading() as ctx:
        found = granted_to(ctx, member_id)
    if member_id != current_actor().id:
        perform(lambda ctx: note_look(ctx, member_id, "statement.read", member_id))
    return found


@area.post(f"{MEMBER}/circumstances", says="记下独居、困难等情况")
@declare("assessment.record")
@area.arguments(CircumstancesIn)
@area.response(204)
def set_circumstances(said: dict[str, Any], member_id: UUID) -> Response:
    """The facts that entitle, as papers prove them."""
    writing(lambda ctx: record_circumstances(ctx, member_id, **said))
    return current_app.response_class(status=204)
