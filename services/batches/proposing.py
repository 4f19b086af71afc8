"""Proposing a batch: the list is read whole, and every line's fate is foreseen and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from models.batches import Batch, BatchKind, BatchLine, BatchState, LineState
from models.places import Book
from services import audit, policy
from services.acts import once
from services.batches import errors, reading
from services.batches.chunks import CHUNK_LINES, gather
from services.batches.kinds import KINDS
from services.batches.kinds.base import Fate, Kind, Pool
from services.batches.people import kin_of
from services.batches.reading import Line
from services.batches.standing import stands
from services.context import Context
from services.errors import NotFound
from services.ledger.accounts import pool_of
from services.ledger.rows import insert_rows
from services.policy import Subject


def propose(
    ctx: Context,
    book: str,
    kind: BatchKind,
    given: Mapping[str, Any],
    content: bytes | None = None,
) -> UUID:
    """Keep a list with its terms and what would become of every line; nothing moves yet.

    ``content`` is the list as CSV; None for kinds whose list the system makes. A bad list
    changes nothing: ListBad names every bad line.
    """
    policy.require(ctx.actor, "batch.propose", Subject(book=book, region_code=book))
    if ctx.session.get(Book, book) is None:
        raise NotFound
    came = content or b""
    terms = KINDS[kind].terms(ctx, book, given)

    def do() -> dict[str, str]:
        lines, terms_hash = _lines(ctx, book, KINDS[kind], terms, came)
        batch_id = _kept(ctx, book, kind, terms, lines, terms_hash)
        return {"batch_id": str(batch_id)}

    asked = {"kind": kind.value, "terms": terms, "list": reading.content_hash(came)}
    return UUID(once(ctx, book, "batch.propose", asked, do)["batch_id"])


def put_forward(
    ctx: Context, book: str, kind: BatchKind, terms: dict[str, Any], content: bytes
) -> UUID:
    """A list that another act has made, which asks for its own right and is once for its key.

    Whoever acts is its first signature, as if the list had been typed.
    """
    lines, terms_hash = _lines(ctx, book, KINDS[kind], terms, content)
    return _kept(ctx, book, kind, terms, lines, terms_hash)


def _lines(
    ctx: Context, book: str, kind: Kind, terms: dict[str, Any], content: bytes
) -> tuple[Iterator[Line], Any]:
    """The lines one by one, and the digest that is complete when they are through."""
    digest = hashlib.sha256()
    reader, again = kind.reader(ctx), kind.reader(ctx)
    if reader is None or again is None:
        return _digested(kind.settle(terms, kind.listed(ctx, book, terms)), digest), digest
    text = reading.text_of(content)
    reading.check(text, reader, kind.most_lines)
    digest.update(content)
    return kind.settle(terms, reading.lines_of(text, again)), digest


def _digested(lines: Iterator[Line], digest: Any) -> Iterator[Line]:
    for line in lines:
        digest.update(f"{line.line},{line.number},{line.minutes},{line.params}\n".encode())
        yield line


def _kept(
    ctx: Context,
    book: str,
    kind: BatchKind,
    terms: dict[str, Any],
    lines: Iterator[Line],
    digest: Any,
) -> UUID:
    row = Batch(
        book=book,
        id=ctx.new_id(),
        kind=kind,
        state=BatchState.PROPOSED,
        terms={},
        content_hash="",
        lines=1,
        posted=0,
        refused=0,
        proposed_by_id=ctx.actor.id,
        proposed_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    pool = _pool(ctx, book)
    own = kin_of(ctx.session, [ctx.actor.id])
    count = refused = minutes = 0
    while some := list(islice(lines, CHUNK_LINES)):
        fates = KINDS[kind].plan(gather(ctx, book, kind, row.id, terms, some, own, pool=pool))
        _insert(ctx, book, row.id, some, fates)
        count += len(some)
        refused += sum(1 for fate in fates if fate.refusal is not None)
        minutes += sum(
            line.minutes for line, fate in zip(some, fates, strict=True) if fate.refusal is None
        )
    if not count:
        raise errors.NothingDormant
    foreseen = {"posted": count - refused, "refused": refused, "minutes": minutes}
    row.lines, row.content_hash = count, digest.hexdigest()
    row.terms = {**terms, "foreseen": foreseen}
    audit.record(
        ctx,
        "batch.propose",
        "batch",
        row.id,
        book=book,
        after={"kind": kind.value, "lines": count, **foreseen, "list": row.content_hash},
    )
    ctx.session.flush()
    return row.id


def _pool(ctx: Context, book: str) -> Pool:
    key = pool_of(book)
    stand = stands(ctx.session, book, [key], ctx.now).get(key)
    return Pool(key, (stand.room_minutes or 0) if stand is not None else 0)


def _insert(ctx: Context, book: str, batch_id: UUID, lines: list[Line], fates: list[Fate]) -> None:
    """Lines wait; the code of a foreseen refusal stands at them already."""
    rows = []
    for line, fate in zip(lines, fates, strict=True):
        refusal = fate.refusal
        rows.append(
            {
                "book": book,
                "batch_id": batch_id,
                "line": line.line,
                "number": line.number,
                "minutes": line.minutes,
                "effective_at": line.effective_at,
                "state": LineState.WAITING.value,
                "code": refusal.code if refusal is not None else "",
                "params": {**line.params, **(refusal.params if refusal is not None else {})},
            }
        )
    insert_rows(ctx.session, BatchLine, rows)
