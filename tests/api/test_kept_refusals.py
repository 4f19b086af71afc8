"""A program that repeats its key after a refusal is told the same; notes through the API."""

from __future__ import annotations

from uuid import UUID, uuid4

import sqlalchemy as sa

from models.ledger import Transfer
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from tests import factories
from tests.api.kit import START, World, said
from tests.factories import LONGWAN


def a_transfer(world: World) -> UUID:
    world.give_coins(world.volunteer, 60)
    found: UUID = world.given(lambda s: s.scalars(sa.select(Transfer.id)).one())
    return found


def test_a_repeated_key_gets_the_same_problem_though_the_world_has_changed(world: World) -> None:
    world.give_coins(world.elder, 300)
    request = world.act(world.elder, lambda ctx: ask(ctx, AskForm(world.elder, "A04", START, 60)))
    program = world.program(world.volunteer)
    path = f"/requests/{LONGWAN}/{request}/accept"
    first = program.post(path, key="yes")
    assert (first.status_code, first.json["code"]) == (409, "taken")
    world.act(world.staff, lambda ctx: approve(ctx, LONGWAN, request))
    again = program.post(path, key="yes")
    assert (again.status_code, said(again)) == (409, said(first))
    assert program.post(path, key="a new one").status_code == 400
    assert program.post(path).status_code == 201
    assert said(program.post(path, key="yes")) == said(first)


def test_notes_are_added_and_listed(world: World) -> None:
    path = f"/ledger/{LONGWAN}/transfers/{a_transfer(world)}/notes"
    admin = world.program(world.given(factories.create_region_admin))
    auditor = world.program(world.given(factories.create_auditor))
    made = admin.post(path, {"text": "已核对"}, key="n")
    assert made.status_code == 201
    assert admin.post(path, {"text": "已核对"}, key="n").json == made.json
    [note] = auditor.read(path)["items"]
    assert (note["id"], note["text"]) == (made.json["id"], "已核对")
    assert len(note["text_hash"]) == 64
    assert auditor.post(path, {"text": "监督人员"}).status_code == 403
    assert admin.post(path, {"text": "字" * 501}).json["field"] == "text"
    assert admin.post(path, {"text": "另一条"}, key="n").json["code"] == "key_reused"


def test_notes_of_a_transfer_that_is_not_there(world: World) -> None:
    admin = world.program(world.given(factories.create_region_admin))
    path = f"/ledger/{LONGWAN}/transfers/{uuid4()}/notes"
    assert admin.get(path).status_code == 404
    assert admin.post(path, {"text": "已核对"}).status_code == 404
    assert world.program(world.volunteer).get(path).status_code in (403, 404)
