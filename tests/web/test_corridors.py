"""Agreements, caps and funds on the pages; who recognises whom, for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from models.corridors import Corridor
from models.oversight import AuditRecord
from models.reserve import FundRecord
from services.corridors.claiming import claim
from services.policy import SYSTEM
from services.reserve.reading import read_reserve
from tests import factories
from tests.country import ONE, TWO, join_region, open_corridor, set_cap
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG, make_ctx
from tests.web.branch_kit import Counter, open_counter
from tests.web.volunteer_kit import Browser
from tests.web.xlsx import Workbook
from timebank.edge import Timebank
from timebank.jobs import JOBS

HERE, THERE = f"/admin/corridors/{LONGWAN}", f"/admin/corridors/{LUCHENG}"
RESERVE, CAPS = f"/admin/reserve/{LONGWAN}", f"/admin/caps/{LONGWAN}"
WANTED = {
    "other_code": LUCHENG,
    "mode": "store",
    "pair_cap_coins": "10",
    "valid_from": "2026-03-10",
    "document": "互认 1 号",
}


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


@pytest.fixture
def admin(counter: Counter) -> Browser:
    return counter.town.phone(counter.street.admins[0])


@pytest.fixture
def second(counter: Counter) -> Browser:
    return counter.town.phone(counter.street.admins[1])


def dated(answers: dict[str, str]) -> dict[str, str]:
    """A day as the form asks for it, in three boxes."""
    sent = dict(answers)
    for name in ("valid_from", "valid_to", "on_day"):
        if name in sent:
            year, month, day = sent.pop(name).split("-")
            sent |= {f"{name}-year": year, f"{name}-month": month, f"{name}-day": day}
    return sent


def agreement_of(browser: Browser) -> str:
    """The address of the first agreement on the page."""
    return re.findall(r'href="(/admin/corridors/agreements/[0-9a-f-]+)"', browser.page.text)[0]


def audited(counter: Counter, act: str) -> int:
    return counter.street.look(lambda s: s.query(AuditRecord).filter_by(act=act).count())


def test_an_agreement_is_proposed_here_and_signed_there(counter: Counter, admin: Browser) -> None:
    there = counter.far_admin()
    assert "还没有签署的协议" in admin.open("/admin/corridors")
    assert admin.path == HERE
    admin.open(f"{HERE}/new")
    assert "请写文件编号" in admin.send(f"{HERE}/new", 422, **dated({**WANTED, "document": ""}))
    said = admin.send(f"{HERE}/new", **dated(WANTED))
    assert "请对方的管理员签署" in said
    assert "等对方签署" in said
    one = agreement_of(admin)
    assert "等另一方的管理员签署" in admin.open(one)
    assert "没有办理这件事的权限" in admin.send(f"{one}/sign", 403)
    assert "等您签署" in there.open(THERE)
    there.open(one)
    assert "有效" in there.send(f"{one}/sign")
    assert "已经签署" in there.send(f"{one}/withdraw", 409)
    there.open(f"{one}/end")
    over = dated({"valid_to": "2026-03-10", "reason": "fund", "agree": "y"})
    assert "最早从明天起" in there.send(f"{one}/end", 422, **over)
    over = dated({"valid_to": "2026-03-11", "reason": "fund", "agree": "y"})
    assert "基金不足" in there.send(f"{one}/end", **over)
    assert counter.street.look(lambda s: s.query(Corridor).one()).end_reason == "fund"
    assert "已经结束或者撤回的" not in admin.open(HERE)
    admin.open(f"{HERE}/new")
    said = admin.send(f"{HERE}/new", **dated({**WANTED, "valid_from": "2026-03-20"}))
    one = agreement_of(admin)
    admin.open(one)
    assert "没有生效过" in admin.send(f"{one}/withdraw")
    admin.open(one)
    assert admin.open(f"{one}/end")
    assert admin.path == one


def test_a_fund_is_recorded_and_signed_and_its_ratio_drawn(
    counter: Counter, admin: Browser, second: Browser
) -> None:
    counter.street.give_coins(counter.street.elder, 6_000)
    assert "还没有加入" in admin.open(RESERVE)
    admin.open(f"{RESERVE}/new")
    record = dated({"on_day": "2026-03-10", "fund_fen": "很多", "document": "民财 1 号"})
    assert "请写金额" in admin.send(f"{RESERVE}/new", 422, **record)
    said = admin.send(f"{RESERVE}/new", **{**record, "fund_fen": "200.5"})
    assert "200.50 元" in said
    row = counter.street.look(lambda s: s.query(FundRecord).one())
    assert row.fund_fen == 20_050
    one = f"{RESERVE}/{row.id}"
    assert "提出人不能自己签署" in admin.send(f"{one}/sign", 409)
    second.open(RESERVE)
    said = second.send(f"{one}/sign")
    assert "备付率 10%" in said
    assert "新答应的服务暂停服务者等级和时间加成" in said
    assert "<polyline" not in second.page.text
    assert "<circle" in second.page.text
    counter.town.now += timedelta(days=1)
    held: Timebank = counter.town.app.extensions["timebank"]
    assert JOBS["read-reserves"].work(held) == 1
    assert JOBS["read-reserves"].work(held) == 0
    admin.open(RESERVE)
    assert "<polyline" in admin.page.text
    admin.open(f"{RESERVE}/new")
    later = dated({"on_day": "2026-03-11", "fund_fen": "1", "document": "2 号"})
    admin.send(f"{RESERVE}/new", **later)
    waiting = counter.street.look(
        lambda s: s.query(FundRecord).filter(FundRecord.signed_at.is_(None)).one()
    )
    assert "已撤回" in admin.send(f"{RESERVE}/{waiting.id}/withdraw")
    wanted = {**admin.hidden(), "form": "xlsx"}
    sheet = admin.client.post(f"{RESERVE}/export", data=wanted)
    assert len(Workbook(sheet.data).rows(1)) == 3
    assert audited(counter, "clearing.export") == 1


def test_caps_come_from_above_and_their_use_is_drawn(counter: Counter, admin: Browser) -> None:
    def country(session: object) -> None:
        join_region(session, ONE, cap_minutes=100)
        join_region(session, TWO)
        open_corridor(session, ONE, TWO, pair_cap_minutes=200)
        ctx = make_ctx(session, SYSTEM)
        claim(ctx, ONE, TWO, 95, purpose="gift", subject_id=ctx.new_id())

    counter.given(country)
    said = admin.open(CAPS)
    assert "额度已经用了 95%" in said
    assert "快用完了" in said
    assert admin.page.text.count('class="chart__bar') == 2
    assert "没有办理这件事的权限" in admin.open(f"{CAPS}/new", 403)
    city = counter.town.phone(
        counter.given(lambda s: factories.create_region_admin(s, "330300000000"))
    )
    city.open(f"{CAPS}/new")
    wanted = {"cap_coins": "5", "valid_from": "2026-03-10", "document": "额度 2 号"}
    past = dated({**wanted, "valid_from": "2026-03-09"})
    assert "不能早于今天" in city.send(f"{CAPS}/new", 422, **past)
    assert "5 小时" in city.send(f"{CAPS}/new", **dated(wanted))
    said = city.open("/admin/corridors/330300000000/below")
    assert "1,000,000.00 元" in said
    assert "还没有加入" not in said
    for path in (CAPS, HERE, "/admin/corridors/330300000000/below"):
        city.open(path)
        city.send(f"{path}/export", form="csv")
        assert city.page.mimetype == "text/csv"
        city.open(path)
        assert city.send(f"{path}/export", 404, form="pdf")
    assert audited(counter, "clearing.export") == 3


def test_auditors_read_and_do_nothing(counter: Counter) -> None:
    def country(session: object) -> None:
        join_region(session, ONE)
        join_region(session, TWO)
        open_corridor(session, ONE, TWO)
        read_reserve(make_ctx(session, SYSTEM), ONE)

    counter.given(country)
    auditor = counter.town.phone(counter.given(factories.create_auditor))
    said = auditor.open("/admin/corridors")
    assert "提出协议" not in said
    assert 'href="/audit/"' in auditor.page.text
    assert 'href="/admin/jobs"' not in auditor.page.text
    assert "结束这份协议" not in auditor.open(agreement_of(auditor))
    assert "记一份基金记录" not in auditor.open(RESERVE)
    assert "定额度上限" not in auditor.open(CAPS)
    assert auditor.open(f"{RESERVE}/new", 403)
    assert auditor.open(f"/admin/caps/{LUCHENG}", 403)


def test_everybody_sees_who_recognises_whom(counter: Counter) -> None:
    anyone = counter.town.phone(None)
    assert "全国各地之间" in anyone.open("/regions/corridors")

    def country(session: object) -> None:
        join_region(session, ONE)
        factories.create_region_tree(session, TWO)
        open_corridor(session, ONE, TWO)

    counter.given(country)
    assert "鹿城区还没有加入" in anyone.open("/regions/corridors?area=330300000000")
    counter.given(lambda s: join_region(s, TWO))
    said = anyone.open("/regions/corridors?area=330300000000&facing=330300000000")
    assert "⇄ 可存可取" in said
    assert "区县协议" in said
    assert "2026年1月1日 起" in said
    said = anyone.open("/regions/corridors?area=nonsense&facing=320000000000")
    assert "还没有开通互助时间服务的地区" in said
    anyone.open("/regions/corridors.csv")
    lines = anyone.page.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert lines[1].split(",")[4:] == ["可存可取", "区县协议", "2026-01-01"]
    assert 'href="/regions/corridors"' in anyone.client.get("/").text


def test_a_lower_cap_of_today_replaces_the_one_before(counter: Counter, admin: Browser) -> None:
    counter.given(lambda s: join_region(s, ONE))
    counter.given(lambda s: set_cap(s, ONE, 60))
    assert "1 小时" in admin.open(CAPS)
