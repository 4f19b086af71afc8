"""Entries by hand for programs: put forward with papers, signed by another, read by who may."""

from __future__ import annotations

import base64
from datetime import timedelta

from services.clock import local
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN
from tests.services.visits.conftest import START

PAPER = b"\x89PNG\r\n\x1a\n slip"
PATH = f"/ledger/{LONGWAN}/entries-by-hand"


def body_of(world: World) -> dict[str, object]:
    return {
        "elder_id": str(world.elder),
        "provider_id": str(world.volunteer),
        "service_code": "A04",
        "starts_at": local(START).isoformat(),
        "ends_at": local(START + timedelta(hours=1)).isoformat(),
        "why": "no_slip",
        "reason": "纸条被雨淋湿了",
        "files": [{"name": "slip.png", "content_base64": base64.b64encode(PAPER).decode()}],
    }


def test_two_programs_enter_a_service(world: World) -> None:
    world.give_coins(world.elder, 300)
    world.clock.now = START + timedelta(days=1)
    clerk, other = (world.program(world.given(factories.create_staff)) for _ in range(2))
    body = body_of(world)
    assert clerk.post(PATH, {**body, "files": []}).json["code"] == "no_evidence"
    bad = [{"name": "x", "content_base64": "%%"}]
    assert clerk.post(PATH, {**body, "files": bad}).status_code == 422
    made = clerk.done(PATH, body)
    one = f"{PATH}/{made['id']}"
    assert clerk.post(f"{one}/signature", {}).json["code"] == "second_signature"
    [waiting] = other.read("/entries-by-hand")["items"]
    assert (waiting["id"], waiting["state"], waiting["level"]) == (made["id"], "proposed", "branch")
    whole = other.read(one)
    assert (whole["reason"], whole["entry"]["why"]) == ("纸条被雨淋湿了", "no_slip")
    file = other.read(f"{one}/files/{whole['files'][0]['id']}")
    assert base64.b64decode(file["content_base64"]) == PAPER
    assert file["file"]["media_type"] == "image/png"
    signed = other.done(f"{one}/signature", {})
    assert world.program(world.volunteer).read("/statement")["items"][0]["by_hand"] is True
    auditor = world.program(world.given(factories.create_auditor))
    [done] = auditor.read("/entries-by-hand?state=signed&kind=entry")["items"]
    assert done["visit_id"] == signed["visit_id"]
    transfer = auditor.read(f"/ledger/{LONGWAN}/transfers/{done['transfer_id']}")
    assert transfer["manual_entry_id"] == made["id"]
    for who in (world.elder, world.volunteer):
        assert world.program(who).get(one).status_code == 403
        assert world.program(who).get("/entries-by-hand").status_code == 403


def test_an_entry_is_refused_or_dropped(world: World) -> None:
    world.clock.now = START + timedelta(days=1)
    clerk, other = (world.program(world.given(factories.create_staff)) for _ in range(2))
    for act, body, who in (("refusal", {"reason": "不对"}, other), ("withdrawal", {}, clerk)):
        made = clerk.done(PATH, body_of(world))
        who.done(f"{PATH}/{made['id']}/{act}", body)
    states = [each["state"] for each in clerk.read("/entries-by-hand?state=all")["items"]]
    assert sorted(states) == ["refused", "withdrawn"]


def test_a_reversal_is_refused_or_dropped(world: World) -> None:
    world.give_coins(world.elder, 300)
    transfer = world.program(world.elder).read("/statement")["items"][0]["transfer_id"]
    watcher = world.program(world.given(factories.create_auditor))
    admin = world.program(world.given(factories.create_region_admin))
    path = f"/ledger/{LONGWAN}/reversals"
    for act, body, who in (("refusal", {"reason": "没有错"}, admin), ("withdrawal", {}, watcher)):
        made = watcher.done(path, {"transfer_id": transfer, "reason": "wrong_person"})
        who.done(f"{path}/{made['id']}/{act}", body)
    found = watcher.read(f"/reversals?state=all&book={LONGWAN}")["items"]
    assert sorted(each["state"] for each in found) == ["refused", "withdrawn"]
