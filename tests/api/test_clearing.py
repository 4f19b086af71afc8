"""Clearing through the API: what two regions' programs read, acknowledge, dispute and answer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from models.ledger import AccountKind
from services.context import Context
from services.corridors.crossing import post_across
from services.ledger.accounts import account_id, pool_of
from services.ledger.clearing import Crossing, gives, takes
from services.ledger.drafts import Draft, Leg
from services.policy import SYSTEM
from services.settlement import windows
from tests import factories
from tests.api.kit import Program, World
from tests.country import ONE, TWO, join_all
from tests.factories import NOW, VAULT
from timebank.jobs import runner

HERE, THERE = f"/clearing/{ONE}", f"/clearing/{TWO}"
FIRST = f"{HERE}/windows/1"


def an_hour(session: Session) -> None:
    """From ONE to TWO."""
    join_all(session, ONE, TWO)
    issue = account_id(ONE, AccountKind.ISSUE)
    drafts = [
        Draft(ONE, "gift", "hour", (Leg(issue, -60), gives(ONE, TWO, 60)), NOW),
        Draft(TWO, "gift", "hour", (takes(TWO, ONE, 60), Leg(pool_of(TWO), 60)), NOW),
    ]
    ctx = Context(session, SYSTEM, NOW, VAULT)
    post_across(ctx, drafts, [Crossing(ONE, TWO, 60)], payer_book=ONE, key="hour")


def test_two_programs_settle_a_window(world: World) -> None:
    def office(region: str) -> Program:
        return world.program(world.given(lambda s: factories.create_region_admin(s, region)))

    world.given(an_hour)
    one, two = office(ONE), office(TWO)
    assert runner.run_once(world.app, "close-windows") == "ok: 0"
    found = one.read(HERE)
    assert (found["open_minutes"], found["unsettled_minutes"]) == (60, 60)
    assert [line["state"] for line in found["windows"]] == ["open"]
    assert one.post(f"{FIRST}/acknowledge").json["code"] == "window_not_waiting"
    world.clock.now = windows.next_midnight(NOW) + timedelta(minutes=1)
    assert runner.run_once(world.app, "close-windows") == "ok: 1"

    window = one.read(FIRST)
    assert [(each["owes_minutes"], each["one_book"]) for each in window["pairs"]] == [(60, ONE)]
    assert [each["net_minutes"] for each in window["nets"]] == [-60, 60]
    payment = {"from_book": ONE, "to_book": TWO, "owed_minutes": 60}
    assert window["payments"] == [payment]
    said = {"counter_book": TWO, "reason": "少了一笔"}
    dispute = one.done(f"{FIRST}/disputes", said)["id"]
    assert one.post(f"{FIRST}/disputes", said).json["code"] == "dispute_open_already"
    assert one.post(f"{FIRST}/acknowledge").json["code"] == "own_dispute_open"
    answer = {"outcome": "stands", "answer": "核对过"}
    assert one.post(f"{HERE}/disputes/{dispute}/resolve", answer).json["code"] == "not_your_side"
    two.done(f"{THERE}/disputes/{dispute}/resolve", answer)
    (seen,) = two.read(f"{THERE}/windows/1")["disputes"]
    assert (seen["reason"], seen["outcome"], seen["answer"]) == ("少了一笔", "stands", "核对过")

    one.done(f"{FIRST}/acknowledge")
    two.done(f"{THERE}/windows/1/acknowledge")
    month = one.read(f"{HERE}/months/2026-03")
    assert (month["owes_minutes"], month["is_settled"]) == (60, True)
    assert one.read(HERE)["unsettled_minutes"] == 0
    assert one.get(THERE).status_code == 404
    assert one.get(f"{HERE}/months/2026-13").status_code == 404
    assert one.get(f"{HERE}/windows/9").json["code"] == "no_window"
    missing = one.post(f"{HERE}/disputes/{UUID(int=9)}/resolve", answer)
    assert missing.json["code"] in {"no_dispute", "not_found"}
    assert world.program(world.elder).get(HERE).status_code == 403
