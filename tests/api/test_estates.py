"""Deaths by programs: said, read, verified by two, dismissed, listed, undone."""

from __future__ import annotations

from typing import Any

from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN

DAY = {"died_on": "2026-03-10"}
PAPER: dict[str, Any] = {**DAY, "evidence": "cremation", "paper_number": "火化0310"}


def test_a_death_is_reported_verified_and_undone(world: World) -> None:
    second = world.given(lambda s: factories.create_staff(s, world.branch))
    admin = world.given(factories.create_region_admin)
    world.give_coins(world.elder, 600)
    child, clerk = world.program(world.relative()), world.program(world.staff)
    assert child.post("/estates", {**DAY, "how": "family"}).json["code"] == "whose_death"
    made = child.done("/estates", {**DAY, "member_id": str(world.elder)})["estate_id"]
    path = f"/estates/{LONGWAN}/{made}"
    assert child.get(path).status_code == 403
    assert clerk.read(path)["state"] == "reported"
    early = {**PAPER, "died_time": "03:40"}
    assert clerk.done(f"{path}/verify", early) == {"frozen": False}
    assert clerk.post(f"{path}/verify", PAPER).json["code"] == "checked_by_you"
    assert world.program(second).done(f"{path}/verify", PAPER) == {"frozen": True}
    found = clerk.read(path)
    assert found["died_at"] == "2026-03-10T03:40:00+08:00"
    assert (found["state"], found["kept_minutes"], len(found["checks"])) == ("frozen", 600, 2)
    assert [each["what"] for each in found["moves"]] == ["freeze"]
    assert clerk.read("/estates?state=frozen")["total"] == 1
    assert clerk.read("/estates?state=reported")["items"] == []
    assert clerk.post(f"{path}/undo", {"reason": "不是他"}).status_code == 403
    world.program(admin).done(f"{path}/undo", {"reason": "不是他"})
    assert clerk.read(path)["state"] == "undone"


def test_a_report_at_the_counter_and_a_list(world: World) -> None:
    clerk = world.program(world.staff)
    number = clerk.read(f"/members/{world.elder}")["number"]
    made = clerk.done("/estates", {**DAY, "person": number, "how": "branch"})["estate_id"]
    path = f"/estates/{LONGWAN}/{made}"
    lines = f"person,died_on,certificate\n{number},2026-03-10,浙死证1\n"
    listed = clerk.done("/estates/import", {"list": lines})
    assert listed == {"lines": 1, "reported": 0, "added": 1, "nobody": 0, "refused": 0}
    bad = clerk.post("/estates/import", {"list": lines.replace("2026-03-10", "gestern")})
    assert (bad.status_code, list(bad.json["errors"])) == (422, ["list[1]"])
    clerk.done(f"{path}/dismiss", {"reason": "本人来了"})
    assert clerk.read(path)["state"] == "dismissed"
