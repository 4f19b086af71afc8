"""The estate of an invented family of three generations, from the report to the division.

The daughter reports by thumb, the second administrator divides by the keyboard alone, all others
walk without script.

A grandmother has died. Her husband, her daughter and the child of a son who died before her
inherit: the daughter reports it, the clerk and two administrators do their parts, the
granddaughter gets an account at the counter and her locked share, and the auditor finds it all.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from services.clock import at_local
from services.context import Context
from services.ledger.breaches import Tally
from services.login import set_password
from services.people.actors import actor_for
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.verification import verify
from tests import factories
from tests.factories import LONGWAN, VAULT
from tests.journeys.conftest import PASSWORD, Town
from tests.journeys.hands import Hands

pytestmark = pytest.mark.browser
DIED, LAST = "2026-03-09", date(2026, 3, 24)
#: Where pictures of each station go, for whoever wants to look at them.
PICTURES = os.environ.get("ESTATE_PICTURES")


def gather(town: Town) -> None:
    """The husband and the daughter are in the register; the granddaughter joins later."""

    def join(session: Session) -> None:
        now = town.clock.now
        clerk = actor_for(session, town.people["chenjing"], now)
        husband = factories.create_member(session, name="王国强", age=74)
        for other, relation in ((husband, "spouse"), (town.people["wangfang"], "child")):
            ctx = Context(session=session, actor=clerk, now=now, vault=VAULT)
            record_kinship(ctx, town.people["wang"], other, relation, "户口簿")
        town.people["husband"] = husband

    town.uow.run(join)


def grown(town: Town) -> None:
    """The granddaughter of sixteen signs up at the counter with her guardian."""

    def join(session: Session) -> None:
        now = town.clock.now
        girl = factories.create_member(session, name="王小雨", age=16)
        actor = actor_for(session, girl, now)
        ctx = Context(session=session, actor=actor, now=now, vault=VAULT)
        set_password(ctx, PASSWORD)
        town.people["xiaoyu"] = girl

    town.uow.run(join)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def shown(page: Page, station: str, *words: str) -> None:
    """The page says these words and nothing runs off its right edge."""
    for each in words:
        expect(page.locator("main")).to_contain_text(each)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], station  # type: ignore[index]
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{station}.png", full_page=True)


def report(daughter: Hands) -> None:
    """One question a page, and everything once more before the button."""
    daughter.open("/giving/deaths")
    daughter.choose("王秀英")
    daughter.press("继续")
    for part, value in zip(("year", "month", "day"), ("2026", "3", "9"), strict=True):
        daughter.page.locator(f"input[name$={part}]").fill(value)
    daughter.press("继续")
    shown(daughter.page, "1-report", "王秀英", "2026年3月9日")
    daughter.press("报告王秀英去世")
    shown(daughter.page, "2-reported", "已经报告")


def check_papers(official: Page, button: str) -> str:
    """An official opens the report and looks at the papers; returns the estate's address."""
    official.goto("/branch/estates")
    official.get_by_role("link", name="王秀英").click()
    address = official.url
    official.get_by_role("link", name="核对证明").click()
    official.get_by_label("死亡医学证明").first.check(force=True)
    official.locator("input[name=paper_number]").fill("温殡证 00042")
    official.locator("input[name=died_on]").fill(DIED)
    official.locator("input[name=seen]").check(force=True)
    press(official, button)
    return address


def complete(clerk: Page, estate: str) -> None:
    """The son who died before is written down, and his daughter in his place."""
    clerk.goto(f"{estate}/heirs")
    clerk.get_by_role("link", name="写上一位继承人").click()
    clerk.locator("input[name=name]").fill("王伟")
    clerk.locator("select[name=relation]").select_option("child")
    clerk.locator("input[name=evidence]").fill("死亡证明和户口簿")
    clerk.locator("input[name=died_before]").check(force=True)
    press(clerk, "写进名单")
    clerk.get_by_role("link", name="写上代位的人").first.click()
    clerk.locator("input[name=name]").fill("王小雨")
    clerk.locator("input[name=evidence]").fill("出生证明")
    press(clerk, "写进名单")
    shown(clerk, "4-heirs", "王国强", "王芳", "王小雨", "3 小时 20 分")
    clerk.goto(f"{estate}/notice")
    press(clerk, "公示十个工作日")
    shown(clerk, "5-notice", "正在公示", "2026年3月24日")


def object_and_decide(clerk: Page, admin: Page, estate: str, region: str) -> None:
    """A neighbour has something to say; the clock stands still until the region has decided."""
    clerk.goto(f"{estate}/notice/objection")
    clerk.locator("input[name=name]").fill("李小妹")
    clerk.locator("textarea[name=text]").fill("她答应过留给我一半。")
    press(clerk, "记下这份异议")
    shown(clerk, "6-stopped", "公示停着", "李小妹")
    admin.goto(f"/admin/{LONGWAN}/estates")
    shown(admin, "7-region", "等决定异议")
    admin.goto(region)
    admin.get_by_role("link", name="决定这份异议").click()
    admin.get_by_label("异议不成立").check(force=True)
    admin.locator("textarea[name=reason]").fill("没有遗嘱，也没有登记的指定。")
    press(admin, "就这样决定")
    shown(admin, "8-decided", "不成立", "2026年3月24日")


def test_three_generations(
    town: Town, visit_as: Callable[..., Page], walk_as: Callable[[str | None, str], Hands]
) -> None:
    gather(town)
    thumb = walk_as("wangfang", "phone")
    report(thumb)
    daughter = thumb.page
    clerk, first = visit_as("chenjing", width=1024, height=768), visit_as("zhoumin")
    check_papers(clerk, "核实无误")
    estate = check_papers(first, "核实无误，冻结账户")
    shown(first, "3-frozen", "10 小时")
    region = f"/admin/{LONGWAN}/estates/{estate.rpartition('/')[2]}"
    complete(clerk, estate)

    anybody = visit_as(None, width=390, height=844)
    anybody.goto("/estates")
    anybody.get_by_role("link", name="看这份公示").click()
    shown(anybody, "public", "王**的身后事公示", "没有账户的")
    assert "王秀英" not in anybody.content()
    object_and_decide(clerk, first, estate, region)

    town.clock.now = at_local(LAST + timedelta(days=1), time(9, 0))
    second = walk_as("zhengzhiyuan", "keyboard")
    second.open(region)
    second.follow("核对并分配")
    shown(second.page, "9-check", "3 小时 20 分", "没有答复的继承人视为接受")
    second.press("分配给继承人")
    shown(second.page, "10-divided", "已到账", "等领取")
    daughter.goto("/giving/estates")
    shown(daughter, "11-daughter", "王秀英留下的", "3 小时 20 分", "已到账")

    grown(town)
    clerk.goto(f"{estate}/heirs")
    clerk.get_by_role("link", name="关联账户").click()
    clerk.locator("input[name=number]").fill(town.number("xiaoyu"))
    press(clerk, "关联账户")
    clerk.goto(f"{estate}/notice")
    press(clerk, "办理领取")
    shown(clerk, "12-settled", "已分完")
    girl = visit_as("xiaoyu", width=390, height=844)
    girl.goto("/giving/estates")
    shown(girl, "13-locked", "3 小时 20 分", "您到 60 岁才能用", "可以转给年满 60 岁")

    auditor = visit_as("shenwenbo")
    auditor.goto(f"/audit/books/{LONGWAN}/estates")
    auditor.locator("main a[href*='/estates/']").first.click()
    shown(auditor, "14-audit", "10 小时")
    assert auditor.locator("main form[method=post]:not([action*=export])").count() == 0
    auditor.goto(f"/audit/books/{LONGWAN}")
    expect(auditor.locator("main")).to_contain_text("合计为零")
    with town.uow.read() as session:
        ctx = Context(session=session, actor=SYSTEM, now=town.clock.now, vault=VAULT)
        assert list(verify(ctx, LONGWAN, Tally())) == []
