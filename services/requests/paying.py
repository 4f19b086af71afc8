"""A payer who can pay no longer: what was set aside comes from the elder and the pool instead."""

from __future__ import annotations

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, RequestState, Visit, VisitState
from services import audit, outbox
from services.context import Context
from services.people.books import books_of
from services.requests import sentences as say
from services.requests.ending import BEGUN, CANCELLABLE, call_off_promise, visits_of
from services.requests.reviewing import locked_request, service_name
from services.schedule.moving import hold_anew
from services.schedule.proposals import close_open
from services.schedule.sentences import PoolTooShort


def end_payments(ctx: Context, member: Member) -> None:
    """Free what a dead member had set aside for others' requests; services only.

    What has begun already, or should have, stays paid as it was promised. Where the pool cannot
    stand in for a promised visit, the visit is called off and the request waits for the pool
    like any other.
    """
    found = ctx.session.execute(
        sa.select(Request.book, Request.id)
        .where(Request.book.in_(books_of(member)), Request.payer_id == member.id)
        .where(Request.state.in_(CANCELLABLE), Request.starts_at > ctx.now)
        .order_by(Request.book, Request.id)
    ).all()
    for book, key in found:
        request = locked_request(ctx, book, key)
        visits = visits_of(ctx, request)
        if request.state in CANCELLABLE and not any(each.state in BEGUN for each in visits):
            _end(ctx, request, member, [v for v in visits if v.state is VisitState.ACCEPTED])


def _end(ctx: Context, request: Request, payer: Member, promised: list[Visit]) -> None:
    request.payer_id = None
    try:
        with ctx.session.begin_nested():
            hold_anew(ctx, request, promised)
    except PoolTooShort:
        _call_off(ctx, request, promised)
        hold_anew(ctx, request, [])
    tell_unpaid(ctx, request, payer)


def tell_unpaid(ctx: Context, request: Request, payer: Member) -> None:
    """Write down who pays a request no longer, and tell the elder; services only."""
    audit.record(
        ctx,
        "request.unpay",
        "request",
        request.id,
        book=request.book,
        before={"payer": str(payer.id)},
        after={"state": request.state.value, "shortfall_minutes": request.shortfall_minutes},
    )
    outbox.tell(
        ctx,
        request.book,
        request.elder_id,
        say.PAYER_GONE,
        request_id=request.id,
        payer=payer.name,
        start_at=request.starts_at,
        reference=request.reference,
        **service_name(ctx, request),
    )
    ctx.session.flush()


def _call_off(ctx: Context, request: Request, promised: list[Visit]) -> None:
    """Nobody works for minutes that are not there: others are sought once they are."""
    close_open(ctx, request)
    for visit in promised:
        call_off_promise(ctx, request, visit, by="system")
    if request.state is RequestState.FILLED:
        request.state = RequestState.OPEN
    ctx.session.flush()
