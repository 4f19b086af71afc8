"""Matching for programs: who fits, why not, what the elder is told, what was shown, fairness."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.requests import Request
from tests import factories
from tests.api.kit import START, World
from tests.factories import LONGWAN
from timebank import snapshots


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "EVERY_SECONDS", 0.0)


@pytest.fixture
def opened(world: World) -> str:
    return world.open_request()


def people(world: World, opened: str) -> Any:
    return world.program(world.staff).read(f"{opened}/people")


def test_a_branch_sees_who_fits_and_why_the_others_do_not(world: World, opened: str) -> None:
    other = world.given(lambda s: factories.create_volunteer(s, "P0", insured=False))
    found = people(world, opened)
    assert [each["id"] for each in found["people"]] == [str(world.volunteer)]
    [person] = found["people"]
    assert person["cost_milliminutes"] == sum(person["terms"].values())
    assert person["asked"] is None
    refused = {each["code"]: each["people"] for each in found["refused"]}
    assert refused["extra_too_early"] >= 1
    assert str(other) not in str(found["people"])
    [line] = world.program(world.staff).read(f"/branches/{world.branch}/unfilled")["items"]
    assert (line["eligible"], line["missing"]) == (1, 1)
    assert line["search"]["asked"] == 0


def test_a_branch_asks_somebody_and_asks_again(world: World, opened: str) -> None:
    program = world.program(world.staff)
    program.done(f"{opened}/people/{world.volunteer}/ask")
    [person] = people(world, opened)["people"]
    assert person["asked"] == "open"
    refused = program.post(f"{opened}/people/{world.volunteer}/ask")
    assert refused.status_code == 409
    assert program.post(f"{opened}/ask-again").status_code == 204
    [line] = program.read(f"/branches/{world.branch}/unfilled")["items"]
    assert (line["search"]["asked"], line["search"]["state"]) == (1, "active")


def test_only_those_who_ask_people_see_who_fits(world: World, opened: str) -> None:
    for who in (world.elder, world.volunteer):
        program = world.program(who)
        assert program.get(f"{opened}/people").status_code == 403
        assert program.get(f"/branches/{world.branch}/unfilled").status_code == 403
    far = world.given(lambda s: factories.create_branch(s, factories.WUMA))
    stranger = world.program(world.given(lambda s: factories.create_staff(s, far)))
    assert stranger.get(f"{opened}/people").status_code == 403
    assert stranger.post(f"{opened}/ask-again").status_code == 403


def test_the_elder_hears_no_names(world: World, opened: str) -> None:
    found = world.program(world.elder).read(f"{opened}/search")
    assert found["is_hopeful"]
    assert found["people"] is None
    assert world.program(world.volunteer).get(f"{opened}/search").status_code == 403
    world.program(world.volunteer).done(f"{opened}/accept")
    assert world.program(world.elder).get(f"{opened}/search").json["code"] == "state_changed"


def test_what_had_to_be_is_only_welcome(world: World) -> None:
    opened = world.open_request(wished_sex="male")
    found = world.program(world.elder).read(f"{opened}/search")
    assert (found["is_hopeful"], found["why"]) == (False, "man_wished")
    assert {"what": "sex", "to_at": None, "people": 1} in found["changes"]
    assert (
        world.program(world.volunteer).post(f"{opened}/loosen", {"what": "sex"}).status_code == 403
    )
    program = world.program(world.elder)
    assert program.post(f"{opened}/loosen", {"what": "language"}).status_code == 409
    assert program.post(f"{opened}/loosen", {"what": "sex"}).status_code == 204
    assert program.read(f"{opened}/search")["is_hopeful"]
    row = world.given(lambda s: s.get_one(Request, (LONGWAN, UUID(opened.rpartition("/")[2]))))
    assert (row.wished_sex, row.preferred_sex) == (None, "male")


def test_an_auditor_sees_who_was_shown_to_whom(world: World, opened: str) -> None:
    people(world, opened)
    auditor = world.program(world.given(factories.create_auditor))
    path = f"/books/{LONGWAN}/shown-rankings"
    [line] = auditor.read(path)["items"]
    assert line["shown"] == 1
    assert "*" in line["viewer"]["name"]
    assert auditor.read(f"{path}?first=2030-01-01")["items"] == []
    found = auditor.read(f"{path}/{line['id']}")
    assert "*" not in found["people"][0]["person"]["name"]
    assert auditor.get(f"{path}/{UUID(int=7)}").status_code == 404
    assert world.program(world.staff).get(path).status_code == 403


def test_fairness_is_for_whoever_administers_the_region(world: World, opened: str) -> None:
    admin = world.program(world.given(factories.create_region_admin))
    found = admin.read("/matching/fairness")
    assert (found["total"]["looking"], found["total"]["met"]) == (1, 0)
    assert found["total"]["met_permille"] is None
    world.program(world.volunteer).done(f"{opened}/accept")
    found = admin.read("/matching/fairness")
    assert (found["total"]["met_permille"], found["total"]["wait_median_minutes"]) == (1000, 0)
    day = (START + timedelta(days=3)).date().isoformat()
    assert admin.read(f"/matching/fairness?first={day}")["total"]["asked"] == 0
    assert admin.read("/matching/fairness?sex=male")["total"]["asked"] == 0
    assert world.program(world.staff).get("/matching/fairness").status_code == 403
