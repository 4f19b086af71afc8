"""Batches for programs: proposed, signed, read line by line."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from models.people import Member
from services.batches import working
from services.policy import SYSTEM
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN, NOW, make_ctx

BATCHES = f"/ledger/{LONGWAN}/batches"


@pytest.fixture
def admins(world: World) -> list[Any]:
    return [world.program(world.given(factories.create_region_admin)) for _ in range(2)]


def listed(world: World, *more: str) -> dict[str, Any]:
    elder = world.given(lambda s: s.get_one(Member, world.elder).number)
    text = "\n".join(["number,minutes", f"{elder},60", *more])
    return {"kind": "grant", "terms": {"period": "2026Q1"}, "list": text}


def test_a_program_proposes_and_another_signs(world: World, admins: list[Any]) -> None:
    made = admins[0].done(BATCHES, listed(world, "V000000000000,60"))
    here = f"{BATCHES}/{made['id']}"
    found = admins[1].read(here)
    # The pool is empty: both lines are foreseen to be refused.
    assert (found["state"], found["foreseen"]["refused"], found["lines"]) == ("proposed", 2, 2)
    lines = admins[1].read(f"{here}/lines?shown=refused&limit=1")
    assert lines["total"] == 2
    rest = admins[1].read(f"{here}/lines?shown=refused&cursor={lines['next_cursor']}")
    assert rest["items"][0]["code"] == "member_unknown"
    assert rest["items"][0]["reason"] == "没有这个编号的志愿者。"
    seen = {"content_hash": found["content_hash"]}
    assert admins[0].post(f"{here}/signature", seen).json["code"] == "second_signature"
    assert admins[1].post(f"{here}/signature", {"content_hash": "0"}).json["code"] == "list_changed"
    admins[1].done(f"{here}/signature", seen)
    batch_id = UUID(made["id"])
    world.given(lambda s: working.work_chunk(make_ctx(s, SYSTEM, NOW), LONGWAN, batch_id))
    assert admins[0].read(here)["state"] == "done"
    assert [each["id"] for each in admins[0].read(BATCHES)["items"]] == [made["id"]]


def test_a_batch_is_withdrawn(world: World, admins: list[Any]) -> None:
    made = admins[0].done(BATCHES, listed(world))
    here = f"{BATCHES}/{made['id']}"
    admins[0].done(f"{here}/withdrawal")
    assert admins[0].read(here)["state"] == "withdrawn"


def test_every_bad_line_is_named(world: World, admins: list[Any]) -> None:
    answer = admins[0].post(BATCHES, listed(world, "V1,60", "x"))
    assert (answer.status_code, answer.json["code"]) == (422, "list_bad")
    assert sorted(answer.json["errors"]) == ["list[2]", "list[3]"]


def test_others_are_refused(world: World) -> None:
    elder = world.program(world.elder)
    assert elder.post(BATCHES, listed(world)).status_code == 403
    assert elder.get(BATCHES).status_code == 403
