"""What the leader of a session has promised: quarters, a part of the day, the pool's share."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.requests import ProviderDay, ProviderSlot
from models.service_days import GroupSession
from services.claims import claim_rows
from services.clock import local_date
from services.context import Context
from services.ledger.accounts import pool_of
from services.ledger.drafts import HoldDraft, Leg, Stamp
from services.ledger.holds import hold, release
from services.matching.marks import mark
from services.rules.booking import TRAVEL_BUFFER_MINUTES
from services.rules.calendar import Calendar
from services.rules.factors import STOPS
from services.rules.rule_set import RuleSet
from services.rules.valuation import largest_pool_share
from services.visits.days import locked_day, quarters
from services.visits.sentences import Overlap


def claim_quarters(ctx: Context, row: GroupSession, provider_id: UUID) -> None:
    """Claim the session's quarters of an hour in the home book; raises Overlap."""
    span = quarters(row.starts_at, row.booked_minutes, TRAVEL_BUFFER_MINUTES)
    rows = [
        {"book": row.book, "provider_id": provider_id, "quarter": quarter, "visit_id": row.id}
        for quarter in span
    ]
    if claim_rows(ctx.session, ProviderSlot, rows) < len(rows):
        raise Overlap(buffer_minutes=TRAVEL_BUFFER_MINUTES)


def hold_pool_share(
    ctx: Context, row: GroupSession, level: str, rules: RuleSet, calendar: Calendar
) -> UUID:
    """Hold the most the pool may have to pay: all of it, if nobody comes who has coins.

    Raises NotEnough with the shortfall.
    """
    minutes = largest_pool_share(
        service=row.service_code,
        booked_start=row.starts_at,
        booked_minutes=row.booked_minutes,
        provider_level=level,
        certificate_relevant=False,
        care_grade=0,
        elder_hold_minutes=0,
        rules=rules,
        calendar=calendar,
        premium_stop=STOPS[row.premium_stop],
    )
    draft = HoldDraft(
        book=row.book,
        purpose="group_pool",
        subject_id=row.id,
        # Somebody may step back, and the next one says yes: a hold of its own each time.
        key=f"group:{row.id}:pool:{ctx.new_id()}",
        legs=(Leg(pool_of(row.book), minutes),),
    )
    return hold(ctx.session, draft, Stamp(ctx.now, ctx.actor.id))


def settle_leader_day(
    ctx: Context, row: GroupSession, credited_minutes: int, actual_minutes: int
) -> ProviderDay:
    """Replace what the session took of the leader's day by what it came to, under the lock."""
    assert row.provider_id is not None
    day = locked_day(ctx.session, row.book, row.provider_id, local_date(row.starts_at))
    taken = row.booked_minutes if row.actual_minutes is None else row.actual_minutes
    day.credit_minutes += credited_minutes - row.reserved_minutes
    day.actual_minutes += actual_minutes - taken
    row.reserved_minutes = credited_minutes
    mark(ctx.session, [row.provider_id], ctx.now)
    return day


def free_leader(ctx: Context, row: GroupSession) -> None:
    """Nobody leads it any more: quarters, day and the pool's share are free again."""
    if row.provider_id is None:
        return
    ctx.session.execute(
        sa.delete(ProviderSlot).where(
            ProviderSlot.book == row.book, ProviderSlot.visit_id == row.id
        )
    )
    settle_leader_day(ctx, row, 0, 0)
    ctx.session.flush()
    if row.pool_hold_id is not None:
        release(ctx.session, row.book, [row.pool_hold_id], Stamp(ctx.now, ctx.actor.id))
    row.provider_id = row.accepted_at = row.pool_hold_id = None
    row.rule_set_version = row.calendar_version = row.provider_level = None
    row.premium_stop = "none"
    row.began_at = row.actual_minutes = None
