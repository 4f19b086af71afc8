"""Papers through the API: one's own, a party's, at the counter, and the check of a code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.people import Member
from services.papers.issuing import PaperKind, issue
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN

CONTENT = {
    "donor": "王秀英",
    "minutes": 60,
    "reference": "D-1",
    "on": "2026-03-10",
    "to": "pool",
    "fund": "",
    "fund_en": "",
    "criteria": {},
    "region": LONGWAN,
}


def test_papers_are_listed_read_and_checked(world: World) -> None:
    def make(ctx: Any) -> str:
        donor = ctx.session.get_one(Member, world.elder)
        return issue(
            ctx, PaperKind.DONATION_CERTIFICATE, LONGWAN, UUID(int=1), donor, dict(CONTENT)
        )

    code = world.act(world.staff, make)
    elder = world.program(world.elder)
    [line] = elder.read("/papers")["items"]
    assert (line["code"], line["kind"], line["holds"]) == (code, "donation_certificate", True)
    paper = elder.read(f"/papers/{code}")
    # Beside the salt that keeps a public digest from being guessed at.
    assert len(paper["content"].pop("salt")) == 32
    assert (paper["content"], paper["masked"]) == (CONTENT, False)
    checked = world.program().read(f"/papers/check/{code.lower()}")
    assert checked["digest"] == paper["digest"]
    assert [each["part"] for each in checked["persons"]] == ["donor"]
    assert checked["persons"][0]["name"] == "王**"
    assert world.program().get("/papers/check/ABC").json["code"] == "paper_code_wrong"
    assert world.program().get("/papers/check/222222222222").json["code"] == "paper_unknown"
    staff = world.program(world.staff)
    assert staff.read(f"/members/{world.elder}/papers")["items"] == [line]
    auditor = world.program(world.given(lambda s: factories.create_auditor(s, LONGWAN)))
    assert auditor.read(f"/papers/{code}")["content"]["donor"] == "王**"
    stranger = world.program(world.given(factories.create_member))
    assert stranger.get(f"/papers/{code}").status_code == 403


def test_a_statement_has_its_accounts_by_origin(world: World) -> None:
    world.give_coins(world.elder, 30)
    found = world.program(world.elder).read("/statement")
    [origin] = found["by_origin"]
    assert (origin["comes_from"], origin["posted_minutes"]) == ("earned", 30)
    assert (origin["ends_on"], origin["locked_until_age"], origin["period"]) == (None, None, "")
