"""Records, certificates and stars through the API, from the service to the stranger's check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from models.people import Member
from services.policy import SYSTEM
from services.stars import proposing
from tests import factories
from tests.api.kit import Program, World
from tests.factories import LONGWAN, NOW

PERK = {
    "name": "优先体检",
    "name_en": "Health checks first",
    "terms": "每年一次。",
    "terms_en": "Once a year.",
    "from_stars": 1,
    "begins_on": "2026-03-10",
}


def propose(world: World) -> str:
    """Let the volunteer's hours reach a star, and publish it; the award's path."""

    def work(session: Any) -> bool:
        session.get_one(Member, world.volunteer).served_minutes = 6000
        session.flush()
        ctx = factories.make_ctx(session, SYSTEM, NOW)
        return proposing.propose(ctx, world.volunteer)

    assert world.given(work)
    return f"/star-awards/{LONGWAN}"


def test_stars_are_published_objected_to_and_decided(world: World, anyone: Program) -> None:
    path = propose(world)
    [notice] = anyone.read("/star-notices")["items"]
    assert notice["name"].endswith("*")
    objections = f"{path}/{notice['award_id']}/objections"
    assert anyone.post(objections, {"text": "没来过"}).status_code == 401
    elder = world.program(world.elder)
    made = elder.done(objections, {"text": "没来过"})["id"]
    assert elder.post(objections, {"text": "真的"}).json["code"] == "star_objected_already"
    admin = world.program(world.given(factories.create_region_admin))
    [award] = admin.read(f"/books/{LONGWAN}/star-awards")["items"]
    assert award["objections"][0]["text"] == "没来过"
    decision = {"uphold": False, "reason": "查过，来过"}
    admin.done(f"/star-objections/{LONGWAN}/{made}/decision", decision)
    mine = world.program(world.volunteer).read(f"/members/{world.volunteer}/stars")
    assert (mine["stars"], mine["pending"]["stars"]) == (0, 1)
    assert mine["pending"]["objections"] == []
    gone = admin.post(f"/star-bans/{LONGWAN}/{UUID(int=3)}/lift", {"reason": "mistake"})
    assert gone.json["code"] == "star_ban_unknown"


def test_a_record_an_honour_and_a_perk(world: World, anyone: Program) -> None:
    counter, own = world.program(world.staff), world.program(world.volunteer)
    admin = world.program(world.given(factories.create_region_admin))
    said = {"name": "优秀志愿者", "given_on": "2026-03-01", "given_by": "龙湾区民政局"}
    made = counter.done(f"/members/{world.volunteer}/honours", said)["id"]
    admin.done(f"/branches/{world.branch}/person-in-charge", {"name": "王平"})
    record = own.read(f"/members/{world.volunteer}/record")
    assert [each["name"] for each in record["honours"]] == ["优秀志愿者"]
    assert record["missing"] == ["skills", "services"]
    nothing = own.post(f"/members/{world.volunteer}/service-proofs", {})
    assert nothing.json["code"] == "nothing_to_prove"
    counter.done(f"/honours/{LONGWAN}/{made}/withdraw")
    perk = admin.done(f"/books/{LONGWAN}/perks", PERK)["id"]
    [line] = anyone.read(f"/books/{LONGWAN}/perks")["items"]
    assert (line["id"], line["is_open"]) == (perk, None)
    admin.done(f"/perks/{LONGWAN}/{perk}/end")
    refused = admin.post(f"/books/{LONGWAN}/perks", {**PERK, "terms": "发现金"})
    assert refused.json["code"] == "perk_is_money"


def test_late_records_and_the_months_file(world: World, clock: Any) -> None:
    admin = world.program(world.given(factories.create_region_admin))
    assert admin.read(f"/books/{LONGWAN}/late-records")["items"] == []
    found = admin.read(f"/books/{LONGWAN}/records/2026-03")
    assert found["head"]["counts"]["person"] == 0
    clock.now = NOW + timedelta(minutes=1)
    assert admin.get(f"/books/{LONGWAN}/records/2026-13").status_code == 404
    refused = world.program(world.staff).get(f"/books/{LONGWAN}/records/2026-03")
    assert refused.status_code == 403
