"""Leave in large print, whose time pays, a month's limit, and a guardian at the counter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from models.people import Delegation
from services.people.guardians import record_guardian
from services.people.kin import record_kinship
from services.requests.reviewing import approve
from services.visits.confirming import confirm
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter
from tests.web.elder_kit import (
    answer,
    begin,
    elder_town,
    let,
    relative,
    request_path,
    requests_of,
    visit_path,
)
from tests.web.volunteer_kit import Browser, Town


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town whose elder has 300 minutes."""
    yield from elder_town(databases)


def daughter(town: Town, *scopes: str, coins: int = 0) -> UUID:
    """王芳, whose mother the elder is."""
    made = relative(town, *scopes, name="王芳")
    street = town.street
    street.act(
        street.staff, lambda ctx: record_kinship(ctx, made, street.elder, "parent", "户口簿")
    )
    if coins:
        street.give_coins(made, coins)
    return made


def elder_name(town: Town) -> str:
    return town.street.look(lambda s: factories.member_row(s, town.street.elder).name)


def here(browser: Browser) -> str:
    """Where a form without an address of its own goes: this page, with what was answered."""
    return f"{browser.path}?{browser.page.request.query_string.decode()}"


def test_an_elder_gives_a_relative_leave_question_by_question(town: Town) -> None:
    browser = town.phone(town.street.elder)
    assert "还没有登记过您的家人" in browser.open("/elder/helpers/new")
    child = daughter(town)
    words = browser.open("/elder/helpers/new")
    assert "王芳" in words
    assert "子女" in words
    words = browser.send("/elder/helpers/new", answer=str(child))
    assert "王芳可以替您做什么？" in words
    words = browser.send(here(browser), answer=["ask", "confirm"])
    assert "每个月最多可以用您多少时间" in words
    words = browser.send(here(browser), answer="600")
    assert "到什么时候为止" in words
    words = browser.send(here(browser), answer="365")
    assert "请看一遍再同意" in words
    assert "10 小时" in words
    assert town.street.count(Delegation) == 0
    words = browser.send(here(browser))
    assert "王芳从现在起可以替您办事" in words
    assert "每个月最多用 10 小时" in words
    row = town.street.look(lambda s: s.query(Delegation).one())
    assert (row.scope, row.spend_minutes, row.consent) == (["see", "ask", "confirm"], 600, "own")
    assert row.ends_on == NOW.date() + timedelta(days=365)
    # Changed: who may only look uses nothing, and is not asked how much.
    browser.open(f"/elder/helpers/new/{child}/what?what=see")
    words = browser.send(here(browser), answer=["see"])
    assert "到什么时候为止" in words
    words = browser.send(here(browser), answer="90")
    assert "每个月最多用" not in words
    assert "代为申请" not in browser.send(here(browser))


def test_leave_is_the_elders_own_to_give(town: Town) -> None:
    child = daughter(town, "see", "ask")
    son = town.phone(child)
    son.open(f"/elder/for/{town.street.elder}/helpers/new", status=403)
    browser = town.phone(town.street.elder)
    browser.open(f"/elder/helpers/new/{town.street.volunteer}/what", status=404)


def test_her_own_time_pays_and_the_papers_say_who(town: Town) -> None:
    child = daughter(town, "see", "ask", "confirm", coins=40)
    browser, base = town.phone(child), f"/elder/for/{town.street.elder}"
    name = elder_name(town)
    begin(browser, base)
    words = answer(browser, base)
    assert browser.path.endswith("/ask/payer")
    assert "用谁的时间付？" in words
    assert f"您自己最多可以付 40 分，不够的用{name}的" in words
    words = browser.send(browser.path, answer="own")
    assert browser.path == f"{base}/ask/check"
    assert f"其中用您自己的 40 分，用{name}的 50 分" in words
    browser.send(browser.path)
    (row,) = requests_of(town, town.street.elder)
    assert row.payer_id == child
    assert f"王芳替{name}付 40 分" in browser.open(request_path(row.id, base=base))
    mother = town.phone(town.street.elder)
    assert f"王芳替{name}付 40 分" in mother.open(request_path(row.id))
    counter = Counter(town, town.phone(town.street.staff))
    assert f"王芳替{name}付 40 分" in counter.clerk.open(counter.request_path(row.id))
    words = browser.open("/family")
    assert "今年付了和留出来的一共 40 分" in words
    assert "先留出来了" in browser.open("/family/payments")
    street = town.street
    street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, row.id))
    visit = street.accepted(row.id)
    start = START + timedelta(days=1)
    street.come(visit, start)
    street.go(visit, 60, start)
    town.at(60 * 24 + 70)
    street.act(child, lambda ctx: confirm(ctx, LONGWAN, visit), now=town.now)
    words = mother.open(visit_path(visit, "/receipt"))
    assert f"王芳替{name}付 40 分" in words
    assert "您付 20 分" in words
    assert "已经付了" in browser.open("/family/payments")
    assert "王芳替" in mother.open("/elder/notices")


def test_a_month_that_is_used_up_is_said_before_it_is_sent(town: Town) -> None:
    child = daughter(town, coins=500)
    let(town, child, "see", "ask")
    browser, base = town.phone(child), f"/elder/for/{town.street.elder}"
    town.street.uow.run(lambda s: s.query(Delegation).update({"spend_minutes": 30}))
    begin(browser, base)
    answer(browser, base)
    words = browser.send(browser.path, answer="elder")
    assert "最多还能用 30 分，这次要用 1 小时" in words
    assert 'href="' + base + '/ask/payer"' in browser.page.text
    browser.open(f"{base}/ask/payer")
    words = browser.send(browser.path, answer="own")
    assert "提交以后，这个月您还可以用" in words
    browser.send(browser.path)
    assert len(requests_of(town, town.street.elder)) == 1
    assert "这个月您替" in browser.open("/family")
    assert "最多 30 分" in browser.text


def test_an_elder_is_never_asked_who_pays(town: Town) -> None:
    browser = town.phone(town.street.elder)
    begin(browser)
    answer(browser)
    assert browser.path == "/elder/ask/check"
    friend = town.phone(relative(town, "see", "ask", name="林一"))
    begin(friend, f"/elder/for/{town.street.elder}")
    answer(friend, f"/elder/for/{town.street.elder}")
    assert friend.path.endswith("/ask/check")


def guarded(town: Town) -> Browser:
    child = daughter(town)
    street = town.street
    street.act(
        street.staff,
        lambda ctx: record_guardian(ctx, street.elder, child, "court", "民特 1 号", NOW.date()),
    )
    return town.phone(child)


def test_a_guardian_reads_so_and_a_ward_is_led_to_the_branch(town: Town) -> None:
    son = guarded(town)
    assert "您是登记的监护人" in son.open("/family")
    words = son.open(f"/family/{town.street.elder}")
    assert "监护人的登记和结束，在网点办理" in words
    son.send(f"/family/{town.street.elder}/give-up")
    assert "您是登记的监护人" in son.open("/family")
    ward = town.phone(town.street.elder)
    words = ward.open("/elder/helpers")
    assert "监护人：王芳" in words
    assert "委托由监护人到网点办理" in words
    assert "让家人替我办事" not in words
    child = town.street.look(lambda s: factories.member_row(s, town.street.volunteer).id)
    town.street.act(
        town.street.staff,
        lambda ctx: record_kinship(ctx, town.street.elder, child, "child", "户口簿"),
    )
    path = f"/elder/helpers/new/{child}?what=see&month=0&until=90"
    ward.open(path)
    assert "登记了监护关系" in ward.send(path, status=422)


def test_the_counter_records_and_ends_a_guardian(town: Town) -> None:
    street = town.street
    counter = Counter(town, town.phone(street.staff))
    child = daughter(town)
    number = street.look(lambda s: factories.member_row(s, child).number)
    path = counter.member_path(street.elder)
    assert "没有登记监护人" in counter.clerk.open(path)
    counter.clerk.open(f"{path}/guardian")
    words = counter.clerk.send(
        f"{path}/guardian",
        guardian_number=number,
        document="committee",
        reference="样证 7 号",
        since="2026-03-01",
    )
    assert "已登记监护人" in words
    assert "王芳 · 居委会或民政部门指定 样证 7 号" in words
    counter.clerk.open(f"{path}/guardian/end")
    words = counter.clerk.send(f"{path}/guardian/end", reason="resigned")
    assert "监护关系已结束" in words
    assert "现在没有监护人。本人仍受保护" in words
