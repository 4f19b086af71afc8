"""What the two sides say at the counter or on the telephone, written down by staff for them."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from models.requests import VisitState
from services import audit, policy
from services.acts import once
from services.context import Context
from services.visits import sentences as say
from services.visits.disputes import add_words, start_dispute
from services.visits.locating import locked_visit, subject_of

Side = Literal["elder", "provider"]


def take_complaint(ctx: Context, book: str, visit_id: UUID, side: Side, text: str) -> UUID:
    """Open a dispute for somebody who says it by telephone; returns the dispute's id.

    Staff of the branch do it, never in an affair of their own or of their kin.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.review", subject_of(request, visit))
    speaker = request.elder_id if side == "elder" else visit.provider_id

    def do() -> dict[str, str]:
        return {"dispute_id": str(start_dispute(ctx, request, visit, text, speaker).id)}

    content = {"visit_id": visit_id, "side": side, "text": ctx.vault.blind("act", text)}
    return UUID(once(ctx, book, "dispute.take", content, do)["dispute_id"])


def note_words(ctx: Context, book: str, visit_id: UUID, side: Side, text: str) -> None:
    """Write down what a side says about a visit in dispute, before it is decided."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "dispute.decide", subject_of(request, visit))
    speaker = request.elder_id if side == "elder" else visit.provider_id

    def do() -> dict[str, str]:
        if not text.strip():
            raise say.ReasonMissing(field="text")
        if visit.state is not VisitState.DISPUTED:
            raise say.VisitStateChanged
        words = add_words(ctx, visit, text, speaker)
        audit.record(
            ctx,
            "dispute.words",
            "visit",
            visit.id,
            book=book,
            after={"side": side, "dispute": str(words.id)},
            acting_for_id=speaker,
        )
        ctx.session.flush()
        return {}

    content = {"visit_id": visit_id, "side": side, "text": ctx.vault.blind("act", text)}
    once(ctx, book, "dispute.words", content, do)
