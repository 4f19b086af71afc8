"""An older time bank comes in on the pages: upload, columns, notice, objection, signature, job."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.imports import Import
from models.oversight import AuditRecord, OutboxMessage
from models.people import Member
from services.imports import leaving
from services.login import set_password
from services.outbox import params_of
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, VAULT
from tests.services.imports.conftest import identity, line, listed
from tests.web.branch_kit import Counter, open_counter
from tests.web.volunteer_kit import Browser
from timebank.jobs.imports import remind, work_imports

HERE = f"/admin/{LONGWAN}/imports"
DAYS = 24 * 60
PASSWORD = "seven green teapots"


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


@pytest.fixture
def admin(counter: Counter) -> Browser:
    return counter.town.phone(counter.street.admins[0])


@pytest.fixture
def second(counter: Counter) -> Browser:
    return counter.town.phone(counter.street.admins[1])


def upload(
    counter: Counter, browser: Browser, members: bytes, status: int = 200, **answers: Any
) -> str:
    """Fill the page of a new import in."""
    code = answers.pop("code", "template")
    browser.open(f"{HERE}/new/{code}")
    data: dict[str, Any] = {
        **browser.hidden(),
        "source": "永中互助会",
        "branch": str(counter.street.branch),
        "evidence_class": "A",
        "kind": "ledger",
        "document": "账册 3",
        "members": (io.BytesIO(members), "members.csv"),
        **answers,
    }
    browser.page = browser.client.post(f"{HERE}/new/{code}", data=data, follow_redirects=True)
    assert browser.page.status_code == status, browser.text
    return browser.text


def test_from_the_upload_to_the_balances(counter: Counter, admin: Browser, second: Browser) -> None:
    members = listed(
        line("K-101", "林立春", identity(), earned=600),
        line("K-102", "黄谷雨", ""),
        line("K-103", "叶秋白", identity(), earned=60),
    )
    said = upload(counter, admin, members)
    assert "可以转入的行 2" in said
    assert "没有身份证号码" in said
    page = admin.path
    assert "已经开始公示" in admin.send(f"{page}/publish")
    assert "要请另一位管理员签署" in admin.text
    public = f"/imports/{LONGWAN}/{page.rsplit('/', 1)[1]}"
    anyone = Browser(counter.town.app)
    assert "永中互助会" in anyone.open("/imports")
    said = anyone.open(public)
    assert "林**" in said
    assert "林立春" not in anyone.page.text
    assert "K-101" not in anyone.page.text
    assert "叶**" not in anyone.open(f"{public}?key=K-101")
    member = counter.town.phone(counter.street.volunteer)
    member.open(f"{public}/object?line=3")
    assert "已经登记" in member.send(f"{public}/object?line=3", text="不是本人")
    assert "请写明哪里不对" in member.send(f"{public}/object", 422, text="")
    counter.town.at(9 * DAYS)
    second.open(page)
    assert f"{page}/sign" not in second.page.text
    answer = re.findall(rf'href="({page}/objections/[^"]+)"', second.page.text)[0]
    second.open(answer)
    assert "已经答复" in second.send(answer, upheld="yes", reason="核对属实")
    seen = re.findall(r'name="seen" value="(\w+)"', second.page.text)
    assert "办理中" in second.send(f"{page}/sign", seen=seen[0])
    assert work_imports(counter.town.app.extensions["timebank"]) == 1
    said = second.open(page)
    assert "已转入的行 1" in said
    assert "3 / 3 行" in said
    assert "已转入" in second.open(f"{page}?shown=good")
    assert "林立春" in admin.client.get(f"{page}/report.csv").text
    assert admin.client.get(f"{page}/report.xlsx").data[:2] == b"PK"
    # Whoever takes the names along stands in the records.
    assert counter.audited("import.export", AuditRecord.book == LONGWAN) == 2
    assert "永中互助会" in admin.open(HERE)


def test_columns_are_chosen_when_nobody_knows_them(counter: Counter, admin: Browser) -> None:
    members = f"Nr,Wer,Ausweis,Stunden,Frau\n1,林立春,{identity()},1.5,F\n".encode()
    said = upload(counter, admin, members)
    assert "再选一次文件" in said
    chosen = {
        "col_old_key": "Nr",
        "col_name": "Wer",
        "col_id_number": "Ausweis",
        "col_earned": "Stunden",
        "members_unit": "hours",
        "words": "sex: Frau = female\nnonsense",
    }
    assert "还没有选哪一列是" in upload(counter, admin, members, 422, **{**chosen, "col_name": ""})
    twice = {**chosen, "col_phone": "Nr"}
    assert "没有" in upload(counter, admin, members, 422, **twice)
    said = upload(counter, admin, members, **chosen)
    assert "合计 1 小时 30 分" in said
    assert "Stunden" in said
    kept = counter.street.look(lambda session: session.query(Import).one().mapping["members"])
    assert kept["unit"] == "hours"
    assert kept["words"] == {"sex": {"frau": "female"}}


def test_a_bad_file_names_its_rows(counter: Counter, admin: Browser) -> None:
    said = upload(counter, admin, listed("1,林立春", line("2", "=1+1", identity())), 422)
    assert "文件有 2 行写得不对" in said
    assert "这一行有公式" in said
    assert counter.street.count(Import) == 0
    assert admin.client.get(f"{HERE}/new/account").status_code == 404


def test_the_templates_are_downloaded_and_come_back(counter: Counter, admin: Browser) -> None:
    for form in ("csv", "xlsx"):
        empty = admin.client.get(f"/admin/imports/template.{form}").data
        assert "一行也没有" in upload(counter, admin, empty, 422)
    text = admin.client.get("/admin/imports/template.csv?what=transfers").data.decode("utf-8-sig")
    assert text.startswith("时间,付出编号")
    assert admin.client.get("/admin/imports/template.pdf").status_code == 404
    assert admin.client.get("/admin/imports/template.csv?what=x").status_code == 404


def done(counter: Counter, admin: Browser, second: Browser, members: bytes) -> str:
    upload(counter, admin, members, both_run="y")
    page = admin.path
    admin.send(f"{page}/publish")
    counter.town.at(9 * DAYS)
    second.open(page)
    seen = re.findall(r'name="seen" value="(\w+)"', second.page.text)
    second.send(f"{page}/sign", seen=seen[0])
    work_imports(counter.town.app.extensions["timebank"])
    return page


def test_both_systems_side_by_side_and_the_way_back(
    counter: Counter, admin: Browser, second: Browser
) -> None:
    members = listed(line("1", "林立春", identity(), earned=600))
    page = done(counter, admin, second, members)
    held = counter.town.app.extensions["timebank"]
    assert remind(held) == 1
    admin.open(f"{page}/compare")
    data = {**admin.hidden(), "content": (io.BytesIO(members.replace(b"600", b"660")), "l.csv")}
    admin.page = admin.client.post(f"{page}/compare", data=data, follow_redirects=True)
    assert "余额不同" in admin.text
    assert "11 小时" in admin.text
    assert "每天提醒比对" in admin.send(f"{page}/both-run", both_run="no")
    admin.open(f"{page}/undo")
    assert "等另一位管理员签署" in admin.send(f"{page}/undo", reason="来源有误")
    second.open(page)
    assert "来源有误" in second.text
    second.send(f"{page}/undo/sign")
    assert work_imports(held) == 1
    assert "已撤销的行 1" in second.open(page)


def test_an_import_is_withdrawn_with_a_reason(counter: Counter, admin: Browser) -> None:
    upload(counter, admin, listed(line("1", "林立春", identity())))
    page = admin.path
    admin.open(f"{page}/withdraw")
    assert "请写明理由" in admin.send(f"{page}/withdraw", 422, reason="")
    assert "已撤回" in admin.send(f"{page}/withdraw", reason="名单有误")


def test_a_sample_is_downloaded_and_answered(counter: Counter, admin: Browser) -> None:
    moves = "时间,付出编号,收入编号,数目,说明\n,,1,60,\n".encode()
    members = listed(line("1", "林立春", identity(), earned=60))
    certified = {"kind": "certificate", "authority": "样例民政局"}
    said = upload(counter, admin, members, 422, **certified)
    assert "要附上全部往来明细" in said
    moved = {"transfers": (io.BytesIO(moves), "moves.csv")}
    upload(counter, admin, members, **certified, **moved)
    page = admin.path
    text = admin.client.get(f"{page}/sample.csv").data.decode("utf-8-sig")
    assert counter.audited("import.export", AuditRecord.book == LONGWAN) == 1
    assert text.splitlines()[1].startswith("1,,1,林立春,60")
    admin.open(f"{page}/sample")
    answered = io.BytesIO(text.replace("1,,", "1,是,", 1).encode())
    data = {**admin.hidden(), "content": (answered, "sample.csv")}
    admin.page = admin.client.post(f"{page}/sample", data=data, follow_redirects=True)
    assert "已经确认 1 位" in admin.text


def test_a_list_that_brings_nobody_cannot_be_published(counter: Counter, admin: Browser) -> None:
    said = upload(counter, admin, listed(line("1", "林立春", "")))
    assert "没有一行可以转入，不能公示" in said
    assert f'action="{admin.path}/publish"' not in said
    assert "行数从标题下面的第一行算起" in said


def test_auditors_look_and_others_do_not(counter: Counter, admin: Browser) -> None:
    upload(counter, admin, listed(line("1", "林立春", identity())))
    page = admin.path
    auditor = counter.town.phone(counter.given(factories.create_auditor))
    said = auditor.open(page)
    assert "林**" in said
    assert "开始公示" not in said
    assert "旧时间银行转入" in auditor.open(f"/audit/books/{LONGWAN}")
    assert counter.clerk.client.get(page).status_code == 403
    assert counter.far_admin().client.get(page).status_code == 403


def sent_code(counter: Counter) -> str:
    """What came to the administrator's telephone."""
    found: str = counter.street.look(
        lambda session: next(
            params_of(each, VAULT)["code"]
            for each in session.query(OutboxMessage).filter(
                OutboxMessage.sentence == leaving.CODE, OutboxMessage.channel == "sms"
            )
        )
    )
    return found


def test_a_region_is_taken_along_with_a_code(counter: Counter, admin: Browser) -> None:
    leave = f"/admin/{LONGWAN}/leave"
    admin.open(leave)
    assert "验证码已经发到" in admin.send(f"{leave}/code")
    code = sent_code(counter)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert "验证码不对" in admin.send(leave, 422, code=wrong)
    admin.open(leave)
    data = {**admin.hidden(), "code": code}
    answer = admin.client.post(leave, data=data)
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as found:
        assert leaving.MANIFEST in found.namelist()


def test_the_console_does_the_same(counter: Counter, tmp_path: Path) -> None:
    for each in counter.street.admins:
        counter.street.act(each, lambda ctx: set_password(ctx, PASSWORD))
    first, second = (
        counter.street.look(lambda session, each=each: session.get_one(Member, each).number)
        for each in counter.street.admins
    )
    runner = counter.town.app.test_cli_runner(env={"TIMEBANK_PASSWORD": PASSWORD})

    def run(*args: str, code: int = 0, book: bool = True) -> str:
        place = ("--book", LONGWAN) if book else ()
        told = runner.invoke(args=["imports", *args, *place])
        assert told.exit_code == code, told.output
        return told.output

    members, report = tmp_path / "members.csv", tmp_path / "report.csv"
    run("template", str(tmp_path / "empty.xlsx"), book=False)
    members.write_text("姓名\n")
    said = ["propose", "--source", "互助会", "--branch", str(counter.street.branch)]
    said += ["--class", "A", "--evidence", "kind=ledger", "--evidence", "document=3"]
    said += ["--members", str(members)]
    assert "还没有选哪一列" in run(*said, "--who", first, code=1)
    members.write_bytes(listed(line("1", "林立春", identity()), "2,x"))
    assert "第 2 行 Line 2" in run(*said, "--who", first, code=1)
    content = listed(line("1", "林立春", identity(), earned=600), line("2", "黄谷雨", ""))
    members.write_bytes(content)
    told = run(*said, "--who", first)
    one = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", told)[0]
    assert "没有身份证号码" in told
    assert "Published until 2026-03-17" in run("publish", one, "--who", first)
    assert "公示到" in run("sign", one, "--who", second, code=1)
    counter.town.at(9 * DAYS)
    assert "Signed" in run("sign", one, "--who", second)
    assert "办完 done" in run("run", one)
    compared = run("compare", one, "--members", str(members), "--who", first)
    assert "相同 Equal" in compared
    run("show", one, "--csv", str(report))
    assert "已转入" in report.read_text("utf-8-sig")
    run("undo", one, "--reason", "来源有误", "--who", first)
    run("undo", one, "--who", second)
    assert "已撤销 undone" in run("run", one)
    assert "互助会" in run("list")
    assert "这次导入已经到了下一步" in run("withdraw", one, "--reason", "x", "--who", first, code=1)
    archive = tmp_path / "region.zip"
    assert "--code" in run("leave", str(archive), "--who", first)
    code = sent_code(counter)
    run("leave", str(archive), "--code", code, "--who", first)
    assert zipfile.is_zipfile(archive)
