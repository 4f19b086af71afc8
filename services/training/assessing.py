"""How a session ended for each person; a pass sets or renews the certificate, and so the level."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.people import Certificate
from models.training import Course, CourseSession, Enrolment, EnrolmentState, SessionState
from services import audit, outbox
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.matching.marks import mark
from services.rules.training import valid_until
from services.training import sentences as say
from services.training.attending import require_trainer
from services.training.courses import course_name, course_row, locked_session


def assess(
    ctx: Context,
    book: str,
    session_id: UUID,
    member_id: UUID,
    *,
    passed: bool,
    score: int | None = None,
) -> UUID | None:
    """Record somebody's result once the session is over; the certificate's id for a pass.

    Raises NotOverYet, NotAttended, AssessedAlready or ScoreOutOfRange (0 to 100).
    """
    row = locked_session(ctx, book, session_id)
    require_trainer(ctx, row, member_id)

    def do() -> dict[str, str]:
        if score is not None and not 0 <= score <= 100:
            raise say.ScoreOutOfRange(field="score")
        if ctx.now < row.ends_at:
            raise say.NotOverYet
        enrolment = _attended(ctx, row, member_id)
        course = course_row(ctx, book, row.course_id)
        enrolment.state = EnrolmentState.PASSED if passed else EnrolmentState.FAILED
        enrolment.score, enrolment.assessed_at = score, ctx.now
        enrolment.assessed_by_id = ctx.actor.id
        if passed:
            enrolment.certificate_id = _certify(ctx, row, course, member_id)
        _tell(ctx, row, course, enrolment)
        _close_when_done(ctx, row)
        return {"certificate_id": str(enrolment.certificate_id or "")}

    content = {"session_id": session_id, "member_id": member_id, "passed": passed, "score": score}
    made = once(ctx, book, "training.assess", content, do)["certificate_id"]
    return UUID(made) if made else None


def _attended(ctx: Context, row: CourseSession, member_id: UUID) -> Enrolment:
    enrolment = ctx.session.get(Enrolment, (row.book, row.id, member_id))
    if enrolment is None:
        raise say.NotEnrolled
    if enrolment.assessed_at is not None:
        raise say.AssessedAlready
    if enrolment.state is not EnrolmentState.ATTENDED:
        raise say.NotAttended
    return enrolment


def _certify(ctx: Context, row: CourseSession, course: Course, member_id: UUID) -> UUID:
    """The certificate runs from the session's last day: one held before simply overlaps."""
    first = local_date(row.ends_at)
    made = Certificate(
        member_id=member_id,
        id=ctx.new_id(),
        code=course.certificate_code,
        issuer=course.organiser,
        reference=f"{course.code}-{first:%Y%m%d}-{str(row.id)[-4:]}",
        valid_from=first,
        valid_to=valid_until(first, course.valid_days),
        recorded_by_id=ctx.actor.id,
        recorded_at=ctx.now,
    )
    ctx.session.add(made)
    mark(ctx.session, {member_id}, ctx.now)
    return made.id


def _tell(ctx: Context, row: CourseSession, course: Course, enrolment: Enrolment) -> None:
    passed = enrolment.state is EnrolmentState.PASSED
    outbox.tell(
        ctx,
        row.book,
        enrolment.member_id,
        say.PASSED if passed else say.FAILED,
        **course_name(course).params("course"),
    )
    audit.record(
        ctx,
        "training.assess",
        "course_session",
        row.id,
        book=row.book,
        after={
            "member": str(enrolment.member_id),
            "state": enrolment.state.value,
            "score": enrolment.score,
            "certificate": course.certificate_code if passed else None,
        },
        acting_for_id=enrolment.member_id,
    )


def close_session(ctx: Context, book: str, session_id: UUID) -> None:
    """Close a session that is over: whoever has not signed in was absent. Raises NotOverYet."""
    row = locked_session(ctx, book, session_id)
    require_trainer(ctx, row)

    def do() -> dict[str, str]:
        if ctx.now < row.ends_at:
            raise say.NotOverYet
        if row.state is not SessionState.PLANNED:
            raise say.NotForBooking
        for enrolment in _of(ctx, row, EnrolmentState.BOOKED):
            enrolment.state = EnrolmentState.ABSENT
        for enrolment in _of(ctx, row, EnrolmentState.WAITING):
            enrolment.state = EnrolmentState.CANCELLED
        audit.record(ctx, "training.close", "course_session", row.id, book=book)
        ctx.session.flush()
        _close_when_done(ctx, row)
        return {}

    once(ctx, book, "training.close", {"session_id": session_id}, do)


def _close_when_done(ctx: Context, row: CourseSession) -> None:
    ctx.session.flush()
    open_states = (EnrolmentState.BOOKED, EnrolmentState.ATTENDED)
    if not any(_of(ctx, row, state) for state in open_states):
        row.state = SessionState.HELD
        ctx.session.flush()


def _of(ctx: Context, row: CourseSession, state: EnrolmentState) -> list[Enrolment]:
    return list(
        ctx.session.scalars(
            sa.select(Enrolment).where(
                Enrolment.book == row.book,
                Enrolment.session_id == row.id,
                Enrolment.state == state,
            )
        )
    )
