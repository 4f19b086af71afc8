"""Papers: each says what its digest is over, and one of a kind about a thing holds at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import sqlalchemy as sa

from models.papers import Paper
from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import rows_of
from services.papers.issuing import content_of
from services.rules.rule_set import hash_of
from services.vault import Unreadable

AT_ONCE = 200


def check_papers(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Each paper of a book against its digest, and the papers about one thing together."""
    rows = rows_of(ctx.session, sa.select(Paper).where(Paper.book == book).order_by(Paper.code))
    while some := [row.Paper for row in islice(rows, AT_ONCE)]:
        tally.add("papers", len(some))
        for paper in some:
            if not _is_as_issued(ctx, paper):
                yield Breach("paper_changed", book, f"paper {paper.code}")
            ctx.session.expunge(paper)
    twice = (
        sa.select(Paper.kind, Paper.subject_id)
        .where(Paper.book == book, Paper.withdrawn_at.is_(None))
        .group_by(Paper.kind, Paper.subject_id)
        .having(sa.func.count() > 1)
        .order_by(Paper.kind, Paper.subject_id)
    )
    for row in ctx.session.execute(twice):
        yield Breach("paper_twice", book, f"{row.kind} {row.subject_id}")


def _is_as_issued(ctx: Context, paper: Paper) -> bool:
    try:
        return hash_of(content_of(ctx, paper)) == paper.content_hash
    except Unreadable:
        return False
