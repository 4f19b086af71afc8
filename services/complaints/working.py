"""What the job does: a decision becomes final, and what lies too long opens a sheet."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.complaints import Complaint, ComplaintState
from models.sheets import SheetKind, WorkSheet
from services import audit
from services.clock import local_date
from services.complaints.finding import locked_complaint
from services.complaints.opening import sheet_for
from services.context import Context

#: What the sheet is about that is opened when nobody has decided in time.
LATE = "complaint_late"
WAITING = (ComplaintState.OPEN, ComplaintState.APPEALED)
MOST = 500


def due(ctx: Context) -> list[tuple[str, UUID]]:
    """Complaints whose day has passed: to be decided, or to be appealed."""
    today = local_date(ctx.now)
    said = sa.select(WorkSheet.id).where(
        WorkSheet.book == Complaint.book,
        WorkSheet.subject_id == Complaint.id,
        WorkSheet.about == LATE,
        WorkSheet.opened_at > sa.func.coalesce(Complaint.appealed_at, Complaint.opened_at),
    )
    late = sa.and_(Complaint.state.in_(WAITING), Complaint.due_on < today, ~said.exists())
    over = sa.and_(Complaint.state == ComplaintState.DECIDED, Complaint.appeal_until < today)
    rows = ctx.session.execute(
        sa.select(Complaint.book, Complaint.id)
        .where(sa.or_(late, over))
        .order_by(Complaint.book, Complaint.id)
        .limit(MOST)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def work(ctx: Context, book: str, complaint_id: UUID) -> int:
    """One of them: 1 when something was done, 0 when another run was there before."""
    complaint = locked_complaint(ctx, book, complaint_id)
    if not _is_due(ctx, complaint):
        return 0
    if complaint.state is ComplaintState.DECIDED:
        complaint.state = ComplaintState.FINAL
        audit.record(
            ctx,
            "complaint.final",
            "complaint",
            complaint.id,
            book=book,
            before={"state": ComplaintState.DECIDED.value},
            after={"state": complaint.state.value},
        )
        ctx.session.flush()
    else:
        sheet_id = sheet_for(ctx, complaint, SheetKind.WARNING, LATE, to_branch=False)
        complaint.sheet_id = complaint.sheet_id or sheet_id
    return 1


def _is_due(ctx: Context, complaint: Complaint) -> bool:
    """Asked again under the lock."""
    today = local_date(ctx.now)
    if complaint.state is ComplaintState.DECIDED:
        return complaint.appeal_until is not None and complaint.appeal_until < today
    if complaint.state not in WAITING or complaint.due_on >= today:
        return False
    since = complaint.appealed_at or complaint.opened_at
    said = ctx.session.scalar(
        sa.select(WorkSheet.id)
        .where(WorkSheet.book == complaint.book, WorkSheet.subject_id == complaint.id)
        .where(WorkSheet.about == LATE, WorkSheet.opened_at > since)
        .limit(1)
    )
    return said is None
