"""Requests of elders without coins, met from the pool in the published order.

The order is the rule's: risk first, then care grade, then waiting time. Nobody chooses; a
request that cannot be covered holds back those after it, so that a small one never overtakes
a great need. What the elder lacks comes from funds that are for such elders before the pool is
asked; whoever waits holds back only those who need the same funds, or the pool.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, RequestState
from services import audit
from services.asking.beginning import APPROVED, begin
from services.context import Context
from services.donations.drawing import funds_minutes, hold_shortfall, open_funds, sources_of
from services.ledger.accounts import fund_account, pool_of, standing
from services.ledger.drafts import AccountClosed, HoldDraft, Leg, NotEnough, Stamp
from services.ledger.holds import hold

#: The published order, as the database sorts it.
PUBLISHED_ORDER = (
    sa.desc(Request.risk_tier),
    sa.desc(Request.care_grade),
    sa.asc(Request.submitted_at),
    sa.asc(Request.id),
)


def waiting_order(ctx: Context, book: str) -> list[Request]:
    """Requests that wait for the pool, first in line first."""
    return list(
        ctx.session.scalars(
            sa.select(Request)
            .where(Request.book == book, Request.state == RequestState.WAITING_POOL)
            .where(Request.starts_at > ctx.now)
            .order_by(*PUBLISHED_ORDER)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def fund_waiting(ctx: Context, book: str) -> int:
    """Open as many waiting requests as can be covered, in order; returns how many."""
    opened = 0
    funds = open_funds(ctx, book)
    everything = {pool_of(book), *(fund_account(book, each.id) for each in funds)}
    held_back: set[UUID] = set()
    for request in waiting_order(ctx, book):
        if held_back >= everything:
            break
        sources = sources_of(ctx, request, funds)
        if not _cover(ctx, request, tuple(each for each in sources if each not in held_back)):
            held_back.update(sources)
            continue
        request.state = RequestState.OPEN
        request.pool_needed_minutes = 0
        begin(ctx, request, APPROVED)
        audit.record(
            ctx,
            "request.fund",
            "request",
            request.id,
            book=book,
            before={"state": RequestState.WAITING_POOL.value},
            after={
                "state": RequestState.OPEN.value,
                "pool_covers_minutes": request.shortfall_minutes,
            },
        )
        opened += 1
    ctx.session.flush()
    return opened


def _cover(ctx: Context, request: Request, sources: tuple[UUID, ...]) -> bool:
    """Hold what the elder lacks, and see that an acceptance would not fail again."""
    pool = pool_of(request.book)
    missing = request.shortfall_minutes if request.pool_hold_id is None else 0
    from_funds = min(missing, funds_minutes(ctx, request.book, sources)) if missing else 0
    from_pool = missing - from_funds + request.pool_needed_minutes
    if pool in sources:
        available = standing(ctx.session, request.book, pool).available_minutes
        if available < from_pool:
            return False
    elif from_pool or not missing:
        return False
    if missing:
        # A request that was moved gave its first one back.
        turn = f":{ctx.new_id()}"
        try:
            request.pool_hold_id = hold_shortfall(ctx, request, missing, sources, turn)
        except (NotEnough, AccountClosed):
            return False
    return True


def hold_from_pool(
    ctx: Context, book: str, purpose: str, subject_id: UUID, minutes: int, *, turn: str = ""
) -> UUID:
    """Set pool minutes aside; raises NotEnough with the shortfall.

    ``turn`` tells a later hold for the same subject from its first.
    """
    draft = HoldDraft(
        book=book,
        purpose=purpose,
        subject_id=subject_id,
        key=f"{purpose}:{subject_id}{turn}",
        legs=(Leg(pool_of(book), minutes),),
    )
    return hold(ctx.session, draft, Stamp(ctx.now, ctx.actor.id))
