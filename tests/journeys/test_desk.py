"""The auditor's desk: from a flag to a withdrawn certificate.

Auditor and first administrator walk without script, the second one signs by the keyboard alone,
and the volunteer has a telephone.

Two visits were proven and confirmed on one telephone. The auditor looks, has a work sheet opened
and proposes that the first be taken back; two administrators sign; the branch's sheet is closed
with a reason; and a stranger who checks the volunteer's certificate reads that it no longer holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from models.flags import Flag
from models.ledger import AccountKind
from models.requests import Visit
from services.context import Context
from services.flags import scanning
from services.ledger.accounts import account_id, standing
from services.ledger.breaches import Tally
from services.people.actors import actor_for
from services.policy import SYSTEM, Actor
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.verification import verify
from services.visits.accepting import accept
from services.visits.checking import Proof, check_in, check_out
from services.visits.codes import codes_of
from services.visits.confirming import confirm
from tests.factories import LONGWAN, VAULT
from tests.journeys.conftest import Town, tomorrow_at_ten
from tests.journeys.hands import Hands

pytestmark = pytest.mark.browser
#: The telephone that lies on the elder's table.
ONE_TELEPHONE = "d" * 64
DAY = timedelta(days=1)


def act(town: Town, who: str | Actor, at: datetime, work: Callable[[Context], Any]) -> Any:
    """One committed unit of work as somebody, on the one telephone."""

    def run(session: Session) -> Any:
        actor = who if isinstance(who, Actor) else actor_for(session, town.people[who], at)
        ctx = Context(session=session, actor=actor, now=at, vault=VAULT)
        return work(replace(ctx, device=ONE_TELEPHONE))

    return town.uow.run(run)


def served(town: Town, start: datetime) -> UUID:
    """A visit of 62 minutes whose both sides used the same telephone; returns its posting."""
    asked, left = town.clock.now, start + timedelta(minutes=62)
    form = AskForm(town.people["wang"], "A04", start, 60)
    request = act(town, "wang", asked, lambda ctx: ask(ctx, form))
    act(town, "chenjing", asked, lambda ctx: approve(ctx, LONGWAN, request))
    visit = act(town, "liming", asked, lambda ctx: accept(ctx, LONGWAN, request)).visit_id
    codes = act(town, "wang", start, lambda ctx: codes_of(ctx, LONGWAN, visit, "digits"))
    coming, going = (Proof(digits=codes[each]) for each in ("in", "out"))
    act(town, "liming", start, lambda ctx: check_in(ctx, LONGWAN, visit, coming))
    act(town, "liming", left, lambda ctx: check_out(ctx, LONGWAN, visit, going))
    act(town, "wang", left, lambda ctx: confirm(ctx, LONGWAN, visit))
    with town.uow.read() as session:
        found = session.get_one(Visit, (LONGWAN, visit)).transfer_id
    assert found is not None
    return found


def earned(town: Town) -> int:
    """What the volunteer has."""
    with town.uow.read() as session:
        own = account_id(LONGWAN, AccountKind.EARNED, town.people["liming"])
        return standing(session, LONGWAN, own).posted_minutes


def press(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def says(page: Page, *words: str) -> None:
    """The page says these words and nothing runs off its right edge."""
    for each in words:
        expect(page.locator("main")).to_contain_text(each)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], page.url  # type: ignore[index]


def certify(volunteer: Hands) -> str:
    """A certificate over everything so far; returns its code."""
    volunteer.open("/volunteer/record/proof")
    volunteer.press(volunteer.main.locator("form button").first.inner_text().strip())
    volunteer.says("志愿服务证明")
    found = re.search(r"[2-9A-Y]{4}-[2-9A-Y]{4}-[2-9A-Y]{4}", volunteer.text())
    assert found is not None
    return found[0]


def check(stranger: Page, code: str, *words: str) -> None:
    """Somebody who was handed the paper types its number in."""
    stranger.goto("/check")
    stranger.locator("main input[name=code]").fill(code)
    stranger.locator("main form:has(input[name=code]) button").click()
    says(stranger, *words)
    assert "李明" not in stranger.content()


def from_flag_to_proposal(auditor: Page) -> tuple[str, str]:
    """The auditor's part; returns where the sheet and the proposal are."""
    auditor.goto("/oversight/")
    auditor.locator("main").get_by_role("link", name="异常提示").click()
    auditor.locator(f"main a[href*='flags/{LONGWAN}/']").first.click()
    says(auditor, "同一台设备", "涉及的服务", "李*", "王**")
    auditor.get_by_label("督办单").check(force=True)
    press(auditor, "开出工作单")
    says(auditor, "工作单已开出")
    flag = auditor.url
    auditor.get_by_role("link", name="看这张工作单").click()
    says(auditor, "督办单", "还没有人接")
    assert auditor.get_by_role("button", name="结束", exact=True).count() == 0
    sheet = auditor.url
    auditor.goto(flag)
    auditor.get_by_role("link", name="提出冲正").first.click()
    says(auditor, "提出本身不动任何时间")
    auditor.get_by_label("记录不实").check(force=True)
    auditor.locator("textarea[name=note]").fill("两家都说那天没有人来。")
    press(auditor, "提出冲正")
    says(auditor, "已提出冲正", "沈*")
    return sheet, auditor.url


def sign(administrator: Hands, proposal: str, said: str) -> None:
    """One administrator looks and signs."""
    administrator.open("/oversight/reversals")
    administrator.open(proposal)
    administrator.says("两家都说那天没有人来。")
    administrator.choose(administrator.main.locator("label[for=agree]").inner_text().strip())
    administrator.press("签署冲正")
    administrator.says(said)


def test_from_a_flag_to_a_withdrawn_certificate(
    town: Town, visit_as: Callable[..., Page], walk_as: Callable[[str | None, str], Hands]
) -> None:
    start = tomorrow_at_ten(town.clock.now)
    served(town, start)
    served(town, start + DAY)
    town.clock.now = start + 2 * DAY
    assert act(town, SYSTEM, town.clock.now, lambda ctx: scanning.scan(ctx, LONGWAN)) >= 1
    with town.uow.read() as session:
        assert "same_device" in session.scalars(sa.select(Flag.code).where(Flag.book == LONGWAN))
    before = earned(town)

    code = certify(walk_as("liming", "phone"))
    stranger = visit_as(None, width=390, height=844)
    check(stranger, code, "这份文书现在有效。", "李*")

    auditor = visit_as("shenwenbo")
    sheet, proposal = from_flag_to_proposal(auditor)
    assert auditor.get_by_role("button", name="签署冲正").count() == 0
    # Whoever sends the form all the same is refused.
    answer = auditor.request.post(
        f"{proposal}/sign", form={"agree": "y", "idempotency_key": "an-auditor"}
    )
    assert answer.status in (400, 403)
    assert earned(town) == before

    first, second = visit_as("zhoumin"), walk_as("zhengzhiyuan", "keyboard")
    sign(Hands(first), proposal, "还要另一位管理员签署")
    assert first.get_by_role("button", name="签署冲正").count() == 0, "nobody signs twice"
    assert earned(town) == before
    sign(second, proposal, "已冲正")
    assert earned(town) < before

    first.goto(sheet)
    press(first, "我来办")
    first.locator("details:has-text('结束') summary").last.click()
    first.get_by_label("情况属实").check(force=True)
    first.locator("form[action$=close] textarea").fill("两家都问过了。")
    press(first, "结束")
    says(first, "已结束", "两家都问过了。")
    auditor.goto(sheet)
    says(auditor, "两家都问过了。")

    check(stranger, code, "已经作废")
    with town.uow.read() as session:
        ctx = Context(session=session, actor=SYSTEM, now=town.clock.now, vault=VAULT)
        assert list(verify(ctx, LONGWAN, Tally())) == []
