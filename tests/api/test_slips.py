"""A pile of slips through the API: an answer for each, and nothing entered twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.oversight import AuditRecord
from models.requests import Visit
from services.visits.codes import codes_of, make_slip
from tests import factories
from tests.api.kit import START, World
from tests.factories import LONGWAN


@pytest.fixture
def slip(world: World) -> dict[str, Any]:
    """A slip that has come back."""
    _empty, _kind, book, key = world.accepted().split("/")
    visit = world.given(lambda s: s.get_one(Visit, (book, UUID(key))))
    world.given(lambda s: make_slip(factories.make_ctx(s), s.get_one(Visit, (book, UUID(key)))))
    codes = world.given(lambda s: codes_of(factories.make_ctx(s), book, UUID(key), "slip"))
    request = world.program(world.staff).read(f"/requests/{book}/{visit.request_id}")
    world.clock.now = START + timedelta(hours=3)
    return {
        "reference": request["reference"],
        "code_in": codes["in"],
        "code_out": codes["out"],
        "came": "10:00",
        "left": "11:05",
        "rest_from": "10:20",
        "rest_to": "10:25",
    }


def entered(world: World) -> int:
    """How many slips there are on record."""
    rows = sa.select(sa.func.count()).where(
        AuditRecord.book == LONGWAN, AuditRecord.act == "visit.slip"
    )
    return world.given(lambda session: session.scalar(rows) or 0)


def test_each_slip_of_a_pile_has_its_own_answer(world: World, slip: dict[str, Any]) -> None:
    path, staff = f"/branches/{world.branch}/slips", world.program(world.staff)
    unknown = {**slip, "reference": "0000-0000"}
    rows = staff.done(path, {"slips": [unknown, slip, {**slip, "left": "11:06"}]})["items"]
    assert [each["entered"] for each in rows] == [False, True, False]
    assert [each.get("code") for each in rows] == ["request_unknown", None, "slip_twice"]
    assert rows[1]["actual_minutes"] == 60
    assert "第 2 行" in rows[2]["reason"]
    assert entered(world) == 1


def test_a_pile_sent_again_is_entered_once(world: World, slip: dict[str, Any]) -> None:
    path, staff = f"/branches/{world.branch}/slips", world.program(world.staff)
    first = staff.done(path, {"slips": [slip]}, key="one-pile")
    assert staff.done(path, {"slips": [slip]}, key="one-pile") == first
    assert entered(world) == 1
    [other] = staff.done(path, {"slips": [{**slip, "left": "11:30"}]}, key="one-pile")["items"]
    assert other["code"] == "key_reused"
    [used] = staff.done(path, {"slips": [slip]})["items"]
    assert used["code"] == "visit_state_changed"


def test_nobody_enters_a_pile_at_a_branch_of_others(world: World, slip: dict[str, Any]) -> None:
    elsewhere = world.given(lambda s: factories.create_branch(s, factories.YONGZHONG))
    stranger = world.given(lambda s: factories.create_staff(s, elsewhere))
    path, pile = f"/branches/{world.branch}/slips", {"slips": [slip]}
    for who in (world.volunteer, stranger):
        assert world.program(who).post(path, pile).status_code == 403
    [row] = world.program(stranger).done(f"/branches/{elsewhere}/slips", pile)["items"]
    assert (row["entered"], row["code"]) == (False, "forbidden")
    assert entered(world) == 0


@pytest.mark.parametrize(
    "wrong", [{"left": "25:00"}, {"rest_to": None}, {"code_out": ""}, {"day": "2026-03-10"}]
)
def test_a_pile_that_cannot_be_read_is_refused_whole(
    world: World, slip: dict[str, Any], wrong: dict[str, Any]
) -> None:
    body = {"slips": [{**slip, **wrong}]}
    path = f"/branches/{world.branch}/slips"
    assert world.program(world.staff).post(path, body).status_code == 422
    assert entered(world) == 0
