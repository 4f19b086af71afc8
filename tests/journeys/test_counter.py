"""The counter on its old screen of 1024 x 768: everything for somebody who has no telephone.

The clerk finds the elder, asks for her, prints the large slip, enters what comes back, notes what
she says and prints on in her passbook: a part without script, a part by the keyboard alone, and at
the elder's bed by thumb.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.requests import Request, Visit, VisitState
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.visits.accepting import accept
from services.visits.codes import codes_of
from services.visits.slips import print_slip
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.journeys.conftest import Town, open_town, tomorrow_at_ten
from tests.journeys.hands import Hands, Keyboard
from tests.journeys.test_main_path import CHAT, answer_the_rest

pytestmark = pytest.mark.browser
Walk = Callable[[str | None, str], Hands]
#: How many slips of other elders lie on the desk beside hers.
OTHERS = 3
#: Keys that a slip takes: what stands on it, and a Tab from box to box.
MOST_KEYS = 38
SIZES = """() => [...document.querySelectorAll('.slip p, .slip dd, .slip dt, .slip h1, .slip h2')]
  .filter(one => one.textContent.trim() && !one.closest('.hidden-text'))
  .map(one => parseFloat(getComputedStyle(one).fontSize))"""


@pytest.fixture(scope="module", name="town")
def one_town(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town, with an elder who has no telephone, and some more who have slips."""
    with open_town(databases, tmp_path_factory.mktemp("counter")) as made:
        made.join("sun", lambda s: factories.create_elder(s, name="孙阿婆"), 600)
        for place in range(OTHERS):
            made.join(f"elder {place}", factories.create_elder, 300)
            made.join(f"volunteer {place}", lambda s: factories.create_volunteer(s, "P1"))
        yield made


def promised(town: Town, place: int) -> UUID:
    """Somebody comes tomorrow at ten to one of the others, who has a slip."""
    elder, start = town.people[f"elder {place}"], tomorrow_at_ten(town.clock.now)
    form = AskForm(elder, "A04", start, 60)
    request = town.act(f"elder {place}", lambda ctx: ask(ctx, form))
    town.act("chenjing", lambda ctx: approve(ctx, LONGWAN, request))
    found = town.act(f"volunteer {place}", lambda ctx: accept(ctx, LONGWAN, request))
    town.act("chenjing", lambda ctx: print_slip(ctx, LONGWAN, found.visit_id))
    return found.visit_id


def written(town: Town, visit: UUID) -> tuple[str, str, str]:
    """What stands on a slip: the reference and both codes."""
    codes = town.act("chenjing", lambda ctx: codes_of(ctx, LONGWAN, visit, "slip"))
    with town.uow.read() as session:
        request = session.get_one(Visit, (LONGWAN, visit)).request_id
        reference = session.get_one(Request, (LONGWAN, request)).reference
    return reference.replace("-", ""), codes["in"], codes["out"]


def ask_for_her(clerk: Hands) -> str:
    """Found by name; consent is asked for aloud; returns the reference."""
    clerk.open("/branch/members")
    clerk.main.locator("input[name=text]").fill("孙阿婆")
    clerk.press("查找")
    clerk.follow("孙阿婆")
    clerk.follow("替老人申请服务")
    clerk.says("孙阿婆")
    for words in ("陪", CHAT, "明天", "上午 10:00", "1 小时"):
        clerk.choose(words)
        clerk.press("继续")
        clerk.says("孙阿婆")
    answer_the_rest(clerk)
    clerk.press(f"提交{CHAT}申请")
    found = re.search(r"\d{4}-\d{4}", clerk.text())
    assert found is not None
    return found[0]


def print_her_slip(clerk: Hands, visit: UUID) -> None:
    """Both codes, who comes and when, whom to ring: 16 pt and larger on paper."""
    clerk.open(f"/branch/visits/{LONGWAN}/{visit}")
    clerk.press("打印纸条")
    clerk.says("孙阿婆", "李明", CHAT, "10:00", "打印", "服务电话")
    assert clerk.page.locator(".qr__code").count() == 2
    clerk.page.emulate_media(media="print")
    assert min(clerk.page.evaluate(SIZES)) >= 16 * 96 / 72
    clerk.page.emulate_media(media="screen")


def enter_the_pile(clerk: Keyboard, slips: list[tuple[str, str, str]]) -> None:
    """Row after row without a look at the screen; the last slip has a slip of the pen."""
    clerk.open("/branch/slips")
    clerk.fill("编号", "")
    before = clerk.keys
    for place, (reference, code_in, code_out) in enumerate(slips):
        last = place == len(slips) - 1
        boxes = (reference, code_in, "1000", "WRONG2" if last else code_out, "1102", "", "")
        for text in boxes:
            clerk.type(text, tab=True)
    assert (clerk.keys - before) / len(slips) <= MOST_KEYS
    clerk.send()
    clerk.says(f"已录入 {len(slips) - 1} 张纸条", f"第 {len(slips)} 张", "纸条上的编码不对")
    clerk.fill("走的编码", slips[-1][2])
    clerk.send()
    clerk.says("已录入 1 张纸条", "等老人确认")


def test_somebody_without_a_telephone(town: Town, walk_as: Walk) -> None:
    clerk = walk_as("chenjing", "counter")
    reference = ask_for_her(clerk)
    with town.uow.read() as session:
        wanted = sa.select(Request.id).where(
            Request.book == LONGWAN, Request.reference == reference
        )
        request = session.scalars(wanted).one()
    clerk.open(f"/branch/requests/{LONGWAN}/{request}")
    clerk.press("通过")
    hers = town.act("liming", lambda ctx: accept(ctx, LONGWAN, request)).visit_id
    print_her_slip(clerk, hers)

    piled = [hers, *(promised(town, place) for place in range(OTHERS))]
    slips = [written(town, visit) for visit in piled]
    town.clock.now = tomorrow_at_ten(town.clock.now) + timedelta(hours=3)
    keys = walk_as("chenjing", "counter keys")
    assert isinstance(keys, Keyboard)
    enter_the_pile(keys, slips)
    with town.uow.read() as session:
        states = {session.get_one(Visit, (LONGWAN, visit)).state for visit in piled}
    assert states == {VisitState.CHECKED_OUT}

    keys.open(f"/branch/visits/{LONGWAN}/{hers}")
    keys.follow("请老人口头确认")
    keys.choose("电话联系")
    for words in ("这位志愿者来过", "做的就是这项服务", "时间对得上"):
        keys.choose(words)
    keys.press("记为确认")
    keys.says("已记下老人的确认")

    bedside = walk_as("chenjing", "phone")
    bedside.open(f"/branch/members/{town.people['sun']}")
    bedside.follow("打印存折")
    bedside.says("还没有打印过")
    bedside.press("打印新的往来")
    bedside.says("时间存折", "李明来做", "8 小时 58 分")
    bedside.open(f"/branch/members/{town.people['sun']}/passbook")
    bedside.says("没有新的往来")
    town.holds()
