"""Monthly returns, rolls of those entitled, and proofs of audit records, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.queries.audit import searching
from services.returns import reading as queries
from services.returns.signing import sign_return
from services.rolls import proposing
from services.rolls import reading as roll_queries
from services.rolls.proposing import RollForm
from timebank.api import cursors
from timebank.api.area import Area, writing
from timebank.api.schemas import returns as wire
from timebank.api.schemas.base import Nothing
from timebank.edge import declare, perform, reading, takes_files

#: The newest of all books that a program can walk through.
MOST_HEADS = 1_000

area = Area("returns", "月报和名册")

RETURNS = "/ledger/<book:book>/returns"
ROLLS = "/ledger/<book:book>/rolls"
ROLL = f"{ROLLS}/<uuid:roll_id>"


def _done() -> Response:
    return current_app.response_class(status=204)


@area.get("/returns", says="公布的月报指纹")
@declare("public.read")
@area.response(200, wire.ReturnHeadList)
def list_published_returns() -> dict[str, Any]:
    """The newest heads of every book: month, digest and signature, no figures."""
    with reading() as ctx:
        return {"items": queries.published(ctx.session, MOST_HEADS)}


@area.get(RETURNS, says="一个地区的月报")
@declare("return.read")
@area.response(200, wire.ReturnHeadList)
def list_returns(book: str) -> dict[str, Any]:
    """Closed returns of a book, the newest first."""
    with reading() as ctx:
        return {"items": queries.heads(ctx, book)}


@area.get(f"{RETURNS}/<month>", says="一个月的月报和以后的变化")
@declare("return.read")
@area.response(200, wire.ReturnOut)
def read_return(book: str, month: str) -> queries.ReturnView:
    """What was signed, byte for byte, and every figure that is another by now."""
    with reading() as ctx:
        return queries.view(ctx, book, month)


@area.post(f"{RETURNS}/<uuid:return_id>/signature", says="签署一份月报")
@declare("return.sign")
@area.arguments(Nothing, required=False)
@area.response(204)
def sign_monthly_return(_said: dict[str, Any], book: str, return_id: UUID) -> Response:
    """An administrator answers for it by name."""
    writing(lambda ctx: sign_return(ctx, book, return_id))
    return _done()


def _form(said: dict[str, Any]) -> RollForm:
    return RollForm(
        said["kind"],
        said["month"],
        said["source"],
        said["list"].encode(),
        said.get("rest_why") or "",
    )


@area.get(ROLLS, says="一个地区的名册")
@declare("roll.read")
@area.response(200, wire.RollList)
def list_rolls(book: str) -> dict[str, Any]:
    """The rolls of a book, the newest first."""
    with reading() as ctx:
        found = roll_queries.rolls(ctx, book)
        return {"items": found, "not_members": roll_queries.unserved(ctx.session, book)}


@area.post(f"{ROLLS}/trial", says="先核对一份名册，什么都不登记")
@declare("roll.propose")
@takes_files
@area.arguments(wire.RollIn)
@area.response(200, wire.RollTriedOut)
def try_roll(said: dict[str, Any], book: str) -> dict[str, Any]:
    """Who would join and leave; only that it was looked at stands on record."""
    found = writing(lambda ctx: proposing.try_roll(ctx, book, _form(said)))
    return {"rows": len(found.listed), "unexplained": found.unknown, "changes": found.changes}


@area.post(ROLLS, says="由第一人提出名册")
@declare("roll.propose")
@takes_files
@area.arguments(wire.RollIn)
@area.response(201, wire.RollMadeOut)
def propose_roll(said: dict[str, Any], book: str) -> dict[str, Any]:
    """It counts once another administrator signs."""
    return {"roll_id": writing(lambda ctx: proposing.propose_roll(ctx, book, _form(said)))}


@area.get(ROLL, says="一份名册：谁新列入，谁不再列入")
@declare("roll.read")
@area.arguments(wire.RollQuery, location="query")
@area.response(200, wire.RollPageOut)
def read_roll(asked: dict[str, Any], book: str, roll_id: UUID) -> dict[str, Any]:
    """A roll's changes with names; the look is recorded."""
    number = cursors.offset_of(asked.get("cursor")) or 1
    found = perform(lambda ctx: roll_queries.roll_page(ctx, book, roll_id, number))
    more = found.page < found.pages
    return {
        "roll": found.roll,
        "not_members": found.not_members,
        "items": found.changes,
        "next_cursor": cursors.of_offset(found.page + 1, more=more),
    }


@area.post(f"{ROLL}/signature", says="由第二人签署名册")
@declare("roll.sign")
@area.arguments(Nothing, required=False)
@area.response(204)
def sign_roll(_said: dict[str, Any], book: str, roll_id: UUID) -> Response:
    """What is on record about the members follows within minutes."""
    writing(lambda ctx: proposing.sign_roll(ctx, book, roll_id))
    return _done()


@area.post(f"{ROLL}/withdrawal", says="撤回还没有签署的名册")
@declare("roll.withdraw")
@area.arguments(Nothing, required=False)
@area.response(204)
def withdraw_roll(_said: dict[str, Any], book: str, roll_id: UUID) -> Response:
    """Take back what nobody has signed."""
    writing(lambda ctx: proposing.withdraw_roll(ctx, book, roll_id))
    return _done()


@area.get("/ledger/<book:book>/records/<uuid:record_id>/seal", says="一条办理记录的封存证明")
@declare("audit.read")
@area.response(200, wire.RecordReceiptOut)
def read_record_seal(book: str, record_id: UUID) -> dict[str, Any]:
    """The receipt of a sealed audit record, to be checked offline."""
    with reading() as ctx:
        return searching.proof_file(ctx, book, record_id)
