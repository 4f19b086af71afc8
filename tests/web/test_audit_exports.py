"""Exports: exactly the filtered rows, harmless in a spreadsheet, and themselves on record."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from models.people import Member
from services.policy import REGION_ADMIN
from services.queries.audit import listing
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG, NOW
from tests.web.audit_kit import BOOK, audited_world, auditor, holder, member, paid_visit, rows
from tests.web.client import Browser
from tests.web.xlsx import Workbook, moment
from timebank.web.exports import Column, Sheet, as_csv, as_xlsx, harmless

LISTS = ("accounts", "transfers", "requests", "visits", "records")


@pytest.fixture
def world_url(databases: Databases) -> Iterator[str]:
    """The audited world in place of the bare one."""
    url = databases.fresh("sqlite", audited_world)
    yield url
    databases.discard(url)


@pytest.fixture
def look(app: Flask) -> Callable[..., Any]:
    """Reads something from the database."""

    def read(work: Callable[..., Any], *more: Any) -> Any:
        with app.extensions["timebank"].uow.read() as session:
            return work(session, *more)

    return read


@pytest.fixture
def browser(look: Callable[..., Any], login_as: Callable[[UUID], Browser]) -> Browser:
    """The auditor's."""
    return login_as(look(auditor))


def table_of(answer: Any) -> list[list[str]]:
    """The lines of a CSV answer."""
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    body = answer.data
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def export(browser: Browser, what: str, form: str = "csv", query: str = "", **more: Any) -> Any:
    """Press the button."""
    return browser.post(f"{BOOK}/export/{what}{query}", data={"form": form}, **more)


def exports_on_record(session: Session) -> list[dict[str, Any]]:
    """What the audit records say about exports."""
    wanted = sa.select(AuditRecord.after).where(AuditRecord.act == "audit.export")
    return list(session.scalars(wanted))


@pytest.mark.parametrize("what", LISTS)
def test_every_list_is_exported_both_ways(browser: Browser, what: str) -> None:
    answer = export(browser, what)
    lines = table_of(answer)
    assert answer.mimetype == "text/csv"
    assert (
        f'filename="{what}-{LONGWAN}-20260310-090000.csv"' in answer.headers["Content-Disposition"]
    )
    assert len({len(line) for line in lines}) == 1
    assert len(lines) > 1
    book = Workbook(export(browser, what, "xlsx").data)
    assert book.names == ["说明", "数据"]
    data = book.rows(1)
    assert data[0] == lines[0]
    # The second export finds the first one among the records.
    assert len(data) == len(lines) + (what == "records")


def test_a_file_has_exactly_the_rows_of_the_page_on_every_page(browser: Browser) -> None:
    query = "?kind=earned&sort=balance&size=20"
    lines = table_of(export(browser, "accounts", query=f"{query}&page=2"))
    shown = []
    for page in (1, 2, 3):
        text = browser.get(f"{BOOK}/accounts{query}&page={page}").get_data(as_text=True)
        shown += [line for line in rows(text, "账户余额")[:-1] if line not in shown]
    assert [line[0][-8:] for line in lines[1:]] == [line[0] for line in shown]
    assert {line[1] for line in lines[1:]} == {"自己挣的"}


def test_amounts_stay_whole_minutes_that_add_up(browser: Browser) -> None:
    lines = table_of(export(browser, "transfers", query="?kind=service"))
    assert lines[0][5] == "数目（标准分钟）"
    assert lines[1][5] == "62"
    amounts = [row[5] for row in Workbook(export(browser, "accounts", "xlsx").data).rows(1)[1:]]
    assert min(amounts) == -5000
    assert sum(amounts) == 0


def test_an_accounts_entries_are_exported(browser: Browser, look: Callable[..., Any]) -> None:
    text = browser.get(f"{BOOK}/accounts?kind=issue").get_data(as_text=True)
    assert rows(text, "账户余额")
    account = table_of(export(browser, "accounts", query="?kind=issue"))[1][0]
    lines = table_of(export(browser, "entries", query=f"?account={account}"))
    assert lines[0][0] == "分户"
    assert [line[6:8] for line in lines[1:]] == [["-5000", "-5000"]]
    assert export(browser, "entries", query="?account=nonsense").status_code == 404
    assert export(browser, "entries").status_code == 404


def test_the_cover_says_what_when_and_who(browser: Browser, look: Callable[..., Any]) -> None:
    query = "?state=credited&first=2026-03-01&sort=-starts"
    cover = Workbook(export(browser, "visits", "xlsx", query).data).rows(0)
    said = {row[0]: row[1] for row in cover if row[0]}
    who = look(member, look(auditor))
    assert said["账本"] == f"龙湾区 {LONGWAN}"
    assert said["状态"] == "已入账"
    assert said["从哪天"] == "2026-03-01"
    assert said["排序"] == "'-starts"
    assert said["行数"] == "1"
    assert said["导出时间"] == "2026-03-10 09:00:00"
    assert said["导出人"].startswith(who.name)
    assert "到哪天" not in said


def test_the_export_itself_is_on_record(browser: Browser, look: Callable[..., Any]) -> None:
    export(browser, "visits", query="?state=credited")
    (found,) = look(exports_on_record)
    assert found == {"what": "visits", "form": "csv", "rows": 1, "by_state": "credited"}


def test_names_are_masked_in_files_too(browser: Browser, look: Callable[..., Any]) -> None:
    visit = look(paid_visit)
    names = [look(member, key).name for key in (visit.elder_id, visit.provider_id)]
    text = export(browser, "visits").data.decode("utf-8-sig")
    assert not [name for name in names if name in text]
    assert look(member, visit.elder_id).number in text


def test_who_may_only_look_exports_nothing(
    login_as: Callable[[UUID], Browser], look: Callable[..., Any]
) -> None:
    other = login_as(look(auditor, LUCHENG))
    assert export(other, "accounts").status_code == 404
    admin = login_as(look(holder, REGION_ADMIN))
    assert export(admin, "accounts").status_code == 403
    assert look(exports_on_record) == []


def test_a_forged_or_nonsense_export_is_refused(browser: Browser, look: Callable[..., Any]) -> None:
    assert export(browser, "accounts", forged=True).status_code == 400
    assert export(browser, "accounts", "exe").status_code == 404
    assert export(browser, "members").status_code == 404
    assert browser.get(f"{BOOK}/export/accounts").status_code in (404, 405)
    assert look(exports_on_record) == []


def test_too_many_rows_are_refused_with_a_number(
    browser: Browser, look: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_EXPORTED", 3)
    answer = export(browser, "accounts")
    assert answer.status_code == 422
    assert "一次最多导出 3 行" in answer.get_data(as_text=True)
    assert look(exports_on_record) == []


def test_a_name_that_is_a_formula_is_quoted(
    browser: Browser,
    given: Callable[[Callable[[Session], Any]], Any],
    look: Callable[..., Any],
) -> None:
    elder = look(paid_visit).elder_id
    given(lambda session: setattr(session.get_one(Member, elder), "name", "=cmd|' /C calc'!A0"))
    body = export(browser, "requests").data.decode("utf-8-sig")
    assert "'=*" in body
    assert not [cell for line in csv.reader(io.StringIO(body)) for cell in line if cell[:1] == "="]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert harmless(text) == f"'{text}"
    (line,) = _cells(as_csv(_sheet(text)))
    assert line == [f"'{text}"]
    (value,) = Workbook(as_xlsx(_sheet(text))).rows(1)[1]
    assert str(value).replace("_x000D_", "\r") == f"'{text}"


@pytest.mark.parametrize("text", ["王秀英", "1=1", "a-b", "'=1", " =1", ""])
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_figures_and_moments_are_no_text() -> None:
    rows_ = (-5, NOW, date(2026, 3, 10), None)
    sheet = Sheet("t", tuple(Column(str(i), lambda row, i=i: row[i]) for i in range(4)), [rows_])
    assert _cells(as_csv(sheet)) == [["-5", "2026-03-10 09:00:00", "2026-03-10", ""]]
    number, at, day = Workbook(as_xlsx(sheet)).rows(1)[1][:3]
    assert number == -5
    assert moment(float(str(at))) == datetime(2026, 3, 10, 9)
    assert moment(float(str(day))) == datetime(2026, 3, 10)


def _sheet(text: str) -> Sheet:
    return Sheet("t", (Column("c", lambda row: row),), [text])


def _cells(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))[1:]
