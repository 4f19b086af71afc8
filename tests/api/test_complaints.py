"""Sheets, complaints and appeals through the API: one story from the words to the last one."""

from __future__ import annotations

from datetime import timedelta

from services.policy import NATION
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN


def test_a_complaint_from_the_words_to_the_last_decision(world: World) -> None:
    path = world.credited()
    visit = path.rsplit("/", 1)[1]
    admins = [world.given(factories.create_region_admin) for _ in range(2)]
    first, second = (world.program(each) for each in admins)
    elder, other = world.program(world.elder), world.program(world.volunteer)
    said = {"kind": "charged", "text": "问我要了二十块钱", "visit_id": visit}
    made = elder.done(f"/complaints/{LONGWAN}", said)["complaint_id"]
    one = f"/complaints/{LONGWAN}/{made}"
    [line] = other.read("/me/complaints")["items"]
    assert (line["id"], line["held_minutes"] > 0) == (made, True)
    early = first.post(f"{one}/decide", {"decision": "dismissed", "reason": "没有证据"})
    assert early.json["code"] == "other_side_unheard"
    world.clock.now += timedelta(minutes=1)
    other.done(f"{one}/words", {"text": "是买菜的钱，有小票"})
    assert [each["side"] for each in elder.read(one)["words"]] == ["complainant", "other"]
    first.done(f"{one}/decide", {"decision": "dismissed", "reason": "小票对得上"})
    assert elder.read(one)["may"] == ["appeal"]
    elder.done(f"{one}/appeal", {"text": "小票不是那天的"})
    again = first.post(f"{one}/decide-appeal", {"decision": "upheld", "reason": "好"})
    assert (again.status_code, again.json["code"]) == (403, "same_decides")
    second.done(f"{one}/decide-appeal", {"decision": "dismissed", "reason": "日期一样"})
    read = first.read("/complaints?state=final&kind=charged")
    assert [each["outcome"] for each in read["items"]] == ["dismissed"]
    own = elder.done(f"/complaints/{LONGWAN}", {"kind": "other", "text": "算了"})
    elder.done(f"/complaints/{LONGWAN}/{own['complaint_id']}/withdraw")


def test_a_sheet_from_hand_to_hand(world: World) -> None:
    admin = world.given(factories.create_region_admin)
    above = world.given(factories.create_national_admin)
    auditor = world.program(world.given(lambda s: factories.create_auditor(s, NATION)))
    staff, county = world.program(world.staff), world.program(admin)
    about = {"subject_kind": "member", "subject_id": str(world.volunteer)}
    wanted = {"kind": "warning", "text": "请核对", "branch_id": str(world.branch), **about}
    made = auditor.done(f"/sheets/{LONGWAN}", wanted)["sheet_id"]
    one = f"/sheets/{LONGWAN}/{made}"
    assert [each["id"] for each in staff.read("/sheets?whose=branch")["items"]] == [made]
    staff.done(f"{one}/take")
    staff.done(f"{one}/notes", {"text": "问过了"})
    staff.done(f"{one}/hand-on", {"to_id": str(admin)})
    last = county.done(f"{one}/turn", {"text": "要整改"})["sheet_id"]
    county.done(f"/sheets/{LONGWAN}/{last}/close", {"outcome": "founded", "reason": "属实"})
    staff.done(f"/sheets/{LONGWAN}/{last}/appeal", {"text": "已经改了"})
    decision = {"upheld": True, "reason": "改好了"}
    refused = county.post(f"/sheets/{LONGWAN}/{last}/decide", decision)
    assert refused.json["code"] == "sheet_not_above"
    world.program(above).done(f"/sheets/{LONGWAN}/{last}/decide", decision)
    found = county.read(f"/sheets/{LONGWAN}/{last}")
    assert (found["sheet"]["outcome"], found["parent_id"]) == ("appeal_upheld", made)


def test_a_dispute_is_appealed_once(world: World) -> None:
    path = world.served()
    admin = world.program(world.given(factories.create_region_admin))
    elder, staff = world.program(world.elder), world.program(world.staff)
    made = elder.done(f"{path}/disputes", {"text": "走得早"})["id"]
    dispute = f"/disputes/{LONGWAN}/{made}"
    staff.done(f"{dispute}/decision", {"credit": True, "reason": "记录都对"})
    elder.done(f"{dispute}/appeal", {"text": "不服"})
    assert elder.post(f"{dispute}/appeal", {"text": "不服"}).json["code"] == "appealed_already"
    world.clock.now += timedelta(days=1)
    admin.done(f"{dispute}/decide-appeal", {"upheld": False, "reason": "看过"})
