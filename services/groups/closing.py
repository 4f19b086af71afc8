"""Booking closes by itself: the number is fixed, and each holds only the own share from then on."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.service_days import GroupPlace, GroupSession, GroupState
from services import audit, policy, rates
from services.clock import local_date
from services.context import Context
from services.groups import sentences as say
from services.groups.booking import largest_share
from services.groups.finding import locked_session, places_of, taken, tell
from services.groups.making import call_off
from services.ledger.drafts import HoldDraft, Stamp
from services.ledger.holds import held_minutes, hold_member, release
from services.ledger.rows import read_holds


def due_to_close(ctx: Context) -> list[tuple[str, UUID]]:
    """Sessions whose booking is over, that nobody leads, or whose list nobody has written."""
    group = GroupSession
    rows = ctx.session.execute(
        sa.select(group.book, group.id)
        .where(
            sa.or_(
                sa.and_(group.state == GroupState.BOOKING, group.closes_at <= ctx.now),
                sa.and_(
                    group.state == GroupState.CLOSED,
                    group.provider_id.is_(None),
                    group.starts_at <= ctx.now,
                ),
                sa.and_(
                    group.state == GroupState.CLOSED,
                    group.starts_at <= ctx.now - timedelta(days=_due_days(ctx)),
                ),
            )
        )
        .order_by(group.closes_at, group.id)
        .limit(500)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def close(ctx: Context, book: str, session_id: UUID) -> bool:
    """Close the booking, or call off what nobody leads or has written down; whether it did."""
    policy.require(ctx.actor, "jobs.run")
    row = locked_session(ctx, book, session_id)
    is_due = row.state is GroupState.BOOKING and row.closes_at <= ctx.now
    if is_due:
        _close(ctx, row)
    if row.state is not GroupState.CLOSED:
        return is_due
    if row.provider_id is None and row.starts_at <= ctx.now:
        call_off(ctx, row, say.NOBODY_LEADS)
    elif _is_forgotten(ctx, row):
        # What nobody has written down in time is never credited, and held no longer.
        call_off(ctx, row, say.NEVER_WRITTEN)
    else:
        return is_due
    return True


def _due_days(ctx: Context) -> int:
    """Working days within which a service is recorded."""
    return rates.rule_set_on(ctx.session, local_date(ctx.now)).records.due_working_days


def _is_forgotten(ctx: Context, row: GroupSession) -> bool:
    calendar = rates.calendar_on(ctx.session)
    last = calendar.add_working_days(local_date(row.starts_at), _due_days(ctx))
    return local_date(ctx.now) > last


def _close(ctx: Context, row: GroupSession) -> None:
    booked = taken(places_of(ctx, row))
    if not booked:
        call_off(ctx, row, say.NOBODY_BOOKED)
        return
    row.booked, row.state = len(booked), GroupState.CLOSED
    share = largest_share(ctx, row, row.booked)
    for place in booked:
        place.hold_id = _hold_share(ctx, row, place, share)
    for reader in {row.made_by_id, row.provider_id} - {None}:
        assert reader is not None
        tell(ctx, row, reader, say.CLOSED_WITH, booked=row.booked)
    audit.record(
        ctx,
        "group.close",
        "group_session",
        row.id,
        book=row.book,
        before={"state": GroupState.BOOKING.value},
        after={"state": row.state.value, "booked": row.booked, "share_minutes": share},
    )
    ctx.session.flush()


def _hold_share(ctx: Context, row: GroupSession, place: GroupPlace, share: int) -> UUID | None:
    """The share instead of the most it might have been, and never more than was held before."""
    if place.hold_id is None:
        return None
    stamp = Stamp(ctx.now, ctx.actor.id)
    before = read_holds(ctx.session, row.book, [place.hold_id])[place.hold_id]
    release(ctx.session, row.book, [place.hold_id], stamp)
    draft = HoldDraft(
        book=row.book,
        purpose="group_share",
        subject_id=row.id,
        key=f"group:{row.id}:{place.elder_id}:closed",
        legs=(),
    )
    most = min(share, held_minutes(before))
    found, _minutes = hold_member(ctx.session, row.book, place.elder_id, most, draft, stamp)
    return found
