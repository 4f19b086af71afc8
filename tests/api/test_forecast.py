"""Forecasts for programs: run, read with everything they were computed from, and refused."""

from __future__ import annotations

from uuid import uuid4

from services.forecast.results import LINES
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN, LUCHENG

WANTED = {"region_code": LONGWAN, "runs": 100, "seed": 3}


def test_a_forecast_is_run_once_and_read_whole(world: World) -> None:
    program = world.program(world.given(lambda s: factories.create_auditor(s, LONGWAN)))
    key = str(uuid4())
    made = program.post("/forecasts", WANTED, key=key)
    assert made.status_code == 201
    assert program.post("/forecasts", WANTED, key=key).json == made.json
    found = program.get(f"/forecasts/{made.json['forecast_id']}").json
    assert (found["region_code"], found["seed"], found["runs"]) == (LONGWAN, 3, 100)
    assert found["inputs"]["books"] == [LONGWAN]
    bands = found["results"]["cases"]["base"]["bands"]["liability"]
    assert sorted(map(int, bands)) == sorted(LINES)
    assert all(len(line) == found["results"]["years"] == 30 for line in bands.values())


def test_refusals(world: World) -> None:
    program = world.program(world.given(lambda s: factories.create_auditor(s, LONGWAN)))
    for wrong, status in (
        ({"runs": 99}, 422),
        ({"seed": -1}, 422),
        ({"region_code": LUCHENG}, 403),
        ({"region_code": "x"}, 403),
    ):
        assert program.post("/forecasts", {**WANTED, **wrong}).status_code == status, wrong
    assert program.get(f"/forecasts/{uuid4()}").status_code == 404
    staff = world.program(world.given(factories.create_staff))
    assert staff.post("/forecasts", WANTED).status_code == 403
