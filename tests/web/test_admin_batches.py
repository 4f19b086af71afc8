"""Batches on the pages and on the console: upload, dry run, signature, progress, report."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models.batches import Batch
from models.people import Member
from services.login import set_password
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.web.branch_kit import Counter, open_counter
from tests.web.volunteer_kit import Browser
from timebank.jobs.path import work_batches

HERE = f"/admin/{LONGWAN}/batches"


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


@pytest.fixture
def admin(counter: Counter) -> Browser:
    return counter.town.phone(counter.street.admins[0])


@pytest.fixture
def second(counter: Counter) -> Browser:
    return counter.town.phone(counter.street.admins[1])


def number(counter: Counter, member_id: UUID) -> str:
    found: str = counter.street.look(lambda s: s.get_one(Member, member_id).number)
    return found


def upload(browser: Browser, kind: str, text: str, status: int = 200, **answers: str) -> str:
    """Propose a list on its page."""
    browser.open(f"{HERE}/new/{kind}")
    data: dict[str, Any] = {**browser.hidden(), **answers}
    if text:
        data["list"] = (io.BytesIO(text.encode()), "list.csv")
    browser.page = browser.client.post(f"{HERE}/new/{kind}", data=data, follow_redirects=True)
    assert browser.page.status_code == status, browser.text
    return browser.text


def grants(counter: Counter, *more: str) -> str:
    elder = number(counter, counter.street.elder)
    return "\n".join(["number,minutes", f"{elder},60", *more])


def test_one_uploads_another_signs_and_the_job_posts(
    counter: Counter, admin: Browser, second: Browser
) -> None:
    counter.street.issue(600)
    listed = grants(counter, "V000000000000,60")
    said = upload(admin, "grant", listed, period="2026q1")
    assert "还没有入账" in said
    assert "预计入账的行 1" in said
    assert "预计不通过的行 1" in said
    assert "没有这个编号的志愿者" in said
    assert "要请另一位管理员签署" in said
    page = admin.path
    assert f"{page}/sign" not in admin.page.text
    second.open(page)
    assert f"{page}/sign" in second.page.text
    seen = re.findall(r'name="list" value="(\w+)"', second.page.text)
    assert "办理中" in second.send(f"{page}/sign", list=seen[0])
    assert work_batches(counter.town.app.extensions["timebank"]) == 1
    said = second.open(page)
    assert "办完" in said
    assert "2 / 2 行" in said
    assert "已入账的行 1" in said
    said = second.open(f"{page}?shown=good")
    assert "已入账" in said
    assert counter.street.pool() == (540, 0)
    said = admin.open(HERE)
    assert "政策发放" in said
    assert "办完" in said


def test_a_bad_list_names_its_lines_and_keeps_nothing(counter: Counter, admin: Browser) -> None:
    said = upload(admin, "grant", grants(counter, "V1,60", "x"), status=422, period="2026Q1")
    assert "名单有 2 行写得不对" in said
    assert "志愿者编号是字母 V 加 12 位数字" in said
    assert "这一行要有 2 列" in said
    assert counter.street.count(Batch) == 0


def test_a_list_is_asked_for(counter: Counter, admin: Browser) -> None:
    assert "请选择名单文件" in upload(admin, "grant", "", status=422, period="2026Q1")
    assert counter.street.count(Batch) == 0


def test_what_was_signed_is_the_list_that_was_seen(
    counter: Counter, admin: Browser, second: Browser
) -> None:
    upload(admin, "grant", grants(counter), period="2026Q1")
    second.open(admin.path)
    second.send(f"{admin.path}/sign", 409, list="0" * 64)


def test_a_batch_may_be_withdrawn(counter: Counter, admin: Browser) -> None:
    upload(admin, "grant", grants(counter), period="2026Q1")
    page = admin.path
    assert "已撤回" in admin.send(f"{page}/withdraw")
    assert f"{page}/withdraw" not in admin.page.text


def test_the_other_kinds_have_their_forms(counter: Counter, admin: Browser) -> None:
    elder, volunteer = (
        number(counter, each) for each in (counter.street.elder, counter.street.volunteer)
    )
    listed = f"number,minutes,effective_on,account,reference\n{elder},60,2025-01-02,earned,A"
    said = upload(admin, "import", listed, source="永中时间银行", coins="2")
    assert "签署的额度 2 小时" in said
    listed = f"number,part,minutes\n{elder},recipient,\n{volunteer},provider,60"
    said = upload(
        admin, "session", listed, title="手机课",
        **{"held_on-year": "2026", "held_on-month": "3", "held_on-day": "9"},
    )  # fmt: skip
    assert "每位老人一份 1 小时" in said
    said = upload(admin, "closing", "", status=422, years="3")
    assert "没有到期的政策发放" in said


def test_the_report_is_harmless_in_a_spreadsheet(counter: Counter, admin: Browser) -> None:
    elder = number(counter, counter.street.elder)
    listed = "\n".join(
        [
            "number,minutes,effective_on,account,reference",
            f"{elder},60,2025-01-02,earned,=HYPERLINK(1)",
            "V000000000000,60,2025-01-02,earned,A",
        ]
    )
    upload(admin, "import", listed, source="永中时间银行", coins="2")
    answer = admin.client.get(f"{admin.path}/report.csv")
    rows = answer.data.decode("utf-8-sig").splitlines()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert rows[1].startswith("2,V000000000000,60,2025-01-02,预计不通过,member_unknown,")
    assert ",'=HYPERLINK(1)," in rows[2]


@pytest.mark.parametrize("act", ["", "/new/grant"])
def test_nobody_else_comes_in(counter: Counter, act: str) -> None:
    auditor = counter.given(lambda s: factories.create_auditor(s, branch_id=counter.street.branch))
    counter.far_admin().open(f"/admin/{LONGWAN}", 403)
    for member in (counter.street.staff, counter.street.volunteer):
        counter.town.phone(member).open(f"{HERE}{act}", 403)
    counter.town.phone(auditor).open(f"{HERE}{act}", 403 if act else 200)


def test_pages_speak_english(counter: Counter, admin: Browser) -> None:
    upload(admin, "grant", grants(counter, "V000000000000,60"), period="2026Q1")
    said = admin.english().open(admin.path)
    assert "Would be refused" in said
    assert "Nobody has this volunteer number" in said


def test_a_list_of_two_hundred_thousand_lines_may_be_sent(counter: Counter, admin: Browser) -> None:
    """Larger than any other form; it is refused for what stands in it, not for its size."""
    rows = "V000000000000,480\n" * 200_000
    said = upload(admin, "grant", f"number,minutes\n{rows}", status=422, period="2026Q1")
    assert "行写得不对" in said
    # The test client keeps a large body in a file and leaves it open.
    admin.page.request.environ["wsgi.input"].close()


PASSWORD = "lan tian bai yun 7"


def test_the_same_on_the_console(counter: Counter, tmp_path: Path) -> None:
    counter.street.issue(600)
    for each in counter.street.admins:
        counter.street.act(each, lambda ctx: set_password(ctx, PASSWORD))
    first, second = (number(counter, each) for each in counter.street.admins)
    runner = counter.town.app.test_cli_runner(env={"TIMEBANK_PASSWORD": PASSWORD})

    def run(*args: str, code: int = 0) -> str:
        done = runner.invoke(args=["batches", *args, "--book", LONGWAN])
        assert done.exit_code == code, done.output
        return done.output

    listed, report = tmp_path / "list.csv", tmp_path / "report.csv"
    listed.write_text(grants(counter, "V1,60"), "utf-8")
    propose = ("propose", "--kind", "grant", "--file", str(listed), "--terms", "period=2026Q1")
    assert "第 2 行 Line 2: 志愿者编号" in run(*propose, "--who", first, code=1)
    listed.write_text(grants(counter), "utf-8")
    said = run(*propose, "--who", first)
    batch = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", said)[0]
    assert "等签署 proposed" in said
    assert "登录名或密码不对" in run("sign", batch, "--who", "nobody", code=1)
    assert "提出人不能自己签署" in run("sign", batch, "--who", first, code=1)
    run("run", batch)
    assert counter.street.pool() == (600, 0)
    assert "Signed" in run("sign", batch, "--who", second)
    assert "办完 done" in run("run", batch)
    assert counter.street.pool() == (540, 0)
    assert batch in run("list")
    run("show", batch, "--csv", str(report))
    assert "已入账" in report.read_text("utf-8-sig")
    assert "已经签署、了结或撤回" in run("withdraw", batch, "--who", first, code=1)
