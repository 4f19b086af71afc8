"""Booking closes by itself: the number is fixed, and each holds only the own share from then on."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.service_days import GroupPlace, GroupSession, GroupState
from services import audit, policy
from services.context import Context
from services.groups import sentences as say
from services.groups.booking import largest_share
from services.groups.finding import locked_session, places_of, taken, tell
from services.groups.making import call_off
from services.ledger.drafts import HoldDraft, Stamp
from services.ledger.holds import held_minutes, hold_member, release
from services.ledger.rows import read_holds


def due_to_close(ctx: Context) -> list[tuple[str, UUID]]:
    """Sessions whose booking is over, and those that begin now with nobody to lead them."""
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
            )
        )
        .order_by(group.closes_at, group.id)
        .limit(500)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def close(ctx: Context, book: str, session_id: UUID) -> bool:
    """Close the booking, or call off what nobody leads; says whether anything was done."""
    policy.require(ctx.actor, "jobs.run")
    row = locked_session(ctx, book, session_id)
    if row.state is GroupState.BOOKING and row.closes_at <= ctx.now:
        _close(ctx, row)
    elif row.state is not GroupState.CLOSED:
        return False
    if row.state is GroupState.CLOSED and row.provider_id is None and row.starts_at <= ctx.now:
        call_off(ctx, row, say.NOBODY_LEADS)
    return True


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
