"""A daughter acts for her mother, a son gives and takes back, a widow moves: every way of walking.

What needs a second person changes hands on the way: one of them has a keyboard, one a telephone,
and one a browser that runs no script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy.orm import Session

from services.people.kin import grant_delegation, record_kinship
from tests import factories
from tests.country import ONE, TWO, join_all
from tests.databases import Databases
from tests.factories import WUMA
from tests.journeys.conftest import Town, open_town
from tests.journeys.hands import Hands
from tests.journeys.test_main_path import CHAT, answer_the_rest

pytestmark = pytest.mark.browser
Walk = Callable[[str | None, str], Hands]


@pytest.fixture(scope="module", name="town")
def one_town(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for three families, and a county next to it."""
    with open_town(databases, tmp_path_factory.mktemp("households")) as made:
        made.join("uncle", lambda s: factories.create_elder(s, name="王国强"))
        made.join("son", lambda s: factories.create_member(s, name="王伟"), 600)
        made.join("widow", lambda s: factories.create_elder(s, name="赵玉梅"), 600)
        people = made.people
        made.act(
            "uncle",
            lambda ctx: grant_delegation(
                ctx,
                people["uncle"],
                people["wangfang"],
                frozenset({"see"}),
                "own",
                date(2027, 3, 1),
                0,
            ),
        )
        made.act(
            "chenjing",
            lambda ctx: record_kinship(ctx, people["wang"], people["son"], "child", "户口簿"),
        )

        def next_door(session: Session) -> None:
            join_all(session, ONE, TWO)
            factories.create_branch(session, WUMA, name="五马网点")

        made.uow.run(next_door)
        yield made


def test_family_acts_within_its_scope(town: Town, walk_as: Walk) -> None:
    wang, uncle = town.people["wang"], town.people["uncle"]
    daughter = walk_as("wangfang", "no script")
    daughter.open("/family")
    daughter.says("王秀英", "王国强")
    assert daughter.page.get_by_role("link", name="代王国强申请").count() == 0
    daughter.follow("代王秀英申请")
    for words in ("陪", CHAT, "明天", "上午 10:00", "1 小时"):
        daughter.choose(words)
        daughter.press("继续")
    answer_the_rest(daughter)
    daughter.says("王秀英")
    daughter.press(f"提交{CHAT}申请")
    daughter.says("申请已经收到")

    # What she may not do for her uncle is no button, and no address either.
    daughter.open(f"/elder/for/{uncle}/ask")
    assert "代办" in daughter.text() or "权限" in daughter.text()
    assert daughter.main.locator("input[type=radio]").count() == 0

    mother = walk_as("wang", "keyboard")
    mother.open("/elder/helpers")
    mother.says("王芳", "代为申请")
    mother.press("不再让王芳代办")
    mother.says("从现在起不能再代办了")

    daughter = walk_as("wangfang", "phone")
    daughter.open("/family")
    daughter.says("王国强", "已经结束的代办")
    daughter.follow("看王国强今天怎么样")
    daughter.says("您正在代 王国强 办理")
    daughter.open(f"/elder/for/{wang}/requests")
    assert CHAT not in daughter.text(), "what was hers to see yesterday is not today"
    town.holds()


def test_a_gift_is_made_seen_and_taken_back(town: Town, walk_as: Walk) -> None:
    son = walk_as("son", "keyboard")
    son.open("/giving/gifts")
    son.follow("送时间")
    son.choose("王秀英")
    son.press("继续")
    son.choose("1 小时")
    son.press("继续")
    son.says("24 小时里")
    son.press("对，给我发验证码")
    son.fill("短信里的六位数字", town.code("son"))
    son.press("送给王秀英")
    son.says("收回，不送了")

    mother = walk_as("wang", "phone")
    mother.open("/giving/gifts")
    mother.says("快要到账")
    mother.follow("王伟")
    mother.says("在那以前，送的人可以收回")

    son = walk_as("son", "no script")
    son.open("/giving/gifts")
    son.follow("王秀英")
    son.follow("收回，不送了")
    son.says("收回以后")
    son.press("收回")
    son.says("已经收回")
    mother.open("/giving/gifts")
    mother.says("对方收回了")
    town.holds()


def test_a_widow_moves_house(town: Town, walk_as: Walk) -> None:
    widow = walk_as("widow", "keyboard")
    widow.open("/giving/moving")
    widow.follow("开始搬家")
    widow.pick("搬到哪个县", "鹿城区")
    widow.press("继续")
    widow.choose("五马网点")
    widow.fill("新家的住址", "鹿城样例巷 6 号 1 幢 202 室")
    widow.press("继续")
    widow.says("鹿城区", "一共带来", "10 小时")

    widow = Hands(widow.page)
    widow.press("对，给我发验证码")
    widow.fill("短信里的六位数字", town.code("widow"))
    widow.press("现在搬家")
    widow.says("搬家回执", "10 小时")

    widow = walk_as("widow", "phone")
    widow.open("/elder/coins")
    widow.says("从浙江省温州市龙湾区", "10 小时")
    widow = walk_as("widow", "no script")
    widow.open("/giving/moving")
    widow.says("搬过的家")
    town.holds()
