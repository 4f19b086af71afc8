"""Gifts through the API: the giver's program, the receiver's, and the counter's."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.oversight import OutboxMessage
from services.gifts.capturing import due, settle
from services.outbox import opened
from services.people.kin import record_kinship
from services.policy import SYSTEM
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN, NOW, VAULT

CALM = {"hurried": False, "own_wish": True, "promised": False}


def code_of(world: World, member: UUID) -> str:
    """The code in the member's messages."""

    def read(session: object) -> str:
        rows = session.scalars(  # type: ignore[attr-defined]
            sa.select(OutboxMessage).where(
                OutboxMessage.book == LONGWAN, OutboxMessage.member_id == member
            )
        )
        return next(code for row in rows if (code := opened(row, VAULT).params.get("code")))

    return str(world.given(read))


def family(world: World) -> UUID:
    """The street's volunteer is the elder's child, and has 600 minutes."""
    world.act(
        world.staff,
        lambda ctx: record_kinship(ctx, world.volunteer, world.elder, "parent", "户口簿"),
    )
    world.give_coins(world.volunteer, 600)
    return world.volunteer


def test_a_gift_from_its_making_to_its_refusal(world: World) -> None:
    own, theirs = world.program(family(world)), world.program(world.elder)
    page = own.read("/me/giving")
    assert (page["giveable_minutes"], page["has_code"], page["needs_guard"]) == (600, True, False)
    assert [each["relation"] for each in page["relatives"]] == ["parent"]
    wanted = {"receiver_id": str(world.elder), "amount_minutes": 60}
    made = own.done("/gifts", wanted)
    assert (made["state"], made["relation"]) == ("waiting", "parent")
    path = f"/gifts/{made['book']}/{made['id']}"
    assert theirs.get(path).status_code == 404
    assert own.post(f"{path}/confirm", {"code": "x"}).json["code"] == "act_code_wrong"
    own.done(f"{path}/confirm", {"code": code_of(world, world.volunteer)})
    assert own.post(f"{path}/code").json["code"] == "gift_moved"
    assert theirs.read(path)["state"] == "held"
    world.clock.now = NOW + timedelta(hours=24)
    for book, gift in world.given(lambda s: due(factories.make_ctx(s, SYSTEM, world.clock.now))):
        world.given(
            lambda s, b=book, g=gift: settle(factories.make_ctx(s, SYSTEM, world.clock.now), b, g)
        )
    [line] = theirs.read("/gifts")["received"]
    assert (line["given_minutes"], line["may_refuse"]) == (60, True)
    assert own.post(f"{path}/take-back").json["code"] == "gift_window_over"
    theirs.done(f"{path}/refuse")
    assert own.read("/gifts")["given"][0]["state"] == "refused"
    assert world.program(world.staff).read(f"/members/{world.elder}/gifts")["received"]
    assert world.program(world.volunteer).get(f"/members/{world.elder}/gifts").status_code == 403


def test_what_a_gift_is_refused_for_and_the_counters_way(world: World) -> None:
    family(world)
    old, counter = world.program(world.elder), world.program(world.staff)
    world.give_coins(world.elder, 120)
    wanted = {"receiver_id": str(world.volunteer), "amount_minutes": 60}
    assert old.post("/gifts", wanted).json["code"] == "guard_answers"
    assert old.post("/gifts", {**wanted, "guard": {"hurried": False}}).status_code == 422
    pressed = {**wanted, "guard": {**CALM, "promised": True}}
    assert old.post("/gifts", pressed).json["code"] == "guard_stops"
    assert old.post("/gifts", {**wanted, "origin": "granted"}).status_code == 422
    for_her = {**wanted, "giver_id": str(world.elder), "guard": CALM}
    assert world.program(world.volunteer).post("/gifts", for_her).status_code == 403
    made = counter.done("/gifts", for_her)
    assert (made["state"], made["how"]) == ("held", "counter")
    counter.done(f"/gifts/{LONGWAN}/{made['id']}/take-back")
    friend = {"number": "V-1", "name": "谁"}
    assert old.post("/me/giving/friend", friend).status_code == 422
