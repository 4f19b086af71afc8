"""One act, once: the client's key is claimed first, and a repeated key gets the first answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from models.ledger import ActKey, Refusal
from services import audit
from services.claims import claim_row
from services.context import Context
from services.errors import DomainError, KeyReused, RecordedRefusal
from services.ids import derived
from services.refusals import again, packed

#: In a result that is older than the table of refusals: the code of the one that was recorded.
REFUSED = "refused"
#: In a session's info: an act has been done in this unit of work.
_DONE = "act_done"


def key_book(ctx: Context, books: Sequence[str]) -> str:
    """Of the books that a member's acts have their keys in, the home book first, the one where
    this key is: whoever has moved between two tries gets the first answer all the same.
    """
    if ctx.key is None or len(books) == 1:
        return books[0]
    found = ctx.session.scalars(
        sa.select(ActKey.book).where(
            ActKey.book.in_(books), ActKey.key == f"{ctx.actor.id}:{ctx.key}"
        )
    ).all()
    return next((book for book in books if book in found), books[0])


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
    is :class:`KeyReused`.

    A conflict that ``do`` raises is an answer too: what ``do`` wrote goes back to a savepoint,
    the refusal and its audit record stay, and the key gives the same refusal for ever. What a
    :class:`RecordedRefusal` wrote stays beside it. Any other error leaves the key free, and so
    does a conflict after another act of the same unit of work, which goes back whole.
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
    is_first = not session.info.get(_DONE, False)
    if is_first and ctx.before is not None:
        ctx.before()
    try:
        result = _done_or_undone(ctx, do)
    except DomainError as refusal:
        recorded = isinstance(refusal, RecordedRefusal)
        kept = refusal.kind == "conflict" and refusal.is_answer and (is_first or recorded)
        if kept:
            _keep(ctx, book, key, act, request_hash, refusal)
        refusal.commits = kept
        raise
    session.info[_DONE] = True
    _remember(ctx, book, key, result)
    return result


def _done_or_undone(ctx: Context, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``do`` wrote stands when it returns or records its refusal; else none of it does."""
    with ctx.session.begin_nested():
        try:
            return do()
        except RecordedRefusal as error:
            recorded = error
    raise recorded


def _keep(
    ctx: Context, book: str, key: str, act: str, request_hash: str, refusal: DomainError
) -> None:
    """Write the refusal down, and that it was given."""
    ctx.session.add(
        Refusal(
            book=book,
            idem_key=key,
            act=act,
            request_hash=request_hash,
            code=refusal.code,
            params=packed(refusal),
            actor_id=ctx.actor.id,
            at=ctx.now,
        )
    )
    after = {"refused": act, "code": refusal.code, "key": key}
    audit.record(ctx, "act.refuse", "refusal", derived(book, key), book=book, after=after)
    ctx.session.flush()


def _first_answer(ctx: Context, book: str, key: str, request_hash: str) -> dict[str, Any]:
    """What the first call with this key was told: its result, or its refusal."""
    same = sa.and_(Refusal.book == ActKey.book, Refusal.idem_key == ActKey.key)
    row = ctx.session.execute(
        sa.select(ActKey.request_hash, ActKey.result, Refusal.code, Refusal.params)
        .join(Refusal, same, isouter=True)
        .where(ActKey.book == book, ActKey.key == key)
    ).one()
    if row.request_hash != request_hash:
        raise KeyReused
    if row.code is not None:
        raise again(row.code, row.params)
    result = dict(row.result)
    if REFUSED in result:
        raise again(result[REFUSED], result["params"])
    return result


def _remember(ctx: Context, book: str, key: str, result: dict[str, Any]) -> None:
    ctx.session.flush()
    ctx.session.execute(
        sa.update(ActKey).where(ActKey.book == book, ActKey.key == key).values(result=result)
    )
