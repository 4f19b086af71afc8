"""The street of the visits, with a course on it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from services.training import courses
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import Street, street

__all__ = ["street"]

#: A session of half a day: it begins two days after the story's morning.
BEGINS, ENDS = NOW + timedelta(days=2), NOW + timedelta(days=2, hours=4)

COURSE = courses.CourseForm(
    code="LW-JC",
    name="互助基础课",
    name_en="Basic course",
    contents="沟通、安全、隐私、急救常识",
    certificate_code="course-4h",
    study_minutes=240,
    organiser="样例社工服务中心",
    valid_days=365,
)


class School:
    """A course on the street and what is done with it."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.course = street.act(
            street.staff, lambda ctx: courses.make_course(ctx, street.branch, COURSE)
        )

    def form(self, **changes: object) -> courses.SessionForm:
        said = {
            "course_id": self.course,
            "starts_at": BEGINS,
            "ends_at": ENDS,
            "place": "二楼教室",
            "trainer": "王老师",
            "places": 2,
        }
        return courses.SessionForm(**{**said, **changes})  # type: ignore[arg-type]

    def session(self, **changes: object) -> UUID:
        """A session that can be booked."""
        form = self.form(**changes)
        return self.street.act(
            self.street.staff, lambda ctx: courses.make_session(ctx, self.street.branch, form)
        )

    def file(self, session: UUID) -> object:
        """The session's list as the branch sees it."""
        from services.queries.training.branch import session_file

        return self.street.act(
            self.street.staff, lambda ctx: session_file(ctx, LONGWAN, session), now=ENDS
        )


@pytest.fixture
def school(street: Street) -> School:
    return School(street)
