"""Batches for programs: propose a list, sign it, follow it, read what became of every line."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from models.batches import BatchKind
from services.batches import proposing, reports, signing
from services.batches.errors import ListBad
from services.batches.reading import MOST_BYTES
from services.batches.reports import ALL, BatchView
from timebank.api import cursors
from timebank.api.area import Area, writing
from timebank.api.refusing import refuse
from timebank.api.schemas.base import Nothing, PageQuery
from timebank.api.schemas.batches import (
    BatchIn,
    BatchLineList,
    BatchLineQuery,
    BatchList,
    BatchMadeOut,
    BatchOut,
    BatchSignatureIn,
)
from timebank.edge import declare, reading
from timebank.i18n import say

area = Area("batches", "批量办理")

BOOK = "/ledger/<book:book>/batches"


def _longer_lists(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A list of 200,000 lines is larger than any other body."""
    if endpoint == "api_batches.propose_batch":
        request.max_content_length = MOST_BYTES + 64 * 1024


area.url_value_preprocessor(_longer_lists)


@area.get(BOOK, says="一个账本的批量名单")
@declare("batch.read")
@area.arguments(PageQuery, location="query")
@area.response(200, BatchList)
def list_batches(asked: dict[str, Any], book: str) -> dict[str, Any]:
    """The batches of a book, the newest first."""
    offset, limit = cursors.offset_of(asked.get("cursor")), asked["limit"]
    with reading() as ctx:
        found = reports.batches(ctx, book, limit + 1, offset)
    more = len(found) > limit
    return {
        "items": found[:limit],
        "next_cursor": cursors.of_offset(offset + limit, more=more),
    }


@area.post(BOOK, says="提出批量名单并试算")
@declare("batch.propose")
@area.arguments(BatchIn)
@area.response(201, BatchMadeOut)
def propose_batch(said: dict[str, Any], book: str) -> dict[str, Any]:
    """Keep a list with what would become of every line; nothing moves yet."""
    content = said["list"].encode() if "list" in said else None
    kind = BatchKind(said["kind"])
    try:
        made = writing(lambda ctx: proposing.propose(ctx, book, kind, said["terms"], content))
    except ListBad as error:
        errors = {f"list[{line}]": [say(bad.sentence, bad.params)] for line, bad in error.lines}
        refuse(422, error.code, say(error.sentence, error.params), errors=errors)
    return {"book": book, "id": made}


@area.get(f"{BOOK}/<uuid:batch_id>", says="一份批量名单和它的进度")
@declare("batch.read")
@area.response(200, BatchOut)
def read_batch(book: str, batch_id: UUID) -> BatchView:
    """One batch and how far it has come."""
    with reading() as ctx:
        return reports.batch(ctx, book, batch_id)


@area.get(f"{BOOK}/<uuid:batch_id>/lines", says="批量名单的每一行和结果")
@declare("batch.read")
@area.arguments(BatchLineQuery, location="query")
@area.response(200, BatchLineList)
def list_batch_lines(asked: dict[str, Any], book: str, batch_id: UUID) -> dict[str, Any]:
    """Lines by number, all or only those that are refused."""
    limit = asked["limit"]
    with reading() as ctx:
        reports.batch(ctx, book, batch_id)
        shown = asked.get("shown", ALL)
        after = cursors.offset_of(asked.get("cursor"))
        found = reports.lines(ctx, book, batch_id, shown, limit=limit + 1, after=after)
    rows = found.rows[:limit]
    items = [
        {
            "line": row.line,
            "number": row.number,
            "minutes": row.minutes,
            "effective_at": row.effective_at,
            "state": row.state.value,
            "code": row.code,
            "reason": say(row.sentence, row.params) if row.code else "",
            "transfer_id": row.transfer_id,
        }
        for row in rows
    ]
    more = len(found.rows) > limit
    return {
        "items": items,
        "total": found.total,
        "next_cursor": cursors.of_offset(rows[-1].line, more=True) if more else None,
    }


@area.post(f"{BOOK}/<uuid:batch_id>/signature", says="由第二人签署批量名单")
@declare("batch.sign")
@area.arguments(BatchSignatureIn)
@area.response(204)
def sign_batch(said: dict[str, Any], book: str, batch_id: UUID) -> Response:
    """Sign the list that was seen; the job then works it off."""
    writing(lambda ctx: signing.sign(ctx, book, batch_id, said["content_hash"]))
    return current_app.response_class(status=204)


@area.post(f"{BOOK}/<uuid:batch_id>/withdrawal", says="撤回批量名单")
@declare("batch.withdraw")
@area.arguments(Nothing, required=False)
@area.response(204)
def withdraw_batch(_said: dict[str, Any], book: str, batch_id: UUID) -> Response:
    """What has not been posted by now never will be."""
    writing(lambda ctx: signing.withdraw(ctx, book, batch_id))
    return current_app.response_class(status=204)
