"""Flags for programs: the list, one of them, a conclusion and a sheet, and refusals."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests import factories
from tests.api.kit import Program, World
from tests.factories import LONGWAN, LUCHENG, create_region_tree
from tests.web.flags_kit import raise_burst


@pytest.fixture
def flag(world: World) -> UUID:
    """A clerk keyed in five hours within two minutes."""
    found: UUID = world.given(lambda s: raise_burst(s, world.staff))
    return found


@pytest.fixture
def auditor(world: World) -> Program:
    """Who watches."""
    return world.program(world.given(factories.create_auditor))


def test_a_flag_is_listed_read_and_decided(world: World, auditor: Program, flag: UUID) -> None:
    listed = auditor.read("/flags")
    assert listed["next_cursor"] is None
    [line] = listed["items"]
    assert (line["code"], line["state"], line["id"]) == ("entry_burst", "open", str(flag))
    one = auditor.read(f"/flags/{LONGWAN}/{flag}")
    assert one["figures"] == {"entries": 5, "minutes": 300, "seconds": 100}
    assert one["held_to"]["within_seconds"] == 180
    assert one["reason"] is None
    told = {"state": "upheld", "reason": "五条都没有纸条"}
    auditor.done(f"/flags/{LONGWAN}/{flag}/decision", told)
    assert auditor.post(f"/flags/{LONGWAN}/{flag}/decision", told).json["code"] == "flag_decided"
    assert auditor.read(f"/flags/{LONGWAN}/{flag}")["reason"] == "五条都没有纸条"
    assert auditor.read("/flags")["items"] == []
    assert len(auditor.read("/flags?state=all&code=entry_burst")["items"]) == 1
    assert auditor.get("/flags?code=nonsense").status_code == 422


def test_a_sheet_is_made_of_it(auditor: Program, flag: UUID) -> None:
    made = auditor.done(f"/flags/{LONGWAN}/{flag}/sheet", {"kind": "supervision"})
    assert auditor.read(f"/flags/{LONGWAN}/{flag}")["flag"]["sheet_id"] == made["sheet_id"]
    again = auditor.post(f"/flags/{LONGWAN}/{flag}/sheet", {"kind": "warning"})
    assert again.json["code"] == "flag_has_sheet"


def test_whoever_has_no_business_with_it(world: World, flag: UUID) -> None:
    world.given(lambda s: create_region_tree(s, LUCHENG))
    far = world.program(world.given(lambda s: factories.create_auditor(s, LUCHENG)))
    assert far.read("/flags")["items"] == []
    assert far.get(f"/flags/{LONGWAN}/{flag}").status_code == 404
    clerk = world.program(world.staff)
    told = {"state": "cleared", "reason": "没有问题"}
    for program in (far, clerk, world.program(world.volunteer)):
        assert program.post(f"/flags/{LONGWAN}/{flag}/decision", told).status_code == 403
    assert clerk.get("/flags").status_code == 403
