"""Two administrators sign, and with the second name the posting is taken back."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.entries import Reversal, ReversalState
from models.sheets import SheetKind, SheetState, WorkSheet
from services import audit, outbox
from services.acts import once
from services.complaints.holding import release_for_reversal
from services.context import Context
from services.ledger.drafts import NotEnough
from services.reversing import sentences as say
from services.reversing.posting import reverse_posting
from services.reversing.proposing import OPEN, end, locked_reversal
from services.reversing.touching import require_apart, touched_by
from services.sheets.opening import open_sheet

#: What the sheet is about that is opened where somebody has spent the coins.
SPENT = "reversal_spent"


def sign_reversal(ctx: Context, book: str, reversal_id: UUID) -> UUID | None:
    """Put one's name under a proposal; the second name posts it.

    Returns the reversing transfer's id, or None while another name is still lacking. Raises
    ReversalEnded, SignedBefore, KinHasSigned, and what :func:`reverse_posting` refuses; where a
    holder has spent the minutes CoinsSpent: nothing is moved, a supervision sheet is opened, and
    the proposal stays as it was.
    """
    row = locked_reversal(ctx, book, reversal_id)
    touched = touched_by(ctx, book, row.transfer_id)
    require_apart(ctx, "reversal.sign", book, touched.people)

    def do() -> dict[str, str]:
        if row.state not in OPEN:
            raise say.ReversalEnded
        _require_other(ctx, row)
        if row.state is ReversalState.PROPOSED:
            row.state = ReversalState.SIGNED
            row.first_signed_by_id, row.first_signed_at = ctx.actor.id, ctx.now
            _record(ctx, row, "first")
            return {}
        posted = _posted(ctx, row)
        row.state, row.reversing_id = ReversalState.DONE, posted
        row.second_signed_by_id, row.second_signed_at = ctx.actor.id, ctx.now
        _record(ctx, row, "second")
        if row.proposed_by_id not in (row.first_signed_by_id, ctx.actor.id):
            reference = row.reference
            outbox.tell(ctx, book, row.proposed_by_id, say.WAS_REVERSED, reference=reference)
        return {"transfer_id": str(posted)}

    found = once(ctx, book, "reversal.sign", {"reversal_id": reversal_id}, do)
    return UUID(found["transfer_id"]) if "transfer_id" in found else None


def _require_other(ctx: Context, row: Reversal) -> None:
    """The two names are two people's, and neither is kin of the other or of who proposed."""
    if row.first_signed_by_id == ctx.actor.id:
        raise say.SignedBefore
    if {row.first_signed_by_id, row.proposed_by_id} & ctx.actor.relatives:
        raise say.KinHasSigned


def _posted(ctx: Context, row: Reversal) -> UUID:
    """The new transfer; where it would break a floor, what was written goes back to before."""
    try:
        with ctx.session.begin_nested():
            if row.complaint_id is not None:
                release_for_reversal(ctx, row.book, row.complaint_id)
            return reverse_posting(ctx, row.book, row.transfer_id, row.reason)
    except NotEnough as short:
        minutes = short.params["shortfall_minutes"]
    _open_sheet_once(ctx, row, minutes)
    raise say.CoinsSpent(shortfall_minutes=minutes)


def _open_sheet_once(ctx: Context, row: Reversal, shortfall_minutes: int) -> None:
    same = sa.select(WorkSheet.id).where(
        WorkSheet.book == row.book,
        WorkSheet.subject_id == row.id,
        WorkSheet.about == SPENT,
        WorkSheet.state == SheetState.OPEN,
    )
    if ctx.session.scalar(same.limit(1)) is None:
        open_sheet(
            ctx,
            book=row.book,
            kind=SheetKind.SUPERVISION,
            about=SPENT,
            subject_kind="reversal",
            subject_id=row.id,
            region_code=row.book,
            facts={"transfer": str(row.transfer_id), "shortfall_minutes": shortfall_minutes},
            parent_id=row.sheet_id,
        )


def _record(ctx: Context, row: Reversal, which: str) -> None:
    after = {"signature": which, "state": row.state.value, "transfer": str(row.transfer_id)}
    audit.record(ctx, "reversal.sign", "reversal", row.id, book=row.book, after=after)
    ctx.session.flush()


def refuse_reversal(ctx: Context, book: str, reversal_id: UUID, reason: str) -> None:
    """Decide that nothing is taken back, with a reason that the proposer reads.

    Raises ReversalReasonMissing or ReversalEnded.
    """
    row = locked_reversal(ctx, book, reversal_id)
    people = touched_by(ctx, book, row.transfer_id).people
    require_apart(ctx, "reversal.refuse", book, people)

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.ReversalReasonMissing(field="reason")
        end(ctx, row, ReversalState.REFUSED, reason.strip())
        if row.proposed_by_id != ctx.actor.id:
            outbox.tell(
                ctx,
                book,
                row.proposed_by_id,
                say.NOT_REVERSED,
                reference=row.reference,
                reason=reason.strip(),
            )
        return {}

    content = {"reversal_id": reversal_id, "reason": reason}
    once(ctx, book, "reversal.refuse", content, do)
