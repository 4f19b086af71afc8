"""A place in a session: booked while there is one, else waited for; given back, it moves on."""

from __future__ import annotations

from uuid import UUID

from models.training import CourseSession, Enrolment, EnrolmentState, SessionState
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.people.reading import member_row, subject_of
from services.training import sentences as say
from services.training.courses import course_name, course_row, locked_session, on_the_list


def book_place(ctx: Context, book: str, session_id: UUID, member_id: UUID) -> EnrolmentState:
    """Book a place for a volunteer, or a place in the waiting list; says which it was.

    Raises NotForBooking, NotAVolunteer or EnrolledAlready.
    """
    row = locked_session(ctx, book, session_id)
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "training.book", subject_of(member))

    def do() -> dict[str, str]:
        if row.state is not SessionState.PLANNED or row.starts_at <= ctx.now:
            raise say.NotForBooking
        if not member.is_provider:
            raise say.NotAVolunteer
        state = _enrol(ctx, row, member_id)
        told = say.BOOKED if state is EnrolmentState.BOOKED else say.WAITING
        _tell(ctx, row, member_id, told)
        _record(ctx, row, member_id, "training.book", state)
        return {"state": state.value}

    content = {"session_id": session_id, "member_id": member_id}
    return EnrolmentState(once(ctx, book, "training.book", content, do)["state"])


def _enrol(ctx: Context, row: CourseSession, member_id: UUID) -> EnrolmentState:
    taken = [each for each in on_the_list(ctx, row) if each.state is EnrolmentState.BOOKED]
    state = EnrolmentState.BOOKED if len(taken) < row.places else EnrolmentState.WAITING
    enrolment = ctx.session.get(Enrolment, (row.book, row.id, member_id))
    if enrolment is None:
        enrolment = Enrolment(book=row.book, session_id=row.id, member_id=member_id, attempts=0)
        ctx.session.add(enrolment)
    elif enrolment.state is not EnrolmentState.CANCELLED:
        raise say.EnrolledAlready
    enrolment.state, enrolment.booked_at = state, ctx.now
    ctx.session.flush()
    return state


def give_back(ctx: Context, book: str, session_id: UUID, member_id: UUID) -> None:
    """Give a place back before the session begins; whoever waits longest has it then."""
    row = locked_session(ctx, book, session_id)
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "training.book", subject_of(member))

    def do() -> dict[str, str]:
        enrolment = ctx.session.get(Enrolment, (book, session_id, member_id))
        standing = (EnrolmentState.BOOKED, EnrolmentState.WAITING)
        if enrolment is None or enrolment.state not in standing:
            raise say.NotEnrolled
        if row.state is not SessionState.PLANNED or row.starts_at <= ctx.now:
            raise say.NotForBooking
        free_place(ctx, row, enrolment)
        return {}

    content = {"session_id": session_id, "member_id": member_id}
    once(ctx, book, "training.give_back", content, do)


def free_place(ctx: Context, row: CourseSession, enrolment: Enrolment) -> None:
    """Somebody does not come: whoever waits the longest moves up. The session is locked."""
    enrolment.state = EnrolmentState.CANCELLED
    ctx.session.flush()
    _record(ctx, row, enrolment.member_id, "training.give_back", enrolment.state)
    _move_up(ctx, row)


def _move_up(ctx: Context, row: CourseSession) -> None:
    listed = on_the_list(ctx, row)
    free = row.places - sum(each.state is EnrolmentState.BOOKED for each in listed)
    waiting = [each for each in listed if each.state is EnrolmentState.WAITING]
    for enrolment in waiting[: max(0, free)]:
        enrolment.state = EnrolmentState.BOOKED
        _tell(ctx, row, enrolment.member_id, say.MOVED_UP)
        _record(ctx, row, enrolment.member_id, "training.move_up", enrolment.state)
    ctx.session.flush()


def _tell(ctx: Context, row: CourseSession, member_id: UUID, sentence: str) -> None:
    course = course_row(ctx, row.book, row.course_id)
    outbox.tell(
        ctx,
        row.book,
        member_id,
        sentence,
        channel="sms" if sentence is say.MOVED_UP else "inbox",
        start_at=row.starts_at,
        place=row.place,
        **course_name(course).params("course"),
    )


def _record(
    ctx: Context, row: CourseSession, member_id: UUID, act: str, state: EnrolmentState
) -> None:
    audit.record(
        ctx,
        act,
        "course_session",
        row.id,
        book=row.book,
        after={"member": str(member_id), "state": state.value},
        acting_for_id=None if ctx.actor.id == member_id else member_id,
    )
