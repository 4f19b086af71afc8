"""A complaint is decided with a reason that both sides read, by somebody who has no part in it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from models.complaints import Complaint, ComplaintState
from models.entries import Reversal, ReversalState
from models.ledger import Transfer
from models.requests import Visit
from models.sheets import SheetKind
from services import audit, outbox
from services.acts import once
from services.clock import local_date
from services.complaints import sentences as say
from services.complaints.finding import (
    REASON,
    UNREACHED,
    add_word,
    is_heard,
    locked_complaint,
    require_uninvolved,
    sides_of,
)
from services.complaints.holding import UPHELD, credited_minutes, free
from services.complaints.opening import sheet_for
from services.complaints.terms import days_from, kind_of
from services.context import Context
from services.people.texts import needed
from services.reversing.proposing import OPEN, end, locked_reversal, propose_reversal

DISMISSED = "dismissed"
DECISIONS = (*UPHELD, DISMISSED)
LONGEST_REASON = 1_000


def decide(ctx: Context, book: str, complaint_id: UUID, decision: str, reason: str) -> None:
    """Decide: upheld, partly or dismissed.

    Upheld about a credited visit asks for its reversal, which waits until nobody may appeal any
    more; otherwise what was set aside is free. Raises OtherSideUnheard before the other side has
    spoken or its time is over, ComplaintStateChanged, InvolvedDecides and Forbidden.
    """
    complaint = locked_complaint(ctx, book, complaint_id)
    require_uninvolved(ctx, complaint, "complaint.decide")

    def do() -> dict[str, str]:
        words = checked(decision, reason)
        if complaint.state is not ComplaintState.OPEN:
            raise say.ComplaintStateChanged
        _require_heard(ctx, complaint)
        complaint.state, complaint.decision = ComplaintState.DECIDED, decision
        complaint.decision_reason_sealed = ctx.vault.seal(REASON, words)
        complaint.decided_by_id, complaint.decided_at = ctx.actor.id, ctx.now
        complaint.appeal_until = days_from(ctx, "appeal")
        record(ctx, complaint, "complaint.decide", ComplaintState.OPEN, decision)
        follow(ctx, complaint, decision)
        for reader in sides_of(complaint):
            outbox.tell(
                ctx,
                book,
                reader,
                say.DECIDED,
                channel="sms",
                reference=complaint.reference,
                last_on=complaint.appeal_until.isoformat(),
            )
        ctx.session.flush()
        return {}

    once(ctx, book, "complaint.decide", content_of(ctx, complaint_id, decision, reason), do)


def checked(decision: str, reason: str) -> str:
    """The reason as it is kept; raises DecisionUnknown or what a missing text raises."""
    if decision not in DECISIONS:
        raise say.DecisionUnknown(field="decision")
    return needed(reason, "reason", LONGEST_REASON)


def content_of(ctx: Context, complaint_id: UUID, decision: str, reason: str) -> dict[str, object]:
    """What tells a repeated decision from another one."""
    return {
        "complaint": complaint_id,
        "decision": decision,
        "reason": ctx.vault.blind("act", reason),
    }


def record(
    ctx: Context, complaint: Complaint, act: str, before: ComplaintState, decision: str
) -> None:
    """The decision on record."""
    audit.record(
        ctx,
        act,
        "complaint",
        complaint.id,
        book=complaint.book,
        before={"state": before.value},
        after={"state": complaint.state.value, "decision": decision},
    )


def _require_heard(ctx: Context, complaint: Complaint) -> None:
    if is_heard(ctx, complaint):
        return
    if local_date(ctx.now) <= complaint.answer_until:
        raise say.OtherSideUnheard(until=complaint.answer_until)
    # Asked, and its time is over: that stands beside the words.
    add_word(ctx, complaint, UNREACHED, "")


def follow(ctx: Context, complaint: Complaint, decision: str) -> None:
    """What follows from a decision: a reversal is asked for, or none is wanted; services only."""
    kind = kind_of(complaint.kind)
    if decision == UPHELD[0] and kind.reversal is not None and _ask_reversal(ctx, complaint):
        return
    drop_reversal(ctx, complaint)
    free(ctx, complaint)
    if decision in UPHELD and kind.follow_up:
        sheet_id = sheet_for(ctx, complaint, SheetKind.PROGRESS, "complaint_upheld")
        complaint.sheet_id = complaint.sheet_id or sheet_id


def _ask_reversal(ctx: Context, complaint: Complaint) -> bool:
    """Propose that the visit be reversed, unless somebody has; says whether one waits now."""
    if complaint.visit_id is None:
        return False
    visit = ctx.session.get_one(Visit, (complaint.book, complaint.visit_id))
    # A provider may complain too, and then nobody is to lose the credit by it.
    if complaint.against_id != visit.provider_id or not credited_minutes(ctx, visit):
        return False
    reason = kind_of(complaint.kind).reversal or ""
    complaint.reversal_id = ask_reversal(
        ctx, visit, reason, complaint.reference, complaint_id=complaint.id
    )
    return complaint.reversal_id is not None


def ask_reversal(
    ctx: Context,
    visit: Visit,
    reason: str,
    note: str,
    *,
    complaint_id: UUID | None = None,
    sheet_id: UUID | None = None,
) -> UUID | None:
    """The reversal of a visit's posting: the one that waits already, or a new one; services only.

    None where there is nothing to take back any more.
    """
    if visit.transfer_id is None or _is_reversed(ctx, visit.book, visit.transfer_id):
        return None
    waiting = ctx.session.scalar(
        sa.select(Reversal.id).where(
            Reversal.book == visit.book,
            Reversal.transfer_id == visit.transfer_id,
            Reversal.state.in_(OPEN),
        )
    )
    return waiting or propose_reversal(
        # The key is the decision's.
        replace(ctx, key=None),
        visit.book,
        visit.transfer_id,
        reason,
        note,
        complaint_id=complaint_id,
        sheet_id=sheet_id,
    )


def _is_reversed(ctx: Context, book: str, transfer_id: UUID) -> bool:
    found = sa.select(Transfer.id).where(Transfer.book == book, Transfer.reverses_id == transfer_id)
    return ctx.session.scalar(found) is not None


def drop_reversal(ctx: Context, complaint: Complaint) -> None:
    """The reversal that a first decision asked for is not wanted any more; services only."""
    if complaint.reversal_id is None:
        return
    row = locked_reversal(ctx, complaint.book, complaint.reversal_id)
    if row.complaint_id == complaint.id and row.state in OPEN:
        end(ctx, row, ReversalState.REFUSED, complaint.reference)
    complaint.reversal_id = None
