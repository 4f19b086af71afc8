"""Hours, wishes, avoidances, safeguarding and reports through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests import factories
from tests.api.kit import START, Program, World
from tests.factories import LONGWAN, NOW

TODAY = NOW.date()


def stated(world: World) -> str:
    """The path of what the volunteer states."""
    return f"/members/{world.volunteer}/availability"


def test_a_volunteer_states_everything(world: World) -> None:
    me, path = world.program(world.volunteer), stated(world)
    windows = [{"weekday": 1, "from_minute": 540, "to_minute": 720}]
    assert me.done(f"{path}/week", {"windows": windows})["windows"] == windows
    me.done(f"{path}/travel", {"mode": "walk", "radius_m": 1500})
    me.done(f"{path}/languages", {"codes": ["wenzhou"]})
    me.done(f"{path}/declined-services", {"codes": ["C01"]})
    asking = {"may_be_asked": False, "asks_per_day": 1, "weekly_minutes": 240}
    me.done(f"{path}/asking", asking)
    place = {"label": "单位", "latitude_e6": 28_000_000, "longitude_e6": 120_000_000}
    made = me.done(f"{path}/places", place)
    absence = {
        "kind": "away",
        "first_day": str(TODAY),
        "last_day": str(TODAY + timedelta(days=1)),
    }
    away = me.done(f"{path}/exceptions", absence)
    found = me.read(path)
    assert {name: found[name] for name in asking} == asking
    assert (found["travel_mode"], found["radius_m"]) == ("walk", 1500)
    assert (found["languages"], found["declined_codes"]) == (["wenzhou"], ["C01"])
    assert [each["id"] for each in found["places"]] == [made["id"]]
    assert found["paused_until"] == str(TODAY + timedelta(days=1))
    me.done(f"{path}/exceptions/{away['id']}/end")
    me.done(f"{path}/places/{made['id']}/end")
    paused = me.done(f"{path}/pause", {"last_day": str(TODAY + timedelta(days=9))})
    assert paused["paused_until"] == str(TODAY + timedelta(days=9))
    assert me.done(f"{path}/resume")["paused_until"] is None
    assert me.read(path)["places"] == []


def test_the_same_key_states_once(world: World) -> None:
    me, path = world.program(world.volunteer), stated(world)
    place = {"label": "单位", "latitude_e6": 28_000_000, "longitude_e6": 120_000_000}
    first = me.done(f"{path}/places", place, key="place")
    assert me.done(f"{path}/places", place, key="place") == first
    assert len(me.read(path)["places"]) == 1


def test_staff_state_for_a_volunteer_and_nobody_else_does(world: World) -> None:
    path = stated(world)
    world.program(world.staff).done(f"{path}/languages", {"codes": ["nan"]})
    assert world.program(world.staff).read(path)["languages"] == ["nan"]
    elder = world.program(world.elder)
    assert elder.get(path).status_code == 403
    assert elder.post(f"{path}/languages", {"codes": []}).status_code == 403


WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("week", {"windows": [{"weekday": 1, "from_minute": 9, "to_minute": 9}]}, 422, "hours_wrong"),
    ("languages", {"codes": ["elvish"]}, 422, "dialect_unknown"),
    ("declined-services", {"codes": ["Z9"]}, 422, "service_unknown"),
    ("pause", {"last_day": "2026-03-01"}, 422, "days_wrong"),
    ("resume", {}, 409, "not_paused"),
    (f"places/{UUID(int=7)}/end", {}, 404, "place_unknown"),
    (f"exceptions/{UUID(int=7)}/end", {}, 404, "exception_unknown"),
]


@pytest.mark.parametrize(("ending", "body", "status", "code"), WRONG)
def test_what_cannot_be_stated(
    world: World, ending: str, body: dict[str, Any], status: int, code: str
) -> None:
    refused = world.program(world.volunteer).post(f"{stated(world)}/{ending}", body)
    assert (refused.status_code, refused.json["code"]) == (status, code)


def test_languages_are_public(anyone: Program) -> None:
    codes = {each["code"] for each in anyone.read("/languages")["items"]}
    assert {"cmn", "wenzhou", "nan", "yue", "csl"} <= codes


def test_wishes_go_into_requests(world: World) -> None:
    elder = world.program(world.elder)
    path = f"/members/{world.elder}/wishes"
    said = {"languages": ["wenzhou"], "language_must": True, "same_person": False}
    assert elder.done(path, said)["languages"] == ["wenzhou"]
    assert elder.read(path)["language_must"] is True
    world.open_request()
    volunteer = world.program(world.volunteer)
    [offer] = volunteer.read("/offers")["items"]
    assert [each["code"] for each in offer["reasons"]] == ["language_required"]
    other = world.asked(starts_at=(START + timedelta(hours=4)).isoformat(), wishes={})
    made = elder.done("/requests", other)
    world.program(world.staff).done(f"/requests/{made['book']}/{made['id']}/approve")
    assert len([each for each in volunteer.read("/offers")["items"] if not each["reasons"]]) == 1
    stranger = world.asked(
        starts_at=(START + timedelta(hours=7)).isoformat(),
        wishes={"provider_id": str(world.volunteer)},
    )
    refused = elder.post("/requests", stranger)
    assert (refused.status_code, refused.json["code"]) == (422, "visitor_unknown")


def test_avoiding_is_ones_own_affair(world: World) -> None:
    visit = world.accepted()
    elder, volunteer = world.program(world.elder), world.program(world.volunteer)
    elder.done(f"{visit}/avoid")
    path = f"/members/{world.elder}/avoidances"
    [row] = elder.read(path)["items"]
    assert row["member_id"] == str(world.volunteer)
    for other in (volunteer, world.program(world.staff)):
        assert other.get(path).status_code == 403
    request = world.open_request(starts_at=(START + timedelta(days=1)).isoformat())
    assert volunteer.read("/offers")["items"] == []
    refused = volunteer.post(f"{request}/accept")
    assert (refused.status_code, refused.json["code"]) == (409, "taken")
    elder.done(f"{path}/{world.volunteer}/end")
    assert elder.read(path)["items"] == []
    again = elder.post(f"{path}/{world.volunteer}/end")
    assert (again.status_code, again.json["code"]) == (404, "not_avoided")
    assert volunteer.done(f"{request}/accept")


def test_safeguarding_and_a_companion(world: World) -> None:
    who = world.given(lambda s: factories.create_volunteer(s, "P1", safeguarded=False))
    staff, newcomer = world.program(world.staff), world.program(who)
    request = world.open_request()
    refused = newcomer.post(f"{request}/accept")
    assert {each["code"] for each in refused.json["reasons"]} == {
        "screening_missing",
        "first_visit_alone",
    }
    path = f"/members/{who}/safeguarding"
    screening = {"kind": "screening", "on_day": str(TODAY), "reference": "S-1"}
    assert staff.post(path, screening).json["code"] == "screening_end_missing"
    screening["valid_to"] = str(TODAY + timedelta(days=300))
    made = staff.done(path, screening)
    assert newcomer.read(path)["screened"] is True
    named = {"provider_id": str(who), "companion": "陈静"}
    staff.done(f"{request}/companions", named)
    assert [each["companion"] for each in staff.read(f"{request}/companions")["items"]] == ["陈静"]
    staff.done(f"{request}/companions/{who}/end")
    staff.done(f"{request}/companions", named)
    assert newcomer.done(f"{request}/accept")
    staff.done(f"{path}/{made['id']}/end")
    assert staff.read(path)["screened"] is False
    assert newcomer.post(path, screening).status_code == 403


def test_a_report_from_the_first_word_to_the_decision(world: World) -> None:
    visit = world.accepted()
    elder, staff = world.program(world.elder), world.program(world.staff)
    made = elder.done(f"{visit}/incidents", {"kind": "fear", "text": "我很害怕。"})
    assert elder.read(visit)["state"] == "cancelled"
    [line] = staff.read(f"/books/{LONGWAN}/incidents")["items"]
    assert (line["id"], line["text"]) == (made["id"], None)
    path = f"/incidents/{made['book']}/{made['id']}"
    assert staff.read(path)["text"] == "我很害怕。"
    for other in (elder, world.program(world.volunteer)):
        assert other.get(path).status_code == 403
    decided = staff.done(f"{path}/decision", {"lift": False, "reason": "属实。"})
    assert (decided["state"], decided["reason"]) == ("kept_apart", "属实。")
    again = staff.post(f"{path}/decision", {"lift": True, "reason": "再想想"})
    assert (again.status_code, again.json["code"]) == (409, "incident_decided")
    assert staff.get(f"/incidents/{LONGWAN}/{uuid4()}").status_code == 404
