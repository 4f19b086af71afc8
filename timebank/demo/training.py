"""Training in the invented district: a session that was held, and two that can be booked."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from services.clock import at_local, local_date
from services.training import assessing, attending, booking, courses
from timebank.demo.scene import HOME, Cast, Scene

BASIC = courses.CourseForm(
    code="LC-JC",
    name="互助基础课",
    name_en="Basic course",
    contents="怎样和老人说话、上门的规矩、保护隐私、急救常识",
    certificate_code="course-4h",
    study_minutes=240,
    organiser="鹿城区养老服务指导中心",
    valid_days=730,
)
FOOD = courses.CourseForm(
    code="LC-SP",
    name="食品卫生课",
    name_en="Food hygiene course",
    contents="采购、清洗、烹调和存放；老人常见的饮食禁忌",
    certificate_code="food-hygiene",
    study_minutes=180,
    organiser="鹿城区养老服务指导中心",
    valid_days=365,
)


def stage(scene: Scene, cast: Cast, now: datetime) -> None:
    """Two courses; a session with results last week, two to come with some bookings."""
    branch = cast.branches[0]
    clerk = cast.staff[branch]
    today = local_date(now)
    begun = now - timedelta(days=12)
    basic, food = (
        courses.make_course(scene.actor(clerk, begun), branch, form) for form in (BASIC, FOOD)
    )
    learners = [each.id for each in cast.volunteers[3:9]]
    held_at = at_local(today - timedelta(days=5), time(9, 0))
    held = _session(scene, clerk, branch, basic, held_at, begun)
    for member in learners[:4]:
        ctx = scene.actor(member, begun)
        booking.book_place(ctx, HOME, held, member)
    for member in learners[:3]:
        attending.mark_present(scene.actor(clerk, held_at), HOME, held, member)
    over = held_at + timedelta(hours=4)
    for member, score in zip(learners[:3], (96, 88, 54), strict=True):
        ctx = scene.actor(clerk, over)
        assessing.assess(ctx, HOME, held, member, passed=score >= 60, score=score)
    assessing.close_session(scene.actor(clerk, over), HOME, held)
    coming = at_local(today + timedelta(days=6), time(9, 0))
    following = at_local(today + timedelta(days=9), time(14, 0))
    again = _session(scene, clerk, branch, basic, coming, now - timedelta(days=2))
    _session(scene, clerk, branch, food, following, now - timedelta(days=1))
    for member in learners[4:]:
        booking.book_place(scene.actor(member, now - timedelta(days=1)), HOME, again, member)


def _session(
    scene: Scene, clerk: UUID, branch: UUID, course: UUID, start: datetime, when: datetime
) -> UUID:
    form = courses.SessionForm(
        course_id=course,
        starts_at=start,
        ends_at=start + timedelta(hours=4),
        place="五马街道互助网点二楼教室",
        trainer="徐立新",
        places=20,
    )
    return courses.make_session(scene.actor(clerk, when), branch, form)
