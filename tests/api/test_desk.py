"""Figures of the desk and the cockpit through the API: the numbers of the pages, by name."""

from __future__ import annotations

import pytest

from services.queries.cockpit.questions import QUESTIONS
from services.queries.desk.figures import LEVEL_UNITS
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN

LEVELS = f"/ledger/{LONGWAN}/levels"


def test_a_program_walks_from_the_book_to_a_branch(world: World) -> None:
    program = world.program(world.given(factories.create_auditor))
    page = program.read(LEVELS)
    assert {each["name"] for each in page["total"]["figures"]} == set(LEVEL_UNITS)
    (street,) = page["lines"]
    below = program.read(f"{LEVELS}/streets/{street['key']}?first_month=2026-01")
    members = [each["value"] for each in street["figures"] if each["name"] == "level.members"]
    assert members == [
        sum(
            each["value"]
            for line in below["lines"]
            for each in line["figures"]
            if each["name"] == "level.members"
        )
    ]
    branch = program.read(f"{LEVELS}/branches/{below['lines'][0]['key']}")
    assert branch["total"] == branch["lines"][0]
    assert program.get(f"{LEVELS}/streets/330303999000").status_code == 404


def test_a_program_asks_every_question(world: World) -> None:
    program = world.program(world.given(factories.create_auditor))
    found = program.read("/cockpit")
    assert [each["code"] for each in found["answers"]] == list(QUESTIONS)
    for question in QUESTIONS:
        one = program.read(f"/cockpit/{question}?at={LONGWAN}&last_month=2026-03")
        assert (one["scope"], one["last_month"]) == (LONGWAN, "2026-03")
        assert all(each["name"].startswith(f"{question}.") for each in one["head"])
    assert program.get("/cockpit/nothing").status_code == 404
    assert program.get("/cockpit?at=110000000000").status_code == 404


@pytest.mark.parametrize("query", ["first_month=2026-13", "last_month=x", "first_month="])
def test_a_month_that_is_none_is_refused(world: World, query: str) -> None:
    program = world.program(world.given(factories.create_auditor))
    assert program.get(f"/cockpit?{query}").status_code == 422


def test_who_oversees_nothing_learns_nothing(world: World) -> None:
    program = world.program(world.given(factories.create_elder))
    assert program.get("/cockpit").status_code == 403
    assert program.get(LEVELS).status_code in (403, 404)
