"""How a request ends without service: called off by its side, or nobody came forward."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, RequestState, Visit, VisitState
from services import audit, outbox, policy
from services.acts import once
from services.asking.settling import settle
from services.context import Context
from services.ids import derived
from services.ledger.drafts import Stamp
from services.ledger.expiry import expire_due
from services.requests import sentences as say
from services.requests.reviewing import (
    locked_request,
    release_holds,
    service_name,
    subject_of,
    tell_elder,
)
from services.rules.notices import is_soon
from services.schedule.proposals import close_open
from services.visits.undoing import call_off

#: What has begun can no longer be called off; who was missed, the branch decides first.
BEGUN = (
    VisitState.MISSED,
    VisitState.CHECKED_IN,
    VisitState.CHECKED_OUT,
    VisitState.CONFIRMED,
    VisitState.IN_REVIEW,
    VisitState.DISPUTED,
    VisitState.CREDITED,
    VisitState.CLOSED_DOOR,
)
CANCELLABLE = (
    RequestState.SUBMITTED,
    RequestState.WAITING_POOL,
    RequestState.OPEN,
    RequestState.FILLED,
)


def visits_of(ctx: Context, request: Request) -> list[Visit]:
    """All visits of a request, earliest acceptance first."""
    return list(
        ctx.session.scalars(
            sa.select(Visit)
            .where(Visit.book == request.book, Visit.request_id == request.id)
            .order_by(Visit.accepted_at, Visit.id)
        )
    )


def cancel(ctx: Context, book: str, request_id: UUID, reason: str = "") -> None:
    """Call a request off before anybody has begun; everything held goes back."""
    request = locked_request(ctx, book, request_id)
    policy.require(ctx.actor, "request.cancel", subject_of(request))

    def do() -> dict[str, str]:
        if request.state not in CANCELLABLE:
            raise say.StateChanged
        visits = visits_of(ctx, request)
        if any(visit.state in BEGUN for visit in visits):
            raise say.AlreadyStarted
        end(ctx, request, RequestState.CANCELLED, say.REQUEST_CANCELLED, reason or None)
        return {}

    once(ctx, book, "request.cancel", {"request_id": request_id}, do)


def end(
    ctx: Context,
    request: Request,
    state: RequestState,
    sentence: str,
    reason: str | None = None,
) -> None:
    """End a request: its accepted visits are called off, its holds released, its people told."""
    before = request.state
    request.state, request.reason, request.ended_at = state, reason, ctx.now
    close_open(ctx, request)
    for visit in visits_of(ctx, request):
        if visit.state is VisitState.ACCEPTED:
            call_off_promise(ctx, request, visit, by=_side_of(ctx, request))
    settle(ctx, request)
    tell_elder(ctx, request, sentence)
    audit.record(
        ctx,
        f"request.{state.value}",
        "request",
        request.id,
        book=request.book,
        before={"state": before.value},
        after={"state": state.value},
        acting_for_id=None if ctx.actor.id == request.elder_id else request.elder_id,
    )
    ctx.session.flush()
    release_holds(ctx, request)


def call_off_promise(ctx: Context, request: Request, visit: Visit, *, by: str) -> None:
    """Call off a visit that somebody has promised, and tell who need not come; services only."""
    outbox.tell(
        ctx,
        request.book,
        visit.provider_id,
        say.VISIT_CALLED_OFF,
        channel="sms",
        urgent=is_soon(ctx.now, visit.starts_at),
        until=visit.starts_at,
        request_id=request.id,
        visit_id=visit.id,
        start_at=request.starts_at,
        reference=request.reference,
        **service_name(ctx, request),
    )
    call_off(ctx, visit, VisitState.CANCELLED, by=by)


def _side_of(ctx: Context, request: Request) -> str:
    """Whose wish ends the request: the elder's side, a branch, or nobody but the clock."""
    if ctx.actor.is_system:
        return "system"
    own = ctx.actor.id == request.elder_id or request.elder_id in ctx.actor.kin
    return "elder" if own else "branch"


def due_to_expire(ctx: Context, limit: int = 500) -> list[tuple[str, UUID]]:
    """Requests whose time has come without enough people, oldest first."""
    rows = ctx.session.execute(
        sa.select(Request.book, Request.id)
        .where(
            Request.state.in_(
                (RequestState.SUBMITTED, RequestState.WAITING_POOL, RequestState.OPEN)
            ),
            Request.starts_at <= ctx.now,
        )
        .order_by(Request.starts_at)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def expire(ctx: Context, book: str, request_id: UUID) -> None:
    """End a request that nobody took in time; one that has moved on is left alone."""
    policy.require(ctx.actor, "jobs.run")
    request = locked_request(ctx, book, request_id)
    late = request.starts_at <= ctx.now
    waiting = request.state in (
        RequestState.SUBMITTED,
        RequestState.WAITING_POOL,
        RequestState.OPEN,
    )
    if not (late and waiting):
        return
    if any(visit.state in BEGUN for visit in visits_of(ctx, request)):
        return
    end(ctx, request, RequestState.EXPIRED, say.REQUEST_EXPIRED)


def expire_holds(ctx: Context, book: str) -> int:
    """End the book's holds that have run out; returns how many balances were freed.

    Readers have left them out since that moment; here they leave the books as well.
    """
    policy.require(ctx.actor, "jobs.run")
    freed = expire_due(ctx.session, book, Stamp(ctx.now, ctx.actor.id))
    if freed:
        subject = derived("book", book)
        audit.record(ctx, "hold.expire", "book", subject, book=book, after={"balances": freed})
    return freed
