"""A clerk's first day: a second factor from the telephone, recovery codes, and coming back late."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PASSWORD, Town

KEY = re.compile(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}")


def come_in(page: Page, number: str) -> None:
    page.locator("input[name=who]").fill(number)
    page.locator("input[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("form:has(input[name=password]) button").click()


def give(page: Page, code: str) -> None:
    page.locator("input[name=code]").fill(code)
    with page.expect_navigation():
        page.locator("form:has(input[name=code]) button").click()


def test_a_clerk_sets_up_the_second_step_and_comes_back_late(
    town: Town, visit_as: Callable[..., Page]
) -> None:
    page = visit_as(None, width=390, height=844)
    page.goto("/login")
    come_in(page, town.number("chenjing"))
    page.goto("/branch/")
    expect(page.locator("h1")).to_have_text("设置第二步验证")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = KEY.search(page.locator("main").inner_text())
    assert found
    app = pyotp.TOTP(found[0].replace(" ", ""))
    give(page, "000000")
    assert page.title().startswith("错误：")
    give(page, app.at(town.clock.now))
    expect(page.locator(".recovery li")).to_have_count(10)
    recovery = page.locator(".recovery code").first.inner_text()
    with page.expect_navigation():
        page.get_by_role("link", name="我已经收好，继续").click()
    assert page.url.endswith("/branch/")

    # An hour and more at lunch: what was sent meanwhile waits behind the two steps.
    page.goto("/me/contact")
    page.locator("input[name=phone]").fill("137 0000 0002")
    town.clock.now += timedelta(minutes=61)
    with page.expect_navigation():
        page.locator("form:has(input[name=phone]) button").click()
    expect(page.locator("main")).to_contain_text("还没有交上去")
    come_in(page, town.number("chenjing"))
    give(page, recovery)
    with page.expect_navigation():
        page.get_by_role("button", name="现在交").click()
    expect(page.locator("main")).to_contain_text("联系方式已经更新")
