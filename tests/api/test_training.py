"""Training through the API, from the course to the certificate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN, NOW

BEGINS, ENDS = NOW + timedelta(days=2), NOW + timedelta(days=2, hours=4)
COURSE = {
    "code": "LW-JC",
    "name": "互助基础课",
    "name_en": "Basic course",
    "contents": "沟通和安全",
    "certificate_code": "course-4h",
    "study_minutes": 240,
    "organiser": "样例社工服务中心",
    "valid_days": 365,
}


def learner(world: World) -> UUID:
    made: UUID = world.given(lambda session: factories.create_volunteer(session, "P0"))
    return made


def session_of(world: World, counter: Any, places: int = 2) -> str:
    """A course and a session of it; the session's path."""
    branch = f"/branches/{world.branch}"
    course = counter.done(f"{branch}/courses", COURSE)["id"]
    said = {
        "course_id": course,
        "starts_at": BEGINS.isoformat(),
        "ends_at": ENDS.isoformat(),
        "place": "二楼教室",
        "trainer": "王老师",
        "places": places,
    }
    made = counter.done(f"{branch}/course-sessions", said)["id"]
    return f"/course-sessions/{LONGWAN}/{made}"


def test_from_the_course_to_the_certificate(world: World, clock: Any) -> None:
    counter, member = world.program(world.staff), learner(world)
    path, own = session_of(world, counter), world.program(member)
    [card] = own.read("/course-sessions")["items"]
    assert (card["left"], card["mine"]) == (2, None)
    assert own.done(f"{path}/places", {}) == {"state": "booked"}
    code = counter.read(path)["code"]
    clock.now = BEGINS
    own.done(f"{path}/sign-in", {"code": code})
    clock.now = ENDS
    made = counter.done(f"{path}/results/{member}", {"passed": True, "score": 90})
    assert made["certificate_id"]
    [line] = own.read(f"/members/{member}/training")["items"]
    assert (line["name"]["en"], line["state"], line["score"]) == ("Basic course", "passed", 90)
    assert counter.read(path)["state"] == "held"
    shown = counter.read(f"/branches/{world.branch}/training")
    assert [each["taken"] for each in shown["sessions"]] == [1]


def test_the_counter_books_marks_and_closes(world: World, clock: Any) -> None:
    counter, member, other = world.program(world.staff), learner(world), learner(world)
    path = session_of(world, counter)
    for who in (member, other):
        counter.done(f"{path}/places", {"member_id": str(who)})
    clock.now = ENDS
    counter.done(f"{path}/present/{member}")
    counter.done(f"{path}/close")
    states = {each["member_id"]: each["state"] for each in counter.read(path)["people"]}
    assert states == {str(member): "attended", str(other): "absent"}


def test_a_session_is_called_off_and_a_course_ended(world: World) -> None:
    counter, member = world.program(world.staff), learner(world)
    path, own = session_of(world, counter), world.program(member)
    own.done(f"{path}/places", {})
    own.done(f"{path}/give-back", {})
    own.done(f"{path}/places", {})
    counter.done(f"{path}/cancel", {"reason": "老师生病"})
    assert own.post(f"{path}/places", {}).status_code == 409
    [course] = counter.read(f"/branches/{world.branch}/training")["courses"]
    counter.done(f"/branches/{world.branch}/courses/{course['id']}/end")
    [course] = counter.read(f"/branches/{world.branch}/training")["courses"]
    assert course["ended_on"]


def test_others_are_refused(world: World) -> None:
    path = session_of(world, world.program(world.staff))
    own = world.program(learner(world))
    assert own.get(path).status_code == 403
    assert own.post(f"/branches/{world.branch}/courses", COURSE).status_code == 403
    assert own.get(f"/members/{world.volunteer}/training").status_code == 403
