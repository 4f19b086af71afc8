"""Sessions that can be booked, and one of them, for a volunteer; and the record of training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.training import Course, CourseSession, Enrolment, EnrolmentState, SessionState
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.people.reading import member_row, subject_of
from services.places import BranchView, branch
from services.rules.names import Name
from services.rules.training import SIGN_IN_AFTER_MINUTES, SIGN_IN_BEFORE_MINUTES
from services.training.courses import course_name
from services.training.sentences import SessionUnknown

#: Sessions on one page; those that come first are shown.
MOST = 100


@dataclass(frozen=True, slots=True)
class SessionCard:
    """A session as a volunteer sees it. ``mine`` is the own place, if there is one."""

    book: str
    id: UUID
    course: Name
    code: str
    contents: str
    certificate: Name
    study_minutes: int
    valid_days: int | None
    organiser: str
    starts_at: datetime
    ends_at: datetime
    place: str
    trainer: str
    places: int
    left: int
    state: SessionState
    mine: EnrolmentState | None
    score: int | None

    def may_sign_in(self, now: datetime) -> bool:
        """Whether the code is taken now."""
        opens = self.starts_at - timedelta(minutes=SIGN_IN_BEFORE_MINUTES)
        closes = self.ends_at + timedelta(minutes=SIGN_IN_AFTER_MINUTES)
        return self.mine is EnrolmentState.BOOKED and opens <= now <= closes

    def may_book(self, now: datetime) -> bool:
        """Whether a place, or one in the waiting list, can be booked now."""
        free = self.mine in (None, EnrolmentState.CANCELLED)
        return free and self.state is SessionState.PLANNED and self.starts_at > now

    def may_give_back(self, now: datetime) -> bool:
        """Whether the own place can be given back now."""
        held = self.mine in (EnrolmentState.BOOKED, EnrolmentState.WAITING)
        return held and self.state is SessionState.PLANNED and self.starts_at > now


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One session with the branch that puts it on."""

    card: SessionCard
    branch: BranchView


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One training as the record of volunteer service asks for it: five fields and the result."""

    name: Name
    contents: str
    study_minutes: int
    organiser: str
    day: date
    state: EnrolmentState
    score: int | None


def upcoming(ctx: Context) -> tuple[SessionCard, ...]:
    """Sessions of the own book that have not ended and those of which one is part, by time."""
    policy.require(ctx.actor, "training.browse")
    me, book = ctx.actor.id, ctx.actor.home_book
    mine = sa.and_(
        Enrolment.book == CourseSession.book,
        Enrolment.session_id == CourseSession.id,
        Enrolment.member_id == me,
    )
    since = ctx.now - timedelta(minutes=SIGN_IN_AFTER_MINUTES)
    rows = ctx.session.execute(
        sa.select(CourseSession, Course, Enrolment)
        .join(Course, _same_course())
        .join(Enrolment, mine, isouter=True)
        .where(
            CourseSession.book == book,
            CourseSession.ends_at >= since,
            CourseSession.state == SessionState.PLANNED,
        )
        .order_by(CourseSession.starts_at, CourseSession.id)
        .limit(MOST)
    ).all()
    taken = places_taken(ctx, book, [row.CourseSession.id for row in rows])
    return tuple(_card(ctx, row.CourseSession, row.Course, row.Enrolment, taken) for row in rows)


def session_page(ctx: Context, book: str, session_id: UUID) -> SessionPage:
    """One session; raises SessionUnknown."""
    policy.require(ctx.actor, "training.browse")
    row = ctx.session.get(CourseSession, (book, session_id))
    if row is None:
        raise SessionUnknown
    course = ctx.session.get_one(Course, (book, row.course_id))
    enrolment = ctx.session.get(Enrolment, (book, session_id, ctx.actor.id))
    taken = places_taken(ctx, book, [row.id])
    return SessionPage(
        _card(ctx, row, course, enrolment, taken), branch(ctx.session, row.branch_id)
    )


def record_of(ctx: Context, member_id: UUID) -> tuple[RecordLine, ...]:
    """What a member has learnt, newest first: courses that were attended or ended otherwise."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "training.read", subject_of(member))
    ended = (
        EnrolmentState.ATTENDED,
        EnrolmentState.PASSED,
        EnrolmentState.FAILED,
        EnrolmentState.ABSENT,
    )
    rows = ctx.session.execute(
        sa.select(Enrolment, CourseSession, Course)
        .join(
            CourseSession,
            sa.and_(CourseSession.book == Enrolment.book, CourseSession.id == Enrolment.session_id),
        )
        .join(Course, _same_course())
        .where(Enrolment.member_id == member_id, Enrolment.state.in_(ended))
        .order_by(CourseSession.ends_at.desc(), CourseSession.id)
        .limit(MOST)
        .execution_options(cross_book=True)
    )
    return tuple(
        RecordLine(
            name=course_name(row.Course),
            contents=row.Course.contents,
            study_minutes=row.Course.study_minutes,
            organiser=row.Course.organiser,
            day=local_date(row.CourseSession.ends_at),
            state=row.Enrolment.state,
            score=row.Enrolment.score,
        )
        for row in rows
    )


def places_taken(ctx: Context, book: str, session_ids: list[UUID]) -> dict[UUID, int]:
    """How many places of each session are taken."""
    if not session_ids:
        return {}
    gone = (EnrolmentState.CANCELLED, EnrolmentState.WAITING)
    rows = ctx.session.execute(
        sa.select(Enrolment.session_id, sa.func.count())
        .where(
            Enrolment.book == book,
            Enrolment.session_id.in_(session_ids),
            Enrolment.state.not_in(gone),
        )
        .group_by(Enrolment.session_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def _same_course() -> sa.ColumnElement[bool]:
    return sa.and_(Course.book == CourseSession.book, Course.id == CourseSession.course_id)


def _card(
    ctx: Context,
    row: CourseSession,
    course: Course,
    enrolment: Enrolment | None,
    taken: dict[UUID, int],
) -> SessionCard:
    return SessionCard(
        book=row.book,
        id=row.id,
        course=course_name(course),
        code=course.code,
        contents=course.contents,
        certificate=certificate_name(ctx, course.certificate_code),
        study_minutes=course.study_minutes,
        valid_days=course.valid_days,
        organiser=course.organiser,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=row.place,
        trainer=row.trainer,
        places=row.places,
        left=max(0, row.places - taken.get(row.id, 0)),
        state=row.state,
        mine=None if enrolment is None else enrolment.state,
        score=None if enrolment is None else enrolment.score,
    )


def certificate_name(ctx: Context, code: str) -> Name:
    """What a certificate is called in the rules of today."""
    kind = rates.rule_set_on(ctx.session, local_date(ctx.now)).certificates.get(code)
    return kind.name if kind is not None else Name(code, code)
