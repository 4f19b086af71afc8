"""Service days, group sessions and welfare visits through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from models.service_days import GroupPlace
from tests import factories
from tests.api.kit import START, World
from tests.factories import LONGWAN, NOW

WEEKLY = {
    "name": "孝行服务日",
    "rrule": "FREQ=WEEKLY;BYDAY=WE",
    "starts": "09:00",
    "minutes": 180,
    "holiday_policy": "next_working_day",
}


def test_a_service_day_with_its_team_and_stops(world: World) -> None:
    counter, own = world.program(world.staff), world.program(world.volunteer)
    branch = f"/branches/{world.branch}/service-days"
    made = counter.done(branch, WEEKLY)["id"]
    [line] = counter.read(branch)["items"]
    assert (line["id"], line["next_day"]) == (made, "2026-03-11")
    day = f"/service-days/{LONGWAN}/{made}"
    assert len(counter.read(day)["rounds"]) == 12
    there = f"{day}/rounds/2026-03-11"
    counter.done(f"{there}/invite", {"members": [str(world.volunteer)]})
    [card] = own.read("/me/service-days")["items"]
    assert (card["answer"], card["name"]) == ("asked", "孝行服务日")
    own.done(f"{there}/answer", {"comes": True})
    stop = {
        "elder_id": str(world.elder),
        "service_code": "A04",
        "starts_at": START.isoformat(),
        "booked_minutes": 60,
        "consent": "voice",
    }
    request = counter.done(f"{there}/stops", stop)["id"]
    found = counter.read(there)
    assert [each["request_id"] for each in found["stops"]] == [request]
    assert found["team"][0]["answer"] == "yes"
    assert found["count"] == {"person_times": 0, "minutes": 0}
    counter.done(f"{there}/stops/{request}/drop")
    counter.done(f"{there}/cancel", {"reason": "台风"})
    counter.done(f"{day}/end", {"reason": "人手不够"})
    assert counter.post(f"{day}/end", {"reason": "再说"}).json["code"] == "service_day_ended"
    assert own.post(f"{there}/answer", {"comes": False}).json["code"] == "round_over"


def test_what_a_service_day_is_refused_for(world: World) -> None:
    counter = world.program(world.staff)
    path = f"/branches/{world.branch}/service-days"
    for changes, status in (
        ({"starts": "9 点"}, 422),
        ({"rrule": "FREQ=HOURLY"}, 422),
        ({"minutes": 10}, 422),
    ):
        assert counter.post(path, {**WEEKLY, **changes}).status_code == status
    assert world.program(world.volunteer).post(path, WEEKLY).status_code == 403
    assert counter.get(f"/service-days/{LONGWAN}/{world.elder}").status_code == 404
    made = counter.done(path, WEEKLY)["id"]
    assert counter.get(f"/service-days/{LONGWAN}/{made}/rounds/never").status_code == 404


def session(world: World, **changes: Any) -> str:
    body = {
        "service_code": "B05",
        "starts_at": START.isoformat(),
        "booked_minutes": 60,
        "closes_at": (START - timedelta(hours=2)).isoformat(),
        "places": 2,
        "place": "二楼活动室",
        **changes,
    }
    path = f"/branches/{world.branch}/group-sessions"
    made = world.program(world.staff).done(path, body)["id"]
    return f"/group-sessions/{LONGWAN}/{made}"


def test_a_place_in_a_session(world: World) -> None:
    world.give_coins(world.elder, 300)
    path = session(world)
    elder = world.program(world.elder)
    [offered] = elder.read(f"/members/{world.elder}/group-sessions")["others"]
    assert (offered["may_book"], offered["most_minutes"]) == (True, 99)
    elder.done(f"{path}/places", key="one")
    elder.done(f"{path}/places", key="one")
    [mine] = elder.read(f"/members/{world.elder}/group-sessions")["booked"]
    assert mine["held_minutes"] == 99
    found = world.program(world.staff).read(path)
    assert [each["elder_id"] for each in found["lines"]] == [str(world.elder)]
    assert elder.get(path).status_code == 403
    again = elder.post(f"{path}/places")
    assert (again.status_code, again.json["code"]) == (409, "booked_already")
    elder.done(f"{path}/places/{world.elder}/cancel")
    place = world.given(lambda found: found.query(GroupPlace).one().cancelled_at)
    assert place is not None


def test_leading_and_attendance(world: World, clock: Any) -> None:
    path = session(world)
    own, counter = world.program(world.volunteer), world.program(world.staff)
    [line] = own.read("/me/group-sessions")["items"]
    assert line["eligible"]
    assert own.post(f"{path}/lead").json["code"] == "pool_too_small"
    seen = {"began_at": START.isoformat(), "minutes": 60, "present": []}
    clock.now = START + timedelta(hours=2)
    assert counter.post(f"{path}/attendance", seen).json["code"] == "session_changed"
    assert own.post(f"{path}/step-back", {"reason": "家里有事"}).status_code == 403
    clock.now = NOW
    counter.done(f"{path}/cancel", {"reason": "停电"})
    [ended] = counter.read(f"/branches/{world.branch}/group-sessions")["items"]
    assert (ended["state"], ended["reason"]) == ("cancelled", "停电")


def test_look_ins_and_the_month(world: World) -> None:
    counter = world.program(world.staff)
    member = f"/members/{world.elder}"
    counter.done(f"{member}/welfare-tier", {"tier": "high", "reason": "老伴刚过世"})
    path = f"/branches/{world.branch}/welfare"
    month = counter.read(path)
    assert (month["month"], month["total"], month["seen"]) == ("2026-03", 1, 0)
    assert month["items"][0]["tier"] == "high"
    seen = {"at": NOW.isoformat(), "how": "phone", "finding": "well"}
    assert counter.done(f"{member}/look-ins", seen)["sheet_id"] is None
    assert counter.read(path)["items"] == []
    assert counter.read(f"{path}?shown=all")["items"][0]["times"] == 1
    help_me = {**seen, "finding": "needs_help", "note": "要人送饭"}
    assert counter.done(f"{member}/look-ins", help_me)["sheet_id"]
    assert world.program(world.volunteer).post(f"{member}/look-ins", seen).status_code == 403
    assert world.program(world.elder).get(path).status_code == 403
    admin = world.program(world.given(factories.create_region_admin))
    figures = admin.read(f"/books/{LONGWAN}/care")
    assert [(each["total"], each["seen"]) for each in figures["welfare"]] == [(1, 1)]
    assert figures["service_days"] == []
