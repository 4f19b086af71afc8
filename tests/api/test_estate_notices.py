"""From the notice to a claim by programs, and the job that ends the waiting."""

from __future__ import annotations

from datetime import date, time, timedelta

from models.estates import Estate, EstateState
from services.clock import at_local
from services.estates.listing import HeirForm, add_heir
from services.estates.reporting import BRANCH, DeathReport, report
from services.estates.verifying import DeathCheck, verify
from services.people.kin import record_kinship
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN, NOW
from timebank.jobs import runner

DIED = date(2026, 3, 8)
OVER = at_local(date(2026, 4, 2), time(9, 0))


def test_a_notice_is_objected_to_divided_and_claimed(world: World) -> None:
    first, second = (world.given(factories.create_region_admin) for _ in range(2))
    spouse = world.given(factories.create_member)
    world.act(world.staff, lambda c: record_kinship(c, world.elder, spouse, "spouse", "结婚证"))
    world.give_coins(world.elder, 101)
    form = DeathReport(world.elder, DIED)
    estate = world.act(world.staff, lambda ctx: report(ctx, form, BRANCH))
    paper = DeathCheck(DIED, "death_certificate", "330303-2026-0001")
    for official in (world.staff, first):
        world.act(official, lambda ctx: verify(ctx, LONGWAN, estate, paper))
    absent = HeirForm(name="林远行", relation="child", evidence="出生证明")
    world.act(world.staff, lambda ctx: add_heir(ctx, LONGWAN, estate, absent))

    path = f"/estates/{LONGWAN}/{estate}"
    clerk, heir = world.program(world.staff), world.program(spouse)
    admin, other = world.program(first, days=90), world.program(second, days=90)
    anybody = world.program()
    assert anybody.read("/estate-notices") == {"items": [], "next_cursor": None}
    assert len(clerk.done(f"{path}/publish")["code"]) == 12
    listed = anybody.read("/estate-notices?region=330300000000")["items"]
    assert [each["ends_on"] for each in listed] == ["2026-03-24"]
    assert "*" in anybody.read(f"{path}/public")["dead"]

    made = heir.done(f"{path}/objections", {"text": "名单里多了一个人"})["id"]
    assert heir.post(f"{path}/objections", {"text": "再说"}).status_code == 409
    said = {"text": "名字写错了", "name": "林小妹"}
    assert heir.post(f"{path}/objections", said).status_code == 403
    noted = clerk.done(f"{path}/objections", said)["id"]
    decision = {"decision": "dismissed", "reason": "看过出生证明"}
    for each in (made, noted):
        admin.done(f"{path}/objections/{each}/decide", decision)
    heir.done(f"{path}/objections/{made}/appeal", {"text": "不服"})
    again = f"{path}/objections/{made}/decide-appeal"
    assert admin.post(again, decision).json["code"] == "same_official"
    other.done(again, decision)
    (mine,) = heir.read("/me/estate-objections")["items"]
    assert mine["appeal_decision"] == "dismissed"

    found = admin.read(f"{path}/notice")
    assert (found["is_preview"], found["in_the_way"]["open_objection"]) == (True, False)
    assert admin.post(f"{path}/divide").json["code"] == "notice_runs"
    world.clock.now = OVER
    assert len(admin.done(f"{path}/divide")["code"]) == 12
    lines = clerk.read(f"{path}/notice")["lines"]
    assert sorted(line["share_minutes"] for line in lines) == [50, 50]
    waiting = next(line["id"] for line in lines if line["paid_at"] is None)
    assert clerk.post(f"{path}/heirs/{waiting}/claim").json["code"] == "account_needed"

    assert runner.run_once(world.app, "lapse-shares").startswith("ok: ")
    world.clock.now = OVER + timedelta(days=3 * 366)
    assert "1" in runner.run_once(world.app, "lapse-shares")
    row = world.given(lambda s: s.get_one(Estate, (LONGWAN, estate)))
    assert row.state is EstateState.SETTLED
    assert NOW < OVER
