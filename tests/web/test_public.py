"""Open pages: the front page, the published rules, the calculator, places, the demo's own."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from services.rules.published import shipped_rule_set
from tests import factories as make
from tests.web.client import Browser
from tests.web.conftest import Clock
from tests.web.kit import Labels

Given = Callable[[Callable[[Session], Any]], Any]
PAGES = (
    "/",
    "/login",
    "/login/code",
    "/join",
    "/rates",
    "/calculator",
    "/calendar",
    "/seals",
    "/regions",
    "/promise",
    "/help",
    "/privacy",
    "/accessibility",
    "/settings",
)
CHINESE = re.compile(r"[\u3400-\u9fff]")
E01 = {
    "service": "E01",
    "day": "2026-03-10",
    "at": "10:00",
    "booked": "60",
    "actual": "60",
    "level": "P3",
    "relevant": "yes",
    "grade": "2",
    "today": "0",
}


def text_of(answer: Any) -> str:
    """What a reader sees of the page's own part."""
    main = answer.get_data(as_text=True).split("<main")[1].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


@pytest.mark.parametrize("path", PAGES)
def test_an_open_page_stands_in_both_languages(client: Browser, path: str) -> None:
    for lang, html in (("zh", "zh-CN"), ("en", "en")):
        client.set_cookie("lang", lang)
        page = client.get(path).get_data(as_text=True)
        assert f'<html lang="{html}"' in page
        assert page.count("<h1") == 1
        assert not Labels(page).nameless()
        assert "12349" in page
    # Names of people and places stay Chinese; these pages have none.
    assert not CHINESE.findall(text_of(client.get(path)).replace("中文", ""))


def test_the_front_page_counts_what_there_is(client: Browser, given: Given, clock: Clock) -> None:
    before = text_of(client.get("/"))
    given(make.create_volunteer)
    assert text_of(client.get("/")) == before, "the sums are kept for some minutes"
    clock.now += timedelta(minutes=6)
    assert "加入的人 1 " in text_of(client.get("/"))


def test_the_front_page_knows_who_has_come_in(
    given: Given, login_as: Callable[[UUID], Browser]
) -> None:
    page = login_as(given(make.create_volunteer)).get("/")
    assert "您好" in text_of(page)
    assert 'href="/volunteer' in page.get_data(as_text=True)


def test_the_elder_version_sets_large_letters(client: Browser) -> None:
    answer = client.get("/elder-version", follow_redirects=True)
    cookie = client.get_cookie("text_size")
    assert cookie
    assert cookie.value == "2"
    assert answer.status_code == 200


def test_every_service_and_factor_is_on_the_table(client: Browser) -> None:
    text = text_of(client.get("/rates"))
    rules = shipped_rule_set()
    for line in rules.services.values():
        assert f"{line.code} {line.name.zh}" in text
    for tier in rules.tiers.values():
        assert f"{tier.percent}%" in text
    assert rules.content_hash in text
    assert rules.version in text


def test_the_file_is_what_the_hash_was_taken_of(client: Browser) -> None:
    answer = client.get("/rates.json")
    rules = shipped_rule_set()
    assert hashlib.sha256(answer.data).hexdigest() == rules.content_hash
    assert json.loads(answer.data)["version"] == rules.version
    assert f"{rules.version}.json" in answer.headers["Content-Disposition"]
    assert client.get("/rates.json?version=no-such").status_code == 404


def test_the_calculator_shows_an_example_at_first(client: Browser) -> None:
    text = text_of(client.get("/calculator"))
    assert "一个例子" in text
    assert "服务者得到" in text


def test_the_calculator_explains_every_factor(client: Browser) -> None:
    text = text_of(client.get("/calculator", query_string=E01))
    # 200 % x 125 % x 120 % = 3; an hour on a working day.
    assert "服务者得到 3 小时" in text
    assert "长辈付出 2 小时" in text
    assert "公益池补足 1 小时" in text
    for part in ("200%", "125%", "120%", "权重为 3", "工作日", "CN-TB-1", "2026.1"):
        assert part in text


def test_the_calculator_reads_the_boxes_of_its_own_page(client: Browser) -> None:
    boxes = {k: v for k, v in E01.items() if k not in ("day", "booked", "actual", "today")}
    boxes |= {"day-year": "2026", "day-month": "2", "day-day": "17"}
    boxes |= {"booked-h": "1", "booked-m": "0", "actual-h": "1", "actual-m": "0"}
    boxes |= {"today-h": "5", "today-m": "30"}
    text = text_of(client.get("/calculator", query_string=boxes))
    # Half an hour is left of the day's six; Spring Festival counts double.
    assert "服务者得到 3 小时" in text
    assert "当天计入时长有上限" in text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("service", "", "请选一项服务"),
        ("service", "Z99", "请从列出的选项里选一项"),
        ("day", "2026-02-30", "请写上年、月、日"),
        ("at", "25:00", "请写上几点几分"),
        ("booked", "0", "不能少于 1 分"),
        ("actual", "", "请写上时长"),
        ("grade", "7", "请从列出的选项里选一项"),
        ("level", "P9", "请从列出的选项里选一项"),
    ],
)
def test_a_wrong_answer_is_said_beside_its_field(
    client: Browser, field: str, value: str, sentence: str
) -> None:
    answer = client.get("/calculator", query_string={**E01, field: value})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>错误：" in page
    summary = page.split('id="errors"')[1].split("</div>")[0]
    assert sentence in summary
    assert f'href="#{field}' in summary
    assert "服务者得到" not in text_of(answer)


def test_the_calendar_names_holidays_and_make_up_days(client: Browser) -> None:
    text = text_of(client.get("/calendar/2026"))
    assert "2月17日 周二" in text
    assert "春节" in text
    assert "200%" in text
    assert "2月14日 周六 调休上班" in text
    assert "还没有公布" in text_of(client.get("/calendar/2031"))
    assert client.get("/calendar/1900").status_code == 404


def test_regions_stand_as_they_were_on_a_day(client: Browser) -> None:
    # 洞头 was a county until 2015, with a code of its own.
    now = text_of(client.get("/regions/330300000000"))
    before = text_of(client.get("/regions/330300000000?on=2014-01-01"))
    assert "洞头区" in now
    assert "洞头县" not in now
    assert "洞头县" in before
    assert "洞头区" not in before
    assert client.get("/regions/330399000000").status_code == 404
    assert "不能早于" in text_of(client.get("/regions?on=1990-01-01"))


def test_a_branch_says_where_it_is_and_who_follows_it(client: Browser, given: Given) -> None:
    given(lambda session: make.create_branch(session, name="样例网点"))
    text = text_of(client.get(f"/regions/{make.LONGWAN}"))
    for part in ("样例网点", "样例路 1 号", "0577-00000000", "社会组织", "记录不会丢"):
        assert part in text


def test_preferences_are_kept_and_lead_back(client: Browser) -> None:
    answer = client.get("/preferences?lang=en&text_size=3&next=/help")
    assert answer.location == "/help"
    page = client.get("/help").get_data(as_text=True)
    assert '<html lang="en"' in page
    assert "size-3" in page


@pytest.mark.parametrize("path", ["/demo", "/demo/inbox"])
def test_the_demo_pages_are_nowhere_else(client: Browser, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post("/demo/enter", data={"login": "elder"}).status_code == 404


def test_the_demo_inbox_shows_codes(make_app: Callable[..., Flask], clock: Clock) -> None:
    app = make_app("demo")
    clock.now = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
    held = app.extensions["timebank"]
    held.uow.run(lambda session: make.create_elder(session, phone="13700000009"))
    browser = app.test_client()
    browser.post("/login/code", data={"who": "13700000009"})
    text = text_of(browser.get("/demo/inbox"))
    found = re.search(r"您的验证码是 (\d{6})", text)
    assert found
    entered = browser.post("/login/code/enter", data={"code": found[1]})
    assert entered.location.startswith("/elder")


def test_the_demo_list_has_a_button_for_everybody(make_app: Callable[..., Flask]) -> None:
    browser = make_app("demo").test_client()
    page = browser.get("/demo").get_data(as_text=True)
    for login in ("elder", "family", "volunteer", "branch", "admin", "auditor", "national"):
        assert f'value="{login}"' in page
    assert browser.post("/demo/enter", data={"login": "somebody"}).status_code == 404
