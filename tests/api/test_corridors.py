"""Agreements, caps and funds for programs: read, proposed, signed, ended, and refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests import factories
from tests.api.kit import Program, World
from tests.factories import LONGWAN, LUCHENG, create_region_tree

RESERVE = f"/ledger/{LONGWAN}/reserve"
RECORDS = f"/ledger/{LONGWAN}/fund-records"
CAPS = f"/ledger/{LONGWAN}/caps"
FUND = {"on_day": "2026-03-10", "fund_fen": 2_000_000, "document": "民财 1 号"}
CAP = {"cap_minutes": 6_000, "valid_from": "2026-03-10", "document": "额度 1 号"}
WANTED = {
    "one_code": LONGWAN,
    "other_code": LUCHENG,
    "phase": "district",
    "mode": "store",
    "pair_cap_minutes": 600,
    "valid_from": "2026-03-10",
    "document": "互认 1 号",
}


@pytest.fixture
def offices(world: World) -> dict[str, Program]:
    """Two administrators here, one there, one of the city above, and an auditor."""
    world.given(lambda s: create_region_tree(s, LUCHENG))

    def office(code: str) -> Program:
        return world.program(world.given(lambda s: factories.create_region_admin(s, code)))

    return {
        "here": office(LONGWAN),
        "second": office(LONGWAN),
        "there": office(LUCHENG),
        "city": office("330300000000"),
        "auditor": world.program(world.given(factories.create_auditor)),
    }


def test_a_fund_is_recorded_signed_and_read(offices: dict[str, Program]) -> None:
    here, second = offices["here"], offices["second"]
    key = here.done(RECORDS, FUND)["record_id"]
    assert here.post(f"{RECORDS}/{key}/signature").json["code"] == "second_signature"
    here.done(f"{RECORDS}/{key}/withdrawal")
    key = here.done(RECORDS, FUND)["record_id"]
    second.done(f"{RECORDS}/{key}/signature")
    found = offices["auditor"].read(RESERVE)
    assert (found["has_joined"], len(found["records"]), len(found["readings"])) == (True, 2, 1)
    assert found["readings"][0]["premium_stop"] == "none"
    assert offices["auditor"].post(RECORDS, FUND).status_code == 403
    assert offices["there"].get(RESERVE).status_code == 403
    assert here.post(RECORDS, {**FUND, "fund_fen": -1}).status_code == 422
    (line, _) = offices["city"].read("/reserves?region=330300000000")["items"][::-1]
    assert (line["book"], line["fund_fen"], line["fund_on"]) == (LONGWAN, 2_000_000, "2026-03-10")
    assert here.get("/reserves?region=330300000000").status_code == 403


def test_an_agreement_from_proposal_to_end(world: World, offices: dict[str, Program]) -> None:
    here, there = offices["here"], offices["there"]
    key = here.done("/corridors", WANTED)["corridor_id"]
    one = f"/corridors/{key}"
    assert here.post(f"{one}/signature").status_code == 403
    assert there.read(one)["can"] == ["sign", "withdraw"]
    there.done(f"{one}/signature")
    assert here.post("/corridors", {**WANTED, "phase": "city"}).json["code"] == "phase_wrong"
    (found,) = offices["auditor"].read(f"/corridors?region={LONGWAN}")["items"]
    assert (found["state"], found["mode"], found["can"]) == ("in_force", "store", [])
    for office in (offices["here"], offices["second"], there):
        if office is not offices["second"]:
            made = office.done
            book = LONGWAN if office is here else LUCHENG
            record = made(f"/ledger/{book}/fund-records", FUND)["record_id"]
            offices["city"].done(f"/ledger/{book}/fund-records/{record}/signature")
    pairs = {
        (each["one_code"], each["other_code"]): each
        for each in world.program().read("/corridors/recognition")["pairs"]
    }
    assert pairs[LONGWAN, LUCHENG]["mode"] == "store"
    assert pairs[LUCHENG, LONGWAN]["mode"] == "draw"
    over = {"valid_to": "2026-03-10", "reason": "fund"}
    assert there.post(f"{one}/end", over).json["code"] == "end_day_wrong"
    there.done(f"{one}/end", {**over, "valid_to": "2026-03-11"})
    assert here.read(one)["end_reason"] == "fund"
    again: dict[str, Any] = {**WANTED, "valid_from": "2026-03-12"}
    key = here.done("/corridors", again)["corridor_id"]
    there.done(f"/corridors/{key}/withdrawal")
    assert here.read(f"/corridors/{key}")["state"] == "withdrawn"
    assert here.get(f"/corridors/{uuid4()}").status_code == 404
    assert here.get("/corridors?region=320100000000").status_code == 403


def test_a_cap_comes_from_above(offices: dict[str, Program]) -> None:
    assert offices["here"].post(CAPS, CAP).status_code == 403
    offices["city"].done(CAPS, CAP)
    found = offices["here"].read(CAPS)
    assert found["total"]["room"]["left_minutes"] == 6_000
    assert [each["cap_minutes"] for each in found["history"]] == [6_000]
    assert offices["there"].get(CAPS).status_code == 403
    past = {**CAP, "valid_from": "2026-03-09"}
    assert offices["city"].post(CAPS, past).json["code"] == "day_in_the_past"
