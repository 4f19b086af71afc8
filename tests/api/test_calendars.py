"""Calendars and the scheduler by program: what the pages show, with the same refusals."""

from __future__ import annotations

from uuid import UUID

import icalendar
import pytest
import sqlalchemy as sa

from models.jobs import DueTask
from services.ids import derived
from services.jobs import due
from services.policy import SYSTEM
from tests import factories
from tests.api.kit import Program, World
from tests.factories import LONGWAN, NOW
from timebank.jobs.sweeping import sweep


@pytest.fixture
def visit(world: World) -> UUID:
    """A promise of the volunteer's."""
    world.give_coins(world.elder, 300)
    made = world.program(world.elder).done("/requests", world.asked())
    path = f"/requests/{LONGWAN}/{made['id']}"
    world.program(world.staff).done(f"{path}/approve")
    return UUID(world.program(world.volunteer).done(f"{path}/accept")["visit_id"])


def test_a_link_is_made_renewed_and_ended(world: World, visit: UUID) -> None:
    mine = world.program(world.volunteer)
    assert mine.read("/me/calendar") == {"url": None, "made_at": None}
    made = mine.done("/me/calendar")
    assert mine.read("/me/calendar") == made
    feed = world.app.test_client().get(made["url"])
    [event] = icalendar.Calendar.from_ical(feed.data).walk("VEVENT")
    assert event["UID"] == f"{visit}@visit.timebank"
    again = mine.done("/me/calendar", key="again")
    assert again["url"] != made["url"]
    assert mine.done("/me/calendar", key="again") == again
    assert world.app.test_client().get(made["url"]).status_code == 404
    assert mine.done("/me/calendar/end") == {"url": None, "made_at": None}
    assert world.app.test_client().get(again["url"]).status_code == 404
    refused = mine.post("/me/calendar/end")
    assert (refused.status_code, refused.json["code"]) == (409, "no_calendar_link")


def test_without_a_token_there_is_no_link(anyone: Program) -> None:
    assert anyone.get("/me/calendar").status_code == 401
    assert anyone.get("/jobs").status_code == 401


def test_the_week_of_a_volunteer(world: World, visit: UUID) -> None:
    found = world.program(world.volunteer).read("/me/week?from=2026-03-09")
    assert [each["day"] for each in found["days"]][:3] == ["2026-03-09", "2026-03-10", "2026-03-11"]
    [promise] = found["days"][2]["visits"]
    assert (promise["id"], promise["starts_at"]) == (str(visit), "2026-03-11T10:00:00+08:00")
    assert found["days"][0]["hours"] is None
    assert world.program(world.volunteer).get("/me/week?from=soon").status_code == 422
    assert world.program(world.elder).get("/me/week").status_code == 403


def test_the_day_of_a_branch(world: World, visit: UUID) -> None:
    clerk = world.program(world.staff)
    found = clerk.read(f"/branches/{world.branch}/day?day=2026-03-11")
    [line] = found["items"]
    assert [each["visit_id"] for each in line["comers"]] == [str(visit)]
    assert (line["missing"], line["is_late"]) == (0, False)
    assert clerk.read(f"/branches/{world.branch}/day")["items"] == []
    assert world.program(world.volunteer).get(f"/branches/{world.branch}/day").status_code == 403
    other = world.given(lambda s: factories.create_branch(s, factories.YAOXI))
    assert clerk.get(f"/branches/{other}/day").status_code == 403


def test_who_comes_when_and_who_that_is(world: World, visit: UUID) -> None:
    found = world.program(world.elder).read("/coming")
    assert [each["id"] for each in found["tomorrow"]] == [str(visit)]
    assert found["today"] == found["this_week"] == found["later"] == []
    child = world.program(world.relative(("see",)))
    assert child.read(f"/coming?for={world.elder}") == found
    card = child.read(f"/visits/{LONGWAN}/{visit}/name-card")
    assert card["number"].startswith("V")
    assert card["times_here"] == 0
    assert [each["zh"] for each in card["trained_for"]] == ["基础课（4 小时）"]
    stranger = world.program(world.given(factories.create_member))
    assert stranger.get(f"/coming?for={world.elder}").status_code == 403
    assert stranger.get(f"/visits/{LONGWAN}/{visit}/name-card").status_code == 403


def test_the_scheduler_and_a_task_that_is_tried_again(world: World) -> None:
    about = derived("test", "api")
    world.given(
        lambda s: due.plan(factories.make_ctx(s, SYSTEM, NOW), "broken", LONGWAN, about, NOW)
    )
    sweep(world.app.extensions["timebank"], {}, fence=1)
    admin = world.program(world.given(factories.create_region_admin))
    found = admin.read("/jobs")
    assert not found["is_well"]
    assert found["lease"] is None
    assert {each["name"] for each in found["jobs"]} > {"outbox", "tidy"}
    [failed] = found["failed"]
    assert failed["error"].startswith("NobodyKnows")
    [kind] = found["tasks"]
    assert (kind["kind"], kind["due"], kind["failing"]) == ("broken", 1, 1)
    admin.done(f"/jobs/tasks/{failed['id']}/retry")
    row = world.given(lambda s: s.execute(sa.select(DueTask.attempts, DueTask.try_at)).one())
    assert tuple(row) == (0, NOW)
    assert admin.post(f"/jobs/tasks/{about}/retry").status_code == 404
    assert world.program(world.staff).get("/jobs").status_code == 403
    assert world.program(world.staff).post(f"/jobs/tasks/{failed['id']}/retry").status_code == 403
