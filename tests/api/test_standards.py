"""Standards, shopping money and ratings through the API."""

from __future__ import annotations

import base64
from datetime import timedelta

from models.evidence import EvidenceFile
from models.ratings import VisitChecklist
from models.sheets import WorkSheet
from tests.api.kit import START, Program, World
from timebank.jobs import runner

SLIP = base64.b64encode(b"\xff\xd8\xff a receipt").decode()


def test_standards_are_public(anyone: Program) -> None:
    found = anyone.read("/standards")["items"]
    assert len(found) == 22
    one = anyone.read("/standards/B01")
    assert one["checklist"][0]["code"] == "list"
    assert one["steps"][0]["en"]
    assert anyone.get("/standards/Z99").status_code == 404


def test_money_goes_out_and_back(world: World) -> None:
    path = world.accepted(service_code="B01")
    elder, volunteer = world.program(world.elder), world.program(world.volunteer)
    staff = world.program(world.staff)
    codes = elder.read(path)["codes"]
    early = volunteer.post(f"{path}/money", {"handed_fen": 5_000})
    assert early.json["code"] == "not_there"
    world.clock.now = START
    volunteer.done(f"{path}/check-in", {"digits": codes["in"]})
    over = volunteer.post(f"{path}/money", {"handed_fen": 50_001})
    assert over.json["code"] == "money_over_limit"
    assert "500 元" in over.text
    made = volunteer.done(f"{path}/money", {"handed_fen": 5_000}, key="tap")
    again = volunteer.done(f"{path}/money", {"handed_fen": 5_000}, key="tap")
    assert made == again
    [one] = made["sums"]
    sum_path = f"{path}/money/{one['id']}"
    assert volunteer.post(f"{sum_path}/agreement", {"handed_fen": 5_000}).status_code == 403
    elder.done(f"{sum_path}/agreement", {"handed_fen": 5_000})
    bad = volunteer.post(
        f"{sum_path}/return",
        {"spent_fen": 1, "receipts": [{"name": "a.jpg", "content_base64": "?"}]},
    )
    assert bad.status_code == 422
    slip = {"name": "slip.jpg", "content_base64": SLIP}
    volunteer.done(f"{sum_path}/return", {"spent_fen": 3_850, "receipts": [slip]})
    assert world.given(lambda s: s.query(EvidenceFile).count()) == 1
    seen = {"handed_fen": 5_000, "spent_fen": 3_000}
    assert elder.post(f"{sum_path}/agreement", seen).json["code"] == "money_changed"
    world.clock.now = START + timedelta(minutes=62)
    volunteer.done(f"{path}/check-out", {"digits": codes["out"], "done": ["list", "goods"]})
    [row] = world.given(lambda s: s.query(VisitChecklist).all())
    assert row.done == ["list", "goods"]
    assert elder.post(f"{path}/confirm").json["code"] == "money_first"
    seen = {"handed_fen": 5_000, "spent_fen": 3_850}
    found = staff.done(f"{sum_path}/voice", {**seen, "agreed": True, "reached": "phone"})
    assert found["sums"][0]["closed_how"] == "voice"
    elder.done(f"{path}/confirm")


def test_a_no_is_a_complaint(world: World) -> None:
    path = world.accepted(service_code="B01")
    elder, volunteer = world.program(world.elder), world.program(world.volunteer)
    codes = elder.read(path)["codes"]
    world.clock.now = START
    volunteer.done(f"{path}/check-in", {"digits": codes["in"]})
    [one] = volunteer.done(f"{path}/money", {"handed_fen": 5_000})["sums"]
    found = elder.done(
        f"{path}/money/{one['id']}/disagreement", {"handed_fen": 5_000, "text": "给的是一百"}
    )
    assert found["sums"][0]["complaint_id"]
    assert elder.read(f"{path}/money")["sums"][0]["disputed_at"]


def test_an_opinion_and_a_second_thought(world: World) -> None:
    path = world.credited()
    elder, volunteer = world.program(world.elder), world.program(world.volunteer)
    assert elder.post(f"{path}/rating", {"score": 4}).status_code == 422
    assert volunteer.post(f"{path}/rating", {"score": 3}).status_code == 403
    found = elder.done(f"{path}/rating", {"score": 3, "words": "很细心"})
    assert (found["score"], found["words"], found["may_give"]) == (3, "很细心", True)
    # Whoever came is not told which elder said what.
    assert volunteer.get(f"{path}/rating").status_code == 403
    world.program(world.staff).done(f"{path}/rating/voice", {"score": 2, "reached": "phone"})
    assert elder.read(f"{path}/rating")["how"] == "voice"
    own = volunteer.read("/me/ratings")
    assert (own["rated"], own["figures"], own["words"]) == (1, None, [])


def test_the_job_shows_a_low_rating_to_the_branch(world: World) -> None:
    path = world.credited()
    world.program(world.elder).done(f"{path}/rating", {"score": 1})
    assert runner.run_once(world.app, "low-ratings") == "ok: 0"
    world.clock.now += timedelta(hours=24)
    assert runner.run_once(world.app, "low-ratings") == "ok: 1"
    [sheet] = world.given(lambda s: s.query(WorkSheet.about, WorkSheet.branch_id).all())
    assert sheet == ("low_rating", world.branch)


def test_ticks_that_no_checklist_has_are_refused(world: World) -> None:
    path = world.accepted()
    elder, volunteer = world.program(world.elder), world.program(world.volunteer)
    codes = elder.read(path)["codes"]
    world.clock.now = START
    volunteer.done(f"{path}/check-in", {"digits": codes["in"]})
    world.clock.now = START + timedelta(minutes=62)
    refused = volunteer.post(f"{path}/check-out", {"digits": codes["out"], "done": ["paid"]})
    assert (refused.status_code, refused.json["code"]) == (422, "point_unknown")
    volunteer.done(f"{path}/check-out", {"digits": codes["out"]})
