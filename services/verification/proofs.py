"""Certificates of service say what is on record; stars were published before they were given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa

from models.honours import StarAward, StarObjection, StarState
from models.papers import Paper
from models.people import Member
from services.clock import local_date
from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.papers.issuing import PaperKind, content_of
from services.people.books import books_of
from services.records.activities import Span, activities_of
from services.vault import Unreadable


def check_proofs(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Each certificate that holds says no more minutes than were on record when it was issued.

    Less is possible: a service may be recorded in the very moment in which the paper is written.
    One that cannot be read is the check of papers' to report.
    """
    papers = ctx.session.scalars(
        sa.select(Paper)
        .where(
            Paper.book == book,
            Paper.kind == PaperKind.SERVICE_PROOF.value,
            Paper.withdrawn_at.is_(None),
        )
        .order_by(Paper.code)
    ).all()
    tally.add("proofs", len(papers))
    for paper in papers:
        try:
            content = content_of(ctx, paper)
        except Unreadable:
            continue
        member = ctx.session.get_one(Member, paper.member_id)
        span = Span(date.fromisoformat(content["from"]), date.fromisoformat(content["until"]))
        on_record = sum(
            each.actual_minutes
            for each in activities_of(ctx, books_of(member), span, member.id)
            if each.recorded_at <= paper.issued_at
        )
        if on_record < content["minutes"]:
            gaps = {"said_minutes": content["minutes"], "kept_minutes": on_record}
            yield Breach("proof_differs", book, f"paper {paper.code}", gaps)


def check_stars(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Each award that was granted: after its notice, and against no upheld or open objection."""
    rows = ctx.session.scalars(
        sa.select(StarAward)
        .where(StarAward.book == book, StarAward.state == StarState.GRANTED)
        .order_by(StarAward.id)
    ).all()
    tally.add("stars", len(rows))
    objected = set(
        ctx.session.scalars(
            sa.select(StarObjection.award_id).where(
                StarObjection.book == book,
                sa.or_(StarObjection.decision.is_(None), StarObjection.decision != "dismissed"),
            )
        )
    )
    for row in rows:
        early = row.decided_at is None or local_date(row.decided_at) <= row.notice_ends_on
        if early or row.id in objected:
            yield Breach("star_without_notice", book, f"star award {row.id}")
