"""From a designation to an heir's answer, through the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.people import Member
from services.estates.reporting import DeathReport, report
from services.estates.verifying import DeathCheck, verify
from services.people.kin import record_kinship
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN, NOW


def verified(world: World) -> UUID:
    """The elder's death, reported at the counter and verified by two."""
    second = world.given(lambda s: factories.create_staff(s, world.branch))
    form = DeathReport(world.elder, NOW.date())
    estate = world.act(world.staff, lambda ctx: report(ctx, form, "branch"))
    seen = DeathCheck(NOW.date(), "death_certificate", "2026-001")
    for who in (world.staff, second):
        world.act(who, lambda ctx: verify(ctx, LONGWAN, estate, seen))
    return UUID(str(estate))


def test_whom_an_elder_names_inherits_with_the_family(world: World) -> None:
    daughter = world.given(factories.create_member)
    world.act(world.staff, lambda c: record_kinship(c, world.elder, daughter, "child", "户口簿"))
    world.give_coins(world.elder, 601)
    own, counter = world.program(world.elder), world.program(world.staff)
    named = f"/members/{world.elder}/designations"
    lines = [
        {"name": "赵老友", "relation": "friend", "parts": 2},
        {"name": "钱先走", "relation": "friend"},
    ]
    first = own.done(named, {"lines": lines})["id"]
    own.done(f"{named}/{first}/revoke")
    will = {"kind": "will", "how": "document", "reference": "龙湾公证处 2026-018"}
    counter.done(named, {"lines": lines, **will})
    newest, before = counter.read(named)["items"]
    assert (newest["kind"], newest["reference"]) == ("will", will["reference"])
    assert newest["lines"][1] == {**lines[1], "parts": 1, "beneficiary_id": None}
    assert (before["paper_code"], bool(before["revoked_at"])) == (None, True)
    assert own.post(named, {"lines": []}).status_code == 422
    assert world.program(daughter).post(named, {"lines": lines}).status_code == 403

    base = f"/estates/{LONGWAN}/{verified(world)}/heirs"
    found: dict[str, Any] = counter.read(base)
    by_name = {line["name"]: line["id"] for line in found["lines"]}
    counter.done(
        f"{base}/{by_name['钱先走']}/correct", {"died_before": True, "evidence": "死亡证明"}
    )
    son = counter.done(
        base,
        {"name": "王强", "relation": "child", "evidence": "户口簿", "died_before": True},
    )["id"]
    line = {"name": "王小宝", "relation": "child", "evidence": "户口簿", "represents_id": son}
    child = counter.done(base, line)["id"]
    slip = counter.done(base, {"name": "王小贝", "relation": "child", "evidence": "户口簿"})["id"]
    counter.done(f"{base}/{slip}/remove", {"reason": "mistake"})
    account = world.given(lambda s: factories.create_member(s, name="王小宝"))
    counter.done(f"{base}/{child}/account", {"member_id": str(account)})
    found = counter.read(base)
    shares = {line["name"]: line["share_minutes"] for line in found["lines"]}
    name = world.given(lambda s: s.get_one(Member, daughter).name)
    assert shares == {"赵老友": 400, "钱先走": None, name: 100, "王强": None, "王小宝": 100}
    assert (found["estate_minutes"], found["remainder_minutes"], found["order"]) == (601, 1, 1)

    heir = world.program(account)
    [mine] = heir.read("/me/inheritances")["items"]
    assert (mine["part"], mine["share_minutes"]) == ({"of": 1, "out_of": 6}, 100)
    heir.done(f"{base}/{child}/answer", {"answer": "disclaimed"})
    counter.done(f"{base}/{by_name[name]}/answer", {"answer": "accepted", "how": "signature"})
    assert heir.read("/me/inheritances")["items"][0]["part"] is None
    shares = {line["name"]: line["share_minutes"] for line in counter.read(base)["lines"]}
    assert shares[name] == 200
    other = f"{base}/{by_name[name]}/answer"
    assert heir.post(other, {"answer": "disclaimed"}).status_code == 403
