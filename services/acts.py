"""One act, once: the client's key is claimed first, and a repeated key gets the first answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from models.ledger import ActKey
from services.claims import claim_row
from services.context import Context
from services.errors import KeyReused, RecordedRefusal

#: In a kept result: the code of a refusal that was recorded.
REFUSED = "refused"


def content_hash(content: Any) -> str:
    """SHA-256 of a request's canonical JSON; moments and ids are taken as text."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def once(
    ctx: Context,
    book: str,
    act: str,
    content: dict[str, Any],
    do: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Run ``do`` unless this key has already been through; return its result (ids, as text).

    The key is claimed first, by an insert that waits for a rival transaction, so that of two
    double clicks the second one finds the first one's answer. The same key with other content
    is :class:`KeyReused`. A refusal leaves no trace, because the unit of work rolls the claim
    back; one that is recorded (:class:`RecordedRefusal`) is given again to whoever repeats it.
    """
    if ctx.key is None:
        return do()
    session, key = ctx.session, f"{ctx.actor.id}:{ctx.key}"
    request_hash = content_hash([act, content])
    claim = {
        "book": book,
        "key": key,
        "act": act,
        "request_hash": request_hash,
        "result": {},
        "actor_id": ctx.actor.id,
        "at": ctx.now,
    }
    if not claim_row(session, ActKey, claim):
        return _first_answer(ctx, book, key, request_hash)
    try:
        result = do()
    except RecordedRefusal as refusal:
        _remember(ctx, book, key, {REFUSED: refusal.code, "params": refusal.params})
        raise
    _remember(ctx, book, key, result)
    return result


def _first_answer(ctx: Context, book: str, key: str, request_hash: str) -> dict[str, Any]:
    """What the first call with this key was told: its result, or its refusal."""
    row = ctx.session.execute(
        sa.select(ActKey.request_hash, ActKey.result).where(ActKey.book == book, ActKey.key == key)
    ).one()
    if row.request_hash != request_hash:
        raise KeyReused
    result = dict(row.result)
    if REFUSED in result:
        raise RecordedRefusal.again(result[REFUSED], result["params"])
    return result


def _remember(ctx: Context, book: str, key: str, result: dict[str, Any]) -> None:
    ctx.session.flush()
    ctx.session.execute(
        sa.update(ActKey).where(ActKey.book == book, ActKey.key == key).values(result=result)
    )
