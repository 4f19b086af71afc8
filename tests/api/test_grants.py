"""Monthly grants for programs: the months, the lines, two signatures, a member's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from models.oversight import AuditRecord
from services.batches import working
from services.grants import computing
from services.policy import SYSTEM
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN, NOW, make_ctx

HERE = f"/ledger/{LONGWAN}/grants"
MARCH = f"{HERE}/2026-03"
ALONE = {
    "in_hardship": False,
    "lives_alone": True,
    "special_family": True,
    "spends_under_age": False,
}


@pytest.fixture
def admins(world: World) -> list[Any]:
    return [world.program(world.given(factories.create_region_admin)) for _ in range(2)]


def test_a_month_from_the_facts_to_the_member(world: World, admins: list[Any]) -> None:
    first, second = admins
    world.program(world.staff).done(f"/members/{world.elder}/circumstances", ALONE)
    world.given(lambda s: computing.compute(make_ctx(s, SYSTEM, NOW), LONGWAN, "2026-03"))
    (month,) = first.read(HERE)["items"]
    assert (month["state"], month["lines"], month["minutes"]) == ("open", 1, 240)
    found = first.read(MARCH)
    assert [each["code"] for each in found["kinds"]] == ["alone_80"]
    assert (found["proposal"], found["last_at"]) == (None, "2026-06-30T23:59:00+08:00")
    lines = first.read(f"{MARCH}/lines?limit=1")
    assert lines["total"] == 1
    (line,) = lines["items"]
    assert [each["code"] for each in line["reasons"]] == [
        "kind",
        "lives_alone",
        "age_from",
        "also",
    ]
    assert line["facts"]["special_family"] is True
    assert first.read(f"{MARCH}/lines")["next_cursor"] is None
    assert first.post(f"{MARCH}/signature", {"content_hash": "0"}).json["code"] == (
        "grants_not_proposed"
    )
    first.done(f"{MARCH}/proposal", {"backing": "专项资金"})
    first.done(f"{MARCH}/withdrawal")
    assert first.read(MARCH)["state"] == "open"
    made = first.done(f"{MARCH}/proposal", {"backing": "专项资金"})
    proposal = second.read(MARCH)["proposal"]
    assert (proposal["amount_minutes"], proposal["backing"]) == (240, "专项资金")
    seen = {"content_hash": proposal["content_hash"]}
    assert first.post(f"{MARCH}/signature", seen).json["code"] == "second_signature"
    by_pool = f"/ledger/{LONGWAN}/authorisations/{made['batch_id']}/signature"
    assert second.post(by_pool).json["code"] == "authorisation_of_grants"
    second.done(f"{MARCH}/signature", seen)
    batch_id = UUID(made["batch_id"])
    world.given(lambda s: working.work_chunk(make_ctx(s, SYSTEM, NOW), LONGWAN, batch_id))
    assert second.read(MARCH)["state"] == "done"
    mine = world.program(world.elder).read(f"/members/{world.elder}/grants")
    assert mine["available_minutes"] == 240
    ((grant,),) = [each["grants"] for each in mine["quarters"]]
    assert (grant["month"], grant["minutes"]) == ("2026-03", 240)
    assert grant["reasons"][1]["message"] == "登记为独居。"
    stranger = world.program(world.volunteer)
    assert stranger.get(f"/members/{world.elder}/grants").status_code == 403
    assert stranger.get(MARCH).status_code == 403
    looked = world.program(world.staff).read(f"/members/{world.elder}/grants")
    assert looked == mine
    count = world.given(lambda s: s.query(AuditRecord).filter_by(act="statement.read").count())
    assert count == 1
