"""The second name under an entry, which credits it; or a refusal that both sides read."""

from __future__ import annotations

from uuid import UUID

from models.entries import EntryState, ManualEntry
from models.requests import Visit, VisitState
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.countersigning import require_second
from services.entries import sentences as say
from services.entries.crediting import credit_entry
from services.entries.proposing import end
from services.entries.standing import locked_entry, require_rights, subject_of
from services.entries.terms import CORRECTION
from services.errors import Forbidden
from services.ledger.drafts import NotEnough
from services.policy import OWN_AFFAIR
from services.reversing.posting import reverse_posting
from services.stars.banning import withdraw_stars

LONGEST_REASON = 300


def sign_entry(ctx: Context, book: str, entry_id: UUID) -> UUID:
    """Put the second name under an entry and credit it; returns the visit's id.

    A correction takes the old posting back in the same unit of work. Raises EntryEnded,
    SecondSignature for the proposer, KinSigns for kin of the proposer, Forbidden for both sides
    and their kin, EntryRightsSuspended, and whatever the ordinary rules have against it: then
    nothing is changed, and the entry goes on waiting.
    """
    row = locked_entry(ctx, book, entry_id)
    subject = subject_of(ctx, row)
    policy.require(ctx.actor, "entry.sign", subject)
    require_rights(ctx, subject)

    def do() -> dict[str, str]:
        if row.state is not EntryState.PROPOSED:
            raise say.EntryEnded
        require_second(ctx, row.proposed_by_id)
        corrected = _taken_back(ctx, row)
        visit = credit_entry(ctx, row)
        if corrected is not None:
            # Only now is it plain which stars the hours still bear.
            withdraw_stars(ctx, book, corrected.provider_id)
        row.state, row.visit_id, row.transfer_id = EntryState.SIGNED, visit.id, visit.transfer_id
        row.decided_by_id, row.decided_at = ctx.actor.id, ctx.now
        _tell(ctx, row)
        after = {"state": row.state.value, "visit": str(visit.id)}
        audit.record(
            ctx,
            "entry.sign",
            "manual_entry",
            row.id,
            book=book,
            before={"state": EntryState.PROPOSED.value},
            after=after,
            acting_for_id=row.elder_id,
        )
        ctx.session.flush()
        return {"visit_id": str(visit.id)}

    return UUID(once(ctx, book, "entry.sign", {"entry_id": entry_id}, do)["visit_id"])


def _taken_back(ctx: Context, row: ManualEntry) -> Visit | None:
    """The visit that a correction puts right, its posting reversed and its time free again."""
    if row.kind != CORRECTION or row.corrects_visit_id is None:
        return None
    visit = ctx.session.get_one(Visit, (row.book, row.corrects_visit_id), populate_existing=True)
    if visit.state is not VisitState.CREDITED or visit.reversed_at is not None:
        raise say.CorrectsNothing
    own = {ctx.actor.id, *ctx.actor.relatives, *ctx.actor.kin}
    if {visit.elder_id, visit.provider_id} & own:
        raise Forbidden(OWN_AFFAIR)
    if visit.transfer_id is None:
        raise say.CorrectsNothing
    try:
        with ctx.session.begin_nested():
            reverse_posting(ctx, row.book, visit.transfer_id, row.why, takes_stars=False)
    except NotEnough as short:
        minutes = short.params["shortfall_minutes"]
        raise say.CorrectionSpent(shortfall_minutes=minutes) from None
    return visit


def _tell(ctx: Context, row: ManualEntry) -> None:
    reference = row.reference
    outbox.tell(ctx, row.book, row.elder_id, say.SIGNED_TO_ELDER, reference=reference)
    outbox.tell(ctx, row.book, row.provider_id, say.SIGNED_TO_PROVIDER, reference=reference)
    outbox.tell(ctx, row.book, row.proposed_by_id, say.ENTRY_SIGNED, reference=reference)


def refuse_entry(ctx: Context, book: str, entry_id: UUID, reason: str) -> None:
    """Decide that an entry is not credited, with a reason that everybody concerned reads.

    Raises EntryReasonMissing, EntryEnded, SecondSignature or KinSigns.
    """
    row = locked_entry(ctx, book, entry_id)
    subject = subject_of(ctx, row)
    policy.require(ctx.actor, "entry.sign", subject)
    require_rights(ctx, subject)

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.EntryReasonMissing(field="reason")
        require_second(ctx, row.proposed_by_id)
        end(ctx, row, EntryState.REFUSED, reason.strip()[:LONGEST_REASON])
        return {}

    once(ctx, book, "entry.refuse", {"entry_id": entry_id, "reason": reason}, do)
