"""Whoever lost a dispute may ask the county once; a county administrator has the last word.

What was held for the visit went back, or was paid, with the first decision. An appeal against
"credit" therefore holds the provider's credit again and, where it is right, asks for a reversal.
An appeal against "reject" that is right cannot credit the visit itself any more: the elder's coins
are free and the provider's day has gone on. A progress sheet asks the branch for a manual entry
then, by two people and with the evidence, which is priced and capped like any other.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from models.oversight import Dispute
from models.requests import Request, Visit, VisitState
from models.sheets import SheetKind
from services import audit, outbox, policy
from services.acts import once
from services.clock import local_date
from services.complaints.deciding import ask_reversal
from services.complaints.holding import (
    DISPUTE,
    credited_minutes,
    hold_credit,
    release_disputed,
)
from services.complaints.sentences import (
    AppealedAlready,
    AppealTooLate,
    NothingLost,
    SameDecides,
)
from services.complaints.terms import days_from
from services.context import Context
from services.errors import NotFound
from services.policy import SYSTEM
from services.requests.reviewing import service_name
from services.sheets.opening import open_sheet
from services.visits import sentences as say
from services.visits.locating import locked_visit, subject_of
from services.visits.reviewing import deny

#: What a sheet is about that follows from an appeal.
TO_ENTER, TO_REVERSE = "dispute_to_enter", "dispute_to_reverse"
UPHELD, DISMISSED = "upheld", "dismissed"


def appeal_dispute(ctx: Context, book: str, dispute_id: UUID, text: str) -> None:
    """Ask the county to look again, once for each decision.

    Raises NothingLost, AppealedAlready, AppealTooLate, VisitStateChanged or ReasonMissing.
    """
    request, visit = locked_visit(ctx, book, _visit_of(ctx, book, dispute_id))
    policy.require(ctx.actor, "dispute.appeal", subject_of(request, visit))

    def do() -> dict[str, str]:
        dispute = ctx.session.get_one(Dispute, (book, dispute_id), populate_existing=True)
        words = text.strip()
        if not words:
            raise say.ReasonMissing(field="text")
        _require_appealable(ctx, dispute, visit)
        own = ctx.actor.id in (request.elder_id, visit.provider_id)
        dispute.appealed_at = ctx.now
        dispute.appealed_by_id = ctx.actor.id if own else request.elder_id
        dispute.appeal_text_sealed = ctx.vault.seal("dispute.text", words)
        after = {"dispute": str(dispute.id), "decision": dispute.decision}
        acting_for_id = None if own else request.elder_id
        audit.record(
            ctx,
            "dispute.appeal",
            "visit",
            visit.id,
            book=book,
            after=after,
            acting_for_id=acting_for_id,
        )
        _tell(ctx, request, visit, say.DISPUTE_APPEALED)
        ctx.session.flush()
        if dispute.decision == "credit":
            key = f"dispute:{dispute.id}:appeal"
            hold_credit(ctx.as_actor(SYSTEM), visit, DISPUTE, dispute.id, key)
        return {}

    content = {"dispute": dispute_id, "text": ctx.vault.blind("act", text)}
    once(ctx, book, "dispute.appeal", content, do)


def appeal_until(ctx: Context, dispute: Dispute) -> date | None:
    """The last day of an appeal; None while nothing is decided."""
    if dispute.decided_at is None:
        return None
    return days_from(ctx, "dispute_appeal", local_date(dispute.decided_at))


def lost_by_provider(dispute: Dispute) -> bool:
    """Whether the decision goes against whoever came; otherwise it goes against the elder."""
    return dispute.decision == "reject"


def _require_appealable(ctx: Context, dispute: Dispute, visit: Visit) -> None:
    until = appeal_until(ctx, dispute)
    if until is None:
        raise say.VisitStateChanged
    if lost_by_provider(dispute) != (ctx.actor.id == visit.provider_id):
        raise NothingLost
    # All that both sides had said was decided at once, and is appealed at once.
    before = sa.select(Dispute.id).where(
        Dispute.book == dispute.book,
        Dispute.visit_id == dispute.visit_id,
        Dispute.decided_at == dispute.decided_at,
        Dispute.appealed_at.is_not(None),
    )
    if ctx.session.scalar(before.limit(1)) is not None:
        raise AppealedAlready
    if local_date(ctx.now) > until:
        raise AppealTooLate(until=until)


def decide_dispute_appeal(
    ctx: Context, book: str, dispute_id: UUID, *, upheld: bool, reason: str
) -> UUID | None:
    """The last word. Returns the sheet or the reversal that follows when the appeal is right.

    Raises SameDecides for whoever decided first and for kin, VisitStateChanged, ReasonMissing.
    """
    request, visit = locked_visit(ctx, book, _visit_of(ctx, book, dispute_id))
    policy.require(ctx.actor, "dispute.decide_appeal", subject_of(request, visit))
    dispute = ctx.session.get_one(Dispute, (book, dispute_id), populate_existing=True)
    if dispute.decided_by_id in {ctx.actor.id, *ctx.actor.relatives}:
        raise SameDecides

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.ReasonMissing(field="reason")
        if dispute.appealed_at is None or dispute.appeal_decided_at is not None:
            raise say.VisitStateChanged
        dispute.appeal_decision = UPHELD if upheld else DISMISSED
        dispute.appeal_reason = reason.strip()
        dispute.appeal_decided_by_id, dispute.appeal_decided_at = ctx.actor.id, ctx.now
        after = {"dispute": str(dispute.id), "decision": dispute.appeal_decision}
        audit.record(ctx, "dispute.decide_appeal", "visit", visit.id, book=book, after=after)
        _tell(ctx, request, visit, say.DISPUTE_APPEAL_DECIDED, reason=reason.strip())
        ctx.session.flush()
        if not upheld:
            release_disputed(ctx, book, visit.id)
            return {"follows": ""}
        return {"follows": str(_follow(ctx, request, visit, dispute) or "")}

    content = {"dispute": dispute_id, "upheld": upheld, "reason": ctx.vault.blind("act", reason)}
    found = once(ctx, book, "dispute.decide_appeal", content, do)["follows"]
    return UUID(found) if found else None


def _follow(ctx: Context, request: Request, visit: Visit, dispute: Dispute) -> UUID | None:
    if lost_by_provider(dispute):
        return _sheet(ctx, request, visit, SheetKind.PROGRESS, TO_ENTER)
    if visit.state is VisitState.CONFIRMED:
        # One of a pair, not posted yet: it simply earns nothing.
        deny(ctx, request, visit, dispute.appeal_reason or "")
        return None
    if not credited_minutes(ctx, visit):
        release_disputed(ctx, visit.book, visit.id)
        return None
    sheet_id = _sheet(ctx, request, visit, SheetKind.SUPERVISION, TO_REVERSE)
    note = request.reference
    return ask_reversal(ctx, visit, "decided_dispute", note, sheet_id=sheet_id)


def _sheet(ctx: Context, request: Request, visit: Visit, kind: SheetKind, about: str) -> UUID:
    return open_sheet(
        ctx,
        book=visit.book,
        kind=kind,
        about=about,
        subject_kind="visit",
        subject_id=visit.id,
        region_code=request.region_code,
        branch_id=request.branch_id,
    )


def _visit_of(ctx: Context, book: str, dispute_id: UUID) -> UUID:
    visit_id = ctx.session.scalar(
        sa.select(Dispute.visit_id).where(Dispute.book == book, Dispute.id == dispute_id)
    )
    if visit_id is None:
        raise NotFound
    return visit_id


def _tell(ctx: Context, request: Request, visit: Visit, sentence: str, **more: str) -> None:
    for reader in (visit.provider_id, request.elder_id):
        outbox.tell(
            ctx,
            visit.book,
            reader,
            sentence,
            visit_id=visit.id,
            reference=request.reference,
            **service_name(ctx, request),
            **more,  # type: ignore[arg-type]
        )
