"""A visit that does not take place: its reservations go back."""

from __future__ import annotations

from models.requests import Visit, VisitState
from services.context import Context
from services.ledger.drafts import Stamp
from services.ledger.holds import release
from services.matching.marks import mark
from services.rules.booking import is_late
from services.visits.across import free_claim
from services.visits.days import free_slots, settle_day


def call_off(
    ctx: Context,
    visit: Visit,
    state: VisitState,
    reason: str | None = None,
    *,
    by: str | None = None,
) -> None:
    """End a visit without credit: day, quarters, claim and the pool's share are free again.

    ``by`` says whose wish it was (provider, elder, branch, system); without one it was nobody's,
    and then it was neither early nor late.
    """
    visit.state, visit.ended_at = state, ctx.now
    visit.cancelled_by = by
    visit.cancelled_late = by is not None and is_late(ctx.now, visit.starts_at)
    visit.sequence += 1
    visit.changed_at = ctx.now
    if reason is not None:
        visit.reason = reason
    free_slots(ctx.session, visit)
    settle_day(ctx.session, visit, 0, 0)
    mark(ctx.session, [visit.provider_id], ctx.now)
    free_claim(ctx, visit)
    ctx.session.flush()
    if visit.pool_hold_id is not None:
        release(ctx.session, visit.book, [visit.pool_hold_id], Stamp(ctx.now, ctx.actor.id))
