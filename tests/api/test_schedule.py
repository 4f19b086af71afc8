"""Standing visits and other times by program."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from models.requests import Visit
from services.policy import SYSTEM
from services.visits.reviewing import follow_up
from tests import factories
from tests.api.kit import START, World
from tests.factories import LONGWAN

FRIDAYS = {
    "service_code": "A04",
    "rrule": "FREQ=WEEKLY;BYDAY=FR",
    "starts_at": "2026-03-13T09:00:00+08:00",
    "booked_minutes": 60,
    "holiday_policy": "next_working_day",
}


def test_a_standing_visit_from_beginning_to_end(world: World) -> None:
    elder, staff = world.program(world.elder), world.program(world.staff)
    volunteer = world.program(world.volunteer)
    world.give_coins(world.elder, 1_000)
    made = elder.done("/series", FRIDAYS)
    path = f"/series/{LONGWAN}/{made['series']['id']}"
    assert made["series"]["rule"] == {
        "zh": "每周五上午9:00",
        "en": "every Friday at 9:00 am",
    }
    assert [each["state"] for each in made["dates"]][:3] == ["submitted", "submitted", "planned"]
    assert elder.read("/series")["items"][0]["id"] == made["series"]["id"]
    assert staff.read(f"/series?for={world.elder}")["items"]
    assert staff.done(f"{path}/review")["series"]["is_reviewed"]
    assert elder.read(path)["dates"][0]["state"] == "open"
    person = {"provider_id": str(world.volunteer), "place": "regular"}
    assert not elder.done(f"{path}/person", person)["series"]["regular_agreed"]
    assert volunteer.read("/series/mine")["items"][0]["place"] == "regular"
    mine = volunteer.done(f"{path}/agree")
    assert mine["open_days"] == ["2026-03-13", "2026-03-20"]
    assert len(mine["series"]["elder_name"].strip("*")) == 1
    said = volunteer.done(f"{path}/accept", {"rule_days": mine["open_days"]})
    assert all(each["visit_id"] and each["refusal"] is None for each in said["items"])
    assert elder.read(path)["dates"][0]["state"] == "filled"
    moved = elder.done(f"{path}/dates/2026-04-03/move", {"to_at": "2026-04-03T15:00:00+08:00"})
    assert [each["is_moved"] for each in moved["dates"] if each["rule_day"] == "2026-04-03"] == [
        True
    ]
    left = elder.done(f"{path}/dates/2026-04-10/cancel")
    states = {each["rule_day"]: each["state"] for each in left["dates"]}
    assert states["2026-04-10"] == "date_cancelled"
    assert elder.post(f"{path}/dates/2026-03-20/again").status_code == 409
    assert elder.post(f"{path}/dates/soon/cancel").status_code == 404
    changed = elder.done(f"{path}/change", {**FRIDAYS, "booked_minutes": 90})
    assert (changed["series"]["booked_minutes"], changed["series"]["is_reviewed"]) == (90, False)
    assert elder.done(f"{path}/pause")["series"]["state"] == "paused"
    assert elder.done(f"{path}/resume")["series"]["state"] == "active"
    assert volunteer.post(f"{path}/stop").status_code == 204
    assert elder.done(f"{path}/end", {"reason": "搬走了"})["series"]["state"] == "ended"
    assert elder.post(f"{path}/end").status_code == 409


def test_a_rule_without_sense_and_odd_minutes_are_refused(world: World) -> None:
    elder = world.program(world.elder)
    for answers, code in (
        ({"rrule": "FREQ=HOURLY"}, "rule_too_dense"),
        ({"starts_at": "2026-03-13T09:05:00+08:00"}, "off_quarter"),
    ):
        refused = elder.post("/series", {**FRIDAYS, **answers})
        assert (refused.status_code, refused.json["code"]) == (422, code)
    odd = world.asked(starts_at="2026-03-12T10:10:00+08:00")
    refused = elder.post("/requests", odd)
    assert (refused.status_code, refused.json["code"]) == (422, "off_quarter")


def test_another_time_is_proposed_and_answered(world: World) -> None:
    elder, volunteer = world.program(world.elder), world.program(world.volunteer)
    visit = world.accepted().rsplit("/", 1)[-1]
    request = world.given(lambda s: s.get_one(Visit, (LONGWAN, UUID(visit))).request_id)
    path = f"/requests/{LONGWAN}/{request}/time"
    later = (START + timedelta(hours=4)).isoformat()
    waits = elder.done(path, {"to_at": later})
    assert not waits["may_propose"]
    key = waits["proposal"]["id"]
    assert waits["proposal"]["may_take_back"]
    assert volunteer.read(path)["proposal"]["may_answer"]
    refused = volunteer.done(f"{path}/{key}/answer", {"agrees": False})
    assert refused["proposal"] is None
    key = volunteer.done(path, {"to_at": later})["proposal"]["id"]
    volunteer.done(f"{path}/{key}/take-back")
    key = volunteer.done(path, {"to_at": later})["proposal"]["id"]
    moved = elder.done(f"{path}/{key}/answer", {"agrees": True})
    assert moved["starts_at"].startswith("2026-03-11T14:00:00")
    stranger = world.program(world.given(factories.create_member))
    assert stranger.get(path).status_code == 403


def test_a_forgotten_check_out_is_noted_by_the_elders_word(world: World) -> None:
    staff = world.program(world.staff)
    visit = world.accepted().rsplit("/", 1)[-1]
    world.clock.now = START

    def come(session: object) -> None:
        row = session.get_one(Visit, (LONGWAN, UUID(visit)))  # type: ignore[attr-defined]
        row.state, row.checked_in_at, row.checked_in_by = "checked_in", START, "card"

    world.given(come)
    world.clock.now = START + timedelta(hours=14)
    world.given(
        lambda session: follow_up(
            factories.make_ctx(session, SYSTEM, world.clock.now), LONGWAN, UUID(visit)
        )
    )
    said = {"left_at": (START + timedelta(minutes=50)).isoformat(), "reached": "phone"}
    assert staff.done(f"/visits/{LONGWAN}/{visit}/left", said)["state"] == "checked_out"
