"""A visit that does not take place: its reservations go back."""

from __future__ import annotations

from models.requests import Visit, VisitState
from services.context import Context
from services.ledger.drafts import Stamp
from services.ledger.holds import release
from services.visits.days import free_slots, settle_day


def call_off(ctx: Context, visit: Visit, state: VisitState, reason: str | None = None) -> None:
    """End a visit without credit: the day, the quarters and the pool's share are free again."""
    visit.state, visit.ended_at = state, ctx.now
    if reason is not None:
        visit.reason = reason
    free_slots(ctx.session, visit)
    settle_day(ctx.session, visit, 0, 0)
    ctx.session.flush()
    if visit.pool_hold_id is not None:
        release(ctx.session, visit.book, [visit.pool_hold_id], Stamp(ctx.now, ctx.actor.id))
