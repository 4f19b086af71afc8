"""A certificate that says something which has been taken back does not hold any more."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from models.papers import Paper
from models.requests import Visit
from services import audit, outbox
from services.clock import local_date
from services.context import Context
from services.papers.issuing import PaperKind, content_of, withdraw
from services.proofs.sentences import PROOF_WITHDRAWN

REVERSED = "record_reversed"


def withdraw_for_visit(ctx: Context, book: str, visit_id: UUID) -> int:
    """Withdraw every certificate that counts a visit whose posting is taken back; services only.

    Its owner is told and may have another one issued. Returns how many were withdrawn.
    """
    visit = ctx.session.get_one(Visit, (book, visit_id))
    began = visit.checked_in_at or visit.starts_at
    rows = ctx.session.scalars(
        sa.select(Paper).where(
            Paper.member_id == visit.provider_id,
            Paper.kind == PaperKind.SERVICE_PROOF.value,
            Paper.withdrawn_at.is_(None),
        )
    ).all()
    found = 0
    for row in rows:
        content = content_of(ctx, row)
        if not _covers(content["from"], content["until"], local_date(began)):
            continue
        if visit.ended_at is not None and visit.ended_at > row.issued_at:
            continue
        withdraw(ctx, PaperKind.SERVICE_PROOF, row.book, row.subject_id, REVERSED)
        audit.record(
            ctx,
            "proof.withdraw",
            "paper",
            row.subject_id,
            book=row.book,
            after={"visit": str(visit_id), "reason": REVERSED},
            acting_for_id=row.member_id,
        )
        outbox.tell(ctx, row.book, row.member_id, PROOF_WITHDRAWN, number=content["reference"])
        found += 1
    ctx.session.flush()
    return found


def _covers(since: str, until: str, day: date) -> bool:
    return date.fromisoformat(since) <= day <= date.fromisoformat(until)
