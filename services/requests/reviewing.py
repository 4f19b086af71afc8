"""A branch looks at every request before it is offered: true, safe, and within the rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, RequestState
from services import audit, outbox, policy, rates
from services.acts import once
from services.asking.beginning import APPROVED, begin
from services.context import Context
from services.ledger.drafts import Stamp
from services.ledger.holds import release
from services.policy import Subject
from services.requests import sentences as say
from services.requests.funding import fund_waiting
from services.requests.shares import release_share


def locked_request(ctx: Context, book: str, request_id: UUID) -> Request:
    """The request under its lock; raises RequestUnknown."""
    request = ctx.session.scalar(
        sa.select(Request)
        .where(Request.book == book, Request.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if request is None:
        raise say.RequestUnknown
    return request


def subject_of(request: Request, provider_id: UUID | None = None) -> Subject:
    """The policy's view of a request."""
    return Subject(
        book=request.book,
        region_code=request.region_code,
        branch_id=request.branch_id,
        elder_id=request.elder_id,
        provider_id=provider_id,
    )


def service_name(ctx: Context, request: Request) -> dict[str, Any]:
    """The service's name as sentence parameters, from the rule set of the request."""
    rules = rates.rule_set(ctx.session, request.rule_set_version)
    return rules.service(request.service_code).name.params("service")


def approve(ctx: Context, book: str, request_id: UUID) -> None:
    """Let a request go on: open to volunteers, or into the pool's queue when coins are short."""
    request = locked_request(ctx, book, request_id)
    policy.require(ctx.actor, "request.review", subject_of(request))

    def do() -> dict[str, str]:
        if request.state is not RequestState.SUBMITTED or request.starts_at <= ctx.now:
            raise say.StateChanged
        let_through(ctx, request)
        return {}

    once(ctx, book, "request.approve", {"request_id": request_id}, do)


def let_through(ctx: Context, request: Request) -> None:
    """Open a request to volunteers, or put it into the pool's queue."""
    _decide(ctx, request, RequestState.WAITING_POOL)
    if request.shortfall_minutes == 0:
        request.state = RequestState.OPEN
        begin(ctx, request, APPROVED)
    sentence = say.REQUEST_OPEN if request.state is RequestState.OPEN else say.REQUEST_WAITING
    tell_elder(ctx, request, sentence)
    ctx.session.flush()
    if request.state is RequestState.WAITING_POOL:
        fund_waiting(ctx, request.book)


def refuse(ctx: Context, book: str, request_id: UUID, reason: str) -> None:
    """Refuse with a reason that the asker reads; everything held goes back."""
    request = locked_request(ctx, book, request_id)
    policy.require(ctx.actor, "request.review", subject_of(request))

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.ReasonNeeded(field="reason")
        if request.state is not RequestState.SUBMITTED:
            raise say.StateChanged
        _decide(ctx, request, RequestState.REFUSED, reason.strip())
        request.ended_at = ctx.now
        tell_elder(ctx, request, say.REQUEST_REFUSED, reason=request.reason)
        ctx.session.flush()
        release_holds(ctx, request)
        return {}

    once(ctx, book, "request.refuse", {"request_id": request_id, "reason": reason}, do)


def release_holds(ctx: Context, request: Request) -> None:
    """Give back the elder's share, a payer's part of it, and what the pool set aside for it."""
    release_share(ctx, request)
    if request.pool_hold_id is not None:
        stamp = Stamp(ctx.now, ctx.actor.id)
        release(ctx.session, request.book, [request.pool_hold_id], stamp)


def tell_elder(ctx: Context, request: Request, sentence: str, **params: Any) -> None:
    """A notice to the elder, and to the relative who asked."""
    for reader in {request.elder_id, request.asked_by_id}:
        if reader != request.elder_id and request.consent != "family":
            continue
        outbox.tell(
            ctx,
            request.book,
            reader,
            sentence,
            reference=request.reference,
            start_at=request.starts_at,
            **service_name(ctx, request),
            **params,
        )


def _decide(ctx: Context, request: Request, state: RequestState, reason: str | None = None) -> None:
    before = request.state
    request.state = state
    request.decided_at, request.decided_by_id = ctx.now, ctx.actor.id
    request.reason = reason
    audit.record(
        ctx,
        "request.review",
        "request",
        request.id,
        book=request.book,
        before={"state": before.value},
        after={"state": state.value},
    )
