"""Monthly grants on the pages: the jobs, the list with its reasons, two signatures, the elder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from models.people import Member
from services.people.kin import grant_delegation, record_kinship
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.web.branch_kit import Counter, open_counter
from tests.web.volunteer_kit import Browser
from tests.web.xlsx import Workbook
from timebank.edge import Timebank
from timebank.jobs import JOBS
from timebank.jobs.path import work_batches

HERE = f"/admin/{LONGWAN}/grants"
MARCH = f"{HERE}/2026-03"
#: Late in the evening of 30 June in China, and the first moment of July.
LAST_DAY = datetime(2026, 6, 30, 14, tzinfo=UTC)
JULY = datetime(2026, 6, 30, 16, tzinfo=UTC)


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    """The street's elder is 80, lives alone, and is in hardship with grade 2."""
    for counter in open_counter(databases):
        counter.elder = counter.given(entitled)
        yield counter


def entitled(session: Session) -> UUID:
    elder = factories.create_elder(session, grade=2)
    member = session.get_one(Member, elder)
    member.lives_alone = member.in_hardship = True
    return elder


@pytest.fixture
def admin(counter: Counter) -> Browser:
    return counter.town.phone(counter.street.admins[0])


@pytest.fixture
def second(counter: Counter) -> Browser:
    return counter.town.phone(counter.street.admins[1])


def run(counter: Counter, name: str) -> int:
    """A job over the whole application."""
    held: Timebank = counter.town.app.extensions["timebank"]
    return JOBS[name].work(held)


def signed(counter: Counter, admin: Browser, second: Browser) -> None:
    """A month from the job to the elder's account."""
    run(counter, "grants")
    admin.open(f"{MARCH}/new")
    admin.send(f"{MARCH}/new", backing="龙湾区专项资金")
    second.open(MARCH)
    seen = re.findall(r'name="list" value="(\w+)"', second.page.text)
    second.send(f"{MARCH}/sign", list=seen[0])
    work_batches(counter.town.app.extensions["timebank"])


def test_a_month_on_the_pages_from_the_job_to_the_file(
    counter: Counter, admin: Browser, second: Browser
) -> None:
    assert "还没有算出过名单" in admin.open(HERE)
    assert [run(counter, "grants"), run(counter, "grants")] == [1, 0]
    assert "政策发放 1 每月的名单，提出和签署" in admin.open(f"/admin/{LONGWAN}")
    assert "2026年3月 还没有提出 1 8 小时" in admin.open(HERE)
    said = admin.open(MARCH)
    for words in (
        "特困、低保等困难老人：每月发放 8 小时。",
        "登记为独居。",
        "照护等级是中度失能，要求中度失能以上。",
        "也符合“80 岁以上独居老人”（每月 4 小时）：只发最多的一种，不相加。",
        "最晚用到 2026年6月30日",
    ):
        assert words in said
    assert counter.audited("grant.read") == 1
    admin.open(f"{MARCH}/new")
    assert "请写明这笔额度由哪一笔资金" in admin.send(f"{MARCH}/new", 422, backing=" ")
    said = admin.send(f"{MARCH}/new", backing="龙湾区专项资金")
    assert "签署以前什么都不发放" in said
    assert "要请另一位管理员签署" in said
    assert f"{MARCH}/sign" not in admin.page.text
    assert "先撤回，才能重新提出" in admin.send(f"{MARCH}/new", 422, backing="又一笔")
    # It is no matter of the pool's page: that leads to the list.
    assert "政策发放" in second.open(f"/admin/{LONGWAN}/issue")
    assert MARCH in second.page.text
    assert "公益池和授权发行 提出、签署，看排队次序 政策发放 1" in second.open(f"/admin/{LONGWAN}")
    second.open(MARCH)
    assert "已撤回，可以重新提出" in second.send(f"{MARCH}/withdraw")
    signed(counter, admin, second)
    assert "已发放" in second.open(MARCH)
    assert "已入账" in second.text
    rows = second.client.post(f"{MARCH}/export", data={**second.hidden(), "form": "csv"})
    text = rows.data.decode("utf-8-sig")
    assert text.splitlines()[0] == "志愿者编号,姓名,类别,时间（标准分钟）,原因,结果"
    assert ",特困、低保等困难老人,480," in text
    second.open(MARCH)
    book = second.client.post(f"{MARCH}/export", data={**second.hidden(), "form": "xlsx"})
    assert ["由什么作保障？", "龙湾区专项资金"] in [row[:2] for row in Workbook(book.data).rows(0)]
    assert counter.audited("grant.export") == 2
    assert (
        second.client.post(f"{MARCH}/export", data={**second.hidden(), "form": "pdf"}).status_code
        == 404
    )
    # The list itself, among all batches, says what it is and leads back.
    batches = second.open(f"/admin/{LONGWAN}/batches")
    assert "政策发放 办完" in batches
    link = re.findall(rf"/admin/{LONGWAN}/batches/[0-9a-f-]{{36}}", second.page.text)[0]
    assert "来源 授权发行" in second.open(link)


def test_only_the_region_s_own_administrators_and_auditors_look(counter: Counter) -> None:
    run(counter, "grants")
    auditor = counter.given(lambda s: factories.create_auditor(s, branch_id=counter.street.branch))
    watching = counter.town.phone(auditor)
    said = watching.open(MARCH)
    name = counter.street.look(lambda s: s.get_one(Member, counter.elder).name)
    assert name not in said
    assert f"{name[0]}*" in said
    assert "提出发放" not in said
    looks = counter.audited("grant.read")
    assert "困难" in watching.open(f"/audit/books/{LONGWAN}/grants")
    assert counter.audited("grant.read") == looks + 1
    for who in (counter.street.staff, counter.street.volunteer):
        counter.town.phone(who).open(MARCH, 403)
    counter.far_admin().open(MARCH, 403)
    counter.town.phone(counter.street.admins[0]).open(f"{HERE}/2026-13", 404)


def test_the_elder_reads_how_much_why_and_until_when(
    counter: Counter, admin: Browser, second: Browser
) -> None:
    elder = counter.town.phone(counter.elder)
    assert "每月补助 每月发放多少" in elder.open("/elder/more")
    assert "还没有发放过" in elder.open("/elder/grants")
    signed(counter, admin, second)
    said = elder.open("/elder/grants")
    for words in (
        "现在可以用 8 小时",
        "最晚用到 2026年6月30日",
        "2026年3月：8 小时",
        "登记为特困、低保等困难情况。",
        "不能送人",
    ):
        assert words in said
    said = elder.english().open("/elder/grants")
    assert "Registered as living alone." in said
    child = counter.given(factories.create_member)
    clerk = counter.street.staff
    counter.street.act(
        clerk, lambda ctx: record_kinship(ctx, counter.elder, child, "child", "户口簿")
    )
    family = counter.town.phone(child)
    family.open(f"/elder/for/{counter.elder}/grants", 403)
    counter.street.act(
        counter.elder,
        lambda ctx: grant_delegation(
            ctx, counter.elder, child, frozenset({"see"}), "own", JULY.date(), 0
        ),
    )
    family = counter.town.phone(child)
    assert "现在可以用 8 小时" in family.open(f"/elder/for/{counter.elder}/grants")
    assert counter.audited("statement.read") == 1
    counter.town.now = LAST_DAY
    assert [run(counter, name) for name in ("grants-warn", "grants-expire")] == [1, 0]
    counter.town.now = JULY
    assert [run(counter, name) for name in ("grants-warn", "grants-expire")] == [0, 1]
    assert counter.street.pool() == (480, 0)
    said = counter.town.phone(counter.elder).open("/elder/grants")
    assert "2026年6月30日 周二 到期了" in said
