"""Entries by hand and reversals in the browser: written down, looked at, signed, marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import url_for

from models.entries import ManualEntry, Reversal, ReversalState
from models.evidence import EvidenceFile
from models.ledger import Transfer
from models.people import Member
from models.requests import Visit
from services.clock import local
from services.sheets.acting import open_by_hand
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter, hidden_of, open_counter
from tests.web.volunteer_kit import Browser
from timebank.web.audit.desk import LINKS

PAPER = b"\x89PNG\r\n\x1a\n slip"
SHOWN = re.compile(rf"^/oversight/entries/{LONGWAN}/[0-9a-f-]{{36}}$")


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


@pytest.fixture
def second(counter: Counter) -> Browser:
    """A second clerk of the branch."""
    return counter.town.phone(counter.given(factories.create_staff))


def number_of(counter: Counter, member: UUID) -> str:
    return counter.street.look(lambda s: s.get_one(Member, member).number)


def answers(counter: Counter, **overrides: object) -> dict[str, object]:
    day = local(START)
    return {
        "elder_id": number_of(counter, counter.street.elder),
        "provider_id": number_of(counter, counter.street.volunteer),
        "service_code": "A04",
        "day": day.date().isoformat(),
        "starts_at": f"{day:%H:%M}",
        "ends_at": f"{day + timedelta(hours=1):%H:%M}",
        "why": "no_slip",
        "reason": "纸条被雨淋湿了",
        "files": (BytesIO(PAPER), "张三的纸条.png"),
        **overrides,
    }


def propose(counter: Counter, browser: Browser, **overrides: object) -> tuple[int, str]:
    """Send the form; gives the status, and where it leads or what it says."""
    browser.open("/oversight/entries/new")
    data = {**hidden_of(browser), **answers(counter, **overrides)}
    answer = browser.client.post(
        "/oversight/entries/new", data=data, content_type="multipart/form-data"
    )
    return answer.status_code, answer.location or answer.get_data(as_text=True)


def entered(counter: Counter) -> str:
    """The address of an entry that the clerk has put forward the day after."""
    counter.street.give_coins(counter.street.elder, 300)
    counter.town.at(24 * 60)
    status, there = propose(counter, counter.clerk)
    assert (status, bool(SHOWN.match(there))) == (303, True)
    return there


def test_two_clerks_credit_a_service_with_its_papers(counter: Counter, second: Browser) -> None:
    there = entered(counter)
    said = counter.clerk.open(there)
    assert "纸条被雨淋湿了" in said
    assert "提出人不能自己签署" in said
    assert "补录" in second.open("/branch/more")
    second.open("/oversight/entries")
    assert there in second.page.text
    said = second.open(there)
    assert "张三的纸条.png" in said
    assert "先看证明材料" in second.send(f"{there}/sign", 422)
    data = {**hidden_of(second), "agree": "y"}
    assert [second.client.post(f"{there}/sign", data=data).status_code for _ in range(2)] == [
        303,
        303,
    ]
    assert counter.street.earned(counter.street.volunteer) == (60, 0)
    assert counter.street.count(Visit) == 1
    assert "已签署入账" in second.open(there)


def test_it_stays_marked_wherever_it_is_read(counter: Counter, second: Browser) -> None:
    there = entered(counter)
    second.open(there)
    second.send(f"{there}/sign", agree="y")
    entry = counter.street.look(lambda s: s.scalars(sa.select(ManualEntry)).one())
    elder = counter.town.phone(counter.street.elder)
    volunteer = counter.town.phone(counter.street.volunteer)
    assert "补录" in elder.open("/elder/coins")
    assert "事后补录" in elder.open(f"/elder/visits/{LONGWAN}/{entry.visit_id}")
    assert "补录" in volunteer.open("/volunteer/coins")
    assert "事后补录" in volunteer.open(f"/volunteer/visits/{entry.visit_id}")
    assert "事后补录" in counter.clerk.open(counter.visit_path(entry.visit_id))
    watcher = counter.town.phone(counter.given(factories.create_auditor))
    book = f"/audit/books/{LONGWAN}"
    watcher.open(f"{book}/transfers/{entry.transfer_id}")
    assert f"/oversight/entries/{LONGWAN}/{entry.id}" in watcher.page.text
    said = watcher.open(f"{book}/visits/{entry.visit_id}")
    assert "两个人补录签署" in said
    assert "补录" in watcher.open("/oversight/entries?state=all")


def test_a_paper_is_answered_so_that_it_runs_nothing(counter: Counter, second: Browser) -> None:
    there = entered(counter)
    file = counter.street.look(lambda s: s.scalars(sa.select(EvidenceFile)).one())
    answer = second.client.get(f"{there}/files/{file.id}")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PAPER, "image/png")
    headers = answer.headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "张三" not in headers["Content-Disposition"]
    assert headers["Cache-Control"] == "no-store"
    assert counter.audited("evidence.read") == counter.audited("evidence.add") == 1
    elder = counter.town.phone(counter.street.elder)
    for address in (there, f"{there}/files/{file.id}"):
        assert elder.client.get(address).status_code == 403
    assert second.client.get(f"{there}/files/{counter.street.elder}").status_code == 404


def test_the_form_says_what_is_wrong(counter: Counter) -> None:
    counter.town.at(24 * 60)
    status, said = propose(counter, counter.clerk, files=(BytesIO(b""), ""))
    assert (status, "补录要有证明材料" in said) == (422, True)
    status, said = propose(counter, counter.clerk, files=(BytesIO(b"MZ"), "a.png"))
    assert (status, "只收照片" in said) == (422, True)
    status, said = propose(counter, counter.clerk, elder_id="V123")
    assert status == 422
    status, said = propose(counter, counter.clerk, ends_at="8:00")
    assert (status, "结束时间要晚于开始时间" in said) == (422, True)
    assert counter.street.count(ManualEntry) == 0


def test_the_form_sent_twice_is_one_entry(counter: Counter) -> None:
    counter.town.at(24 * 60)
    clerk = counter.clerk
    clerk.open("/oversight/entries/new")
    hidden = hidden_of(clerk)
    places = set()
    for _ in range(2):
        data = {**hidden, **answers(counter)}
        answer = clerk.client.post(
            "/oversight/entries/new", data=data, content_type="multipart/form-data"
        )
        places.add(answer.location)
    assert len(places) == counter.street.count(ManualEntry) == 1


def test_a_refusal_and_a_withdrawal_have_their_pages(counter: Counter, second: Browser) -> None:
    there = entered(counter)
    second.open(there)
    assert "写明为什么不同意" in second.send(f"{there}/refuse", 422)
    assert "已退回" in second.send(f"{there}/refuse", reason="日期不对")
    assert "日期不对" in counter.clerk.open(there)
    assert "已经签署、退回" in second.send(f"{there}/sign", 422, agree="y")
    status, other = propose(counter, counter.clerk)
    assert status == 303
    counter.clerk.open(other)
    assert "已撤回" in counter.clerk.send(f"{other}/withdraw")


def test_a_credited_visit_is_put_right_from_its_page(counter: Counter, second: Browser) -> None:
    visit = counter.done()
    clerk = counter.clerk
    clerk.open(counter.visit_path(visit, "/voice"))
    heard = ["came", "service", "times"]
    clerk.send(counter.visit_path(visit, "/voice"), reached="phone", heard=heard)
    clerk.open(counter.visit_path(visit))
    assert "更正这次服务" in clerk.page.text
    address = f"/oversight/entries/new?book={LONGWAN}&visit={visit}"
    clerk.open(address)
    day = local(START)
    said = {"why": "wrong_time", "ends_at": f"{day + timedelta(minutes=45):%H:%M}"}
    data = {**hidden_of(clerk), **answers(counter, **said)}
    answer = clerk.client.post(address, data=data, content_type="multipart/form-data")
    assert answer.status_code == 303
    second.open(answer.location)
    second.send(f"{answer.location}/sign", agree="y")
    assert counter.street.earned(counter.street.volunteer) == (45, 0)
    assert counter.street.count(Transfer, Transfer.kind == "reversal") == 1


def test_an_auditor_proposes_from_the_transfer_s_page(counter: Counter) -> None:
    there = entered(counter)
    admins = [counter.town.phone(each) for each in counter.street.admins]
    admins[0].open(there)
    admins[0].send(f"{there}/sign", agree="y")
    transfer = counter.street.look(lambda s: s.scalars(sa.select(ManualEntry)).one().transfer_id)
    auditor = counter.given(factories.create_auditor)
    watcher = counter.town.phone(auditor)
    watcher.open(f"/audit/books/{LONGWAN}/transfers/{transfer}")
    asked = f"/oversight/reversals/new?book={LONGWAN}&transfer={transfer}"
    assert asked in watcher.page.text.replace("&amp;", "&")
    about = {"kind": "warning", "subject_kind": "transfer", "subject_id": transfer}
    sheet = counter.street.act(
        auditor, lambda ctx: open_by_hand(ctx, book=LONGWAN, text="请核对", **about)
    )
    asked += f"&sheet={sheet}"
    said = watcher.open(asked)
    assert "提出本身不动任何时间" in said
    watcher.send(asked, 422)
    data = {**hidden_of(watcher), "reason": "false_record", "note": "老人说没来过"}
    places = {watcher.client.post(asked, data=data).location for _ in range(2)}
    here = places.pop()
    assert not places
    assert watcher.client.post(f"{here}/sign", data=hidden_of(watcher)).status_code == 403
    for place, browser in enumerate(admins):
        browser.open("/oversight/reversals")
        assert here in browser.page.text
        assert "老人说没来过" in browser.open(here)
        assert f"/oversight/sheets/{LONGWAN}/{sheet}" in browser.page.text
        browser.send(f"{here}/sign", agree="y")
        assert counter.street.earned(counter.street.volunteer)[0] == (60, 0)[place]
    found = counter.street.look(lambda s: s.scalars(sa.select(Reversal)).one())
    assert found.state is ReversalState.DONE


def test_a_reversal_is_refused_or_dropped(counter: Counter) -> None:
    counter.street.give_coins(counter.street.elder, 300)
    transfer = counter.street.look(lambda s: s.scalars(sa.select(Transfer.id)).one())
    watcher = counter.town.phone(counter.given(factories.create_auditor))
    admin = counter.town.phone(counter.street.admins[0])
    asked = f"/oversight/reversals/new?book={LONGWAN}&transfer={transfer}"
    for act, reason in (("withdraw", ""), ("refuse", "查过了，没有错")):
        watcher.open(asked)
        watcher.send(asked, reason="wrong_person")
        here = watcher.path
        if act == "withdraw":
            assert "已撤回" in watcher.send(f"{here}/withdraw")
        else:
            admin.open(here)
            admin.send(f"{here}/refuse", 422)
            assert "已退回" in admin.send(f"{here}/refuse", reason=reason)
            assert reason in watcher.open(here)
    assert "没有符合条件" in admin.open("/oversight/reversals")
    assert "未同意" in admin.open("/oversight/reversals?state=all")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_lists_are_exported_as_they_are_filtered(counter: Counter, form: str) -> None:
    entered(counter)
    admin = counter.town.phone(counter.street.admins[0])
    for what in ("entries", "reversals"):
        admin.open(f"/oversight/{what}?state=all")
        data = {**hidden_of(admin), "form": form}
        answer = admin.client.post(f"/oversight/{what}/export?state=all", data=data)
        assert (answer.status_code, len(answer.data) > 100) == (200, True)
    assert counter.audited("entry.export") == counter.audited("reversal.export") == 1
    assert admin.client.post("/oversight/entries/export", data=hidden_of(admin)).status_code == 404


def test_lists_that_the_desk_leads_to_keep_to_the_book_and_the_branch(counter: Counter) -> None:
    """What a number of a branch or county leads to has the rows that the number counts."""
    entered(counter)
    reference = counter.street.look(lambda s: s.scalars(sa.select(ManualEntry.reference)).one())
    admin, branch = counter.town.phone(counter.street.admins[0]), counter.street.branch
    for endpoint, _title, _text in LINKS:
        with counter.town.app.test_request_context():
            page = url_for(endpoint, book=LONGWAN, branch_id=branch)
        admin.open(page)
        for value in (LONGWAN, branch):
            assert f'value="{value}"' in admin.page.text, page
    for book, place, found in ((LONGWAN, branch, 1), (LUCHENG, branch, 0), (LONGWAN, LUCHENG, 1)):
        # What is no id of a branch chooses none.
        admin.open(f"/oversight/entries?book={book}&branch_id={place}")
        assert (reference in admin.page.text) is bool(found)
