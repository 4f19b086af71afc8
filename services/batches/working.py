"""Working a signed batch off: a thousand lines a unit of work, all of them or none.

A line is marked in the transaction that posts it, so whoever is killed and starts again, or works
at the same time, finds every line either waiting or through. The keys of the transfers follow
from the batch and the line, as a second net.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch, BatchLine, BatchState, LineState
from models.oversight import OutboxMessage
from services import audit, policy
from services.batches.chunks import CHUNK_LINES, gather
from services.batches.kinds import KINDS
from services.batches.kinds.base import Chunk, Fate
from services.batches.people import kin_of
from services.batches.reading import Line
from services.batches.standing import close_accounts, open_granted
from services.context import Context
from services.errors import DomainError
from services.ledger.drafts import Posted, Stamp
from services.ledger.post import post_each
from services.ledger.rows import insert_rows
from services.outbox import PURPOSE

_LINES: Any = BatchLine.__table__
_MARK = (
    sa.update(_LINES)
    .where(
        _LINES.c.book == sa.bindparam("in_book"),
        _LINES.c.batch_id == sa.bindparam("of_batch"),
        _LINES.c.line == sa.bindparam("at_line"),
    )
    .values(
        state=sa.bindparam("new_state"),
        code=sa.bindparam("new_code"),
        params=sa.bindparam("new_params", type_=sa.JSON()),
        transfer_id=sa.bindparam("new_transfer", type_=sa.Uuid()),
    )
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come."""

    lines: int
    posted: int
    refused: int
    state: BatchState

    @property
    def done(self) -> int:
        """Lines that are through, posted or refused."""
        return self.posted + self.refused


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line: the transfer that it posted, if any, or its refusal."""

    fate: Fate
    transfer_id: UUID | None = None
    refusal: DomainError | None = None


def signed_batches(ctx: Context) -> list[tuple[str, UUID]]:
    """Every batch that waits to be worked off, the oldest first."""
    policy.require(ctx.actor, "jobs.run")
    rows = ctx.session.execute(
        sa.select(Batch.book, Batch.id)
        .where(Batch.state == BatchState.SIGNED)
        .order_by(Batch.signed_at, Batch.id)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def work_chunk(ctx: Context, book: str, batch_id: UUID) -> Progress:
    """Post the next lines of a signed batch and mark them; a batch in another state is left."""
    policy.require(ctx.actor, "jobs.run")
    batch = _claimed(ctx, book, batch_id)
    if batch.state is BatchState.SIGNED:
        rows = _waiting(ctx, book, batch_id)
        if rows:
            _work(ctx, batch, rows)
        if len(rows) < CHUNK_LINES:
            batch.state, batch.ended_at = BatchState.DONE, ctx.now
            after = {"lines": batch.lines, "posted": batch.posted, "refused": batch.refused}
            audit.record(ctx, "batch.end", "batch", batch.id, book=book, after=after)
    ctx.session.flush()
    return Progress(batch.lines, batch.posted, batch.refused, batch.state)


def _claimed(ctx: Context, book: str, batch_id: UUID) -> Batch:
    """The batch, while no other batch of its book is worked on: they may need the same accounts."""
    rows = ctx.session.scalars(
        sa.select(Batch)
        .where(Batch.book == book, sa.or_(Batch.state == BatchState.SIGNED, Batch.id == batch_id))
        .order_by(Batch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}[batch_id]


def _waiting(ctx: Context, book: str, batch_id: UUID) -> Sequence[Any]:
    line = BatchLine
    return ctx.session.execute(
        sa.select(line.line, line.number, line.minutes, line.effective_at, line.params)
        .where(line.book == book, line.batch_id == batch_id, line.state == LineState.WAITING)
        .order_by(line.line)
        .limit(CHUNK_LINES)
    ).all()


def _work(ctx: Context, batch: Batch, rows: Sequence[Any]) -> None:
    book, kind = batch.book, KINDS[batch.kind]
    lines = [Line(*row) for row in rows]
    own = kin_of(ctx.session, [batch.proposed_by_id, batch.signed_by_id])
    chunk = gather(ctx, book, batch.kind, batch.id, batch.terms, lines, own)
    fates = kind.plan(chunk)
    open_granted(ctx.session, book, [each.opens for each in fates if each.opens], ctx.now)
    outcomes = _posted(ctx, batch, chunk, fates)
    closing = [each.fate.closes for each in outcomes if each.fate.closes and each.refusal is None]
    if closing:
        close_accounts(ctx.session, book, closing, ctx.now)
    _mark(ctx, batch, lines, outcomes)
    _tell(ctx, batch, chunk, outcomes)
    refused = sum(1 for each in outcomes if each.refusal is not None)
    batch.posted += len(lines) - refused
    batch.refused += refused
    audit.record(
        ctx,
        "batch.work",
        "batch",
        batch.id,
        book=book,
        after={
            "from_line": lines[0].line,
            "to_line": lines[-1].line,
            "posted": len(lines) - refused,
            "refused": refused,
        },
    )


def _posted(ctx: Context, batch: Batch, chunk: Chunk, fates: Sequence[Fate]) -> list[Outcome]:
    """Post what is to be posted; lines of one transfer share what becomes of it."""
    drafts = {fate.draft.key: fate.draft for fate in fates if fate.draft is not None}
    stamp = Stamp(ctx.now, batch.signed_by_id or ctx.actor.id)
    results = post_each(ctx.session, list(drafts.values()), stamp)
    by_key = dict(zip(drafts, results, strict=True))
    for key, result in by_key.items():
        if isinstance(result, Posted):
            KINDS[batch.kind].note(chunk, drafts[key], result)
    outcomes = []
    for fate in fates:
        found = by_key[fate.draft.key] if fate.draft is not None else None
        if isinstance(found, Posted):
            outcomes.append(Outcome(fate, transfer_id=found.transfer_id))
        else:
            outcomes.append(Outcome(fate, refusal=found or fate.refusal))
    return outcomes


def _mark(ctx: Context, batch: Batch, lines: Sequence[Line], outcomes: Sequence[Outcome]) -> None:
    connection = ctx.session.connection()
    connection.execute(
        _MARK,
        [
            {
                "in_book": batch.book,
                "of_batch": batch.id,
                "at_line": line.line,
                "new_state": LineState.POSTED if each.refusal is None else LineState.REFUSED,
                "new_code": "" if each.refusal is None else each.refusal.code,
                "new_params": _params(line, each),
                "new_transfer": each.transfer_id,
            }
            for line, each in zip(lines, outcomes, strict=True)
        ],
    )


def _params(line: Line, outcome: Outcome) -> dict[str, Any]:
    """What the list said, what the report keeps, and what the refusal's sentence needs."""
    refusal = outcome.refusal
    if refusal is None:
        return {**line.params, **outcome.fate.params}
    plain = {
        name: value if isinstance(value, int | str) else str(value)
        for name, value in refusal.params.items()
    }
    return {**line.params, **plain}


def _tell(ctx: Context, batch: Batch, chunk: Chunk, outcomes: Sequence[Outcome]) -> None:
    """Notices to the members of posted lines, one statement for all."""
    rows = []
    for line, each in zip(chunk.lines, outcomes, strict=True):
        word = KINDS[batch.kind].words(chunk, line) if each.refusal is None else None
        if word is None:
            continue
        text = json.dumps(word.params, ensure_ascii=False)
        rows.append(
            {
                "book": batch.book,
                "id": ctx.new_id(),
                "member_id": word.member_id,
                "channel": "inbox",
                "sentence": word.sentence,
                "params_sealed": ctx.vault.seal(PURPOSE, text),
                "created_at": ctx.now,
                "send_after": ctx.now,
                "sent_at": ctx.now,
                "listed": True,
                "attempts": 0,
            }
        )
    insert_rows(ctx.session, OutboxMessage, rows)
