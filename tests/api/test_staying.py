"""Asking where one stays, by a program: for oneself, and at the counter there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.places import Branch
from services.ledger.accounts import pool_of
from services.people.reading import member_row
from tests import factories
from tests.api.kit import START, Program, World
from tests.country import TWO, join_all
from tests.factories import LONGWAN, WUMA

HOME, HOST = TWO, LONGWAN


@pytest.fixture
def away(world: World) -> World:
    """The street is the host's; its elder is at home in 鹿城."""
    world.given(lambda s: join_all(s, HOST, HOME))
    branch = world.given(lambda s: factories.create_branch(s, WUMA))
    world.home_staff = world.given(lambda s: factories.create_staff(s, branch))
    world.elder = world.given(lambda s: factories.create_elder(s, 0, branch_id=branch))
    assert pool_of(HOME) != pool_of(HOST)
    return world


def asked(world: World, **answers: Any) -> dict[str, Any]:
    return world.asked(place_branch_id=str(world.branch), address="龙湾样例路 8 号", **answers)


def number_of(world: World) -> str:
    return str(world.given(lambda s: member_row(s, world.elder).number))


def staff(world: World) -> Program:
    return world.program(world.staff)


def test_an_elder_asks_and_the_counter_there_reviews(away: World) -> None:
    mine = away.program(away.elder)
    assert [each["book"] for each in mine.read("/stays")["items"]] == [HOST]
    made = mine.done("/requests", asked(away))
    assert made["book"] == HOME
    assert made["stays_in"]["en"].startswith("Longwan")
    path = f"/requests/{HOME}/{made['id']}"
    [line] = staff(away).read(f"/requests?branch={away.branch}")["items"]
    assert (line["id"], line["book"]) == (made["id"], HOME)
    seen = staff(away).done(f"{path}/approve")
    assert "鹿城" in seen["home"]["zh"]
    # The elder has no coins: what is missing waits for the pool at home.
    assert seen["state"] == "waiting_pool"
    assert away.program(away.home_staff).get(path).status_code == 403


def test_the_counter_asks_for_a_guest_found_by_number(away: World) -> None:
    at_counter = staff(away)
    guest = at_counter.done(f"/branches/{away.branch}/guests", {"text": number_of(away)})
    assert guest["id"] == str(away.elder)
    assert guest["barrier"] is None
    assert "鹿城" in guest["home"]["zh"]
    made = at_counter.done("/requests", asked(away, elder_id=guest["id"], consent="voice"))
    assert "鹿城" in made["home"]["zh"]
    later = (START + timedelta(hours=2)).isoformat()
    at_home = away.asked(elder_id=guest["id"], consent="voice", starts_at=later)
    assert at_counter.post("/requests", at_home).status_code == 403


def test_what_is_refused(away: World) -> None:
    guests = f"/branches/{away.branch}/guests"
    assert staff(away).post(guests, {"text": "张三"}).status_code == 404
    assert away.program(away.volunteer).post(guests, {"text": "1"}).status_code == 403
    assert away.program(away.home_staff).post(guests, {"text": "1"}).status_code == 403
    no_door = away.program(away.elder).post("/requests", {**asked(away), "address": None})
    assert no_door.json["code"] == "no_address_there"
    home = away.given(lambda s: s.query(Branch).filter_by(book=HOME).one().id)
    wrong = {**asked(away), "place_branch_id": str(home)}
    assert away.program(away.elder).post("/requests", wrong).json["code"] == "not_away"
