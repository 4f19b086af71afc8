"""Serving in another region through the API: regions, offers with a quote, yes, refusals."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from models.corridors import CorridorMode
from tests import factories
from tests.api.kit import Program, World
from tests.country import ONE, TWO, join_all, open_corridor, set_cap
from tests.factories import NOW, WUMA


@pytest.fixture
def guest(world: World) -> UUID:
    """A volunteer of the next county; the two counties recognise each other."""

    def settle(session: object) -> UUID:
        join_all(session, ONE, TWO)
        branch = factories.create_branch(session, WUMA)
        return factories.create_volunteer(session, "P1", branch_id=branch)

    return world.given(settle)


def asked(world: World) -> tuple[str, UUID]:
    """The path of a request that looks for somebody, and its id."""
    world.give_coins(world.elder, 600)
    path = world.open_request()
    return path, UUID(path.rpartition("/")[2])


def quoted(program: Program, request: UUID) -> dict:
    return program.read(f"/offers/{ONE}/{request}")


def test_a_program_finds_a_request_elsewhere_and_its_quote(world: World, guest: UUID) -> None:
    _, request = asked(world)
    program = world.program(guest)
    assert program.read("/offers")["items"] == []
    [region] = program.read("/offers/regions")["items"]
    assert (region["book"], region["phase"]) == (ONE, "district")
    assert region["region"]["zh"] == "浙江省温州市龙湾区"
    [one] = program.read(f"/offers/{ONE}")["items"]
    assert (one["book"], one["id"], one["eligible"]) == (ONE, str(request), True)
    found = quoted(program, request)
    assert found["estimate"]["earn_minutes"] == 60
    assert found["estimate"]["left_minutes"] == 360
    quote = found["quote"]
    assert (quote["largest_minutes"], quote["room_minutes"], quote["fits"]) == (90, 60_000, True)
    assert (quote["book"], quote["home"]["zh"]) == (ONE, "浙江省温州市鹿城区")
    own = world.program(world.volunteer).read(f"/offers/{ONE}/{request}")
    assert own["quote"] is None
    assert own["place"] is None


def test_yes_is_said_in_the_elders_book_once(world: World, guest: UUID) -> None:
    path, request = asked(world)
    program = world.program(guest)
    first = program.post(f"{path}/accept", key="mine")
    assert first.status_code == 201
    assert program.post(f"{path}/accept", key="mine").json == first.json
    visit = first.json["visit_id"]
    assert program.read(f"/visits/{ONE}/{visit}")["state"] == "accepted"
    [line] = program.read("/visits")["items"]
    assert (line["book"], line["id"]) == (ONE, visit)
    assert quoted(program, request)["my_visit_id"] == visit


def test_a_cap_is_refused_with_its_time_and_leaves_the_request_open(
    world: World, guest: UUID
) -> None:
    path, request = asked(world)
    world.given(lambda s: set_cap(s, ONE, 89, NOW + timedelta(minutes=1)))
    program = world.program(guest)
    refused = program.post(f"{path}/accept", key="same")
    assert (refused.status_code, refused.json["code"]) == (409, "cap_reached")
    assert "浙江省温州市龙湾区" in refused.json["detail"]
    # The key keeps its answer; another one is asked anew.
    world.given(lambda s: set_cap(s, ONE, 90, NOW + timedelta(minutes=2)))
    assert program.post(f"{path}/accept", key="same").json["code"] == "cap_reached"
    assert quoted(program, request)["quote"]["fits"] is True
    program.done(f"{path}/accept")


def test_a_shut_corridor_is_named(world: World, guest: UUID) -> None:
    path, request = asked(world)
    world.given(lambda s: open_corridor(s, ONE, TWO, CorridorMode.NONE, valid_from=NOW.date()))
    program = world.program(guest)
    assert program.read("/offers/regions")["items"] == []
    for address in (f"/offers/{ONE}", f"/offers/{ONE}/{request}"):
        answer = program.get(address)
        assert (answer.status_code, answer.json["code"]) == (409, "corridor_shut")
    refused = program.post(f"{path}/accept")
    assert refused.status_code == 409
    assert [each["code"] for each in refused.json["reasons"]] == ["corridor_shut"]


def test_who_is_no_volunteer_reads_no_offers(world: World, guest: UUID) -> None:
    assert guest
    program = world.program(world.elder)
    for address in ("/offers/regions", f"/offers/{ONE}"):
        assert program.get(address).status_code == 403
