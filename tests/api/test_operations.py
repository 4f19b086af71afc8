"""Every other operation once, as it is meant to be used."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from models.requests import Visit
from services.ledger.accounts import SOURCE_SLOTS
from services.policy import SYSTEM
from services.rules.published import shipped_rule_set
from services.visits.codes import codes_of, make_slip
from services.visits.reviewing import follow_up
from tests import factories
from tests.api.kit import START, Program, World
from tests.api.test_path import member_answers
from tests.databases import ROOT
from tests.factories import LONGWAN, NOW

CASES = json.loads((ROOT / "tests" / "data" / "cn-tb-1.json").read_text(encoding="utf-8"))


def parts(path: str) -> tuple[str, str]:
    """Book and id of a path."""
    _empty, _kind, book, key = path.split("/")
    return book, key


def test_the_rules_in_force_are_public(anyone: Program) -> None:
    found = anyone.read("/rates")
    assert found["content_hash"] == shipped_rule_set().content_hash
    assert anyone.read(f"/rates/{found['version']}") == found
    assert anyone.get("/rates/CN-TB-99").status_code == 404


def test_the_calendars_are_public(anyone: Program) -> None:
    assert [each["year"] for each in anyone.read("/calendars")["years"]] == [2025, 2026]


@pytest.mark.parametrize("case", CASES[:6], ids=lambda case: case["case"])
def test_the_calculator_values_a_visit(anyone: Program, case: dict[str, Any]) -> None:
    found = anyone.done("/valuations", case["input"], key=None)
    assert {name: found[name] for name in case["expect"]} == case["expect"]


def test_regions_go_down_from_the_provinces(anyone: Program) -> None:
    codes = [each["code"] for each in anyone.read("/regions")["items"]]
    assert "330000000000" in codes
    below = anyone.read("/regions?parent=330300000000")["items"]
    assert LONGWAN in [each["code"] for each in below]


def test_branches_of_a_region(world: World, anyone: Program) -> None:
    found = anyone.read(f"/branches?region={LONGWAN}")["items"]
    assert [each["id"] for each in found] == [str(world.branch)]


def test_a_token_can_be_listed_and_ended(world: World) -> None:
    elder = world.program(world.elder)
    [one] = elder.read("/tokens")["items"]
    other = world.program(world.elder)
    assert other.call("DELETE", f"/tokens/{one['id']}", key=None).status_code == 204
    assert elder.get("/me").status_code == 401
    assert other.call("DELETE", "/tokens/current", key=None).status_code == 204
    assert other.get("/me").status_code == 401


def test_notices_are_read_in_the_readers_language(world: World) -> None:
    world.open_request()
    chinese = world.program(world.elder).read("/me/notices")["items"]
    english = world.program(world.elder, language="en").read("/me/notices")["items"]
    assert any("已通过审核" in each["text"] for each in chinese)
    # Names are not translated: 陈** may be read in an English notice, a Chinese sentence not.
    assert not any("。" in each["text"] for each in english)
    assert not any("{" in each["text"] for each in chinese + english)


def test_a_list_is_walked_by_its_cursor(world: World) -> None:
    elder = world.program(world.elder)
    made = []
    for hour in range(3):
        world.clock.now = NOW + timedelta(minutes=hour)
        at = (START + timedelta(hours=2 * hour)).isoformat()
        made.append(elder.done("/requests", world.asked(starts_at=at))["id"])
    first = elder.read("/requests?limit=2")
    # What comes in between is neither given twice nor moves what is left.
    at = (START + timedelta(hours=9)).isoformat()
    elder.done("/requests", world.asked(starts_at=at))
    second = elder.read(f"/requests?limit=2&cursor={first['next_cursor']}")
    walked = [each["id"] for each in first["items"] + second["items"]]
    assert walked == made[::-1]
    assert second["next_cursor"] is None


def test_a_branch_lists_its_requests_by_state(world: World) -> None:
    path = world.open_request()
    staff = world.program(world.staff)
    found = staff.read(f"/requests?branch={world.branch}&state=open")["items"]
    assert [each["id"] for each in found] == [parts(path)[1]]
    assert staff.read(f"/requests?branch={world.branch}&state=refused")["items"] == []
    assert staff.read(path)["elder"]["name"] == found[0]["elder_name"]


def test_a_request_is_cancelled_by_its_side(world: World) -> None:
    path = world.open_request()
    elder = world.program(world.elder)
    assert elder.done(f"{path}/cancel", {"reason": "女儿回来了"})["state"] == "cancelled"
    assert elder.read("/statement")["held_minutes"] == 0


def test_a_request_is_refused_with_a_reason(world: World) -> None:
    made = world.program(world.elder).done("/requests", world.asked())
    path = f"/requests/{LONGWAN}/{made['id']}"
    found = world.program(world.staff).done(f"{path}/refuse", {"reason": "请先评估"})
    assert (found["state"], found["reason"]) == ("refused", "请先评估")


def test_an_offer_says_why_not(world: World) -> None:
    path = world.open_request(service_code="D04", booked_minutes=60)
    learner = world.volunteer
    [offer] = world.program(learner).read("/offers")["items"]
    assert not offer["eligible"]
    assert all(each["message"] for each in offer["reasons"])
    refused = world.program(learner).post(f"{path}/accept")
    assert refused.json["code"] == "ineligible"
    assert [each["code"] for each in refused.json["reasons"]] == [
        each["code"] for each in offer["reasons"]
    ]


def test_offers_are_filtered(world: World) -> None:
    world.open_request()
    volunteer = world.program(world.volunteer)
    assert len(volunteer.read("/offers?day=2026-03-11&service=A04")["items"]) == 1
    assert volunteer.read("/offers?day=2026-03-12")["items"] == []


def test_visits_are_listed_for_each_side(world: World) -> None:
    key = parts(world.accepted())[1]
    for program, query in (
        (world.program(world.volunteer), ""),
        (world.program(world.elder), f"?for={world.elder}"),
        (world.program(world.staff), f"?branch={world.branch}&state=accepted"),
    ):
        assert [each["id"] for each in program.read(f"/visits{query}")["items"]] == [key]


def test_each_side_sees_its_own_of_a_visit(world: World) -> None:
    path = world.accepted()
    own = world.program(world.volunteer).read(path)
    elder = world.program(world.elder).read(path)
    counter = world.program(world.staff).read(path)
    assert [each["seen_as"] for each in (own, elder, counter)] == ["provider", "elder", "counter"]
    assert own["door"]["address"] == "样例小区 2 幢 301 室"
    assert "codes" not in own
    assert sorted(elder["codes"]) == ["in", "out"]
    assert "codes" not in counter
    assert "door" not in counter


def test_a_promise_is_taken_back(world: World) -> None:
    path = world.accepted()
    found = world.program(world.volunteer).done(f"{path}/withdraw", {"reason": "发烧了"})
    assert found["state"] == "cancelled"


def test_a_closed_door_is_reported_by_its_sign(world: World) -> None:
    path = world.accepted()
    sign = world.program(world.staff).done(f"/members/{world.elder}/door-sign")["token"]
    world.clock.now = START + timedelta(minutes=10)
    volunteer = world.program(world.volunteer)
    admins = [world.given(factories.create_region_admin) for _ in range(2)]
    issue(world, admins, 600)
    assert volunteer.done(f"{path}/closed-door", {"door_token": sign})["sheet_id"]
    assert volunteer.read(path)["state"] == "closed_door"
    assert volunteer.read("/statement")["total_minutes"] == 30


def issue(world: World, admins: list[Any], minutes: int) -> None:
    """Two administrators put minutes into the pool, by the API."""
    made = world.program(admins[0]).done(
        f"/ledger/{LONGWAN}/authorisations", {"amount_minutes": minutes, "backing": "样例资金"}
    )
    path = f"/ledger/{LONGWAN}/authorisations/{made['id']}/signature"
    assert world.program(admins[0]).post(path).json["code"] == "second_signature"
    world.program(admins[1]).done(path)


def test_two_administrators_issue_into_the_pool(world: World) -> None:
    admins = [world.given(factories.create_region_admin) for _ in range(2)]
    issue(world, admins, 600)
    balance = world.program(admins[0]).read(f"/ledger/{LONGWAN}/trial-balance")
    totals = {each["kind"]: each["balance_minutes"] for each in balance["kinds"]}
    assert (totals["pool"], totals["issue"], balance["total_minutes"]) == (600, -600, 0)


def test_the_elders_voice_is_recorded(world: World) -> None:
    path = world.served()
    said = {"heard": ["came", "service", "times"], "reached": "phone"}
    found = world.program(world.staff).done(f"{path}/voice-confirmation", said)
    assert (found["state"], found["confirmed_how"]) == ("credited", "voice")


def test_a_slip_is_entered_at_the_counter(world: World) -> None:
    path = world.accepted()
    book, key = parts(path)
    world.given(lambda s: make_slip(factories.make_ctx(s), s.get_one(Visit, (book, _uuid(key)))))
    codes = world.given(lambda s: codes_of(factories.make_ctx(s), book, _uuid(key), "slip"))
    world.clock.now = START + timedelta(hours=3)
    slip = {
        "code_in": codes["in"],
        "code_out": codes["out"],
        "came_at": START.isoformat(),
        "left_at": (START + timedelta(hours=1)).isoformat(),
    }
    found = world.program(world.staff).done(f"{path}/slip", slip)
    assert (found["state"], found["actual_minutes"]) == ("checked_out", 60)


def _uuid(text: str) -> Any:
    from uuid import UUID

    return UUID(text)


def followed_up(world: World, path: str, hours: int) -> None:
    """What the job process does some hours later."""
    world.clock.now += timedelta(hours=hours)
    book, key = parts(path)
    world.given(
        lambda s: follow_up(factories.make_ctx(s, SYSTEM, world.clock.now), book, _uuid(key))
    )


def test_silence_goes_to_review_and_may_be_rejected(world: World) -> None:
    path = world.served()
    followed_up(world, path, 73)
    found = world.program(world.staff).done(f"{path}/reject", {"reason": "老人说没有人来"})
    assert (found["state"], found["reason"]) == ("rejected", "老人说没有人来")


def test_a_missed_visit_is_decided(world: World) -> None:
    path = world.accepted()
    followed_up(world, path, 27)
    said = {"excused": False, "reason": "电话也没有接"}
    found = world.program(world.staff).done(f"{path}/missed", said)
    assert found["state"] == "no_show"


@pytest.mark.parametrize(("credit", "state"), [(True, "credited"), (False, "rejected")])
def test_a_dispute_is_opened_and_decided(world: World, credit: bool, state: str) -> None:
    path = world.served()
    made = world.program(world.elder).done(f"{path}/disputes", {"text": "时间不对"})
    staff = world.program(world.staff)
    assert staff.read(path)["disputes"][0]["text"] == "时间不对"
    assert world.program(world.volunteer).read(path)["disputes"][0]["text"] is None
    said = {"credit": credit, "reason": "核对过了"}
    staff.done(f"/disputes/{made['book']}/{made['id']}/decision", said)
    assert staff.read(path)["state"] == state


def test_staff_write_a_dispute_down_for_a_side(world: World) -> None:
    path = world.served()
    staff = world.program(world.staff)
    staff.done(f"{path}/disputes", {"text": "老人来电话说早走了", "side": "elder"})
    assert staff.read(path)["disputes"][0]["side"] == "elder"


def test_the_auditor_goes_down_to_the_entry(world: World) -> None:
    receipt = world.program(world.elder).read(f"{world.credited()}/receipt")
    auditor = world.program(world.given(factories.create_auditor))
    earned = auditor.read(f"/ledger/{LONGWAN}/accounts?kind=earned&limit=100")["items"]
    [mine] = [each for each in earned if each["owner"]["id"] == str(world.volunteer)]
    assert mine["owner"]["name"].endswith("**")
    entries = auditor.read(f"/ledger/{LONGWAN}/accounts/{mine['id']}/entries")["items"]
    assert [each["balance_after_minutes"] for each in entries] == [62]
    found = auditor.read(f"/ledger/{LONGWAN}/transfers/{entries[0]['transfer_id']}")
    assert found["id"] == receipt["transfer_id"]
    assert found["visit_id"] == receipt["visit_id"]
    assert sum(each["amount_minutes"] for each in found["legs"]) == 0
    assert {(each["kind"], each["slot"], each["slots"]) for each in found["legs"]} == {
        ("earned", 0, 1)
    }


def test_a_leg_says_which_of_its_accounts_rows_it_is_on(world: World) -> None:
    world.give_coins(world.elder, 10)
    auditor = world.program(world.given(factories.create_auditor))
    [source] = auditor.read(f"/ledger/{LONGWAN}/accounts?kind=issue")["items"]
    [entry] = auditor.read(f"/ledger/{LONGWAN}/accounts/{source['id']}/entries")["items"]
    legs = auditor.read(f"/ledger/{LONGWAN}/transfers/{entry['transfer_id']}")["legs"]
    [leg] = [each for each in legs if each["account_id"] == source["id"]]
    assert (leg["slot"], leg["slots"]) == (entry["slot"], SOURCE_SLOTS)
    assert leg["balance_after_minutes"] == entry["balance_after_minutes"]


def test_accounts_and_entries_are_walked_by_cursor(world: World) -> None:
    world.give_coins(world.elder, 10)
    world.give_coins(world.elder, 20)
    auditor = world.program(world.given(factories.create_auditor))
    listed, cursor = [], ""
    while cursor is not None:
        page = auditor.read(f"/ledger/{LONGWAN}/accounts?kind=earned&limit=2{cursor}")
        listed += page["items"]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert len({each["id"] for each in listed}) == len(listed) == 4
    [mine] = [each for each in listed if each["owner"]["id"] == str(world.elder)]
    path = f"/ledger/{LONGWAN}/accounts/{mine['id']}/entries?limit=1"
    first = auditor.read(path)
    second = auditor.read(f"{path}&cursor={first['next_cursor']}")
    amounts = [each["amount_minutes"] for each in first["items"] + second["items"]]
    assert (amounts, second["next_cursor"]) == ([10, 20], None)


def test_a_transfer_is_reversed_once(world: World) -> None:
    receipt = world.program(world.elder).read(f"{world.credited()}/receipt")
    first, second = (world.program(world.given(factories.create_region_admin)) for _ in range(2))
    watcher = world.program(world.given(factories.create_auditor))
    path = f"/ledger/{LONGWAN}/reversals"
    asked = {"transfer_id": receipt["transfer_id"], "reason": "wrong_time", "note": "老人说没来"}
    made = watcher.done(path, asked)
    signature = f"{path}/{made['id']}/signature"
    assert watcher.post(signature, {}).status_code == 403
    assert first.done(signature, {}) == {"transfer_id": None}
    assert first.post(signature, {}).json["code"] == "signed_before"
    [waiting] = watcher.read("/reversals")["items"]
    assert (waiting["id"], waiting["state"]) == (made["id"], "signed")
    back = second.done(signature, {})["transfer_id"]
    assert watcher.read(f"{path}/{made['id']}")["reversing_id"] == back
    transfer = f"/ledger/{LONGWAN}/transfers/{receipt['transfer_id']}"
    assert first.read(transfer)["reversed_by_id"] == back
    world.clock.now += timedelta(hours=1)
    again = watcher.post(path, asked)
    assert (again.status_code, again.json["code"]) == (409, "already_reversed")
    assert world.program(world.volunteer).read("/statement")["total_minutes"] == 0


def test_the_auditor_reads_the_records(world: World) -> None:
    key = parts(world.credited())[1]
    auditor = world.program(world.given(factories.create_auditor))
    found = auditor.read(f"/audit/{LONGWAN}/records?subject={key}&limit=100")["items"]
    assert {"visit.accept", "visit.check_in", "visit.check_out", "visit.confirm"} <= {
        each["act"] for each in found
    }
    first = auditor.read(f"/audit/{LONGWAN}/records?limit=3")
    second = auditor.read(f"/audit/{LONGWAN}/records?limit=3&cursor={first['next_cursor']}")
    ids = [each["id"] for each in first["items"] + second["items"]]
    assert len(set(ids)) == 6
    assert auditor.read(f"/audit/{LONGWAN}/records?to=2026-03-09")["items"] == []


def test_a_statement_is_walked_by_its_cursor(world: World) -> None:
    world.give_coins(world.elder, 10)
    world.give_coins(world.elder, 20)
    elder = world.program(world.elder)
    first = elder.read("/statement?limit=1")
    second = elder.read(f"/statement?limit=1&cursor={first['next_cursor']}")
    assert second["next_cursor"] is None
    assert {first["items"][0]["amount_minutes"], second["items"][0]["amount_minutes"]} == {10, 20}


def test_staff_register_and_record(world: World) -> None:
    staff = world.program(world.staff)
    answers = member_answers(world, how="counter", terms_how="signature", wants_to_serve=True)
    member = staff.done("/members", answers)["id"]
    path = f"/members/{member}"
    staff.done(f"{path}/identity-check", {"how": "reader"})
    paper = {
        "code": "course-4h",
        "issuer": "样例培训中心",
        "reference": "Z1",
        "valid_from": "2026-01-01",
        "valid_to": "2026-12-31",
    }
    certificate = staff.done(f"{path}/certificates", paper)["id"]
    assert staff.read(path)["level"] == "P1"
    staff.done(f"{path}/certificates/{certificate}/revoke")
    assert staff.read(path)["level"] == "P0"


def test_kinship_and_delegation(world: World) -> None:
    child = world.given(factories.create_member)
    staff, elder = world.program(world.staff), world.program(world.elder)
    path = f"/members/{world.elder}"
    kin = {"other_id": str(child), "relation": "child", "evidence": "户口簿"}
    staff.done(f"{path}/kinships", kin)
    given = {"delegate_id": str(child), "scopes": ["see", "ask"], "ends_on": "2026-06-30"}
    given["spend_minutes"] = 600
    made = elder.done(f"{path}/delegations", given)["id"]
    relative = world.program(child)
    assert relative.read("/me")["acts_for"][0]["scopes"] == ["ask", "see"]
    relative.done(f"{path}/delegations/{made}/revoke")
    assert relative.read("/me")["acts_for"] == []
