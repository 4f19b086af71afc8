"""Donations through the API: the region's fund, the donor's program, and the counter's."""

from __future__ import annotations

from uuid import UUID

from tests import factories
from tests.api.kit import Program, World
from tests.factories import LONGWAN
from timebank.jobs import runner

FUNDS = f"/ledger/{LONGWAN}/funds"


def test_a_fund_from_its_opening_to_its_end(world: World, anyone: Program) -> None:
    admin = world.program(world.given(factories.create_region_admin))
    wanted = {"kind": "group", "name": "独居老人", "name_en": "Elders alone", "lives_alone": True}
    fund = admin.done(FUNDS, wanted)["id"]
    assert admin.post(FUNDS, wanted).json["code"] == "fund_name_taken"
    assert admin.post(FUNDS, {**wanted, "kind": "shop"}).status_code == 422

    world.give_coins(world.volunteer, 600)
    own, counter = world.program(world.volunteer), world.program(world.staff)
    made = own.done("/donations", {"to": fund, "minutes": 90})
    assert (made["how"], made["left_minutes"], made["fund"]["en"]) == ("own", 90, "Elders alone")
    assert made["criteria"] == {"lives_alone": True}
    assert (
        own.post("/donations", {"to": fund, "minutes": 600}).json["code"] == "not_enough_to_donate"
    )
    there = {"donor_id": str(world.volunteer), "to": "pool", "minutes": 30}
    given = counter.done("/donations", there)
    assert (given["how"], given["fund"], given["uses"]) == ("counter", None, [])
    assert len(own.read("/donations")["items"]) == 2
    assert len(counter.read(f"/members/{world.volunteer}/donations")["items"]) == 2
    path = f"/donations/{made['book']}/{made['id']}"
    assert own.read(path) == made
    assert world.program(world.elder).get(path).status_code == 403
    assert own.get(f"/donations/{LONGWAN}/{UUID(int=1)}").json["code"] == "donation_unknown"

    own.done(f"/members/{world.volunteer}/overflow", {"to": fund})
    (line,) = anyone.read(FUNDS)["items"]
    assert (line["given_minutes"], line["free_minutes"], line["closed_at"]) == (90, 90, None)
    admin.done(f"{FUNDS}/{fund}/close")
    assert admin.post(f"{FUNDS}/{fund}/close").json["code"] == "fund_closed_already"
    found = anyone.read(FUNDS)
    assert (found["pool_minutes"], found["items"][0]["free_minutes"]) == (120, 0)
    (use,) = own.read(path)["uses"]
    assert (use["service"], use["minutes"]) == (None, 90)
    # Nothing was set aside when it ended, so nothing is left for the job to take.
    assert runner.run_once(world.app, "sweep-funds") == "ok: 0"
