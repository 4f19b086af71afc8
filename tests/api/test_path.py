"""The main path through the API alone, from joining to the statement."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from services.login import set_password
from tests import factories
from tests.api.kit import START, Program, World
from tests.conftest import EACH_DIALECT
from tests.factories import LONGWAN, NOW, YONGZHONG

PASSWORD = "seven green teapots"


def member_answers(world: World, **answers: object) -> dict[str, object]:
    """What a woman of eighty signs up with."""
    born_on = NOW.date().replace(year=1946, month=1, day=15)
    return {
        "how": "self",
        "name": "林秋白",
        "sex": "female",
        "born_on": born_on.isoformat(),
        "id_number": factories.id_number(born_on, factories.Sex.FEMALE),
        "region_code": YONGZHONG,
        "branch_id": str(world.branch),
        "terms": True,
        "phone": factories.phone(),
        "address": "样例小区 2 幢 301 室",
        "wants_to_receive": True,
        **answers,
    }


@pytest.mark.parametrize("app", EACH_DIALECT, indirect=True)
def test_from_joining_to_the_statement(world: World, anyone: Program) -> None:
    staff = world.program(world.staff)
    joined = anyone.done("/members", member_answers(world))
    elder_id = joined["id"]
    record = staff.read(f"/members/{elder_id}")
    assert record["status"] == "pending"
    assert record["address"] == "样例小区 2****"
    staff.done(f"/members/{elder_id}/identity-check", {"how": "card"})
    staff.done(
        f"/members/{elder_id}/assessments",
        {"grade": 0, "assessed_on": "2026-03-01", "assessor": "样例评估员"},
    )
    assert staff.read(f"/members/{elder_id}")["status"] == "active"

    world.act(UUID(elder_id), lambda ctx: set_password(ctx, PASSWORD))
    made = anyone.post("/tokens", {"login": joined["number"], "password": PASSWORD}, key=None)
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    elder = world.program()
    elder.token = made.json["token"]
    assert elder.read("/me")["number"] == joined["number"]
    world.give_coins(UUID(elder_id), 300)

    asked = elder.done("/requests", world.asked(note="带上眼镜\n谢谢"))
    assert (asked["state"], asked["elder_share_minutes"]) == ("submitted", 60)
    request = f"/requests/{LONGWAN}/{asked['id']}"
    assert staff.done(f"{request}/approve")["state"] == "open"

    volunteer = world.program(world.volunteer)
    [offer] = volunteer.read("/offers")["items"]
    assert (offer["id"], offer["eligible"], offer["elder"]) == (asked["id"], True, "林**")
    promise = volunteer.done(f"{request}/accept")
    visit = f"/visits/{LONGWAN}/{promise['visit_id']}"
    codes = elder.read(visit)["codes"]

    world.clock.now = START
    come = volunteer.done(f"{visit}/check-in", {"digits": codes["in"]})
    assert (come["state"], come["seen_as"]) == ("checked_in", "provider")
    world.clock.now = START + timedelta(minutes=70)
    pause = [(START + timedelta(minutes=m)).isoformat() for m in (10, 18)]
    gone = volunteer.done(f"{visit}/check-out", {"digits": codes["out"], "breaks": [pause]})
    assert gone["actual_minutes"] == 62
    assert elder.done(f"{visit}/confirm")["state"] == "credited"

    receipts = [each.read(f"{visit}/receipt") for each in (elder, volunteer, staff)]
    assert receipts[0] == receipts[1] == receipts[2]
    assert receipts[0]["earn_minutes"] == receipts[0]["elder_minutes"] == 62
    assert receipts[0]["worth"]["valuation"]["creditable"] == 62
    assert elder.read("/statement")["total_minutes"] == 238
    mine = volunteer.read("/statement")
    assert (mine["total_minutes"], mine["items"][0]["kind"]) == (62, "service")

    auditor = world.program(world.given(factories.create_auditor))
    balance = auditor.read(f"/ledger/{LONGWAN}/trial-balance")
    assert (balance["total_minutes"], balance["agrees"]) == (0, True)
    seen = auditor.read(f"{visit}/receipt")
    assert (seen["masked"], seen["elder_name"]) == (True, "林**")


def test_a_relative_acts_for_the_elder(world: World) -> None:
    relative = world.program(world.relative())
    world.give_coins(world.elder, 300)
    assert [each["member_id"] for each in relative.read("/me")["acts_for"]] == [str(world.elder)]
    asked = relative.done("/requests", world.asked(elder_id=str(world.elder)))
    assert asked["consent"] == "family"
    found = relative.read(f"/requests?for={world.elder}")["items"]
    assert [each["id"] for each in found] == [asked["id"]]
    assert relative.read(f"/statement?for={world.elder}")["held_minutes"] > 0


def test_staff_ask_with_the_elders_consent(world: World) -> None:
    staff = world.program(world.staff)
    body = world.asked(elder_id=str(world.elder))
    refused = staff.post("/requests", body)
    assert refused.json["code"] == "consent_needed"
    assert list(refused.json["errors"]) == ["consent"]
    assert staff.done("/requests", {**body, "consent": "voice"})["consent"] == "voice"


@pytest.mark.parametrize("how", ["digits", "card"])
def test_coming_by_either_proof_counts(world: World, how: str) -> None:
    path = world.accepted()
    card = world.program(world.staff).done(f"/members/{world.elder}/card")["token"]
    digits = world.program(world.elder).read(path)["codes"]["in"]
    world.clock.now = START
    proof = {"digits": digits} if how == "digits" else {"card_token": card}
    place = {"latitude_e6": 27_900_000, "longitude_e6": 120_800_000}
    come = world.program(world.volunteer).done(f"{path}/check-in", {**proof, **place})
    assert come["state"] == "checked_in"


def test_a_remote_service_begins_without_a_code(world: World) -> None:
    path = world.accepted(service_code="A01", remote=True, booked_minutes=15)
    world.clock.now = START
    volunteer = world.program(world.volunteer)
    assert volunteer.post(f"{path}/check-in", {"digits": "123456"}).json["code"] == "remote_only"
    assert volunteer.done(f"{path}/check-in", {"remote": True})["state"] == "checked_in"
