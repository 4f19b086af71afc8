"""Seals for programs: lists, keys and proofs for everybody, receipts for whom they concern."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from services.ledger.seals.headers import as_json
from services.queries import seals
from timebank.api import cursors
from timebank.api.area import Area
from timebank.api.schemas.base import PageQuery
from timebank.api.schemas.seals import (
    BlocksQuery,
    ConsistencyOut,
    HeadsFileOut,
    KeysOut,
    ListPageOut,
    SealReceiptOut,
    SinceQuery,
)
from timebank.edge import declare, reading
from timebank.seals.files import (
    FILES_AN_ADDRESS,
    day_of,
    growth_answer,
    list_answer,
    receipt_answer,
)
from timebank.security import limiter

area = Area("seals", "账本封存")


@area.get("/seals", says="每天公布的封存清单")
@declare("public.read")
@area.arguments(PageQuery, location="query")
@area.response(200, ListPageOut)
def list_head_lists(asked: dict[str, Any]) -> dict[str, Any]:
    """Published lists, newest first, and which witnesses have signed them."""
    number = cursors.offset_of(asked.get("cursor")) or 1
    with reading() as ctx:
        found = seals.lists(ctx, number, asked["limit"])
    more = found.page < found.pages
    return {"items": found.lines, "next_cursor": cursors.of_offset(found.page + 1, more=more)}


@area.get("/seals/keys", says="运营方和见证人的公钥及其历史")
@declare("public.read")
@area.response(200, KeysOut)
def read_seal_keys() -> dict[str, Any]:
    """Every key with its validity, and the signed history of the keys."""
    with reading() as ctx:
        ring = seals.keys(ctx)
    return {"items": ring.held(), "events": [as_json(event) for event in ring.events]}


@area.get("/seals/<day>", says="一天的封存清单，供离线核对")
@declare("public.read")
@area.arguments(SinceQuery, location="query")
@area.response(200, HeadsFileOut)
@limiter.limit(FILES_AN_ADDRESS)
def read_head_list(asked: dict[str, Any], day: str) -> Response:
    """A day's list as the checker reads it, with proofs of growth from an older one."""
    return list_answer(day_of(day), asked.get("since"))


@area.get("/ledger/<book:book>/consistency", says="两个区块之间的一致性证明")
@declare("public.read")
@area.arguments(BlocksQuery, location="query")
@area.response(200, ConsistencyOut)
@limiter.limit(FILES_AN_ADDRESS)
def read_consistency(asked: dict[str, Any], book: str) -> Response:
    """The proof that a book's newer block holds everything of an older one, unchanged."""
    return growth_answer(book, asked["old"], asked["new"])


@area.get(
    "/ledger/<book:book>/transfers/<uuid:transfer_id>/seal",
    says="一笔往来的封存证明",
    about="coins",
)
@declare("account.use")
@area.response(200, SealReceiptOut)
@limiter.limit(FILES_AN_ADDRESS)
def read_seal_receipt(book: str, transfer_id: UUID) -> Response:
    """The receipt of a sealed transfer, for whoever may see the transfer."""
    return receipt_answer(book, transfer_id)
