"""A dispute keeps everything held until it is decided with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from models.oversight import Dispute
from models.requests import Request, Visit, VisitState
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.entry_rights import require_hand
from services.errors import NotFound
from services.requests.reviewing import service_name
from services.visits import sentences as say
from services.visits.confirming import take_word
from services.visits.locating import locked_visit, subject_of
from services.visits.reviewing import deny

DISPUTABLE = (
    VisitState.CHECKED_IN,
    VisitState.CHECKED_OUT,
    VisitState.IN_REVIEW,
    VisitState.CONFIRMED,
)


def open_dispute(ctx: Context, book: str, visit_id: UUID, text: str) -> UUID:
    """Either side says that a visit was not so. Raises DisputeOpen, ReasonMissing and others."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "dispute.open", subject_of(request, visit))

    def do() -> dict[str, str]:
        own = ctx.actor.id in (request.elder_id, visit.provider_id)
        dispute = start_dispute(ctx, request, visit, text, None if own else request.elder_id)
        return {"dispute_id": str(dispute.id)}

    result = once(ctx, book, "dispute.open", {"visit_id": visit_id, "text": text}, do)
    return UUID(result["dispute_id"])


def start_dispute(
    ctx: Context, request: Request, visit: Visit, text: str, acting_for_id: UUID | None
) -> Dispute:
    """Put a visit in dispute with the words of one side; services only."""
    if not text.strip():
        raise say.ReasonMissing(field="text")
    if visit.state is VisitState.DISPUTED:
        raise say.DisputeOpen
    if visit.state not in DISPUTABLE:
        raise say.VisitStateChanged
    dispute = add_words(ctx, visit, text, acting_for_id)
    audit.record(
        ctx,
        "dispute.open",
        "visit",
        visit.id,
        book=visit.book,
        before={"state": visit.state.value},
        after={"state": VisitState.DISPUTED.value, "dispute": str(dispute.id)},
        acting_for_id=acting_for_id,
    )
    visit.state = VisitState.DISPUTED
    for reader in (visit.provider_id, request.elder_id):
        outbox.tell(
            ctx,
            visit.book,
            reader,
            say.DISPUTE_OPENED,
            reference=request.reference,
            **service_name(ctx, request),
        )
    return dispute


def add_words(ctx: Context, visit: Visit, text: str, acting_for_id: UUID | None) -> Dispute:
    """One side's words on a visit, sealed; services only."""
    dispute = Dispute(
        book=visit.book,
        id=ctx.new_id(),
        visit_id=visit.id,
        opened_by_id=ctx.actor.id,
        acting_for_id=acting_for_id,
        opened_at=ctx.now,
        text_sealed=ctx.vault.seal("dispute.text", text.strip()),
    )
    ctx.session.add(dispute)
    return dispute


def decide_dispute(ctx: Context, book: str, dispute_id: UUID, *, credit: bool, reason: str) -> None:
    """Decide with a reason: the visit stands as recorded, or it earns nothing.

    A visit that was never checked out cannot be credited: its end is entered from the slip
    first, or it is denied.
    """
    visit_id = ctx.session.scalar(
        sa.select(Dispute.visit_id).where(Dispute.book == book, Dispute.id == dispute_id)
    )
    if visit_id is None:
        raise NotFound
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "dispute.decide", subject_of(request, visit))
    if credit and not ctx.actor.has_role(policy.REGION_ADMIN):
        require_hand(ctx, subject_of(request, visit))

    def do() -> dict[str, str]:
        dispute = ctx.session.get_one(Dispute, (book, dispute_id))
        if not reason.strip():
            raise say.ReasonMissing(field="reason")
        if dispute.decided_at is not None or visit.state is not VisitState.DISPUTED:
            raise say.VisitStateChanged
        if credit and visit.checked_out_at is None:
            raise say.NotForConfirming
        for words in _undecided(ctx, visit):
            words.decision = "credit" if credit else "reject"
            words.decision_reason = reason.strip()
            words.decided_by_id, words.decided_at = ctx.actor.id, ctx.now
        _record(ctx, visit, dispute)
        if credit:
            take_word(ctx, request, visit, "decision")
        else:
            deny(ctx, request, visit, reason)
        return {}

    content = {"dispute_id": dispute_id, "credit": credit, "reason": reason}
    once(ctx, book, "dispute.decide", content, do)


def _undecided(ctx: Context, visit: Visit) -> Sequence[Dispute]:
    """What either side has said since the last decision: it is all decided at once."""
    return ctx.session.scalars(
        sa.select(Dispute).where(
            Dispute.book == visit.book,
            Dispute.visit_id == visit.id,
            Dispute.decided_at.is_(None),
        )
    ).all()


def _record(ctx: Context, visit: Visit, dispute: Dispute) -> None:
    audit.record(
        ctx,
        "dispute.decide",
        "visit",
        visit.id,
        book=visit.book,
        before={"state": visit.state.value},
        after={"decision": dispute.decision, "dispute": str(dispute.id)},
    )
