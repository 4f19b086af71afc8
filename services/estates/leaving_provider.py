"""What somebody who has died had promised: others are sought, and nothing is offered any more."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.matching import Offer, OfferKind, OfferState
from models.people import Member
from models.requests import Request, RequestState, Visit, VisitState
from models.schedule import Series, SeriesState
from models.service_days import GroupSession, GroupState, Round, RoundMember
from models.training import CourseSession, Enrolment, EnrolmentState
from services import audit, outbox
from services.asking.beginning import BACKFILL, STANDBY, begin
from services.context import Context
from services.estates.sentences import ENDED_BY_DEATH
from services.groups.finding import locked_session, tell
from services.groups.promise import free_leader
from services.groups.sentences import LEADER_GONE
from services.jobs import due
from services.people.books import books_of
from services.requests.ending import BEGUN, CANCELLABLE, visits_of
from services.requests.reviewing import service_name
from services.rules.notices import is_soon
from services.schedule import locating
from services.schedule.proposals import close_open
from services.schedule.sentences import REGULAR_STOPPED
from services.service_days.team import NO
from services.training.booking import free_place
from services.training.courses import locked_session as locked_course
from services.visits.locating import locked_visit
from services.visits.sentences import VISITOR_CANCELLED
from services.visits.undoing import call_off


def leave_as_provider(ctx: Context, member: Member) -> dict[str, int]:
    """Take back every promise that has not begun; returns how much of each.

    What has begun stays for the elder's word or the branch, and is credited all the same.
    """
    return {
        "regulars": _leave_series(ctx, member),
        "promises": _give_visits_back(ctx, member),
        "offers": close_offers(ctx, member),
        "sessions": _step_back(ctx, member),
        "rounds": leave_rounds(ctx, member),
        "courses": leave_courses(ctx, member),
    }


def _leave_series(ctx: Context, member: Member) -> int:
    rows = ctx.session.scalars(
        sa.select(Series)
        .where(
            Series.book == member.home_book,
            Series.state != SeriesState.ENDED,
            sa.or_(Series.regular_id == member.id, Series.substitute_id == member.id),
        )
        .order_by(Series.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for series in rows:
        if series.regular_id == member.id:
            series.regular_id = series.regular_agreed_at = None
        if series.substitute_id == member.id:
            series.substitute_id = series.substitute_agreed_at = None
        series.sequence += 1
        readers = locating.readers_of(series)
        locating.tell(ctx, series, readers, REGULAR_STOPPED, volunteer=member.name)
    ctx.session.flush()
    return len(rows)


def _give_visits_back(ctx: Context, member: Member) -> int:
    found = ctx.session.execute(
        sa.select(Visit.book, Visit.id)
        .where(
            Visit.book.in_(books_of(member)),
            Visit.provider_id == member.id,
            Visit.state == VisitState.ACCEPTED,
            Visit.starts_at > ctx.now,
        )
        .order_by(Visit.book, Visit.request_id, Visit.id)
    ).all()
    return sum(_give_back(ctx, member, row.book, row.id) for row in found)


def _give_back(ctx: Context, member: Member, book: str, visit_id: UUID) -> bool:
    request, visit = locked_visit(ctx, book, visit_id)
    if visit.state is not VisitState.ACCEPTED:
        return False
    others = [each for each in visits_of(ctx, request) if each.id != visit.id]
    # Where the other of a pair has begun nobody new is sought.
    has_begun = any(each.state in BEGUN for each in others)
    if request.state is RequestState.FILLED and not visit.extra and not has_begun:
        request.state = RequestState.OPEN
    close_open(ctx, request)
    _tell(ctx, request, visit, member.name)
    call_off(ctx, visit, VisitState.CANCELLED, ENDED_BY_DEATH)
    begin(ctx, request, BACKFILL)
    return True


def _tell(ctx: Context, request: Request, visit: Visit, name: str) -> None:
    outbox.tell(
        ctx,
        request.book,
        request.elder_id,
        VISITOR_CANCELLED,
        channel="sms",
        urgent=is_soon(ctx.now, visit.starts_at),
        request_id=request.id,
        visit_id=visit.id,
        visitor=name,
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
        after={"state": VisitState.CANCELLED.value},
        acting_for_id=visit.provider_id,
    )


def close_offers(ctx: Context, member: Member) -> int:
    """Nothing waits for an answer that will not come; whoever stood by is replaced."""
    alive = sa.select(Request.id).where(
        Request.book == member.home_book, Request.state.in_(CANCELLABLE)
    )
    ctx.session.execute(
        sa.update(Request)
        .where(
            Request.book == member.home_book,
            Request.wished_provider_id == member.id,
            Request.state.in_(CANCELLABLE),
        )
        .values(wished_provider_id=None)
        .execution_options(synchronize_session="fetch")
    )
    standing = sa.and_(Offer.kind == OfferKind.STANDBY, Offer.state == OfferState.ACCEPTED)
    rows = ctx.session.scalars(
        sa.select(Offer)
        .where(
            Offer.book == member.home_book,
            Offer.provider_id == member.id,
            Offer.request_id.in_(alive),
            sa.or_(Offer.state == OfferState.OPEN, standing),
        )
        .order_by(Offer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for offer in rows:
        if offer.kind is OfferKind.STANDBY:
            due.plan(ctx, STANDBY, offer.book, offer.request_id, ctx.now)
        offer.state, offer.answered_at = OfferState.WITHDRAWN, ctx.now
    ctx.session.flush()
    return len(rows)


def _step_back(ctx: Context, member: Member) -> int:
    ids = ctx.session.scalars(
        sa.select(GroupSession.id)
        .where(
            GroupSession.book == member.home_book,
            GroupSession.provider_id == member.id,
            GroupSession.state.in_((GroupState.BOOKING, GroupState.CLOSED)),
            GroupSession.starts_at > ctx.now,
        )
        .order_by(GroupSession.id)
    ).all()
    for session_id in ids:
        session = locked_session(ctx, member.home_book, session_id)
        if session.provider_id != member.id:
            continue
        tell(ctx, session, session.made_by_id, LEADER_GONE)
        audit.record(
            ctx,
            "group.step_back",
            "group_session",
            session.id,
            book=session.book,
            after={"provider": str(member.id), "reserved_minutes": session.reserved_minutes},
            acting_for_id=member.id,
        )
        free_leader(ctx, session)
        session.reason = ENDED_BY_DEATH
    ctx.session.flush()
    return len(ids)


def leave_rounds(ctx: Context, member: Member) -> int:
    """Service days of the district that somebody does not come to any more."""
    rows = ctx.session.scalars(
        sa.select(RoundMember)
        .join(
            Round,
            sa.and_(
                Round.book == RoundMember.book,
                Round.service_day_id == RoundMember.service_day_id,
                Round.rule_day == RoundMember.rule_day,
            ),
        )
        .where(
            RoundMember.book == member.home_book,
            RoundMember.member_id == member.id,
            RoundMember.answer != NO,
            Round.starts_at > ctx.now,
        )
    ).all()
    for row in rows:
        row.answer, row.answered_at = NO, ctx.now
    ctx.session.flush()
    return len(rows)


def leave_courses(ctx: Context, member: Member) -> int:
    """Places in courses of the district that are free again."""
    standing = (EnrolmentState.BOOKED, EnrolmentState.WAITING)
    ids: list[UUID] = list(
        ctx.session.scalars(
            sa.select(Enrolment.session_id)
            .join(
                CourseSession,
                sa.and_(
                    CourseSession.book == Enrolment.book, CourseSession.id == Enrolment.session_id
                ),
            )
            .where(
                Enrolment.book == member.home_book,
                Enrolment.member_id == member.id,
                Enrolment.state.in_(standing),
                CourseSession.starts_at > ctx.now,
            )
            .order_by(Enrolment.session_id)
        )
    )
    for session_id in ids:
        row = locked_course(ctx, member.home_book, session_id)
        enrolment = ctx.session.get_one(Enrolment, (row.book, row.id, member.id))
        free_place(ctx, row, enrolment)
    return len(ids)
