"""Whoever lost may appeal once: somebody else, who did not decide before, has the last word."""

from __future__ import annotations

from uuid import UUID

from models.complaints import Complaint, ComplaintState
from services import audit, outbox
from services.acts import once
from services.clock import local_date
from services.complaints import sentences as say
from services.complaints.answering import Side, side_of
from services.complaints.deciding import DISMISSED, checked, content_of, follow, record
from services.complaints.finding import (
    APPEAL,
    COMPLAINANT,
    REASON,
    add_word,
    found_complaint,
    locked_complaint,
    require_uninvolved,
    sides_of,
)
from services.complaints.holding import hold_for
from services.complaints.terms import days_from
from services.context import Context
from services.policy import SYSTEM
from services.reversing.proposing import locked_reversal
from services.visits.locating import locked_visit


def appeal(
    ctx: Context, book: str, complaint_id: UUID, text: str, side: Side | None = None
) -> None:
    """Ask that somebody else looks at it again, once.

    What was given back on a dismissal is set aside again, as far as it is there. Raises
    AppealedAlready, AppealTooLate, NothingLost or ComplaintStateChanged.
    """
    complaint = locked_complaint(ctx, book, complaint_id)
    spoken, member_id = side_of(ctx, complaint, "complaint.appeal", side)

    def do() -> dict[str, str]:
        _require_appealable(ctx, complaint, spoken)
        complaint.state = ComplaintState.APPEALED
        complaint.appealed_by_id, complaint.appealed_at = member_id or ctx.actor.id, ctx.now
        complaint.due_on = days_from(ctx, "due")
        acting_for_id = member_id if member_id != ctx.actor.id else None
        add_word(ctx, complaint, APPEAL, text, acting_for_id)
        if complaint.decision == DISMISSED and complaint.visit_id is not None:
            _request, visit = locked_visit(ctx, book, complaint.visit_id)
            hold_for(ctx.as_actor(SYSTEM), complaint, visit)
        audit.record(
            ctx,
            "complaint.appeal",
            "complaint",
            complaint.id,
            book=book,
            before={"state": ComplaintState.DECIDED.value},
            after={"state": complaint.state.value, "side": spoken},
            acting_for_id=acting_for_id,
        )
        for reader in sides_of(complaint):
            outbox.tell(ctx, book, reader, say.APPEALED, reference=complaint.reference)
        ctx.session.flush()
        return {}

    content = {"complaint": complaint_id, "text": ctx.vault.blind("act", text), "side": spoken}
    once(ctx, book, "complaint.appeal", content, do)


def may_appeal(complaint: Complaint, side: str) -> bool:
    """Whether a decision goes against a side, wholly or in part."""
    won = {"upheld": COMPLAINANT, DISMISSED: "other"}.get(complaint.decision or "")
    return won != side


def _require_appealable(ctx: Context, complaint: Complaint, side: str) -> None:
    if complaint.appealed_at is not None:
        raise say.AppealedAlready
    last = complaint.appeal_until
    if complaint.state is ComplaintState.FINAL or (last and local_date(ctx.now) > last):
        raise say.AppealTooLate(until=last)
    if complaint.state is not ComplaintState.DECIDED:
        raise say.ComplaintStateChanged
    if not may_appeal(complaint, side):
        raise say.NothingLost


def decide_appeal(ctx: Context, book: str, complaint_id: UUID, decision: str, reason: str) -> None:
    """The last word on a complaint: upheld, partly or dismissed, whatever was decided first.

    Raises SameDecides for whoever decided first and for kin of that person, InvolvedDecides and
    Forbidden, ComplaintStateChanged.
    """
    seen = found_complaint(ctx, book, complaint_id)
    if seen.reversal_id is not None:
        # Whoever signs the reversal takes it first, and the complaint after it.
        locked_reversal(ctx, book, seen.reversal_id)
    complaint = locked_complaint(ctx, book, complaint_id)
    require_uninvolved(ctx, complaint, "complaint.decide_appeal")
    if complaint.decided_by_id in {ctx.actor.id, *ctx.actor.relatives}:
        raise say.SameDecides

    def do() -> dict[str, str]:
        words = checked(decision, reason)
        if complaint.state is not ComplaintState.APPEALED:
            raise say.ComplaintStateChanged
        complaint.state, complaint.appeal_decision = ComplaintState.FINAL, decision
        complaint.appeal_reason_sealed = ctx.vault.seal(REASON, words)
        complaint.appeal_decided_by_id, complaint.appeal_decided_at = ctx.actor.id, ctx.now
        record(ctx, complaint, "complaint.decide_appeal", ComplaintState.APPEALED, decision)
        follow(ctx, complaint, decision)
        for reader in sides_of(complaint):
            outbox.tell(ctx, book, reader, say.FINAL, channel="sms", reference=complaint.reference)
        ctx.session.flush()
        return {}

    content = content_of(ctx, complaint_id, decision, reason)
    once(ctx, book, "complaint.decide_appeal", content, do)
