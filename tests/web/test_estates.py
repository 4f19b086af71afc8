"""A death on the pages: the family says it, two officials read the papers, a mistake is undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.estates import Estate, EstateState
from models.oversight import AuditRecord
from models.people import Member, MemberStatus
from models.requests import VisitState
from services.login import set_password
from services.people.kin import grant_delegation, record_kinship
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, id_number
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter, open_counter
from tests.web.volunteer_kit import Browser

PAPERS = {
    "evidence": "death_certificate",
    "paper_number": "浙死证0310",
    "died_on": "2026-03-10",
    "died_time": "",
    "seen": "y",
}


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def daughter_of(counter: Counter) -> UUID:
    """The elder's daughter, on record, who may look, ask and confirm."""
    street = counter.street
    made = counter.given(factories.create_member)
    street.act(street.staff, lambda c: record_kinship(c, street.elder, made, "child", "户口簿"))
    until, scopes = NOW.date() + timedelta(days=90), frozenset({"see", "ask", "confirm"})
    street.act(
        street.elder,
        lambda c: grant_delegation(c, street.elder, made, scopes, "own", until, 0),
    )
    return made


def estate_of(counter: Counter) -> Estate:
    return counter.street.look(
        lambda s: s.scalars(sa.select(Estate).where(Estate.book == LONGWAN)).one()
    )


def state(counter: Counter) -> EstateState:
    return estate_of(counter).state


def told(counter: Counter) -> str:
    """Reported by the daughter on her telephone; the path of the estate's page."""
    phone = counter.town.phone(daughter_of(counter))
    elder = counter.street.elder
    assert "报告亲人去世" in phone.open("/giving")
    assert "谁去世了" in phone.open("/giving/deaths")
    phone.send("/giving/deaths", answer=str(elder))
    assert phone.path == f"/giving/deaths/{elder}"
    day = {"died_on-year": "2026", "died_on-month": "3", "died_on-day": "10"}
    assert "对不对" in phone.send(phone.path, **day)
    assert "请节哀" in phone.send(f"/giving/deaths/{elder}/check?day=2026-03-10")
    assert "网点正在核实" in phone.open("/giving/deaths")
    return f"/branch/estates/{LONGWAN}/{estate_of(counter).id}"


def second_of(counter: Counter) -> Browser:
    branch = counter.street.branch
    return counter.town.phone(counter.given(lambda s: factories.create_staff(s, branch)))


def test_a_death_from_the_family_to_the_freeze(counter: Counter) -> None:
    counter.town.at(70)
    counter.town.now = START.replace(hour=10)
    counter.street.give_coins(counter.street.elder, 600)
    path = told(counter)
    clerk, second = counter.clerk, second_of(counter)
    assert "身后事" in clerk.open("/branch/")
    elder = counter.street.look(lambda s: s.get_one(Member, counter.street.elder))
    assert elder.name in clerk.open("/branch/estates?state=reported")
    assert "还没有人核实" in clerk.open(path)
    # Before two have verified it nothing is shown as going anywhere.
    for tab in ("heirs", "notice"):
        words = clerk.open(f"{path}/{tab}")
        assert "还没有核实" in words
        assert "公益池" not in words
    assert "还要另一位" in clerk.open(f"{path}/verify")
    refused = clerk.send(f"{path}/verify", 422, **{**PAPERS, "seen": ""})
    assert "请先核对原件" in refused
    clerk.send(f"{path}/verify", **PAPERS)
    assert "您已经核实过了" in clerk.text
    assert "您已经核实过了" in clerk.open(f"{path}/verify")
    assert "您是第二位" in second.open(f"{path}/verify")
    wrong = second.send(f"{path}/verify", 422, **{**PAPERS, "died_on": "2026-03-09"})
    assert "与您填的不同" in wrong
    assert "账户已经冻结" in second.send(f"{path}/verify", **PAPERS)
    assert "10 小时" in second.text
    assert state(counter) is EstateState.FROZEN
    # Every look at the file stands in the records.
    assert counter.audited("estate.read") >= 3
    # The dead member's own login is over, and nobody is acted for.
    assert elder.status is MemberStatus.ACTIVE
    dead = counter.town.phone()
    dead.log_in(counter.street.elder)
    dead.open("/giving")
    assert dead.path == "/login"
    assert "去世" in clerk.open(counter.member_path(counter.street.elder))
    # An administrator of the region undoes it.
    admin = counter.town.phone(counter.street.admins[0])
    assert elder.name in admin.open("/branch/estates")
    admin.open(path)
    assert "更正误报" in admin.page.text
    clerk.open(f"{path}/undo", 403)
    admin.open(f"{path}/undo")
    admin.send(f"{path}/undo", 422, reason="")
    assert "误报，已全部更正" in admin.send(f"{path}/undo", reason="认错了人")
    assert state(counter) is EstateState.UNDONE
    for tab in ("heirs", "notice"):
        assert "没有人继承" in admin.open(f"{path}/{tab}")


def test_auditors_read_an_estate_and_move_nothing(counter: Counter) -> None:
    counter.town.now = START.replace(hour=10)
    counter.street.give_coins(counter.street.elder, 600)
    path = told(counter)
    for browser in (counter.clerk, second_of(counter)):
        browser.open(f"{path}/verify")
        browser.send(f"{path}/verify", **PAPERS)
    estate = estate_of(counter)
    auditor = counter.town.phone(counter.given(factories.create_auditor))
    name = counter.street.look(lambda s: s.get_one(Member, counter.street.elder).name)
    for listed in ("/branch/estates", f"/admin/{LONGWAN}/estates"):
        assert name not in auditor.open(listed)
    book = f"/audit/books/{LONGWAN}"
    assert "身后事" in auditor.open(book)
    assert estate.reference in auditor.open(f"{book}/estates?state=frozen")
    assert "没有身后事的记录" in auditor.open(f"{book}/estates?state=undone")
    before = counter.audited("estate.read")
    assert "10 小时" in auditor.open(f"{book}/estates/{estate.id}")
    assert counter.audited("estate.read") == before + 1
    assert "冻结账户" in auditor.open(f"{book}/records?subject_id={estate.id}")
    auditor.open(f"{book}/estates")
    auditor.page = auditor.client.post(
        f"{book}/export/estates", data={**auditor.hidden(), "form": "csv"}
    )
    assert estate.reference in auditor.page.data.decode("utf-8-sig")
    auditor.open(f"{path}/undo", 403)


def test_a_false_report_is_dismissed_at_the_counter(counter: Counter) -> None:
    counter.town.now = START.replace(hour=10)
    path = told(counter)
    counter.clerk.open(f"{path}/dismiss")
    assert "已撤销" in counter.clerk.send(f"{path}/dismiss", reason="本人来了")
    assert state(counter) is EstateState.DISMISSED
    foreign = counter.foreigner()
    foreign.open(path, 403)
    assert "没有身后事的记录" in foreign.open("/branch/estates")
    assert "Estates" in counter.clerk.english().open("/branch/estates")
    assert "Not true, dismissed" in counter.clerk.open(path)


def test_reports_and_lists_at_the_counter(counter: Counter) -> None:
    counter.town.now = START.replace(hour=10)
    clerk, elder = counter.clerk, counter.street.elder
    number = counter.street.look(lambda s: s.get_one(Member, elder).number)
    clerk.open(f"/branch/estates/new?member={elder}")
    assert number in clerk.page.text
    answers = {"person": "V000000000000", "died_on": "2026-03-10", "evidence": ""}
    clerk.send("/branch/estates/new", 422, **answers)
    # Whether an ID number is a member's is never found out without a trace.
    sees = counter.street.look(lambda s: s.get_one(Member, elder))
    for person, day in ((id_number(sees.born_on, sees.sex), "2026-03-10"), (number, "2036-03-10")):
        asked = counter.audited("member.find")
        clerk.send("/branch/estates/new", 422, **{**answers, "person": person, "died_on": day})
        assert counter.audited("member.find") == asked + 1
    clerk.send("/branch/estates/new", **{**answers, "person": number})
    assert state(counter) is EstateState.REPORTED
    other = counter.elder_of(age=90)
    listed = counter.street.look(lambda s: s.get_one(Member, other).number)
    clerk.open("/branch/estates/import")
    good = f"person,died_on,certificate\n{listed},2026-03-09,浙死证9\n".encode()
    bad = f"person,died_on,certificate\n{listed},gestern,浙死证9\n".encode()

    def upload(content: bytes, status: int = 200) -> str:
        data = {**clerk.hidden(), "list": (BytesIO(content), "deaths.csv")}
        clerk.page = clerk.client.post(
            "/branch/estates/import", data=data, content_type="multipart/form-data"
        )
        assert clerk.page.status_code == status, clerk.text
        return clerk.text

    assert "第 1 行" in upload(bad, 422)
    assert "共 1 行" in upload(good)
    assert counter.street.count(Estate) == 2
    assert counter.audited("estate.import", AuditRecord.book == LONGWAN) == 1


def test_a_service_of_the_dead_is_decided_by_the_branch(counter: Counter) -> None:
    visit = counter.done()
    path = told(counter)
    day = {**PAPERS, "died_on": "2026-03-10"}
    for browser in (counter.clerk, second_of(counter)):
        browser.open(f"{path}/verify")
        browser.send(f"{path}/verify", **day)
    assert "还有没处理完的服务" in counter.clerk.open(path)
    counter.clerk.open(counter.visit_path(visit))
    assert "认定属实" in counter.clerk.page.text
    counter.clerk.open(counter.visit_path(visit, "/stand"))
    counter.clerk.send(counter.visit_path(visit, "/stand"), reason="签到签退都在")
    assert counter.street.visit(visit).state is VisitState.CREDITED
    assert "还有没处理完的服务" not in counter.clerk.open(path)


def test_the_registrys_list_on_the_command_line(counter: Counter, tmp_path: Path) -> None:
    counter.town.now = START.replace(hour=10)
    admin, elder = counter.street.admins[0], counter.street.elder
    counter.street.act(admin, lambda ctx: set_password(ctx, "hu zhu shi guang 8"))
    number = counter.street.look(lambda s: s.get_one(Member, elder).number)
    who = counter.street.look(lambda s: s.get_one(Member, admin).number)
    listed = tmp_path / "deaths.csv"
    runner = counter.town.app.test_cli_runner()

    def run(text: str, password: str = "hu zhu shi guang 8") -> tuple[int, str]:
        listed.write_text(f"person,died_on,certificate\n{text}\n", encoding="utf-8")
        words = ["estates", "import", str(listed), "--who", who, "--password", password]
        done = runner.invoke(args=words)
        return done.exit_code, done.output

    assert run(f"{number},2026-03-09,浙死证9", "wrong")[0] == 1
    assert "第 1 行" in run(f"{number},2026-03-09,")[1]
    code, said = run(f"{number},2026-03-09,浙死证9")
    assert (code, state(counter)) == (0, EstateState.REPORTED)
    assert "新登记 Reported" in said
    assert "第 1 行" in run(f"{number},2026-03-09,浙死证9")[1]
    assert counter.street.count(Estate) == 1
