"""A branch offers courses and puts sessions of them on; a session that falls away is called off."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.training import Course, CourseSession, Enrolment, EnrolmentState, SessionState
from services import audit, outbox, policy, rates
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.people import texts
from services.places.branches import branch_row
from services.policy import Subject
from services.rules.names import Name
from services.rules.training import (
    LONGEST_SESSION_DAYS,
    MOST_PLACES,
    MOST_VALID_DAYS,
    least_study_minutes,
    may_be_taught,
)
from services.training import sentences as say
from services.visits.sentences import ReasonMissing

CODE_PURPOSE = "training.code"


@dataclass(frozen=True, slots=True)
class CourseForm:
    """What a branch says of a course: the fields that a record of training asks for."""

    code: str
    name: str
    name_en: str
    contents: str
    certificate_code: str
    study_minutes: int
    organiser: str
    valid_days: int | None = None


@dataclass(frozen=True, slots=True)
class SessionForm:
    """A course at a time and place."""

    course_id: UUID
    starts_at: datetime
    ends_at: datetime
    place: str
    trainer: str
    places: int


def at_branch(ctx: Context, branch_id: UUID) -> Subject:
    """The policy's view of a branch's affair."""
    row = branch_row(ctx.session, branch_id)
    return Subject(book=row.book, region_code=row.region_code, branch_id=row.id)


def course_name(course: Course) -> Name:
    """What a course is called, in both languages."""
    return Name(course.name, course.name_en)


def make_course(ctx: Context, branch_id: UUID, form: CourseForm) -> UUID:
    """Offer a course in the branch's region; returns its id.

    Raises NotACourseCertificate, StudyTooShort, ValidDays or CourseCodeTaken.
    """
    subject = at_branch(ctx, branch_id)
    policy.require(ctx.actor, "course.make", subject)
    book = str(subject.book)
    _check_course(ctx, form)

    def do() -> dict[str, str]:
        taken = sa.select(Course.id).where(Course.book == book, Course.code == form.code.strip())
        if ctx.session.scalar(taken) is not None:
            raise say.CourseCodeTaken(field="code")
        course = Course(
            book=book,
            id=ctx.new_id(),
            code=texts.needed(form.code, "code", 24),
            name=texts.needed(form.name, "name", 60),
            name_en=texts.needed(form.name_en, "name_en", 80),
            contents=texts.needed(form.contents, "contents", 1000),
            certificate_code=form.certificate_code,
            study_minutes=form.study_minutes,
            valid_days=form.valid_days,
            organiser=texts.needed(form.organiser, "organiser", 80),
            made_by_id=ctx.actor.id,
            made_at=ctx.now,
        )
        ctx.session.add(course)
        after = {"code": course.code, "certificate": course.certificate_code}
        audit.record(ctx, "course.make", "course", course.id, book=book, after=after)
        ctx.session.flush()
        return {"course_id": str(course.id)}

    content = {"branch_id": branch_id, **asdict(form)}
    return UUID(once(ctx, book, "course.make", content, do)["course_id"])


def _check_course(ctx: Context, form: CourseForm) -> None:
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    if not may_be_taught(form.certificate_code, rules):
        raise say.NotACourseCertificate(field="certificate_code")
    least = least_study_minutes(form.certificate_code, rules)
    if form.study_minutes < max(1, least):
        raise say.StudyTooShort(field="study_minutes", hours=-(-max(1, least) // 60))
    if form.valid_days is not None and not 1 <= form.valid_days <= MOST_VALID_DAYS:
        raise say.ValidDays(field="valid_days", most=MOST_VALID_DAYS)


def end_course(ctx: Context, branch_id: UUID, course_id: UUID) -> None:
    """Offer a course no more; sessions that are planned still take place."""
    subject = at_branch(ctx, branch_id)
    policy.require(ctx.actor, "course.make", subject)
    book = str(subject.book)

    def do() -> dict[str, str]:
        course = course_row(ctx, book, course_id)
        if course.ended_on is not None:
            raise say.CourseEnded
        course.ended_on = local_date(ctx.now)
        audit.record(ctx, "course.end", "course", course.id, book=book)
        ctx.session.flush()
        return {}

    once(ctx, book, "course.end", {"course_id": course_id}, do)


def make_session(ctx: Context, branch_id: UUID, form: SessionForm) -> UUID:
    """Put a session on; returns its id. Raises CourseEnded, SessionTimes or PlacesOutOfRange."""
    subject = at_branch(ctx, branch_id)
    policy.require(ctx.actor, "course.make", subject)
    book = str(subject.book)
    if not ctx.now < form.starts_at < form.ends_at or (
        form.ends_at - form.starts_at > timedelta(days=LONGEST_SESSION_DAYS)
    ):
        raise say.SessionTimes(field="starts_at")
    if not 1 <= form.places <= MOST_PLACES:
        raise say.PlacesOutOfRange(field="places", most=MOST_PLACES)

    def do() -> dict[str, str]:
        course = course_row(ctx, book, form.course_id)
        if course.ended_on is not None:
            raise say.CourseEnded(field="course_id")
        row = CourseSession(
            book=book,
            id=ctx.new_id(),
            course_id=course.id,
            branch_id=branch_id,
            starts_at=form.starts_at,
            ends_at=form.ends_at,
            place=texts.needed(form.place, "place", 80),
            trainer=texts.needed(form.trainer, "trainer", 40),
            places=form.places,
            code_sealed=ctx.vault.seal(CODE_PURPOSE, f"{secrets.randbelow(10**6):06d}"),
            state=SessionState.PLANNED,
            made_by_id=ctx.actor.id,
            made_at=ctx.now,
        )
        ctx.session.add(row)
        after = {"course": course.code, "places": form.places, "starts_at": str(form.starts_at)}
        audit.record(ctx, "training.make", "course_session", row.id, book=book, after=after)
        ctx.session.flush()
        return {"session_id": str(row.id)}

    content = {"branch_id": branch_id, **asdict(form)}
    return UUID(once(ctx, book, "training.make", content, do)["session_id"])


def cancel_session(ctx: Context, book: str, session_id: UUID, reason: str) -> None:
    """Call a planned session off and tell everybody on its list. Raises ReasonMissing."""
    row = locked_session(ctx, book, session_id)
    policy.require(ctx.actor, "course.make", at_branch(ctx, row.branch_id))

    def do() -> dict[str, str]:
        if not reason.strip():
            raise ReasonMissing(field="reason")
        if row.state is not SessionState.PLANNED:
            raise say.NotForBooking
        course = course_row(ctx, book, row.course_id)
        for enrolment in on_the_list(ctx, row):
            enrolment.state = EnrolmentState.CANCELLED
            outbox.tell(
                ctx,
                book,
                enrolment.member_id,
                say.SESSION_CANCELLED,
                channel="sms",
                start_at=row.starts_at,
                reason=reason.strip(),
                **course_name(course).params("course"),
            )
        row.state, row.reason = SessionState.CANCELLED, reason.strip()
        audit.record(ctx, "training.cancel", "course_session", row.id, book=book)
        ctx.session.flush()
        return {}

    content = {"session_id": session_id, "reason": reason}
    once(ctx, book, "training.cancel", content, do)


def course_row(ctx: Context, book: str, course_id: UUID) -> Course:
    """A stored course; raises CourseUnknown."""
    row = ctx.session.get(Course, (book, course_id))
    if row is None:
        raise say.CourseUnknown
    return row


def locked_session(ctx: Context, book: str, session_id: UUID) -> CourseSession:
    """A stored session under its lock: places are counted and given by one at a time."""
    row = ctx.session.scalar(
        sa.select(CourseSession)
        .where(CourseSession.book == book, CourseSession.id == session_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise say.SessionUnknown
    return row


def on_the_list(ctx: Context, row: CourseSession) -> list[Enrolment]:
    """Who has a place or waits for one, in the order of booking."""
    return list(
        ctx.session.scalars(
            sa.select(Enrolment)
            .where(
                Enrolment.book == row.book,
                Enrolment.session_id == row.id,
                Enrolment.state.in_((EnrolmentState.BOOKED, EnrolmentState.WAITING)),
            )
            .order_by(Enrolment.booked_at, Enrolment.member_id)
        )
    )
