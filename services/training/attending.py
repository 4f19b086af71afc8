"""Being there: by the code that stands in the room, or by the trainer's list."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from models.training import CourseSession, Enrolment, EnrolmentState, SessionState
from services import audit, policy
from services.acts import once
from services.context import Context
from services.people.reading import member_row, subject_of
from services.rules.training import SIGN_IN_AFTER_MINUTES, SIGN_IN_BEFORE_MINUTES
from services.training import sentences as say
from services.training.courses import CODE_PURPOSE, at_branch, locked_session

MAX_ATTEMPTS = 5


def sign_in(ctx: Context, book: str, session_id: UUID, code: str) -> None:
    """Sign oneself in with the code from the room. Raises AttendCodeWrong and others."""
    row = locked_session(ctx, book, session_id)
    policy.require(ctx.actor, "training.attend", subject_of(member_row(ctx.session, ctx.actor.id)))

    def do() -> dict[str, str]:
        enrolment = _booked(ctx, row, ctx.actor.id)
        opens = row.starts_at - timedelta(minutes=SIGN_IN_BEFORE_MINUTES)
        closes = row.ends_at + timedelta(minutes=SIGN_IN_AFTER_MINUTES)
        if not opens <= ctx.now <= closes:
            raise say.NotAttendingNow
        if enrolment.attempts >= MAX_ATTEMPTS:
            raise say.AttendCodeLocked
        right = ctx.vault.open(CODE_PURPOSE, row.code_sealed)
        if not hmac.compare_digest(right.encode(), "".join(code.split()).encode()):
            enrolment.attempts += 1
            ctx.session.flush()
            left = MAX_ATTEMPTS - enrolment.attempts
            raise say.AttendCodeWrong(left=left) if left else say.AttendCodeLocked
        _note(ctx, row, enrolment, "code")
        return {}

    once(ctx, book, "training.attend", {"session_id": session_id, "code": code}, do)


def mark_present(ctx: Context, book: str, session_id: UUID, member_id: UUID) -> None:
    """The trainer has seen somebody in the room. Raises NotEnrolled or NotAttendingNow."""
    row = locked_session(ctx, book, session_id)
    require_trainer(ctx, row, member_id)

    def do() -> dict[str, str]:
        enrolment = _booked(ctx, row, member_id)
        if ctx.now < row.starts_at - timedelta(minutes=SIGN_IN_BEFORE_MINUTES):
            raise say.NotAttendingNow
        _note(ctx, row, enrolment, "trainer")
        return {}

    content = {"session_id": session_id, "member_id": member_id}
    once(ctx, book, "training.present", content, do)


def require_trainer(ctx: Context, row: CourseSession, member_id: UUID | None = None) -> None:
    """Raise Forbidden unless the actor keeps this session's list; nobody assesses the own kin."""
    subject = replace(at_branch(ctx, row.branch_id), member_id=member_id)
    policy.require(ctx.actor, "training.assess", subject)


def _booked(ctx: Context, row: CourseSession, member_id: UUID) -> Enrolment:
    enrolment = ctx.session.get(Enrolment, (row.book, row.id, member_id))
    if row.state is SessionState.CANCELLED:
        raise say.NotForBooking
    if enrolment is None or enrolment.state not in (EnrolmentState.BOOKED, EnrolmentState.ABSENT):
        raise say.NotEnrolled
    return enrolment


def _note(ctx: Context, row: CourseSession, enrolment: Enrolment, how: str) -> None:
    enrolment.state = EnrolmentState.ATTENDED
    enrolment.attended_at, enrolment.attended_how = ctx.now, how
    audit.record(
        ctx,
        "training.attend",
        "course_session",
        row.id,
        book=row.book,
        after={"member": str(enrolment.member_id), "how": how},
        acting_for_id=None if how == "code" else enrolment.member_id,
    )
    ctx.session.flush()
