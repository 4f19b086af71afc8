"""Call-backs for programs: one call from the list to its result, a draw, a suspension."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask

from models.callbacks import BranchSuspension
from services.callbacks.repeat import faults
from services.people.tokens import issue_api_token
from tests.api.kit import Clock, Contract, Program
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.callbacks.conftest import DAY, MONDAY, County, county_of, settled_county
from tests.services.callbacks.test_calling import GOOD
from tests.services.callbacks.test_suspending import suspended


@pytest.fixture
def county(one_app: Flask, databases: Databases, clock: Clock) -> Iterator[County]:
    """The county of the call-backs behind the application."""
    url = databases.fresh("sqlite", settled_county)
    made = county_of(url)
    before = one_app.extensions["timebank"]
    one_app.extensions["timebank"] = replace(before, uow=made.uow, clock=clock)
    clock.now = MONDAY + 2 * DAY
    yield made
    one_app.extensions["timebank"] = before
    made.uow.engine.dispose()
    databases.discard(url)


@pytest.fixture
def programs(county: County, one_app: Flask, contract: Contract) -> dict[str, Program]:
    """The auditor's, an administrator's, and one without a token."""

    def of(who: UUID) -> Program:
        token = county.act(who, lambda ctx: issue_api_token(ctx, "tests", 30), now=MONDAY)
        return Program(one_app.test_client(), contract, token)

    return {
        "caller": of(county.caller),
        "admin": of(county.admins[0]),
        "anyone": Program(one_app.test_client(), contract),
    }


def test_a_call_from_the_list_to_its_result(county: County, programs: dict[str, Program]) -> None:
    county.drawn()
    caller = programs["caller"]
    listed = caller.read("/callbacks?why=random")
    assert len(listed["items"]) == 2
    one = f"/callbacks/{LONGWAN}/{listed['items'][0]['id']}"
    script = caller.read(one)
    assert script["elder_phone"].startswith("139")
    assert caller.done(f"{one}/tries", {"heard": "no_answer"}) == {"result": None}
    answers = {each["code"]: GOOD[each["code"]] for each in script["questions"]}
    said = {"answers": answers, "speaker": "elder", "how": "phone", "note": "很好"}
    assert caller.done(f"{one}/answers", said) == {"result": "confirmed"}
    again = caller.post(f"{one}/answers", said)
    assert (again.status_code, again.json["code"]) == (409, "callback_done")
    other = f"/callbacks/{LONGWAN}/{listed['items'][1]['id']}/answers"
    wrong = caller.post(other, {"answers": {"came": "yes"}})
    assert (wrong.status_code, wrong.json["code"]) == (422, "callback_answer_missing")
    assert programs["anyone"].get("/callbacks").status_code == 401


def test_anybody_reads_what_is_published_and_repeats_the_draw(
    county: County, programs: dict[str, Program]
) -> None:
    county.drawn()
    anyone = programs["anyone"]
    figures = anyone.read(f"/published/{LONGWAN}")
    assert figures["actual_minutes"] is None  # one elder and one volunteer
    (line,) = anyone.read(f"/published/{LONGWAN}/draws")["items"]
    assert (line["period"], line["drawn"], line["waits"]) == ("2026-W11", 2, None)
    found = anyone.read(f"/published/{LONGWAN}/draws/2026-W11")
    assert list(faults(found)) == []
    assert anyone.get(f"/published/{LONGWAN}/draws/2026-W01").status_code == 404
    assert anyone.get("/published/110101000000").status_code == 404
    assert anyone.read(f"/published/{LONGWAN}/callbacks") == {"results": [], "suspensions": []}


def test_an_administrator_ends_a_suspension(
    county: County, programs: dict[str, Program], clock: Clock
) -> None:
    key = suspended(county)
    clock.now = MONDAY + 6 * DAY
    there = f"/suspensions/{LONGWAN}/{key}/end"
    assert programs["caller"].post(there, {"reason": "已整改"}).status_code == 403
    programs["admin"].done(there, {"reason": "已整改"})
    row = county.look(lambda session: session.get_one(BranchSuspension, (LONGWAN, key)))
    assert row.ended_by_id == county.admins[0]
    told = programs["anyone"].read(f"/published/{LONGWAN}/callbacks")["suspensions"]
    assert [each["month"] for each in told] == ["2026-03"]
