"""The main path as four people walk it, in a browser that runs no script."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from services.context import Context
from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.verification import verify
from tests.factories import LONGWAN, VAULT
from tests.journeys.conftest import Town, tomorrow_at_ten

pytestmark = pytest.mark.browser
CHAT = "陪聊·读报·生命故事"


def answer(page: Page, words: str) -> None:
    """Choose a tile and go on."""
    page.get_by_label(words).first.check(force=True)
    page.get_by_role("button", name="继续").click()


def answer_the_rest(page: Page, go_on: str) -> None:
    """Go through the remaining questions with the first answer, up to the check page."""
    for _ in range(10):
        if "/check" in page.url:
            return
        tiles = page.locator("main input[type=radio]")
        if tiles.count() and not page.locator("main input[type=radio]:checked").count():
            tiles.first.check(force=True)
        page.get_by_role("button", name=go_on).click()
    raise AssertionError(f"the questions do not end: {page.url}")


def ask_for_company(elder: Page) -> str:
    """From the home page to the confirmation; returns the reference."""
    elder.get_by_role("link", name="我要帮忙").click()
    for words in ("陪", CHAT, "明天", "上午 10:00", "1 小时"):
        answer(elder, words)
    answer_the_rest(elder, "继续")
    expect(elder.locator("main")).to_contain_text("会先留出 1 小时 30 分")
    elder.get_by_role("button", name=f"提交{CHAT}申请").click()
    expect(elder.get_by_role("heading", level=1)).to_contain_text("申请已经收到")
    found = re.search(r"\d{4}-\d{4}", elder.locator("main").inner_text())
    assert found is not None
    return found[0]


def approve(branch: Page, reference: str) -> None:
    """The inbox names the request; its page has everything a reviewer needs."""
    branch.goto("/branch/")
    branch.locator("main a").filter(has_text=CHAT).first.click()
    expect(branch.locator("main")).to_contain_text(reference)
    branch.get_by_role("button", name="通过").click()
    expect(branch.locator("main")).to_contain_text("等志愿者接单")


def accept(volunteer: Page) -> None:
    """The worth and the day's credit stand before the button; the name comes after it."""
    volunteer.goto("/volunteer/requests")
    volunteer.get_by_role("link", name=CHAT).first.click()
    main = volunteer.locator("main")
    expect(main).to_contain_text("还能计入 6 小时")
    expect(main).to_contain_text("王**")
    expect(main).not_to_contain_text("301")
    volunteer.get_by_role("button", name="我愿意去").click()
    volunteer.get_by_role("link", name="看地址和敲门的话").click()
    expect(main).to_contain_text("桂花")
    expect(main).to_contain_text("301")


def digits(elder: Page) -> list[str]:
    """The two codes that the elder reads out at the door."""
    elder.goto("/elder/today")
    elder.locator("main a").filter(has_text=CHAT).first.click()
    found = re.findall(r"(?<!\d)\d{3} ?\d{3}(?!\d)", elder.locator("main").inner_text())
    codes = [code.replace(" ", "") for code in found]
    assert len(codes) >= 2
    return codes[:2]


def enter(volunteer: Page, link: str, code: str, button: str) -> None:
    """The volunteer types what the elder says."""
    volunteer.goto("/volunteer/visits")
    volunteer.locator("main").get_by_role("link", name=CHAT).first.click()
    volunteer.get_by_role("link", name=link).first.click()
    volunteer.locator("input[inputmode=numeric]").first.fill(code)
    volunteer.get_by_role("button", name=button).click()


def test_four_people_walk_the_path(town: Town, visit_as: Callable[..., Page]) -> None:
    elder = visit_as("wang", width=390, height=844)
    expect(elder.get_by_role("heading", level=1)).to_contain_text("王秀英")
    reference = ask_for_company(elder)
    branch = visit_as("chenjing", width=1024, height=768)
    approve(branch, reference)
    volunteer = visit_as("liming", width=390, height=844)
    accept(volunteer)

    elder.goto("/elder/today")
    expect(elder.locator("main")).to_contain_text("李明")
    town.clock.now = tomorrow_at_ten(town.clock.now)
    coming, going = digits(elder)
    enter(volunteer, "签到", coming, "签到")
    expect(volunteer.locator("main")).to_contain_text("正在服务")
    town.clock.now += timedelta(minutes=62)
    enter(volunteer, "结束服务", going, "结束服务")
    expect(volunteer.locator("main")).to_contain_text("等老人确认")

    elder.goto("/elder")
    elder.locator("main a").filter(has_text="确认").first.click()
    expect(elder.locator("main")).to_contain_text("1 小时 2 分")
    elder.get_by_role("button", name="对，是这样").click()
    elder.goto("/elder/coins")
    expect(elder.locator("main")).to_contain_text("8 小时 58 分")
    volunteer.goto("/volunteer/coins")
    expect(volunteer.locator("main")).to_contain_text("1 小时 2 分")

    auditor = visit_as("shenwenbo")
    auditor.goto(f"/audit/books/{LONGWAN}")
    expect(auditor.locator("main")).to_contain_text("合计为零")
    auditor.goto(f"/audit/books/{LONGWAN}/visits")
    auditor.get_by_role("link", name=reference).first.click()
    evidence = auditor.locator("main")
    expect(evidence).to_contain_text("本人")
    auditor.locator("main a[href*='/valuations/']").first.click()
    expect(evidence).to_contain_text("CN-TB-1")
    expect(evidence).to_contain_text("相符")
    auditor.goto(f"/audit/books/{LONGWAN}/transfers")
    auditor.locator("main a[href*='/transfers/']").first.click()
    auditor.locator("main a[href*='/accounts/']").first.click()
    expect(auditor.locator("main table").first).to_be_visible()
    assert auditor.locator("main form[method=post]:not([action*=export])").count() == 0

    with town.uow.read() as session:
        ctx = Context(session=session, actor=SYSTEM, now=town.clock.now, vault=VAULT)
        assert list(verify(ctx, LONGWAN, Tally())) == []


def test_an_elder_asks_in_english_on_a_phone(town: Town, visit_as: Callable[..., Page]) -> None:
    elder = visit_as("wang", width=390, height=844, lang="en")
    elder.goto("/elder/ask")
    for label in ("Company", None, "Tomorrow", "10:00"):
        tile = elder.get_by_label(label) if label else elder.locator("main input[type=radio]")
        tile.first.check(force=True)
        elder.get_by_role("button", name="Continue").click()
    answer_the_rest(elder, "Continue")
    text = elder.locator("main").inner_text()
    assert not re.search(r"[\u4e00-\u9fff]", text.replace("样例小区 2 幢 301 室", "")), text
    elder.locator("main form button").last.click()
    done = elder.locator("main").inner_text()
    assert re.search(r"\d{4}-\d{4}", done)
    expect(elder.locator("html")).to_have_attribute("lang", "en")
    width = elder.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_a_wrong_password_is_told_plainly_and_keeps_what_was_typed(
    town: Town, visit_as: Callable[..., Page]
) -> None:
    page = visit_as(None, width=390, height=844)
    page.goto("/login")
    page.locator("input[name=who]").fill("V00000")
    page.locator("input[name=password]").fill("not the one at all")
    page.locator("form:has(input[name=password]) button").click()
    assert page.title().startswith("错误：")
    expect(page.locator("input[name=who]")).to_have_value("V00000")
    expect(page.locator("input[name=password]")).to_have_value("")
