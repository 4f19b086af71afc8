"""The elder's front page, lists, coins and telephone numbers, full and empty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from services.requests.ending import expire
from services.requests.reviewing import approve, refuse
from services.visits.reviewing import follow_up
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START
from tests.web.elder_kit import credited, elder_town, relative, request_path, served
from tests.web.volunteer_kit import Browser, Town, open_town


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town whose elder has 300 minutes."""
    yield from elder_town(databases)


@pytest.fixture
def dry(databases: Databases) -> Iterator[Town]:
    """A town whose pool is empty."""
    yield from open_town(databases)


@pytest.fixture
def browser(town: Town) -> Browser:
    """The elder's telephone."""
    return town.phone(town.street.elder)


def test_home_has_four_cards_and_what_wants_attention(town: Town, browser: Browser) -> None:
    words = browser.open("/elder")
    for card in ("我要帮忙", "今天谁来", "我的时间", "打电话"):
        assert card in words
    assert browser.page.text.count('class="card"') == 4
    assert "请您确认" not in words
    assert "还可以用 5 小时" in words
    served(town)
    words = browser.open("/elder")
    assert words.index("请您确认") < words.index("我要帮忙")
    assert browser.page.text.count('class="card"') == 4


def test_home_says_who_comes_today(town: Town, browser: Browser) -> None:
    town.promised()
    assert "今天没有人来。下一次：3月11日 周三" in browser.open("/elder")
    town.at(-60)
    words = browser.open("/elder")
    assert "上午 10:00" in words
    assert "今天没有人来" not in words


def test_somebody_who_did_not_come_stands_on_top(town: Town, browser: Browser) -> None:
    visit = town.promised()
    town.at(120)
    town.street.act(SYSTEM, lambda ctx: follow_up(ctx, LONGWAN, visit), now=town.now)
    words = browser.open("/elder")
    assert "没有人来签到" in words
    assert "没有人来签到" in browser.open(f"/elder/visits/{LONGWAN}/{visit}")
    town.now += timedelta(days=4)
    assert "没有人来签到" not in browser.open("/elder")


def test_today_lists_today_and_later(town: Town, browser: Browser) -> None:
    words = browser.open("/elder/today")
    assert "今天没有人来。" in words
    assert "以后几天还没有约好的人。" in words
    town.promised()
    words = browser.open("/elder/today")
    assert "陪聊·读报·生命故事" in words
    assert "今天没有人来。" in words
    town.at(-30)
    words = browser.open("/elder/today")
    assert "今天没有人来。" not in words
    assert "梅花" in words


def test_whom_to_call(town: Town, browser: Browser) -> None:
    words = browser.open("/elder/call")
    for number in ("0577-12349", "0577-00000000", "120"):
        assert number in words
    assert 'href="tel:057712349"' in browser.page.text
    assert "梅花" in words


def test_requests_newest_first_and_none(town: Town, browser: Browser) -> None:
    assert "还没有申请过。" in browser.open("/elder/requests")
    town.street.ask()
    form = AskForm(town.street.elder, "C01", START + timedelta(days=1), 60)
    town.street.act(town.street.elder, partial(ask, form=form), now=NOW + timedelta(hours=1))
    words = browser.open("/elder/requests")
    assert words.index("家庭保洁") < words.index("陪聊·读报·生命故事")
    assert words.count("等网点审核") == 2


def test_many_requests_come_in_pages(town: Town, browser: Browser) -> None:
    for day in range(21):
        town.street.ask(starts_at=START + timedelta(days=day))
    words = browser.open("/elder/requests")
    assert "第 1 页，共 2 页" in words
    assert words.count("编号") == 20
    assert browser.open("/elder/requests?page=2").count("编号") == 1
    assert "第 2 页，共 2 页" in browser.open("/elder/requests?page=99")
    assert "第 1 页，共 2 页" in browser.open("/elder/requests?page=-1")


def test_each_state_of_a_request_has_its_words(town: Town, browser: Browser) -> None:
    request = town.street.ask()
    assert "等网点审核" in browser.open(request_path(request))
    town.street.act(town.street.staff, lambda ctx: refuse(ctx, LONGWAN, request, "请换一天"))
    words = browser.open(request_path(request))
    assert "没有通过审核" in words
    assert "网点说：请换一天" in words
    assert "再申请一次" in words
    assert "不要了，取消" not in words
    opened = town.street.open_request("C01")
    words = browser.open(request_path(opened))
    assert "正在找志愿者" in words
    assert "到3月11日 周三 上午 10:00还没有人接，就自动结束" in words
    assert "已经留出 1 小时 53 分" in words
    town.at(1)
    town.street.act(SYSTEM, lambda ctx: expire(ctx, LONGWAN, opened), now=town.now)
    words = browser.open(request_path(opened))
    assert "到时间没有人接" in words
    assert "已经留出" not in words


def test_in_the_pools_queue_the_place_follows_need_and_then_time(dry: Town) -> None:
    paths = {}
    for minute, grade in enumerate((0, 0, 3)):
        elder = dry.street.uow.run(partial(factories.create_elder, grade=grade))
        now = NOW + timedelta(minutes=minute)
        form = AskForm(elder, "A04", START, 60)
        request = dry.street.act(elder, partial(ask, form=form), now=now)
        dry.street.act(dry.street.staff, partial(approve, book=LONGWAN, request_id=request))
        paths[elder] = request_path(request)
    words = [dry.phone(elder).open(path) for elder, path in paths.items()]
    assert all("正在排队等公益池" in each for each in words)
    assert "前面还有 1 项申请。" in words[0]
    assert "前面还有 2 项申请。" in words[1]
    assert "下一个就轮到这项申请。" in words[2]


def test_coins_like_a_bank_books_rows(town: Town, browser: Browser) -> None:
    visit = credited(town)
    town.street.ask("C01", starts_at=START + timedelta(days=2))
    words = browser.open("/elder/coins")
    assert "现在可以用 2 小时 5 分" in words
    assert "一共 3 小时 58 分，其中 1 小时 53 分 已经留出来。" in words
    assert "−1 小时 2 分" in words
    assert "+5 小时" in words
    assert "自己服务攒的 3 小时 58 分" in words
    assert f'href="/elder/visits/{LONGWAN}/{visit}/receipt"' in browser.page.text


def test_coins_of_somebody_who_has_none(town: Town) -> None:
    poor = town.street.uow.run(factories.create_elder)
    words = town.phone(poor).open("/elder/coins")
    assert "现在可以用 0 分" in words
    assert "还没有来往。" in words


def test_a_volunteer_who_is_no_recipient_is_told_so(town: Town) -> None:
    words = town.mine().open("/elder")
    assert "还没有登记为服务对象" in words


def test_a_long_name_and_english(town: Town) -> None:
    name = "阿不都热合曼·买买提艾力江·库尔班"
    made = town.street.uow.run(lambda s: factories.create_elder(s, name=name))
    browser = town.phone(made).english()
    assert f"Hello, {name}" in browser.open("/elder")
    assert "Nobody comes today." in browser.open("/elder/today")
    assert "Nothing has come or gone yet." in browser.open("/elder/coins")
    assert "Nothing has been asked for yet." in browser.open("/elder/requests")
    assert "Emergency" in browser.open("/elder/call")


@pytest.mark.parametrize("path", ["", "/today", "/call", "/coins", "/requests", "/card"])
def test_every_page_works_for_a_relative_and_for_nobody_else(town: Town, path: str) -> None:
    name = town.street.look(lambda s: factories.member_row(s, town.street.elder).name)
    address = f"/elder/for/{town.street.elder}{path}"
    son = town.phone(relative(town, "see"))
    assert f"您正在代 {name} 办理" in son.open(address)
    assert f'href="/elder/for/{town.street.elder}/coins"' in son.page.text
    assert name in town.phone(town.street.staff).open(address)
    for stranger in (
        town.mine(),
        town.phone(town.street.uow.run(factories.create_auditor)),
        town.phone(town.street.uow.run(_elsewhere)),
    ):
        words = stranger.open(address, status=403)
        assert name not in words
    nobody = town.phone().client.get(address)
    assert nobody.status_code == 303
    assert "/login" in nobody.headers["Location"]


def _elsewhere(session: Session) -> UUID:
    """Staff of another branch."""
    return factories.create_staff(session, factories.create_branch(session, factories.WUMA))


def test_looks_of_others_are_recorded_and_ones_own_are_not(town: Town, browser: Browser) -> None:
    request = town.street.ask()
    looks = AuditRecord.act.in_(("request.read", "statement.read"))
    browser.open(request_path(request))
    browser.open("/elder/coins")
    assert town.street.count(AuditRecord, looks) == 0
    son = town.phone(relative(town, "see"))
    # The elder's own address leads the relative to the relative's.
    son.open(request_path(request))
    assert son.path == request_path(request, base=f"/elder/for/{town.street.elder}")
    assert town.street.count(AuditRecord, looks, AuditRecord.subject_id == request) >= 1
    son.open(f"/elder/for/{town.street.elder}/coins")
    assert town.street.count(AuditRecord, looks) >= 2


def test_what_is_not_there_is_not_there(town: Town, browser: Browser) -> None:
    request = town.street.ask()
    other = town.street.uow.run(factories.create_elder)
    for path in (
        request_path(town.street.elder),
        f"/elder/visits/{LONGWAN}/{request}",
        f"/elder/requests/330302000000/{request}",
        f"/elder/for/{request}",
    ):
        assert "没有找到" in browser.open(path, status=404)
    # Another elder's request is refused at one's own address, and not there at somebody else's.
    words = town.phone(other).open(request_path(request), status=403)
    assert "陪聊" not in words
    son = relative(town, "see")
    wrong = request_path(request, base=f"/elder/for/{son}")
    assert "陪聊" not in town.phone(son).open(wrong, status=404)


def test_the_delegation_ends_and_so_do_the_pages(town: Town) -> None:
    son = relative(town, "see", "ask", "confirm")
    browser = town.phone(son)
    browser.open(f"/elder/for/{town.street.elder}")
    town.now = NOW + timedelta(days=365)
    browser.log_in(son)
    browser.open(f"/elder/for/{town.street.elder}", status=403)
