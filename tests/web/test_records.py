"""Records, certificates, stars and perks on the pages: the member, the counter, the stranger."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from models.people import Member
from services.context import Context
from services.login import set_password
from services.policy import SYSTEM
from services.rules.exchange import check_lines
from services.stars import proposing
from services.visits.confirming import confirm
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter, open_counter

PASSWORD = "seven green teapots"
HONOUR = {"name": "优秀志愿者", "given_on": "2026-03-01", "given_by": "龙湾区民政局"}
PERK = {
    "name": "优先体检",
    "name_en": "Health checks first",
    "terms": "每年一次。",
    "terms_en": "Once a year.",
    "from_stars": "1",
    "begins_on": "",
    "ends_on": "",
}


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def served(counter: Counter) -> None:
    """A visit of 62 minutes that the elder has confirmed."""
    visit = counter.done()
    street = counter.street
    street.act(
        street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=START + timedelta(hours=2)
    )
    counter.town.at(180)


def test_a_certificate_from_the_own_page_to_the_strangers_check(counter: Counter) -> None:
    served(counter)
    mine = counter.town.mine()
    page = mine.open("/volunteer/record")
    assert "1.03" in page
    assert "记录里还缺：专业技能、服务类别、活动负责人" in page
    mine.open("/volunteer/record.csv")
    rows = list(csv.reader(io.StringIO(mine.page.text.lstrip("\ufeff"))))
    assert rows[1][5] == "62"
    mine.open("/volunteer/record/proof")
    page = mine.send("/volunteer/record/proof", 422, first="2026-03-01", last="2026-02-01")
    assert "开始日期要早于或等于结束日期" in page
    mine.open("/volunteer/record/proof")
    page = mine.send("/volunteer/record/proof", first="", last="")
    assert "志愿服务证明" in page
    code = re.search(r"[2-9A-Y]{4}-[2-9A-Y]{4}-[2-9A-Y]{4}", page)
    assert code
    stranger = counter.town.phone()
    seen = stranger.open(f"/check/{code[0]}")
    assert "这份文书现在有效。" in seen
    assert "1.03 小时" in seen
    name = counter.street.look(
        lambda session: session.get_one(Member, counter.street.volunteer).name
    )
    assert name not in seen
    assert name[0] + "**" in seen


def test_the_counter_reads_certifies_and_honours(counter: Counter) -> None:
    served(counter)
    clerk, who = counter.clerk, counter.street.volunteer
    assert "还没有荣誉记录" in clerk.open(counter.member_path(who, "/record"))
    assert counter.audited("record.read") == 1
    clerk.open(counter.member_path(who, "/honours/new"))
    words = clerk.send(counter.member_path(who, "/honours/new"), **HONOUR)
    assert "荣誉已经记入志愿服务记录" in clerk.page.text
    assert "优秀志愿者" in words
    page = clerk.page.text
    clerk.open(counter.member_path(who, "/record/proof"))
    assert "志愿服务证明" in clerk.send(
        counter.member_path(who, "/record/proof"), first="", last=""
    )
    taken = re.search(r'action="(/branch/members/[^"]*/withdraw)"', page)
    assert taken
    clerk.open(counter.member_path(who, "/record"))
    clerk.send(taken[1])
    assert "荣誉记录已撤销" in clerk.page.text
    assert "荣誉" in counter.town.mine().open("/volunteer/honours")


def star(counter: Counter) -> None:
    """The volunteer's hours reach a star, which is published."""
    who = counter.street.volunteer

    def work(ctx: Context) -> None:
        ctx.session.get_one(Member, who).served_minutes = 6000
        ctx.session.flush()
        assert proposing.propose(ctx, who)

    counter.street.act(SYSTEM, work)


def test_a_star_is_published_objected_to_and_decided(counter: Counter) -> None:
    star(counter)
    anybody = counter.town.phone()
    anybody.open("/stars")
    there = re.search(r'href="(/stars/[^"]*/object)"', anybody.page.text)
    assert there
    elder = counter.town.phone(counter.street.elder)
    elder.open(there[1])
    assert "请写明为什么不该评" in elder.send(there[1], 422, text="")
    elder.open(there[1])
    elder.send(there[1], text="没有来过")
    assert "您的异议已经登记" in elder.page.text
    admin = counter.town.phone(counter.street.admins[0])
    admin.open("/oversight/stars")
    one = re.search(r'href="(/oversight/stars/\d+/[0-9a-f-]+)"', admin.page.text)
    assert one
    assert "没有来过" in admin.open(one[1])
    act = re.search(r'action="(/oversight/stars/[^"]*/objections/[^"]*)"', admin.page.text)
    assert act
    admin.send(act[1], decision="dismissed", reason="查过，来过")
    assert "异议已处理" in admin.page.text
    assert "1 星正在公示" in counter.town.mine().open("/volunteer/honours")


def test_perks_and_the_person_in_charge(counter: Counter) -> None:
    admin = counter.town.phone(counter.street.admins[0])
    new = f"/oversight/perks/{LONGWAN}/new"
    admin.open(new)
    assert "不能是钱、物和券（写了“现金”）" in admin.send(new, 422, **{**PERK, "terms": "发现金"})
    admin.open(new)
    admin.send(new, **PERK)
    page = admin.page.text
    assert "优待已公布" in page
    assert "优先体检" in counter.town.phone().open("/perks")
    end = re.search(r'action="(/oversight/perks/[^"]*/end)"', page)
    assert end
    admin.send(end[1])
    assert "优待已停止" in admin.page.text
    charge = f"/oversight/branches/{counter.street.branch}/charge"
    admin.open(charge)
    assert "王平" in admin.send(charge, name="王平")
    counter.clerk.open(charge, 403)


def test_what_is_late_is_listed_and_exported(counter: Counter) -> None:
    counter.done()
    counter.town.now = NOW + timedelta(days=20)
    page = counter.clerk.open("/oversight/records/late")
    assert "晚了几个工作日" in page
    counter.clerk.open("/oversight/records/late")
    assert "2026-03-25" in counter.clerk.send("/oversight/records/late/export", form="csv")
    assert counter.audited("record.late") == 1
    assert "没有符合条件的服务" in counter.clerk.open("/oversight/records/late?state=recorded")


def test_the_exchange_file_is_for_administrators(counter: Counter) -> None:
    served(counter)
    admin = counter.town.phone(counter.street.admins[0])
    admin.open("/oversight/records/export")
    chosen = {"book": LONGWAN, "month": "2026-03", "form": "jsonl"}
    admin.send("/oversight/records/export", **chosen)
    text = admin.page.text
    assert list(check_lines(text)) == []
    assert json.loads(text.splitlines()[0])["counts"]["service"] == 1
    assert counter.audited("record.export") == 1
    counter.clerk.open("/oversight/records/export", 403)
    auditor = counter.given(factories.create_auditor)
    assert "评星" in counter.town.phone(auditor).open("/oversight/stars")


def test_the_command_writes_and_checks_the_file(counter: Counter, tmp_path: Path) -> None:
    served(counter)
    admin = counter.street.admins[0]
    counter.street.act(admin, lambda ctx: set_password(ctx, PASSWORD))
    number = counter.street.look(lambda session: session.get_one(Member, admin).number)
    run = counter.town.app.test_cli_runner()
    target = tmp_path / "march.jsonl"
    asked = ["records", "export", "--book", LONGWAN, "--month", "2026-03", "--who", number]
    asked += ["--output", str(target)]
    assert run.invoke(args=[*asked, "--password", "nine red kettles"]).exit_code == 1
    done = run.invoke(args=[*asked, "--password", PASSWORD])
    assert done.exit_code == 0, done.output
    assert "2 行" in done.output
    assert run.invoke(args=["records", "check", str(target)]).exit_code == 0
    assert run.invoke(args=[*asked, "--password", PASSWORD]).exit_code == 1
    target.write_text(target.read_text(encoding="utf-8").replace('"minutes":62', '"minutes":-1'))
    spoilt = run.invoke(args=["records", "check", str(target)])
    assert spoilt.exit_code == 1
    assert "field_wrong minutes" in spoilt.output
