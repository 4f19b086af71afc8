"""Questions to a volunteer through the API: read, answered yes, no, and standing by."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from services.asking import standby, waves
from services.policy import SYSTEM
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN
from tests.services.asking.conftest import ranking


def asked(world: World, path: str, people: list[UUID]) -> None:
    """Run the wave that is due for a request."""
    key = UUID(path.rpartition("/")[2])
    work = partial(waves.ask_next, book=LONGWAN, request_id=key, rank=ranking(people))
    world.given(lambda s: work(factories.make_ctx(s, SYSTEM, world.clock.now)))


def test_a_question_is_read_and_answered_with_yes(world: World) -> None:
    path = world.open_request()
    asked(world, path, [world.volunteer])
    program = world.program(world.volunteer)
    [one] = program.read("/asked")["items"]
    assert (one["kind"], one["state"]) == ("wave", "open")
    assert "*" in one["elder"]
    assert "301" not in str(one)
    assert program.read(f"/asked/{one['id']}")["request_id"] == one["request_id"]
    made = program.done(f"/asked/{LONGWAN}/{one['id']}/yes")
    assert program.read(f"/visits/{LONGWAN}/{made['visit_id']}")["state"] == "accepted"
    assert program.read("/asked")["items"] == []


def test_a_no_needs_no_reason_and_a_wrong_one_is_named(world: World) -> None:
    path = world.open_request()
    asked(world, path, [world.volunteer])
    program = world.program(world.volunteer)
    [one] = program.read("/asked")["items"]
    answer = f"/asked/{LONGWAN}/{one['id']}/no"
    wrong = program.post(answer, {"reason": "because"})
    assert wrong.status_code == 422
    assert "reason" in wrong.json["errors"]
    program.done(answer, {"reason": "no_time"})
    again = program.post(answer)
    assert (again.status_code, again.json["code"]) == (409, "offer_closed")


def test_nobody_elses_question(world: World) -> None:
    path = world.open_request()
    asked(world, path, [world.volunteer])
    [one] = world.program(world.volunteer).read("/asked")["items"]
    other = world.program(world.given(lambda s: factories.create_volunteer(s, "P1")))
    assert other.read("/asked")["items"] == []
    assert other.get(f"/asked/{one['id']}").status_code == 404
    for word in ("yes", "no"):
        refused = other.post(f"/asked/{LONGWAN}/{one['id']}/{word}")
        assert (refused.status_code, refused.json["code"]) == (404, "offer_unknown")


def test_standing_by(world: World) -> None:
    world.elder = world.given(lambda s: factories.create_elder(s, 3))
    path = world.open_request()
    world.program(world.volunteer).done(f"{path}/accept")
    other = world.given(lambda s: factories.create_volunteer(s, "P1"))
    key = UUID(path.rpartition("/")[2])
    work = partial(standby.seek, book=LONGWAN, request_id=key, others=ranking([other]))
    world.given(lambda s: work(factories.make_ctx(s, SYSTEM, world.clock.now)))
    program = world.program(other)
    [one] = program.read("/asked")["items"]
    assert one["kind"] == "standby"
    made: dict[str, Any] = program.done(f"/asked/{LONGWAN}/{one['id']}/yes")
    assert made["visit_id"] is None
    assert program.read("/asked")["items"][0]["state"] == "accepted"


def test_the_list_goes_by_time_or_distance(world: World) -> None:
    world.open_request()
    program = world.program(world.volunteer)
    for order in ("time", "distance"):
        [one] = program.read(f"/offers?order={order}")["items"]
        assert one["fits_hours"] is True
    assert program.get("/offers?order=name").status_code == 422
