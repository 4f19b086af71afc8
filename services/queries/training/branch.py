"""Training at the counter: courses, sessions with their lists, and certificates that end soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import Certificate, Member, MemberStatus
from models.training import Course, CourseSession, Enrolment, EnrolmentState, SessionState
from services import audit, policy
from services.clock import local_date
from services.context import Context
from services.places import BranchView, branch
from services.queries.training.sessions import certificate_name, places_taken
from services.rules.member_number import grouped
from services.rules.names import Name
from services.rules.training import WARN_DAYS
from services.training.courses import CODE_PURPOSE, at_branch, course_name, course_row
from services.training.sentences import SessionUnknown

#: Rows of one list.
MOST = 100


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course of the branch's region."""

    id: UUID
    code: str
    name: Name
    certificate: Name
    certificate_code: str
    study_minutes: int
    valid_days: int | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session that the branch puts on."""

    id: UUID
    course: Name
    starts_at: datetime
    ends_at: datetime
    place: str
    places: int
    taken: int
    state: SessionState


@dataclass(frozen=True, slots=True)
class EndingLine:
    """A certificate of one of the branch's volunteers that ends soon."""

    member_id: UUID
    name: str
    certificate: Name
    ends_on: date


@dataclass(frozen=True, slots=True)
class Training:
    """What a branch sees of training."""

    courses: tuple[CourseLine, ...]
    sessions: tuple[SessionLine, ...]
    ending: tuple[EndingLine, ...]


@dataclass(frozen=True, slots=True)
class Attendee:
    """One person on a session's list."""

    member_id: UUID
    name: str
    number: str
    state: EnrolmentState
    attended_at: datetime | None
    attended_how: str | None
    score: int | None


@dataclass(frozen=True, slots=True)
class SessionFile:
    """One session with its list and the code for the room."""

    book: str
    id: UUID
    branch: BranchView
    course: Name
    contents: str
    starts_at: datetime
    ends_at: datetime
    place: str
    trainer: str
    places: int
    state: SessionState
    reason: str | None
    code: str
    people: tuple[Attendee, ...]


def training(ctx: Context, branch_id: UUID) -> Training:
    """The branch's courses and sessions (newest first), and certificates that end soon."""
    subject = at_branch(ctx, branch_id)
    policy.require(ctx.actor, "course.read", subject)
    book = str(subject.book)
    courses = ctx.session.scalars(
        sa.select(Course).where(Course.book == book).order_by(Course.code).limit(MOST)
    ).all()
    rows = ctx.session.scalars(
        sa.select(CourseSession)
        .where(CourseSession.book == book, CourseSession.branch_id == branch_id)
        .order_by(CourseSession.starts_at.desc(), CourseSession.id)
        .limit(MOST)
    ).all()
    taken = places_taken(ctx, book, [row.id for row in rows])
    names = {course.id: course_name(course) for course in courses}
    return Training(
        courses=tuple(_course(ctx, course) for course in courses),
        sessions=tuple(
            SessionLine(
                id=row.id,
                course=names[row.course_id],
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                place=row.place,
                places=row.places,
                taken=taken.get(row.id, 0),
                state=row.state,
            )
            for row in rows
        ),
        ending=_ending(ctx, book, branch_id),
    )


def _course(ctx: Context, course: Course) -> CourseLine:
    return CourseLine(
        id=course.id,
        code=course.code,
        name=course_name(course),
        certificate=certificate_name(ctx, course.certificate_code),
        certificate_code=course.certificate_code,
        study_minutes=course.study_minutes,
        valid_days=course.valid_days,
        ended_on=course.ended_on,
    )


def course_line(ctx: Context, branch_id: UUID, course_id: UUID) -> CourseLine:
    """One course of the branch's region; raises CourseUnknown."""
    subject = at_branch(ctx, branch_id)
    policy.require(ctx.actor, "course.read", subject)
    return _course(ctx, course_row(ctx, str(subject.book), course_id))


def _ending(ctx: Context, book: str, branch_id: UUID) -> tuple[EndingLine, ...]:
    today = local_date(ctx.now)
    latest = (
        sa.select(
            Certificate.member_id,
            Certificate.code,
            sa.func.max(sa.func.coalesce(Certificate.valid_to, date.max)).label("ends_on"),
        )
        .join(Member, Member.id == Certificate.member_id)
        .where(Member.home_book == book, Member.branch_id == branch_id)
        .where(Member.is_provider, Member.status == MemberStatus.ACTIVE)
        .group_by(Certificate.member_id, Certificate.code)
        .subquery()
    )
    rows = ctx.session.execute(
        sa.select(latest, Member.name)
        .join(Member, Member.id == latest.c.member_id)
        .where(latest.c.ends_on >= today - timedelta(days=max(WARN_DAYS)))
        .where(latest.c.ends_on <= today + timedelta(days=max(WARN_DAYS)))
        .order_by(latest.c.ends_on, Member.name)
        .limit(MOST)
    )
    return tuple(
        EndingLine(row.member_id, row.name, certificate_name(ctx, row.code), row.ends_on)
        for row in rows
    )


def session_file(ctx: Context, book: str, session_id: UUID) -> SessionFile:
    """One session with everybody on its list; call it in a unit of work: the look is recorded."""
    row = ctx.session.get(CourseSession, (book, session_id))
    if row is None:
        raise SessionUnknown
    policy.require(ctx.actor, "course.read", at_branch(ctx, row.branch_id))
    course = ctx.session.get_one(Course, (book, row.course_id))
    people = ctx.session.execute(
        sa.select(Enrolment, Member.name, Member.number)
        .join(Member, Member.id == Enrolment.member_id)
        .where(
            Enrolment.book == book,
            Enrolment.session_id == session_id,
            Enrolment.state != EnrolmentState.CANCELLED,
        )
        .order_by(Enrolment.booked_at, Enrolment.member_id)
    )
    audit.record(ctx, "course.read", "course_session", row.id, book=book)
    return SessionFile(
        book=book,
        id=row.id,
        branch=branch(ctx.session, row.branch_id),
        course=course_name(course),
        contents=course.contents,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=row.place,
        trainer=row.trainer,
        places=row.places,
        state=row.state,
        reason=row.reason,
        code=ctx.vault.open(CODE_PURPOSE, row.code_sealed),
        people=tuple(
            Attendee(
                member_id=each.Enrolment.member_id,
                name=each.name,
                number=grouped(each.number),
                state=each.Enrolment.state,
                attended_at=each.Enrolment.attended_at,
                attended_how=each.Enrolment.attended_how,
                score=each.Enrolment.score,
            )
            for each in people
        ),
    )
