"""Seals for programs: the lists, the keys, the proofs, and one's own receipts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests import factories
from tests.api.kit import Program, World
from tests.factories import LONGWAN, LUCHENG
from tests.services.ledger.seal_kit import check
from timebank.edge import Timebank
from timebank.seals.sealing import publish, ring_of, seal_all


@pytest.fixture
def sealer(app: Flask, tmp_path: Path) -> Timebank:
    """A sealer with a folder of its own and witnesses as a demo has them."""
    held: Timebank = app.extensions["timebank"]
    return replace(held, settings=replace(held.settings, instance=tmp_path, env="demo"))


def seal_path(world: World) -> str:
    """The address of the receipt of a visit that was booked."""
    receipt = world.program(world.elder).read(f"{world.credited()}/receipt")
    return f"/ledger/{LONGWAN}/transfers/{receipt['transfer_id']}/seal"


def saved(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_what_a_program_downloads_is_good(
    world: World, anyone: Program, sealer: Timebank, tmp_path: Path
) -> None:
    path = seal_path(world)
    publish(sealer)
    world.clock.now += timedelta(days=1)
    world.give_coins(world.elder, 7)
    publish(sealer)
    ring = ring_of(sealer)
    assert ring.in_force is not None
    pins = ["--key", ring.in_force.public_key]
    for each in ring.witnesses():
        pins += ["--witness-key", each.public_key]
    downloads = {
        "receipt": world.program(world.volunteer).get(path).data,
        "heads": anyone.get("/seals/2026-03-12").data,
        "older": anyone.get("/seals/2026-03-11").data,
        "growth": anyone.get(f"/ledger/{LONGWAN}/consistency?from=1&to=2").data,
    }
    files = [saved(tmp_path / f"{name}.json", data) for name, data in downloads.items()]
    code, said = check(*files, options=tuple(pins))
    assert code == 0, said
    found: Any = json.loads(downloads["growth"])
    found["path"] = [*found["path"], "00" * 32]
    altered = saved(tmp_path / "altered.json", json.dumps(found).encode())
    assert check(altered, options=tuple(pins))[0] == 1


def test_the_lists_are_walked_and_say_who_signed(
    world: World, anyone: Program, sealer: Timebank
) -> None:
    assert anyone.read("/seals") == {"items": [], "next_cursor": None}
    world.give_coins(world.elder, 5)
    publish(replace(sealer, settings=replace(sealer.settings, env="test")))
    for _ in range(2):
        world.clock.now += timedelta(days=1)
        publish(sealer)
    listed, cursor = [], ""
    while cursor is not None:
        page = anyone.read(f"/seals?limit=2{cursor}")
        listed += page["items"]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert [each["day"] for each in listed] == ["2026-03-12", "2026-03-11", "2026-03-10"]
    assert [each["missing"] for each in listed] == [0, 0, 2]
    assert [each["books"] for each in listed] == [1, 1, 1]
    holders = {each["holder"] for each in listed[0]["witnesses"]}
    assert holders == {"演示 demo 1", "演示 demo 2"}
    content = json.loads(anyone.read("/seals/2026-03-12")["content"])
    assert [head["book"] for head in content["heads"]] == [LONGWAN]
    keys = anyone.read("/seals/keys")
    assert [each["role"] for each in keys["items"]] == ["operator", "witness", "witness"]
    assert all(each["until"] is None for each in keys["items"])
    assert keys["events"] == content["keys"]


def test_a_program_that_has_a_list_is_not_sent_it_again(
    world: World, anyone: Program, sealer: Timebank
) -> None:
    world.give_coins(world.elder, 5)
    publish(replace(sealer, settings=replace(sealer.settings, env="test")))
    address = "/api/v1/seals/2026-03-10"
    first = anyone.client.get(address)
    kept = {"If-None-Match": first.headers["ETag"]}
    assert anyone.client.get(address, headers=kept).status_code == 304
    assert anyone.client.get(f"{address}?since=2026-03-09", headers=kept).status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/seals/2026-03-10", 404, "no_such_list"),
        ("/seals/20260310", 404, "no_such_list"),
        ("/seals/keys-of-mine", 404, "no_such_list"),
        ("/seals?cursor=x", 422, "invalid"),
        (f"/ledger/{LONGWAN}/consistency?from=1&to=2", 404, "no_such_block"),
        (f"/ledger/{LUCHENG}/consistency?from=1&to=1", 404, "no_such_block"),
        (f"/ledger/{LONGWAN}/consistency?from=2&to=1", 422, "blocks_reversed"),
        (f"/ledger/{LONGWAN}/consistency?from=1", 422, "invalid"),
        (f"/ledger/{LONGWAN}/consistency?from=0&to=1", 422, "invalid"),
    ],
)
def test_what_is_not_there_is_refused(anyone: Program, path: str, status: int, code: str) -> None:
    refused = anyone.get(path)
    assert (refused.status_code, refused.json["code"]) == (status, code)


def test_a_receipt_is_for_whoever_may_see_the_transfer(
    world: World, anyone: Program, sealer: Timebank
) -> None:
    path = seal_path(world)
    waiting = world.program(world.elder).get(path)
    assert (waiting.status_code, waiting.json["code"]) == (409, "not_sealed_yet")
    seal_all(sealer)
    readers: list[UUID] = [
        world.elder,
        world.volunteer,
        world.staff,
        world.relative(("see",)),
        world.given(factories.create_auditor),
        world.given(factories.create_region_admin),
        world.given(factories.create_national_admin),
    ]
    answers = [world.program(who).get(path) for who in readers]
    assert {each.status_code for each in answers} == {200}
    assert {each.headers["Cache-Control"] for each in answers} == {"no-store"}
    assert len({each.data for each in answers}) == 1
    legs = json.loads(answers[0].data)["transfer"]["entries"]
    assert sum(leg["amount_minutes"] for leg in legs) == 0
    assert not any("balance" in name for leg in legs for name in leg)
    elsewhere = [
        world.given(factories.create_volunteer),
        world.given(lambda s: factories.create_auditor(s, LUCHENG)),
        world.given(lambda s: factories.create_region_admin(s, LUCHENG)),
        world.given(lambda s: factories.create_staff(s, factories.create_branch(s))),
    ]
    for who in elsewhere:
        refused = world.program(who).get(path)
        assert (refused.status_code, refused.json["code"]) == (404, "no_such_transfer")
    assert anyone.get(path).status_code == 401
