"""What was under way for an elder who has died: called off, given back, or for the branch."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, RequestState, Visit, VisitState
from models.schedule import Occurrence, OccurrenceState, Series, SeriesState
from models.service_days import GroupPlace, GroupSession, GroupState
from services import audit, outbox
from services.context import Context
from services.estates.sentences import ENDED_BY_DEATH
from services.groups.finding import locked_session, tell_booked
from services.groups.sentences import PLACE_FREED
from services.ledger.drafts import Stamp
from services.ledger.holds import release
from services.requests.ending import BEGUN, CANCELLABLE, end, visits_of
from services.requests.reviewing import locked_request, service_name
from services.requests.sentences import REQUEST_CANCELLED, VISIT_CALLED_OFF
from services.rules.notices import is_soon
from services.schedule.locating import readers_of, regulars_of, tell
from services.schedule.sentences import SERIES_ENDED
from services.visits.locating import locked_visit
from services.visits.reviewing import send_to_review
from services.visits.undoing import call_off


def leave_as_elder(ctx: Context, member: Member) -> dict[str, int]:
    """End everything that was to come for the elder; returns how much of each.

    Standing visits, requests, places. What had begun or waits for the elder's word goes to the
    branch's review, with what is held for it.
    """
    return {
        "series": _end_series(ctx, member),
        "requests": _end_requests(ctx, member),
        "reviews": _send_to_review(ctx, member),
        "places": give_places_back(ctx, member),
    }


def _end_series(ctx: Context, member: Member) -> int:
    rows = ctx.session.scalars(
        sa.select(Series)
        .where(
            Series.book == member.home_book,
            Series.elder_id == member.id,
            Series.state != SeriesState.ENDED,
        )
        .order_by(Series.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for series in rows:
        before, concerned = series.state, readers_of(series) | regulars_of(series)
        series.state, series.reason, series.ended_at = SeriesState.ENDED, ENDED_BY_DEATH, ctx.now
        series.sequence += 1
        _cancel_dates(ctx, series)
        tell(ctx, series, concerned - {member.id}, SERIES_ENDED)
        audit.record(
            ctx,
            "series.ended",
            "series",
            series.id,
            book=series.book,
            before={"state": before.value},
            after={"state": series.state.value},
            acting_for_id=member.id,
        )
    ctx.session.flush()
    return len(rows)


def _cancel_dates(ctx: Context, series: Series) -> None:
    """Dates of which nobody has been asked yet."""
    ctx.session.execute(
        sa.update(Occurrence)
        .where(
            Occurrence.book == series.book,
            Occurrence.series_id == series.id,
            Occurrence.starts_at > ctx.now,
            Occurrence.request_id.is_(None),
        )
        .values(state=OccurrenceState.CANCELLED)
        .execution_options(synchronize_session="fetch")
    )


def _end_requests(ctx: Context, member: Member) -> int:
    ids = ctx.session.scalars(
        sa.select(Request.id)
        .where(
            Request.book == member.home_book,
            Request.elder_id == member.id,
            Request.state.in_(CANCELLABLE),
        )
        .order_by(Request.id)
    ).all()
    return sum(_end_request(ctx, member.home_book, request_id) for request_id in ids)


def _end_request(ctx: Context, book: str, request_id: UUID) -> bool:
    request = locked_request(ctx, book, request_id)
    if request.state not in CANCELLABLE:
        return False
    visits = visits_of(ctx, request)
    if any(visit.state in BEGUN for visit in visits):
        _call_off_partner(ctx, request, visits)
        return False
    end(ctx, request, RequestState.CANCELLED, REQUEST_CANCELLED, ENDED_BY_DEATH)
    ctx.session.execute(
        sa.update(Occurrence)
        .where(Occurrence.book == book, Occurrence.request_id == request_id)
        .values(state=OccurrenceState.CANCELLED)
        .execution_options(synchronize_session="fetch")
    )
    return True


def _call_off_partner(ctx: Context, request: Request, visits: Sequence[Visit]) -> None:
    """One of two has begun: the other, who is still on the way, need not come."""
    for visit in visits:
        if visit.state is not VisitState.ACCEPTED:
            continue
        outbox.tell(
            ctx,
            request.book,
            visit.provider_id,
            VISIT_CALLED_OFF,
            channel="sms",
            urgent=is_soon(ctx.now, visit.starts_at),
            request_id=request.id,
            visit_id=visit.id,
            start_at=request.starts_at,
            reference=request.reference,
            **service_name(ctx, request),
        )
        call_off(ctx, visit, VisitState.CANCELLED, ENDED_BY_DEATH)


def _send_to_review(ctx: Context, member: Member) -> int:
    """What waits for a word that the elder cannot give any more."""
    waiting = (VisitState.CHECKED_IN, VisitState.CHECKED_OUT)
    ids = ctx.session.scalars(
        sa.select(Visit.id)
        .where(
            Visit.book == member.home_book,
            Visit.elder_id == member.id,
            Visit.state.in_(waiting),
        )
        .order_by(Visit.request_id, Visit.id)
    ).all()
    sent = 0
    for visit_id in ids:
        request, visit = locked_visit(ctx, member.home_book, visit_id)
        if visit.state in waiting:
            send_to_review(ctx, request, visit)
            sent += 1
    ctx.session.flush()
    return sent


def give_places_back(ctx: Context, member: Member) -> int:
    """Places in group sessions that are free for others again."""
    rows = ctx.session.execute(
        sa.select(GroupPlace.session_id)
        .join(
            GroupSession,
            sa.and_(GroupSession.book == GroupPlace.book, GroupSession.id == GroupPlace.session_id),
        )
        .where(
            GroupPlace.book == member.home_book,
            GroupPlace.elder_id == member.id,
            GroupPlace.cancelled_at.is_(None),
            GroupSession.state.in_((GroupState.BOOKING, GroupState.CLOSED)),
            GroupSession.starts_at > ctx.now,
        )
        .order_by(GroupPlace.session_id)
    ).all()
    for row in rows:
        _give_place_back(ctx, member, row.session_id)
    return len(rows)


def _give_place_back(ctx: Context, member: Member, session_id: UUID) -> None:
    session = locked_session(ctx, member.home_book, session_id)
    place = ctx.session.get_one(
        GroupPlace, (session.book, session.id, member.id), populate_existing=True
    )
    # Whoever goes before the number is fixed was never in it; after it the pool bears the part.
    is_fixed = session.state is GroupState.CLOSED
    place.cancelled_at = ctx.now if is_fixed else min(ctx.now, session.closes_at)
    tell_booked(ctx, session, place, PLACE_FREED)
    audit.record(
        ctx,
        "group.unbook",
        "group_session",
        session.id,
        book=session.book,
        after={"elder": str(member.id), "consent": place.consent},
        acting_for_id=member.id,
    )
    ctx.session.flush()
    if place.hold_id is not None:
        release(ctx.session, session.book, [place.hold_id], Stamp(ctx.now, ctx.actor.id))
