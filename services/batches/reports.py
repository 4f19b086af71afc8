"""Batches as administrators read them: the list of them, one with its lines, the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch, BatchKind, BatchLine, BatchState, LineState
from models.people import Member
from services import policy
from services.batches.errors import sentence_of
from services.context import Context
from services.errors import NotFound
from services.ledger.streams import rows_of
from services.policy import Subject

#: Which lines: all, those refused (or foreseen to be), those that are not.
ALL, REFUSED, GOOD = "all", "refused", "good"
SHOWN = (REFUSED, GOOD, ALL)


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch and how far it has come."""

    book: str
    id: UUID
    kind: BatchKind
    state: BatchState
    terms: Mapping[str, Any]
    content_hash: str
    lines: int
    posted: int
    refused: int
    proposed_by: str
    proposed_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    ended_at: datetime | None
    #: Whether the actor proposed it and so may not sign it.
    is_mine: bool

    @property
    def waiting(self) -> int:
        """Lines that nobody has worked off."""
        return self.lines - self.posted - self.refused

    @property
    def foreseen(self) -> Mapping[str, int]:
        """What the dry run said when it was proposed: posted, refused, minutes."""
        found: Mapping[str, int] = self.terms["foreseen"]
        return found


@dataclass(frozen=True, slots=True)
class LineView:
    """A line and its fate; a waiting line with a code is foreseen to be refused."""

    line: int
    number: str
    minutes: int
    effective_at: datetime | None
    state: LineState
    code: str
    params: Mapping[str, Any]
    transfer_id: UUID | None

    @property
    def sentence(self) -> str:
        """Why it is refused, in Chinese with gaps for ``params``; empty when it is not."""
        return sentence_of(self.code)


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines in their order and how many there are in all."""

    rows: tuple[LineView, ...]
    total: int


def batches(ctx: Context, book: str, limit: int = 100, offset: int = 0) -> tuple[BatchView, ...]:
    """The batches of a book, the newest first."""
    _may_read(ctx, book)
    rows = ctx.session.scalars(
        sa.select(Batch)
        .where(Batch.book == book)
        .order_by(Batch.proposed_at.desc(), Batch.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    return tuple(_view(ctx, row) for row in rows)


def batch(ctx: Context, book: str, batch_id: UUID) -> BatchView:
    """One batch; raises NotFound."""
    _may_read(ctx, book)
    row = ctx.session.get(Batch, (book, batch_id), populate_existing=True)
    if row is None:
        raise NotFound
    return _view(ctx, row)


def lines(
    ctx: Context, book: str, batch_id: UUID, shown: str = ALL, *, limit: int = 50, after: int = 0
) -> Lines:
    """Lines whose number is above ``after``, by number."""
    _may_read(ctx, book)
    wanted = _wanted(book, batch_id, shown)
    total = ctx.session.scalar(sa.select(sa.func.count()).select_from(BatchLine).where(*wanted))
    rows = ctx.session.execute(
        _lines().where(*wanted, BatchLine.line > after).order_by(BatchLine.line).limit(limit)
    )
    return Lines(tuple(LineView(*row) for row in rows), total or 0)


def page_of_lines(
    ctx: Context, book: str, batch_id: UUID, shown: str, *, page: int, size: int
) -> Lines:
    """A page of lines, counted from 1."""
    _may_read(ctx, book)
    wanted = _wanted(book, batch_id, shown)
    total = ctx.session.scalar(sa.select(sa.func.count()).select_from(BatchLine).where(*wanted))
    rows = ctx.session.execute(
        _lines()
        .where(*wanted)
        .order_by(BatchLine.line)
        .limit(size)
        .offset((max(1, page) - 1) * size)
    )
    return Lines(tuple(LineView(*row) for row in rows), total or 0)


def report(ctx: Context, book: str, batch_id: UUID) -> Iterator[LineView]:
    """Every line, streamed: the refused ones first, then all others."""
    _may_read(ctx, book)
    for shown in (REFUSED, GOOD):
        wanted = _wanted(book, batch_id, shown)
        for row in rows_of(ctx.session, _lines().where(*wanted).order_by(BatchLine.line)):
            yield LineView(*row)


def _lines() -> sa.Select[Any]:
    line = BatchLine
    return sa.select(
        line.line,
        line.number,
        line.minutes,
        line.effective_at,
        line.state,
        line.code,
        line.params,
        line.transfer_id,
    )


def _wanted(book: str, batch_id: UUID, shown: str) -> list[Any]:
    wanted = [BatchLine.book == book, BatchLine.batch_id == batch_id]
    if shown == REFUSED:
        wanted.append(BatchLine.code != "")
    elif shown == GOOD:
        wanted.append(BatchLine.code == "")
    return wanted


def _may_read(ctx: Context, book: str) -> None:
    policy.require(ctx.actor, "batch.read", Subject(book=book, region_code=book))


def _view(ctx: Context, row: Batch) -> BatchView:
    return BatchView(
        book=row.book,
        id=row.id,
        kind=row.kind,
        state=row.state,
        terms=dict(row.terms),
        content_hash=row.content_hash,
        lines=row.lines,
        posted=row.posted,
        refused=row.refused,
        proposed_by=_name(ctx, row.proposed_by_id) or "",
        proposed_at=row.proposed_at,
        signed_by=_name(ctx, row.signed_by_id),
        signed_at=row.signed_at,
        ended_at=row.ended_at,
        is_mine=row.proposed_by_id == ctx.actor.id,
    )


def _name(ctx: Context, member_id: UUID | None) -> str | None:
    member = None if member_id is None else ctx.session.get(Member, member_id)
    return member.name if member else None
