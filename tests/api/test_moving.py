"""Moving home through the API, and counties that take over."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from tests import factories
from tests.api.kit import World
from tests.api.test_gifts import code_of
from tests.country import ONE, TWO, join_all
from tests.factories import NOW, WUMA

ADDRESS = "鹿城样例巷 6 号 1 幢 202 室"


def there(world: World) -> tuple[UUID, UUID]:
    """A branch of the next county, which recognises this one, and its clerk."""

    def build(session: Session) -> tuple[UUID, UUID]:
        join_all(session, ONE, TWO)
        branch = factories.create_branch(session, WUMA)
        return branch, factories.create_staff(session, branch)

    made: tuple[UUID, UUID] = world.given(build)
    return made


def test_from_the_plan_to_the_move(world: World) -> None:
    branch, _ = there(world)
    world.give_coins(world.elder, 600)
    own = world.program(world.elder)
    plan = own.read(f"/me/moves/plan?branch_id={branch}")
    assert (plan["moved_minutes"], plan["hindrances"]) == (600, [])
    assert plan["coins"] == [{"kind": "earned", "period": "", "minutes": 600, "until": None}]
    assert own.post("/me/moves/code", {"branch_id": str(branch)}).status_code == 204
    body = {"branch_id": str(branch), "address": ADDRESS, "code": code_of(world, world.elder)}
    first = own.post("/moves", body, key="move-1")
    assert first.status_code == 201
    assert own.post("/moves", body, key="move-1").json == first.json
    (moved,) = own.read("/me/moves")["items"]
    assert (moved["book"], moved["to_book"], moved["moved_minutes"]) == (ONE, TWO, 600)
    assert moved["check_code"] == first.json["check_code"]
    again = own.get(f"/me/moves/plan?branch_id={branch}")
    assert (again.status_code, again.json["code"]) == (409, "same_book")


def test_the_counter_needs_the_card(world: World) -> None:
    branch, clerk = there(world)
    body = {"member_id": str(world.elder), "branch_id": str(branch), "address": ADDRESS}
    refused = world.program(clerk).post("/moves", {**body, "id_number": "330302194001010017"})
    assert (refused.status_code, refused.json["code"]) == (409, "not_this_person")
    assert world.program(world.staff).post("/moves", body).status_code == 403


def test_the_nation_records_a_succession(world: World) -> None:
    there(world)
    nation = world.given(factories.create_national_admin)
    program = world.program(nation)
    body = {
        "old_code": ONE,
        "new_code": TWO,
        "from_day": (NOW + timedelta(days=30)).date().isoformat(),
        "document": "民函 1 号",
    }
    made = program.post("/successions", body)
    assert (made.status_code, made.json) == (201, {"books": [ONE]})
    (line,) = program.read("/successions")["items"]
    assert (line["old_code"], line["new_code"]) == (ONE, TWO)
    assert world.program(world.staff).get("/successions").status_code == 403
