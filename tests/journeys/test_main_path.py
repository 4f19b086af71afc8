"""The main path: help is asked for, promised, given and confirmed, by three pairs of hands.

Elder and volunteer walk it without script, by the keyboard alone and by thumb on a telephone; the
volunteer with the telephone opens the elder's card. Clerk and auditor look on at old screens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from models.requests import Request
from services.people.cards import issue_card
from services.requests.reviewing import approve
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.journeys.conftest import MORNING, Town, open_town, tomorrow_at_ten
from tests.journeys.hands import Hands

pytestmark = pytest.mark.browser
CHAT = "陪聊·读报·生命故事"
#: Who asks and who comes, by the way in which both walk; and on which day of the story.
PAIRS = {
    "no script": ("wang", "liming", 0, "王"),
    "keyboard": ("zhang", "zhao", 1, "张"),
    "phone": ("li", "zhou", 2, "李"),
}
Walk = Callable[[str | None, str], Hands]


@pytest.fixture(scope="module", name="town")
def one_town(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all three stories: each has a day and two people of its own."""
    with open_town(databases, tmp_path_factory.mktemp("path")) as made:
        for elder, name in (("zhang", "张桂英"), ("li", "李秀兰"), ("chen", "陈阿香")):
            made.join(
                elder,
                lambda s, n=name: factories.create_elder(s, grade=1, name=n, door_word="桂花"),
                600,
            )
        for volunteer, name in (("zhao", "赵强"), ("zhou", "周军")):
            made.join(volunteer, lambda s, n=name: factories.create_volunteer(s, "P1", name=n))
        yield made


def answer_the_rest(elder: Hands, go_on: str = "继续") -> None:
    """Go through the remaining questions with the first answer, up to the check page."""
    for _ in range(10):
        if "/check" in elder.at:
            return
        tiles = elder.main.locator("input[type=radio]")
        if tiles.count() and not elder.main.locator("input[type=radio]:checked").count():
            elder.choose(elder.main.locator(".tile__label").first.inner_text())
        elder.press(go_on)
    raise AssertionError(f"the questions do not end: {elder.at}")


def ask_for_company(elder: Hands) -> str:
    """From the home page to the confirmation; returns the reference."""
    elder.follow("我要帮忙")
    for words in ("陪", CHAT, "明天", "上午 10:00", "1 小时"):
        elder.choose(words)
        elder.press("继续")
    answer_the_rest(elder)
    elder.says("会先留出 1 小时 30 分")
    elder.press(f"提交{CHAT}申请")
    elder.says("申请已经收到")
    found = re.search(r"\d{4}-\d{4}", elder.text())
    assert found is not None
    return found[0]


def let_through(clerk: Hands, reference: str) -> None:
    """The inbox names the request; its page has everything a reviewer needs."""
    clerk.open("/branch/")
    clerk.follow(CHAT)
    clerk.says(reference)
    clerk.press("通过")
    clerk.says("等志愿者接单")


def promise(volunteer: Hands, surname: str) -> None:
    """The worth and the day's credit stand before the button; the name comes after it."""
    volunteer.open("/volunteer/requests")
    volunteer.follow(CHAT)
    volunteer.says("还能计入 6 小时", f"{surname}**")
    expect(volunteer.main).not_to_contain_text("301")
    volunteer.press("我愿意去")
    volunteer.follow("看地址和敲门的话")
    volunteer.says("桂花", "301")


def digits(elder: Hands) -> list[str]:
    """The two codes that the elder reads out at the door."""
    elder.open("/elder/today")
    elder.follow(CHAT)
    found = re.findall(r"(?<!\d)\d{3} ?\d{3}(?!\d)", elder.text())
    codes = [code.replace(" ", "") for code in found]
    assert len(codes) >= 2
    return codes[:2]


def enter(volunteer: Hands, link: str, code: str) -> None:
    """The volunteer types what the elder says."""
    volunteer.open("/volunteer/visits")
    volunteer.follow(CHAT)
    volunteer.follow(link)
    volunteer.fill("数字", code)
    volunteer.press(link)


def come_and_go(town: Town, elder: Hands, volunteer: Hands, card: str | None) -> None:
    """By the elder's card, which is an address, or by the digits told at the door."""
    if card is not None:
        volunteer.open(f"/c/{card}")
        volunteer.press("签到")
        volunteer.says("正在服务")
        town.clock.now += timedelta(minutes=62)
        volunteer.open(f"/c/{card}")
        volunteer.press("结束服务")
    else:
        coming, going = digits(elder)
        enter(volunteer, "签到", coming)
        volunteer.says("正在服务")
        town.clock.now += timedelta(minutes=62)
        enter(volunteer, "结束服务", going)
    volunteer.says("等老人确认")


def confirm(elder: Hands) -> None:
    """One button; what it cost stands in the book."""
    elder.open("/elder")
    elder.follow("确认")
    elder.says("1 小时 2 分")
    elder.press("对，是这样")
    elder.open("/elder/coins")
    elder.says("8 小时 58 分")


def look_behind(auditor: Hands, reference: str) -> None:
    """From the sum of the ledger to the evidence of the visit, without a button that acts."""
    auditor.open(f"/audit/books/{LONGWAN}")
    auditor.says("合计为零")
    auditor.open(f"/audit/books/{LONGWAN}/visits")
    auditor.follow(reference)
    auditor.says("本人")
    auditor.main.locator("a[href*='/valuations/']").first.click()
    auditor.says("CN-TB-1", "相符")
    auditor.open(f"/audit/books/{LONGWAN}/transfers")
    auditor.main.locator("a[href*='/transfers/']").first.click()
    auditor.main.locator("a[href*='/accounts/']").first.click()
    expect(auditor.main.locator("table").first).to_be_visible()
    assert auditor.main.locator("form[method=post]:not([action*=export])").count() == 0


@pytest.mark.parametrize("way", PAIRS)
def test_from_a_wish_to_a_word_of_thanks(town: Town, walk_as: Walk, way: str) -> None:
    asking, coming, day, surname = PAIRS[way]
    town.clock.now = MORNING + timedelta(days=day)
    elder = walk_as(asking, way)
    reference = ask_for_company(elder)
    with town.uow.read() as session:
        wanted = sa.select(Request.id).where(
            Request.book == LONGWAN, Request.reference == reference
        )
        key = session.scalars(wanted).one()
    if way == "no script":
        let_through(walk_as("chenjing", "counter"), reference)
    else:
        town.act("chenjing", lambda ctx: approve(ctx, LONGWAN, key))
    volunteer = walk_as(coming, way)
    promise(volunteer, surname)
    card = None
    if way == "phone":
        card = town.act("chenjing", lambda ctx: issue_card(ctx, town.people[asking]))
    town.clock.now = tomorrow_at_ten(town.clock.now)
    come_and_go(town, elder, volunteer, card)
    confirm(elder)
    volunteer.open("/volunteer/coins")
    volunteer.says("1 小时 2 分")
    if way == "no script":
        look_behind(walk_as("shenwenbo", "no script"), reference)
    town.holds()


def test_an_elder_asks_in_english_on_a_phone(town: Town, visit_as: Callable[..., Page]) -> None:
    town.clock.now = MORNING + timedelta(days=5)
    elder = visit_as("chen", width=390, height=844, lang="en")
    elder.goto("/elder/ask")
    for label in ("Company", None, "Tomorrow", "10:00"):
        tile = elder.get_by_label(label) if label else elder.locator("main input[type=radio]")
        tile.first.check(force=True)
        elder.get_by_role("button", name="Continue").click()
    answer_the_rest(Hands(elder), "Continue")
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
