"""How far every book has come: what a copy of the database must hold to be the same."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit_seals import AuditBlock
from models.ledger import Entry, Transfer
from models.oversight import AuditRecord
from models.seals import Block

#: Book -> name -> figure, digest or moment as text.
Watermark = dict[str, dict[str, Any]]


def watermark(session: Session) -> Watermark:
    """Counts, the newest moment and the newest seals of each book, in plain values."""
    found: Watermark = defaultdict(dict)
    for name, model, moment in (
        ("transfers", Transfer, Transfer.posted_at),
        ("entries", Entry, None),
        ("records", AuditRecord, AuditRecord.at),
    ):
        newest = sa.func.max(moment) if moment is not None else sa.null()
        rows = session.execute(
            sa.select(model.book, sa.func.count(), newest)
            .group_by(model.book)
            .execution_options(cross_book=True)
        )
        for book, count, at in rows:
            found[book][name] = count
            if at is not None:
                found[book][f"{name}_until"] = _text(at)
    for name, blocks in (("block", Block), ("record_block", AuditBlock)):
        for book, height, root in session.execute(_newest(blocks)):
            found[book][name] = {"height": height, "root": root}
    return {book: dict(sorted(said.items())) for book, said in sorted(found.items())}


def _newest(blocks: Any) -> Any:
    last = sa.select(blocks.book, sa.func.max(blocks.height).label("height")).group_by(blocks.book)
    top = last.subquery()
    return (
        sa.select(blocks.book, blocks.height, blocks.root)
        .join(top, sa.and_(blocks.book == top.c.book, blocks.height == top.c.height))
        .execution_options(cross_book=True)
    )


def _text(moment: datetime) -> str:
    return moment.isoformat()
