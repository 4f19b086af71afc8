"""Somebody asks that a posting be taken back, or drops it again: nothing is moved by that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.complaints import Complaint
from models.entries import Reversal, ReversalState
from models.flags import Flag
from models.requests import Visit
from models.sheets import WorkSheet
from services import audit, outbox, policy
from services.acts import once
from services.claims import claim_row
from services.complaints.holding import release_for_refusal
from services.complaints.sentences import ComplaintUnknown
from services.context import Context
from services.corridors.warning import administrators_of
from services.flags.sentences import FlagUnknown
from services.policy import Subject
from services.references import new_reference
from services.reversing import sentences as say
from services.reversing.touching import Touched, require_apart, require_reversible, touched_by
from services.sheets.sentences import SheetUnknown

#: A reversal that waits for somebody.
OPEN = (ReversalState.PROPOSED, ReversalState.SIGNED)
NOTE = "reversal.note"
LONGEST_NOTE = 500


def propose_reversal(
    ctx: Context,
    book: str,
    transfer_id: UUID,
    reason: str,
    note: str = "",
    *,
    flag_id: UUID | None = None,
    sheet_id: UUID | None = None,
    complaint_id: UUID | None = None,
) -> UUID:
    """Ask two administrators to take a posting back; returns the proposal's id.

    ``note`` says why in words, for those who sign. Raises ReasonUnknown, ReversalOpen,
    AlreadyReversed, ReversalOfReversal, OfMove, OfEstate or OwnerDivided; FlagUnknown,
    SheetUnknown or ComplaintUnknown for what did not lead to it; Forbidden for whomever it
    touches and for their kin.
    """
    touched = touched_by(ctx, book, transfer_id)
    require_apart(ctx, "reversal.propose", book, touched.people)

    def do() -> dict[str, str]:
        if reason not in say.REASONS:
            raise say.ReasonUnknown(field="reason")
        require_reversible(ctx, touched)
        _require_none_open(ctx, touched)
        why = {"flag_id": flag_id, "sheet_id": sheet_id, "complaint_id": complaint_id}
        _check_because(ctx, book, touched, **why)
        row = _row(ctx, book, transfer_id, reason, note, why)
        # Of two who propose at once one comes first; the key of what is open decides it.
        if not claim_row(ctx.session, Reversal, row):
            _require_none_open(ctx, touched)
        _tell(ctx, book, row["reference"], reason, touched)
        after = {"transfer": str(transfer_id), "reason": reason}
        audit.record(ctx, "reversal.propose", "reversal", row["id"], book=book, after=after)
        ctx.session.flush()
        return {"reversal_id": str(row["id"])}

    content = {
        "transfer_id": transfer_id,
        "reason": reason,
        "note": ctx.vault.blind(NOTE, note),
        "because": [flag_id, sheet_id, complaint_id],
    }
    return UUID(once(ctx, book, "reversal.propose", content, do)["reversal_id"])


def _check_because(
    ctx: Context,
    book: str,
    touched: Touched,
    *,
    flag_id: UUID | None,
    sheet_id: UUID | None,
    complaint_id: UUID | None,
) -> None:
    """What led to it is there, and a complaint is about what the posting pays: with the second
    signature its hold ends.
    """
    if flag_id is not None and ctx.session.get(Flag, (book, flag_id)) is None:
        raise FlagUnknown
    if sheet_id is not None and ctx.session.get(WorkSheet, (book, sheet_id)) is None:
        raise SheetUnknown
    if complaint_id is None:
        return
    made = ctx.session.get(Complaint, (book, complaint_id))
    visit_id = None if made is None else made.visit_id
    visit = None if visit_id is None else ctx.session.get(Visit, (book, visit_id))
    if visit is None or visit.transfer_id not in {half.transfer_id for half in touched.owners}:
        raise ComplaintUnknown


def _row(
    ctx: Context,
    book: str,
    transfer_id: UUID,
    reason: str,
    note: str,
    because: dict[str, UUID | None],
) -> dict[str, Any]:
    words = note.strip()[:LONGEST_NOTE]
    return {
        "book": book,
        "id": ctx.new_id(),
        "reference": new_reference(ctx, book, Reversal, "R"),
        "transfer_id": transfer_id,
        "reason": reason,
        "note_sealed": ctx.vault.seal(NOTE, words) if words else None,
        **because,
        "state": ReversalState.PROPOSED,
        "proposed_by_id": ctx.actor.id,
        "proposed_at": ctx.now,
    }


def _require_none_open(ctx: Context, touched: Touched) -> None:
    """Raise ReversalOpen where a half of the same act waits already, in whichever book."""
    for half in touched.owners:
        found = ctx.session.scalar(
            sa.select(Reversal.reference).where(
                Reversal.book == half.book,
                Reversal.transfer_id == half.transfer_id,
                Reversal.state.in_(OPEN),
            )
        )
        if found is not None:
            raise say.ReversalOpen(reference=found)


def _tell(ctx: Context, book: str, reference: str, reason: str, touched: Touched) -> None:
    for administrator in administrators_of(ctx, book):
        if administrator != ctx.actor.id and administrator not in touched.people:
            outbox.tell(
                ctx,
                book,
                administrator,
                say.WAITS_FOR_TWO,
                reference=reference,
                reason=say.REASONS[reason],
            )


def locked_reversal(ctx: Context, book: str, reversal_id: UUID) -> Reversal:
    """A proposal under its lock; raises ReversalUnknown."""
    row = ctx.session.scalar(
        sa.select(Reversal)
        .where(Reversal.book == book, Reversal.id == reversal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise say.ReversalUnknown
    return row


def withdraw_reversal(ctx: Context, book: str, reversal_id: UUID) -> None:
    """Drop one's own proposal while nobody has posted it. Raises OthersProposal, ReversalEnded."""
    row = locked_reversal(ctx, book, reversal_id)
    policy.require(ctx.actor, "reversal.withdraw", Subject(book=book, region_code=book))
    if row.proposed_by_id != ctx.actor.id:
        raise say.OthersProposal

    def do() -> dict[str, str]:
        end(ctx, row, ReversalState.WITHDRAWN)
        return {}

    once(ctx, book, "reversal.withdraw", {"reversal_id": reversal_id}, do)


def end(ctx: Context, row: Reversal, state: ReversalState, reason: str | None = None) -> None:
    """Close a proposal without posting anything; services only. Raises ReversalEnded."""
    if row.state not in OPEN:
        raise say.ReversalEnded
    before, row.state = row.state, state
    row.ended_by_id, row.ended_at, row.end_reason = ctx.actor.id, ctx.now, reason
    audit.record(
        ctx,
        f"reversal.{'refuse' if state is ReversalState.REFUSED else 'withdraw'}",
        "reversal",
        row.id,
        book=row.book,
        before={"state": before.value},
        after={"state": state.value},
    )
    release_for_refusal(ctx, row.book, row.id, row.transfer_id)
    ctx.session.flush()
