"""A chunk of lines with all that is looked up for it: a handful of statements, however many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from models.batches import BatchKind
from services.batches.kinds import KINDS
from services.batches.kinds.base import Chunk, Pool
from services.batches.people import people_of
from services.batches.reading import Line
from services.batches.standing import locked_stands, stands
from services.context import Context
from services.ledger.accounts import pool_of
from services.ledger.drafts import Stamp

#: Lines of one unit of work.
CHUNK_LINES = 1_000


def gather(
    ctx: Context,
    book: str,
    kind: BatchKind,
    batch_id: UUID,
    terms: Mapping[str, Any],
    lines: Sequence[Line],
    own: frozenset[UUID],
    *,
    pool: Pool | None = None,
) -> Chunk:
    """Look up people and accounts. Without a ``pool`` the rows are locked, to be posted on.

    A dry run hands the same ``pool`` from chunk to chunk, so that it runs dry as it will.
    """
    people = people_of(ctx.session, (line.number for line in lines))
    found: dict[UUID, Any] = {}
    held = pool or Pool(pool_of(book), 0)
    chunk = Chunk(ctx, book, batch_id, terms, lines, people, own, found, held)
    wanted = KINDS[kind].touches(chunk)
    if pool is not None:
        found |= stands(ctx.session, book, wanted, ctx.now)
        return chunk
    found |= locked_stands(ctx.session, book, wanted, Stamp(ctx.now, ctx.actor.id))
    if held.account_id in found:
        held.room_minutes = found[held.account_id].room_minutes or 0
    return chunk
