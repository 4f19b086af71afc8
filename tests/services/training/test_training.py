"""Training from the offer of a course to the level that a pass gives, and back when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.matching import MatchingMark
from models.oversight import AuditRecord, OutboxMessage
from models.people import Certificate
from models.training import Enrolment, EnrolmentState, SessionState
from services import rates
from services.clock import local_date
from services.errors import DomainError, Forbidden
from services.people.reading import level_on, member_row
from services.policy import SYSTEM
from services.queries.training.branch import session_file, training
from services.queries.training.opening import openings
from services.queries.training.sessions import record_of, session_page, upcoming
from services.training import assessing, attending, booking, courses, expiring
from services.training import sentences as say
from services.visits.sentences import ReasonMissing
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.training.conftest import BEGINS, COURSE, ENDS, School
from tests.services.visits.test_races import at_once, succeeded


def learner(school: School, level: str = "P0") -> UUID:
    return school.street.uow.run(lambda session: factories.create_volunteer(session, level))


def book(school: School, session: UUID, member: UUID, now: Any = NOW) -> EnrolmentState:
    return school.street.act(
        member, lambda ctx: booking.book_place(ctx, LONGWAN, session, member), now=now
    )


def code(school: School, session: UUID) -> str:
    return school.file(session).code  # type: ignore[attr-defined]


def state(school: School, session: UUID, member: UUID) -> EnrolmentState:
    return school.street.look(
        lambda opened: opened.get_one(Enrolment, (LONGWAN, session, member)).state
    )


def level(school: School, member: UUID, day: Any) -> str:
    def read(session: Any) -> str:
        rules = rates.rule_set_on(session, day)
        return level_on(session, member_row(session, member), day, rules)

    return school.street.look(read)


def attended(school: School, session: UUID, member: UUID) -> None:
    book(school, session, member)
    right = code(school, session)
    school.street.act(
        member, lambda ctx: attending.sign_in(ctx, LONGWAN, session, right), now=BEGINS
    )


def test_a_pass_gives_the_certificate_and_so_the_level(school: School) -> None:
    member, session = learner(school), school.session()
    assert level(school, member, local_date(ENDS)) == "P0"
    attended(school, session, member)
    made = school.street.act(
        school.street.staff,
        lambda ctx: assessing.assess(ctx, LONGWAN, session, member, passed=True, score=92),
        now=ENDS,
    )
    held = school.street.look(lambda opened: opened.get_one(Certificate, (member, made)))
    assert held.code == "course-4h"
    assert held.issuer == COURSE.organiser
    assert held.valid_from == local_date(ENDS)
    assert held.valid_to == local_date(ENDS) + timedelta(days=364)
    assert level(school, member, local_date(ENDS)) == "P1"
    assert level(school, member, held.valid_to + timedelta(days=1)) == "P0"
    found = school.street.act(member, lambda ctx: record_of(ctx, member), now=ENDS)
    [line] = found
    fields = (line.name.zh, line.contents, line.study_minutes, line.organiser, line.day)
    assert fields == (
        COURSE.name,
        COURSE.contents,
        240,
        COURSE.organiser,
        local_date(ENDS),
    )
    assert (line.state, line.score) == (EnrolmentState.PASSED, 92)
    assert school.street.count(MatchingMark, MatchingMark.member_id == member) == 1
    assert school.file(session).state is SessionState.HELD  # type: ignore[attr-defined]


def test_a_failure_gives_nothing_and_a_second_result_is_refused(school: School) -> None:
    member, session = learner(school), school.session()
    attended(school, session, member)

    def result(*, passed: bool) -> UUID | None:
        return school.street.act(
            school.street.staff,
            lambda ctx: assessing.assess(ctx, LONGWAN, session, member, passed=passed),
            now=ENDS,
        )

    assert result(passed=False) is None
    assert level(school, member, local_date(ENDS)) == "P0"
    with pytest.raises(say.AssessedAlready):
        result(passed=True)


def test_places_are_given_in_order_and_move_up(school: School) -> None:
    session = school.session()
    first, second, third = (learner(school) for _ in range(3))
    assert book(school, session, first) is EnrolmentState.BOOKED
    assert book(school, session, second) is EnrolmentState.BOOKED
    assert book(school, session, third) is EnrolmentState.WAITING
    with pytest.raises(say.EnrolledAlready):
        book(school, session, first)
    school.street.act(first, lambda ctx: booking.give_back(ctx, LONGWAN, session, first))
    assert state(school, session, third) is EnrolmentState.BOOKED
    told = school.street.count(
        OutboxMessage, OutboxMessage.member_id == third, OutboxMessage.sentence == say.MOVED_UP
    )
    assert told == 1
    with pytest.raises(say.NotEnrolled):
        school.street.act(first, lambda ctx: booking.give_back(ctx, LONGWAN, session, first))
    assert book(school, session, first) is EnrolmentState.WAITING


def test_the_last_place_is_booked_once(school: School) -> None:
    session = school.session(places=1)
    people = [learner(school) for _ in range(6)]
    results = at_once(*[lambda member=each: book(school, session, member) for each in people])
    assert succeeded(results) == 6
    assert results.count(EnrolmentState.BOOKED) == 1
    assert results.count(EnrolmentState.WAITING) == 5


def test_a_double_click_books_once(school: School) -> None:
    session, member = school.session(), learner(school)

    def click() -> EnrolmentState:
        return school.street.act(
            member, lambda ctx: booking.book_place(ctx, LONGWAN, session, member), key="same"
        )

    assert at_once(*[click] * 4) == [EnrolmentState.BOOKED] * 4
    assert school.street.count(AuditRecord, AuditRecord.act == "training.book") == 1


def test_the_code_is_taken_in_the_room_and_not_for_ever(school: School) -> None:
    session, member = school.session(), learner(school)
    book(school, session, member)
    right = code(school, session)
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    def sign_in(said: str, now: Any = BEGINS) -> None:
        school.street.act(
            member, lambda ctx: attending.sign_in(ctx, LONGWAN, session, said), now=now
        )

    with pytest.raises(say.NotAttendingNow):
        sign_in(right, BEGINS - timedelta(minutes=31))
    with pytest.raises(say.NotAttendingNow):
        sign_in(right, ENDS + timedelta(minutes=61))
    for left in (4, 3, 2, 1):
        with pytest.raises(say.AttendCodeWrong) as refused:
            sign_in(wrong)
        assert refused.value.params["left"] == left
    with pytest.raises(say.AttendCodeLocked):
        sign_in(wrong)
    with pytest.raises(say.AttendCodeLocked):
        sign_in(right)
    school.street.act(
        school.street.staff,
        lambda ctx: attending.mark_present(ctx, LONGWAN, session, member),
        now=BEGINS,
    )
    assert state(school, session, member) is EnrolmentState.ATTENDED


def test_nobody_is_assessed_who_was_not_there_or_too_early(school: School) -> None:
    session, absent, present = school.session(), learner(school), learner(school)
    book(school, session, absent)
    attended(school, session, present)

    def result(member: UUID, now: Any, score: int | None = None) -> None:
        school.street.act(
            school.street.staff,
            lambda ctx: assessing.assess(ctx, LONGWAN, session, member, passed=True, score=score),
            now=now,
        )

    with pytest.raises(say.NotOverYet):
        result(present, BEGINS)
    with pytest.raises(say.NotAttended):
        result(absent, ENDS)
    with pytest.raises(say.ScoreOutOfRange):
        result(present, ENDS, 101)
    with pytest.raises(say.NotEnrolled):
        result(school.street.volunteer, ENDS)


def test_closing_a_session_says_who_was_absent(school: School) -> None:
    session = school.session(places=1)
    absent, waiting = learner(school), learner(school)
    book(school, session, absent)
    book(school, session, waiting)

    def close(now: Any) -> None:
        school.street.act(
            school.street.staff,
            lambda ctx: assessing.close_session(ctx, LONGWAN, session),
            now=now,
        )

    with pytest.raises(say.NotOverYet):
        close(BEGINS)
    close(ENDS)
    assert state(school, session, absent) is EnrolmentState.ABSENT
    assert state(school, session, waiting) is EnrolmentState.CANCELLED
    assert school.file(session).state is SessionState.HELD  # type: ignore[attr-defined]
    with pytest.raises(say.NotForBooking):
        close(ENDS)


def test_calling_a_session_off_tells_everybody(school: School) -> None:
    session, member = school.session(), learner(school)
    book(school, session, member)

    def cancel(reason: str) -> None:
        school.street.act(
            school.street.staff,
            lambda ctx: courses.cancel_session(ctx, LONGWAN, session, reason),
        )

    with pytest.raises(ReasonMissing):
        cancel("  ")
    cancel("老师生病")
    assert state(school, session, member) is EnrolmentState.CANCELLED
    told = school.street.count(
        OutboxMessage,
        OutboxMessage.member_id == member,
        OutboxMessage.sentence == say.SESSION_CANCELLED,
    )
    assert told == 1
    with pytest.raises(say.NotForBooking):
        book(school, session, member)
    with pytest.raises(say.NotForBooking):
        cancel("再一次")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"certificate_code": "nurse"}, say.NotACourseCertificate),
        ({"certificate_code": "nothing"}, say.NotACourseCertificate),
        ({"study_minutes": 200}, say.StudyTooShort),
        ({"certificate_code": "skilled-company"}, say.StudyTooShort),
        ({"valid_days": 0}, say.ValidDays),
        ({}, say.CourseCodeTaken),
    ],
)
def test_a_course_that_cannot_be_is_refused(
    school: School, changes: dict[str, Any], refusal: type[DomainError]
) -> None:
    form = replace(COURSE, **changes)
    with pytest.raises(refusal):
        school.street.act(
            school.street.staff, lambda ctx: courses.make_course(ctx, school.street.branch, form)
        )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"starts_at": NOW}, say.SessionTimes),
        ({"ends_at": BEGINS}, say.SessionTimes),
        ({"ends_at": BEGINS + timedelta(days=15)}, say.SessionTimes),
        ({"places": 0}, say.PlacesOutOfRange),
        ({"places": 501}, say.PlacesOutOfRange),
        ({"course_id": UUID(int=5)}, say.CourseUnknown),
    ],
)
def test_a_session_that_cannot_be_is_refused(
    school: School, changes: dict[str, Any], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        school.session(**changes)


def test_a_course_that_ended_has_no_new_session(school: School) -> None:
    def end() -> None:
        school.street.act(
            school.street.staff,
            lambda ctx: courses.end_course(ctx, school.street.branch, school.course),
        )

    end()
    with pytest.raises(say.CourseEnded):
        school.session()
    with pytest.raises(say.CourseEnded):
        end()


def test_who_may_do_what(school: School) -> None:
    street, session = school.street, school.session()
    member = learner(school)
    book(school, session, member)
    with pytest.raises(Forbidden):
        street.act(member, lambda ctx: courses.make_course(ctx, street.branch, COURSE))
    with pytest.raises(Forbidden):
        street.act(member, lambda ctx: attending.mark_present(ctx, LONGWAN, session, member))
    with pytest.raises(Forbidden):
        street.act(member, lambda ctx: booking.book_place(ctx, LONGWAN, session, street.volunteer))
    with pytest.raises(Forbidden):
        street.act(member, lambda ctx: session_file(ctx, LONGWAN, session))
    other = street.uow.run(
        lambda opened: factories.create_staff(opened, factories.create_branch(opened))
    )
    with pytest.raises(Forbidden):
        street.act(other, lambda ctx: session_file(ctx, LONGWAN, session))
    with pytest.raises(say.SessionUnknown):
        street.act(member, lambda ctx: session_page(ctx, LONGWAN, UUID(int=9)))
    elder = street.elder
    with pytest.raises(say.NotAVolunteer):
        street.act(street.staff, lambda ctx: booking.book_place(ctx, LONGWAN, session, elder))


def test_staff_do_not_pass_themselves(school: School) -> None:
    street, session = school.street, school.session()
    with pytest.raises(Forbidden):
        street.act(
            street.staff, lambda ctx: attending.mark_present(ctx, LONGWAN, session, street.staff)
        )


def test_the_list_of_what_is_on_names_the_own_place(school: School) -> None:
    session, member = school.session(), learner(school)
    [card] = school.street.act(member, upcoming)
    assert (card.mine, card.left, card.may_book(NOW)) == (None, 2, True)
    book(school, session, member)
    [card] = school.street.act(member, upcoming)
    assert (card.mine, card.left, card.may_give_back(NOW)) == (EnrolmentState.BOOKED, 1, True)
    assert card.may_sign_in(BEGINS)
    assert not card.may_sign_in(NOW)
    later = ENDS + timedelta(hours=2)
    assert school.street.act(member, upcoming, now=later) == ()


def test_the_end_of_a_certificate_is_warned_of_once_a_step(school: School) -> None:
    street = school.street
    member = learner(school, "P1")
    [held] = street.look(
        lambda session: session.scalars(
            sa.select(Certificate).where(
                Certificate.member_id == member, Certificate.code == "course-4h"
            )
        ).all()
    )

    def warned(days_left: int) -> list[str]:
        now = NOW + (held.valid_to - local_date(NOW)) - timedelta(days=days_left)
        due = street.act(SYSTEM, expiring.due_to_warn, now=now)
        mine = [pair for pair in due if pair[1] == held.id]
        for pair in mine:
            assert street.act(SYSTEM, lambda ctx, pair=pair: expiring.warn(ctx, *pair), now=now)
            assert not street.act(SYSTEM, lambda ctx, pair=pair: expiring.warn(ctx, *pair), now=now)
        rows = street.look(
            lambda session: session.scalars(
                sa.select(OutboxMessage.sentence)
                .where(OutboxMessage.member_id == member)
                .where(OutboxMessage.sentence.in_((say.ENDS_SOON, say.ENDED)))
                .order_by(OutboxMessage.created_at)
            ).all()
        )
        return list(rows)

    assert warned(31) == []
    assert warned(30) == [say.ENDS_SOON]
    assert warned(20) == [say.ENDS_SOON]
    assert warned(7) == [say.ENDS_SOON] * 2
    assert warned(0) == [say.ENDS_SOON] * 2
    assert warned(-1) == [say.ENDS_SOON] * 2 + [say.ENDED]
    assert warned(-5) == [say.ENDS_SOON] * 2 + [say.ENDED]


def test_who_has_renewed_is_not_warned(school: School) -> None:
    member = learner(school, "P1")
    later = NOW + timedelta(days=300)
    session = school.session(starts_at=later, ends_at=later + timedelta(hours=4))
    book(school, session, member)
    right = code(school, session)
    street, over = school.street, later + timedelta(hours=4)
    street.act(member, lambda ctx: attending.sign_in(ctx, LONGWAN, session, right), now=later)
    street.act(
        street.staff,
        lambda ctx: assessing.assess(ctx, LONGWAN, session, member, passed=True),
        now=over,
    )
    due = street.act(SYSTEM, expiring.due_to_warn, now=NOW + timedelta(days=355))
    codes = street.look(
        lambda opened: {opened.get_one(Certificate, pair).code for pair in due if pair[0] == member}
    )
    assert "course-4h" not in codes


def test_the_branch_sees_which_course_would_open_what(school: School) -> None:
    street = school.street
    hygiene = replace(COURSE, code="LW-SP", certificate_code="food-hygiene", study_minutes=120)
    course = street.act(street.staff, lambda ctx: courses.make_course(ctx, street.branch, hygiene))
    assert street.act(street.staff, lambda ctx: openings(ctx, street.branch)) == ()
    street.issue(10_000)
    street.open_request("C02")
    [found] = street.act(street.staff, lambda ctx: openings(ctx, street.branch))
    assert (found.course_id, found.requests, found.people) == (course, 1, 1)
    assert found.next_session_id is None
    planned = school.session(course_id=course)
    [found] = street.act(street.staff, lambda ctx: openings(ctx, street.branch))
    assert found.next_session_id == planned
    shown = street.act(street.staff, lambda ctx: training(ctx, street.branch))
    assert {each.code for each in shown.courses} == {"LW-JC", "LW-SP"}
    assert [each.taken for each in shown.sessions] == [0]
