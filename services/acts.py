"""One act, once: the client's key is claimed first, and a repeated key gets the first answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from models.ledger import ActKey
from services.context import Context
from services.errors import KeyReused


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

    The key is claimed by an insert that waits for a rival transaction, so that of two double
    clicks the second one finds the first one's answer. The same key with other content is
    :class:`KeyReused`. A refusal leaves no trace: the unit of work rolls the claim back.
    """
    if ctx.key is None:
        return do()
    session, key = ctx.session, f"{ctx.actor.id}:{ctx.key}"
    request_hash = content_hash([act, content])
    values = {
        "book": book,
        "key": key,
        "act": act,
        "request_hash": request_hash,
        "result": {},
        "actor_id": ctx.actor.id,
        "at": ctx.now,
    }
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(ActKey).values(values).on_conflict_do_nothing()
    claimed = session.connection().execute(statement).rowcount
    if not claimed:
        row = session.execute(
            sa.select(ActKey.request_hash, ActKey.result).where(
                ActKey.book == book, ActKey.key == key
            )
        ).one()
        if row.request_hash != request_hash:
            raise KeyReused
        return dict(row.result)
    result = do()
    session.flush()
    session.execute(
        sa.update(ActKey).where(ActKey.book == book, ActKey.key == key).values(result=result)
    )
    return result
