"""A volunteer who cannot come says so in time; the request opens again for others."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, RequestState, Visit, VisitState
from services import audit, outbox, policy
from services.acts import once
from services.asking.beginning import BACKFILL, begin
from services.context import Context
from services.people.reading import member_row
from services.requests.reviewing import service_name
from services.rules.notices import is_soon
from services.schedule.proposals import close_open
from services.visits import sentences as say
from services.visits.locating import locked_visit, subject_of
from services.visits.undoing import call_off


def withdraw(ctx: Context, book: str, visit_id: UUID, reason: str) -> None:
    """Take back a promise before check-in.

    Raises ReasonMissing, VisitStateChanged or PartnerThere.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.cancel", subject_of(request, visit))

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.ReasonMissing(field="reason")
        if visit.state is not VisitState.ACCEPTED or visit.starts_at <= ctx.now:
            raise say.VisitStateChanged
        if not visit.extra and _partner_is_there(ctx, request):
            raise say.PartnerThere
        if request.state is RequestState.FILLED and not visit.extra:
            request.state = RequestState.OPEN
        close_open(ctx, request)
        _tell(ctx, request, visit)
        by = "provider" if ctx.actor.id == visit.provider_id else "branch"
        call_off(ctx, visit, VisitState.CANCELLED, reason.strip(), by=by)
        begin(ctx, request, BACKFILL)
        return {}

    once(ctx, book, "visit.cancel", {"visit_id": visit_id, "reason": reason}, do)


def _partner_is_there(ctx: Context, request: Request) -> bool:
    """Whether the other of a pair has begun already: then a branch has to be told by voice."""
    begun = sa.select(Visit.id).where(
        Visit.book == request.book,
        Visit.request_id == request.id,
        Visit.state == VisitState.CHECKED_IN,
    )
    return ctx.session.scalar(begun.limit(1)) is not None


def _tell(ctx: Context, request: Request, visit: Visit) -> None:
    outbox.tell(
        ctx,
        request.book,
        request.elder_id,
        say.VISITOR_CANCELLED,
        channel="sms",
        urgent=is_soon(ctx.now, visit.starts_at),
        request_id=request.id,
        visit_id=visit.id,
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
