"""Call-backs in the browser, and the pages and files that everybody may read."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from models.callbacks import BranchSuspension, Callback, CallbackResult
from models.evidence import EvidenceFile
from models.oversight import AuditRecord
from models.people import Member
from services.callbacks.repeat import WORDS, faults, main
from services.policy import NATION
from services.rules.tables import table
from tests import factories
from tests.databases import ROOT, Databases
from tests.factories import LONGWAN
from tests.services.callbacks.conftest import (
    DAY,
    MONDAY,
    VISITS,
    County,
    county_of,
    settled_county,
)
from tests.services.callbacks.test_calling import GOOD, NOBODY_CAME
from tests.services.callbacks.test_suspending import sampled, suspended
from tests.web.audit_kit import words
from tests.web.client import Browser
from tests.web.conftest import Clock
from timebank.jobs import callbacks as jobs
from timebank.jobs.callbacks import call_back, suspend

PICTURE = b"\x89PNG\r\n\x1a\n note"
CALLED = MONDAY + 2 * DAY


@pytest.fixture
def world_url(databases: Databases) -> Iterator[str]:
    """The county of the call-backs."""
    url = databases.fresh("sqlite", settled_county)
    yield url
    databases.discard(url)


@pytest.fixture
def county(world_url: str, clock: Clock) -> Iterator[County]:
    """Its people; the application's clock stands two days after the closing."""
    made = county_of(world_url)
    clock.now = CALLED
    yield made
    made.uow.engine.dispose()


@pytest.fixture
def caller(county: County, login_as: Callable[[UUID], Browser]) -> Browser:
    """The county's auditor."""
    return login_as(county.caller)


def page_of(county: County) -> str:
    return f"/oversight/callbacks/{LONGWAN}/{county.callbacks()[0].id}"


def said(answers: dict[str, str], **more: object) -> dict[str, object]:
    asked = {f"ask_{code}": answer for code, answer in answers.items()}
    return {"how": "phone", "speaker": "elder", "note": "", **asked, **more}


def test_a_caller_finds_whom_to_ring_and_writes_down_what_was_said(
    county: County, caller: Browser
) -> None:
    county.drawn()
    listed = caller.get("/oversight/callbacks").text
    there = page_of(county)
    assert there in listed
    shown = caller.get(there).text
    assert "tel:139" in shown
    assert words(shown).index("老人说完以后再看") < words(shown).index("问到了")
    form = said(GOOD, note="说很好", files=(BytesIO(PICTURE), "电话记录.png"))
    answer = caller.post(there, data=form, content_type="multipart/form-data")
    assert (answer.status_code, answer.location) == (303, there)
    row = county.callbacks()[0]
    assert row.result is CallbackResult.CONFIRMED
    after = caller.get(there).text
    assert "说很好" in after
    kept = county.look(lambda session: session.scalars(sa.select(EvidenceFile)).one())
    file = caller.get(f"{there}/files/{kept.id}")
    assert (file.data, file.mimetype) == (PICTURE, "image/png")
    looks = county.count(AuditRecord, AuditRecord.act == "callback.read")
    assert looks >= 3


def test_what_was_not_so_leads_to_a_sheet_and_a_reversal(county: County, caller: Browser) -> None:
    county.drawn()
    there = page_of(county)
    caller.post(there, data=said(NOBODY_CAME))
    shown = caller.get(there).text
    row = county.callbacks()[0]
    assert row.sheet_id is not None
    transfer = county.visit(row.visit_id).transfer_id
    assert (f"transfer={transfer}" in shown) is (transfer is not None)


def test_answers_that_are_missing_or_disagree_stand_at_their_questions(
    county: County, caller: Browser
) -> None:
    county.drawn()
    there = page_of(county)
    missing = caller.post(there, data=said({**GOOD, "money": ""}))
    assert missing.status_code == 422
    assert "请选一个回答" in missing.text
    odd = caller.post(there, data=said({**GOOD, "came": "no"}))
    assert odd.status_code == 422
    assert 'href="#ask_who-0"' in odd.text
    assert county.callbacks()[0].result is None


def test_rung_in_vain_is_written_down(county: County, caller: Browser) -> None:
    county.drawn()
    there = page_of(county)
    assert caller.post(f"{there}/try", data={"how": "phone"}).status_code == 422
    for _ in range(3):
        answer = caller.post(f"{there}/try", data={"how": "phone", "heard": "no_answer"})
        assert answer.status_code == 303
    assert there in caller.get("/oversight/callbacks?state=door").text
    assert there not in caller.get("/oversight/callbacks?state=open").text


def test_exactly_the_rows_of_the_list_are_exported_on_record(
    county: County, caller: Browser
) -> None:
    county.drawn()
    answer = caller.post("/oversight/callbacks/export?state=all", data={"form": "csv"})
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 1 + 2
    assert caller.post("/oversight/callbacks/export", data={"form": "pdf"}).status_code == 404
    assert county.count(AuditRecord, AuditRecord.act == "callback.export") == 1


def test_the_branch_sees_none_of_it(county: County, login_as: Callable[[UUID], Browser]) -> None:
    county.drawn()
    clerk = login_as(county.staff)
    for address in ("/oversight/callbacks", "/oversight/draws", "/oversight/suspensions"):
        assert clerk.get(address).status_code == 403
    assert clerk.get(page_of(county)).status_code == 403
    nation = login_as(county.uow.run(lambda session: factories.create_auditor(session, NATION)))
    assert nation.get("/oversight/draws").status_code == 200


def test_an_administrator_ends_a_suspension_on_its_page(
    county: County, login_as: Callable[[UUID], Browser], clock: Clock
) -> None:
    key = suspended(county)
    clock.now = MONDAY + 6 * DAY
    admin = login_as(county.admins[0])
    there = f"/oversight/suspensions/{LONGWAN}/{key}/end"
    assert there in admin.get("/oversight/suspensions").text
    assert admin.post(there, data={"reason": ""}).status_code == 422
    assert admin.post(there, data={"reason": "复查合格"}).status_code == 303
    row = county.look(lambda session: session.get_one(BranchSuspension, (LONGWAN, key)))
    assert (row.ended_by_id, row.end_reason) == (county.admins[0], "复查合格")
    assert there not in admin.get("/oversight/suspensions").text


def test_a_draw_waits_visibly_and_can_be_repeated_by_anybody(
    county: County, client: Browser, tmp_path: Path, clock: Clock
) -> None:
    closed = county.close()
    address = f"/published/{LONGWAN}/draws/2026-W11.json"
    waiting = client.get(address).json
    assert (len(waiting["visits"]), waiting["seed"], waiting["drawn"]) == (VISITS, None, None)
    assert list(faults(waiting)) == ["waiting"]
    assert "等下一份每日清单公布" in words(client.get(f"/published/{LONGWAN}").text)
    day = county.publish(MONDAY + DAY)
    county.sign(day, 1, MONDAY + DAY)
    clock.now += DAY / 24
    assert "等 见证人 1 在" in words(client.get(f"/published/{LONGWAN}").text)
    county.sign(day, 0, MONDAY + DAY)
    county.draw(closed, CALLED)
    file, heads = tmp_path / "draw.json", tmp_path / "heads.json"
    file.write_bytes(client.get(address).data)
    heads.write_bytes(client.get(f"/seals/{day}.json").data)
    assert main([str(file), "--heads", str(heads)]) == 0
    visits = county.look(lambda session: [str(each.visit_id) for each in county.callbacks()])
    assert not any(each in file.read_text() for each in visits)


def test_a_changed_draw_does_not_come_out_the_same(
    county: County, client: Browser, tmp_path: Path
) -> None:
    county.drawn()
    found = client.get(f"/published/{LONGWAN}/draws/2026-W11.json").json
    heads = client.get(f"/seals/{found['seed_day']}.json").json
    assert list(faults(found, heads)) == []
    last, other = found["visits"][-1], "0" * 64
    forged = {
        "list_hash": {**found, "visits": [other, *found["visits"][1:]]},
        "list_order": {**found, "visits": found["visits"][::-1]},
        "seed": {**found, "signatures": found["signatures"][:1]},
        "drawn": {**found, "drawn": [0, 1, 2]},
        "signature": {
            **found,
            "signatures": [{**found["signatures"][0], "signature": other * 2}],
        },
        "heads_hash": {**found, "seed_list_hash": other},
        "heads_day": {**found, "seed_day": "2026-03-20"},
        "too_early": {**found, "closed_at": "2026-03-19T01:00:00+00:00"},
        "witnesses": {**found, "signatures": found["signatures"][:1]},
    }
    assert last != other
    named = {code for code, each in forged.items() if code in set(faults(each, heads))}
    assert named == set(forged)
    assert named < set(WORDS)
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"kind": "something"}))
    assert main([str(broken)]) == 2
    broken.write_text(json.dumps(forged["drawn"]))
    assert main([str(broken)]) == 1


def test_repeating_a_draw_needs_no_database() -> None:
    alone = (
        "import sys; sys.modules.update(sqlalchemy=None, flask=None, models=None)\n"
        "import services.callbacks.repeat"
    )
    done = subprocess.run(
        [sys.executable, "-c", alone], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_published_pages_say_what_holds_and_name_nobody(
    county: County, client: Browser
) -> None:
    sampled(county, 20, 0)
    county.drawn()
    whole = client.get("/published")
    assert whole.headers["Cache-Control"] == "public, max-age=900"
    shown = words(whole.text)
    assert "时间币从不买卖" in shown
    assert table("callbacks").digest in shown
    assert f"/published/{LONGWAN}" in whole.text
    page = client.get(f"/published/{LONGWAN}")
    assert "2026-W11" in page.text
    elder, volunteer = (
        county.look(lambda session, who=who: session.get_one(Member, who).name)
        for who in (county.elder, county.volunteer)
    )
    for name in (elder, volunteer, str(county.callbacks()[0].visit_id)):
        assert name not in page.text
    # Few members, few elders: no figure of them.
    assert "不到 5" in words(page.text)
    assert client.get("/published/110101000000").status_code == 404
    english = client.get("/published", headers={"Accept-Language": "en"})
    assert "Coins are never sold" in english.text
    assert "/published" in client.get("/").text


def test_every_published_table_can_be_downloaded(county: County, client: Browser) -> None:
    sampled(county, 20, 1)
    county.drawn()
    for what in ("figures", "suspensions", "rules", "tables", "returns"):
        assert client.get(f"/published/{what}.csv").status_code == 200
    answer = client.get(f"/published/{LONGWAN}/callbacks.csv")
    (head, line) = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    found = dict(zip(head, line, strict=True))
    assert (found["抽到"], found["问到"], found["不符"], found["还没有问"]) == (
        "22",
        "20",
        "1",
        "2",
    )
    assert client.get(f"/published/{LONGWAN}/draws.csv").status_code == 200
    assert client.get(f"/published/{LONGWAN}/people.csv").status_code == 404
    assert client.get("/published/people.csv").status_code == 404
    raw = client.get("/published/tables/callbacks-1.json").data
    assert table("callbacks").digest == hashlib.sha256(raw).hexdigest()
    assert client.get("/published/tables/..%2Fcn-tb-1.json").status_code == 404


def test_a_branch_with_few_calls_is_no_line(county: County, client: Browser) -> None:
    county.drawn()
    assert county.count(Callback) == 2
    assert "还没有可以公布的结果" in words(client.get(f"/published/{LONGWAN}").text)


def test_a_process_that_dies_between_closing_and_drawing_leaves_a_draw_that_waits(
    county: County, app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = app.extensions["timebank"]
    clock.now = MONDAY
    assert call_back(held) == 1
    day = county.publish(MONDAY + DAY)
    for number in (0, 1):
        county.sign(day, number, MONDAY + DAY)
    clock.now = CALLED

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "draw", killed)
        with pytest.raises(KeyboardInterrupt):
            call_back(held)
    assert county.callbacks() == []
    assert call_back(held) == 1
    assert len(county.callbacks()) == 2
    assert call_back(held) == 0
    sampled(county, 20, 2)
    assert suspend(held) == 1
    assert suspend(held) == 0
