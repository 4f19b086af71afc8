"""A volunteer who cannot come says so in time; the request opens again for others."""

from __future__ import annotations

from uuid import UUID

from models.requests import Request, RequestState, Visit, VisitState
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.people.reading import member_row
from services.requests.reviewing import service_name
from services.visits import sentences as say
from services.visits.locating import locked_visit, subject_of
from services.visits.undoing import call_off


def withdraw(ctx: Context, book: str, visit_id: UUID, reason: str) -> None:
    """Take back a promise before check-in. Raises ReasonMissing or VisitStateChanged."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.cancel", subject_of(request, visit))

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.ReasonMissing(field="reason")
        if visit.state is not VisitState.ACCEPTED or visit.starts_at <= ctx.now:
            raise say.VisitStateChanged
        if request.state is RequestState.FILLED and not visit.extra:
            request.state = RequestState.OPEN
        _tell(ctx, request, visit)
        call_off(ctx, visit, VisitState.CANCELLED, reason.strip())
        return {}

    once(ctx, book, "visit.cancel", {"visit_id": visit_id, "reason": reason}, do)


def _tell(ctx: Context, request: Request, visit: Visit) -> None:
    outbox.tell(
        ctx,
        request.book,
        request.elder_id,
        say.VISITOR_CANCELLED,
        visitor=member_row(ctx.session, visit.provider_id).name,
        reference=request.reference,
        **service_name(ctx, request),
    )
    audit.record(
        ctx,
        "visit.cancel",
        "visit",
        visit.id,
        book=visit.book,
        before={"state": VisitState.ACCEPTED.value},
        after={"state": VisitState.CANCELLED.value},
    )
