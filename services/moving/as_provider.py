"""A volunteer moves: the own days and quarters go along, and so do the promises to elders."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import ProviderDay, ProviderSlot, RequestState, Visit, VisitState
from services import audit, outbox
from services.asking.beginning import BACKFILL, begin
from services.claims import claim_rows
from services.clock import local_date
from services.context import Context
from services.entries.terms import oldest
from services.estates.leaving_provider import close_offers, leave_courses, leave_rounds
from services.matching.marks import mark
from services.moving import sentences as say
from services.moving.bookings import CARRIED, GIVEN_BACK, VISIT, cut_off, own_promises
from services.requests.reviewing import service_name
from services.rules.notices import is_soon
from services.schedule.proposals import close_open
from services.visits.across import claim_cost, free_claim
from services.visits.days import QUARTER_SECONDS, locked_day, week_of
from services.visits.locating import locked_visit
from services.visits.sentences import Overlap
from services.visits.undoing import call_off


def leave_district(ctx: Context, member: Member) -> dict[str, int]:
    """What only a neighbour does: offers, service days and courses are for others now."""
    return {
        "offers": close_offers(ctx, member),
        "rounds": leave_rounds(ctx, member),
        "courses": leave_courses(ctx, member),
    }


def carry_promises(ctx: Context, member: Member, from_book: str, to_book: str) -> list[Any]:
    """Take days, quarters and promises to the new home book; returns each promise's fate.

    A promise that no corridor pays for any more is given back and somebody else is sought. What
    now crosses is claimed, what no longer does is freed. Raises CapReached.
    """
    lines: list[Any] = []
    shut = cut_off(ctx, {(visit.book, to_book) for visit in own_promises(ctx, member)})
    kept: list[tuple[Any, Visit]] = []
    for found in own_promises(ctx, member):
        request, visit = locked_visit(ctx, found.book, found.id)
        if visit.state is not VisitState.ACCEPTED:
            continue
        given_back = (visit.book, to_book) in shut
        if given_back:
            _give_back(ctx, member, visit)
        else:
            kept.append((request, visit))
        lines.append(
            {
                "kind": VISIT,
                "fate": GIVEN_BACK if given_back else CARRIED,
                "book": visit.book,
                "id": str(visit.id),
                "reference": request.reference,
                "start_at": visit.starts_at.isoformat(),
                **service_name(ctx, request),
            }
        )
    _carry_days(ctx, member.id, from_book, to_book)
    _carry_slots(ctx, member.id, from_book, to_book, [visit.id for _, visit in kept])
    for request, visit in kept:
        free_claim(ctx, visit)
        visit.provider_book, visit.changed_at = to_book, ctx.now
        visit.sequence += 1
        ctx.session.flush()
        claim_cost(ctx, request, visit)
    mark(ctx.session, [member.id], ctx.now)
    return lines


def _give_back(ctx: Context, member: Member, visit: Visit) -> None:
    request, _ = locked_visit(ctx, visit.book, visit.id)
    if request.state is RequestState.FILLED and not visit.extra:
        request.state = RequestState.OPEN
    close_open(ctx, request)
    outbox.tell(
        ctx,
        request.book,
        request.elder_id,
        say.VISITOR_MOVED,
        channel="sms",
        urgent=is_soon(ctx.now, visit.starts_at),
        request_id=request.id,
        visit_id=visit.id,
        visitor=member.name,
        start_at=visit.starts_at,
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
        after={"state": VisitState.CANCELLED.value, "reason": "moved"},
        acting_for_id=None if ctx.actor.id == member.id else member.id,
    )
    call_off(ctx, visit, VisitState.CANCELLED, say.ENDED_BY_MOVE)
    begin(ctx, request, BACKFILL)


def _carry_days(ctx: Context, provider_id: UUID, from_book: str, to_book: str) -> None:
    """The days of this week and this year, and all later ones: caps count on where one lives.

    Days for which a service may still be entered by hand come too, also at the turn of a year.
    """
    today = local_date(ctx.now)
    since = min(date(today.year, 1, 1), week_of(today)[0], local_date(ctx.now - oldest()))
    days = ctx.session.scalars(
        sa.select(ProviderDay.day)
        .where(
            ProviderDay.book == from_book,
            ProviderDay.provider_id == provider_id,
            ProviderDay.day >= since,
        )
        .order_by(ProviderDay.day)
    ).all()
    for day in days:
        # In the order of their keys, as two who move in opposite directions would meet.
        rows = {
            book: locked_day(ctx.session, book, provider_id, day)
            for book in sorted((from_book, to_book))
        }
        left, came = rows[from_book], rows[to_book]
        came.credit_minutes += left.credit_minutes
        came.actual_minutes += left.actual_minutes
        left.credit_minutes = left.actual_minutes = 0
    ctx.session.flush()


def _carry_slots(
    ctx: Context, provider_id: UUID, from_book: str, to_book: str, visits: list[UUID]
) -> None:
    """Quarters of today and later; the key in the new book forbids a second promise as before."""
    begin_at = int((ctx.now - timedelta(days=1)).timestamp()) // QUARTER_SECONDS
    mine = sa.and_(
        ProviderSlot.book == from_book,
        ProviderSlot.provider_id == provider_id,
        sa.or_(ProviderSlot.quarter >= begin_at, ProviderSlot.visit_id.in_(visits)),
    )
    rows = ctx.session.execute(
        sa.select(ProviderSlot.quarter, ProviderSlot.visit_id)
        .where(mine)
        .order_by(ProviderSlot.quarter)
    ).all()
    if not rows:
        return
    ctx.session.execute(sa.delete(ProviderSlot).where(mine))
    values = [
        {
            "book": to_book,
            "provider_id": provider_id,
            "quarter": row.quarter,
            "visit_id": row.visit_id,
        }
        for row in rows
    ]
    if claim_rows(ctx.session, ProviderSlot, values) < len(values):
        raise Overlap(buffer_minutes=0)
