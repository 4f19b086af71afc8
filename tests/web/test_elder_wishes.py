"""What an elder wishes of whoever comes: said once, changed for one request; and not again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from models.availability import Avoidance, Incident
from models.people import Member
from models.requests import Request, VisitState
from services.availability.wishes import WishForm, standing
from tests.databases import Databases
from tests.services.visits.conftest import START
from tests.web.elder_kit import (
    answer,
    begin,
    check,
    credited,
    elder_town,
    relative,
    requests_of,
    visit_path,
)
from tests.web.volunteer_kit import Browser, Town


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town whose elder has 300 minutes."""
    yield from elder_town(databases)


@pytest.fixture
def browser(town: Town) -> Browser:
    """The elder's telephone."""
    return town.phone(town.street.elder)


def rule(town: Town) -> WishForm | None:
    """What the elder wishes as a rule."""
    return town.street.look(lambda session: standing(session, town.street.elder))


def say(browser: Browser, name: str, base: str = "/elder", **answers: str) -> str:
    """Answer one question about the wishes."""
    browser.open(f"{base}/wishes/{name}")
    return browser.send(f"{base}/wishes/{name}", **answers)


def name_of(town: Town, who: UUID) -> str:
    return town.street.look(lambda session: session.get_one(Member, who).name)


def test_wishes_are_said_one_by_one(town: Town, browser: Browser) -> None:
    words = browser.open("/elder/wishes")
    for said in ("什么话都可以", "男女都可以", "最好是以前来过的人", "什么时候都可以"):
        assert said in words
    assert "记下了。" in say(browser, "languages", answer="wenzhou", must="yes")
    assert "一定要会说温州话" in browser.text
    say(browser, "sex", answer="wish")
    say(browser, "person", answer="no")
    say(browser, "parts", answer="morning")
    for said in ("最好是和我同性别的人", "谁来都可以", "上午"):
        assert said in browser.text
    assert rule(town) == WishForm(
        languages=("wenzhou",),
        language_must=True,
        sex="same",
        same_person=False,
        day_parts=("morning",),
    )


def test_what_cannot_be_is_said_at_its_question(town: Town, browser: Browser) -> None:
    browser.open("/elder/wishes/languages")
    assert "请至少选一种。" in browser.send("/elder/wishes/languages", 422, must="yes")
    assert "请从列出的选项里选一项。" in browser.send("/elder/wishes/sex", 422, answer="tall")
    browser.open("/elder/wishes/age", 404)
    assert rule(town) is None


def test_the_rule_goes_into_a_request_and_hours_that_suit_come_first(
    town: Town, browser: Browser
) -> None:
    say(browser, "languages", answer="wenzhou", must="no")
    say(browser, "parts", answer="afternoon")
    begin(browser)
    answer(browser, time=None)
    assert "下午 2:00" in browser.text
    assert "上午 10:00" not in browser.text
    answer(browser, time="14:00")
    assert browser.path == "/elder/ask/who"
    assert "照平时的希望 最好会说温州话" in browser.text
    words = answer(browser, who="rule")
    assert "想请谁来 最好会说温州话" in words
    browser.send("/elder/ask/check")
    [row] = requests_of(town, town.street.elder)
    assert (row.wished_languages, row.language_must) == (["wenzhou"], False)


def test_one_request_asks_for_somebody_by_name_or_for_anybody(town: Town, browser: Browser) -> None:
    credited(town)
    me = str(town.street.volunteer)
    begin(browser)
    words = answer(browser, who=None)
    assert f"{name_of(town, town.street.volunteer)} 以前来过。" in words
    answer(browser, who=me)
    assert f"想请谁来 {name_of(town, town.street.volunteer)}" in browser.text
    browser.send("/elder/ask/check")
    say(browser, "sex", answer="must")
    check(browser, who="any", time="15:00")
    browser.send("/elder/ask/check")
    check(browser, who="rule", time="17:00")
    browser.send("/elder/ask/check")
    rows: list[Request] = requests_of(town, town.street.elder)[1:]
    by_hour = sorted(rows, key=lambda row: row.starts_at)
    assert [row.wished_provider_id for row in by_hour] == [
        town.street.volunteer,
        None,
        town.street.volunteer,
    ]
    assert [row.wished_sex for row in by_hour] == [None, None, "female"]


def test_a_question_about_the_sex_has_the_last_word(town: Town, browser: Browser) -> None:
    say(browser, "sex", answer="must")
    say(browser, "person", answer="no")
    answers = {
        "kind": "T5",
        "service": "E01",
        "length": "60",
        "who": "rule",
        "sex": "any",
        "time": "10:00",
    }
    begin(browser)
    answer(browser, **answers)
    if browser.path != "/elder/ask/check":
        pytest.fail(browser.text)
    browser.send("/elder/ask/check")
    [row] = requests_of(town, town.street.elder)
    assert row.wished_sex is None


def test_not_this_one_again(town: Town, browser: Browser) -> None:
    visit = credited(town)
    assert "不想再请他来" in browser.open(visit_path(visit))
    browser.open(visit_path(visit, "/avoid"))
    words = browser.send(visit_path(visit, "/avoid"))
    assert "没有人会知道" in words
    assert name_of(town, town.street.volunteer) in words
    assert "您已经说过了" in browser.open(visit_path(visit, "/avoid"))
    begin(browser)
    assert name_of(town, town.street.volunteer) not in answer(browser, who=None)
    browser.open("/elder/avoided")
    words = browser.send(f"/elder/avoided/{town.street.volunteer}/end")
    assert "没有这样的人。" in words
    assert town.street.count(Avoidance, Avoidance.ended_at.is_(None)) == 0


def test_a_report_reaches_the_branch(town: Town, browser: Browser) -> None:
    visit = credited(town)
    coming = town.street.accepted(town.street.open_request(starts_at=START + timedelta(days=1)))
    path = visit_path(visit, "/incident")
    assert "有危险请先打 110 或 120。" in browser.open(path)
    assert "请写几句发生了什么。" in browser.send(path, 422, kind="money")
    assert "网点已经收到" in browser.send(path, kind="money", text="拿了我的钱")
    assert town.street.visit(coming).state is VisitState.CANCELLED
    assert town.street.count(Incident) == 1
    clerk = town.phone(town.street.staff)
    words = clerk.open("/branch/")
    assert "核实报告 1" in words
    assert "拿了我的钱" not in words


def test_a_relative_acts_within_the_leave_and_staff_see_no_list(town: Town) -> None:
    visit = credited(town)
    helper = town.phone(relative(town, "see", "ask"))
    base = f"/elder/for/{town.street.elder}"
    assert "记下了。" in say(helper, "person", base, answer="no")
    helper.open(visit_path(visit, "/avoid", base))
    assert "没有人会知道" in helper.send(visit_path(visit, "/avoid", base))
    looker = town.phone(relative(town, "see"))
    looker.open(f"{base}/wishes")
    looker.open(f"{base}/avoided", 403)
    looker.open(f"{base}/wishes/sex", 403)
    clerk = town.phone(town.street.staff)
    clerk.open(f"{base}/wishes")
    clerk.open(f"{base}/avoided", 403)
    clerk.open(visit_path(visit, "/avoid", base), 403)
    assert "不想再请他来" not in clerk.open(visit_path(visit, "", base))


def test_every_page_is_said_in_english(town: Town) -> None:
    visit = credited(town)
    browser = town.phone(town.street.elder).english()
    names = "".join(name_of(town, who) for who in (town.street.elder, town.street.volunteer))
    for path in (
        "/elder/wishes",
        *(f"/elder/wishes/{name}" for name in ("languages", "sex", "person", "parts")),
        "/elder/avoided",
        visit_path(visit, "/avoid"),
        visit_path(visit, "/incident"),
    ):
        words = browser.open(path).replace("中文", "")
        assert browser.page.text.count("<h1") == 1, path
        left = set(re.findall(r"[\u4e00-\u9fff]", words)) - set(names)
        assert not left, (path, words)
