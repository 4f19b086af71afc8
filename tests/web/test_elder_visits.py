"""A visit on the elder's side: the codes, the word, the confirmation, the receipt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from models.ledger import Transfer
from models.oversight import AuditRecord, Dispute
from models.people import Delegation, Handle, Member
from models.requests import RequestState, VisitState
from services.policy import SYSTEM
from services.visits.closed_door import report_closed_door
from services.visits.disputes import decide_dispute
from services.visits.reviewing import follow_up
from services.visits.withdrawing import withdraw
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.visits.conftest import START
from tests.web.elder_kit import (
    credited,
    elder_town,
    relative,
    request_path,
    served,
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


def spaced(code: str) -> str:
    """Six digits as they are read out."""
    return f"{code[:3]} {code[3:]}"


def volunteer_name(town: Town) -> str:
    return town.street.look(lambda s: s.get_one(Member, town.street.volunteer).name)


def test_who_comes_with_word_and_codes(town: Town, browser: Browser) -> None:
    visit = town.promised()
    digits = town.street.digits(visit)
    words = browser.open(visit_path(visit))
    assert f"来时报 {spaced(digits['in'])}" in words
    assert f"走时报 {spaced(digits['out'])}" in words
    assert volunteer_name(town) in words
    assert "梅花" in words
    assert "基础" in words
    # Used codes are gone.
    town.street.come(visit)
    town.at(5)
    words = browser.open(visit_path(visit))
    assert "来时报" not in words
    assert f"走时报 {spaced(digits['out'])}" in words
    assert "上午 10:00开始的" in words


def test_a_call_has_no_codes_to_read_out(town: Town, browser: Browser) -> None:
    visit = town.promised(remote=True)
    words = browser.open(visit_path(visit))
    assert "来时报" not in words
    assert "任何数字都不要在电话里告诉别人" in words


def test_a_relative_sees_the_codes_and_the_look_is_recorded(town: Town) -> None:
    visit = town.promised()
    son = town.phone(relative(town, "see"))
    words = son.open(visit_path(visit))
    assert spaced(town.street.digits(visit)["in"]) in words
    look = AuditRecord.act == "visit.read"
    assert town.street.count(AuditRecord, look, AuditRecord.subject_id == visit) >= 1
    name = volunteer_name(town)
    for stranger in (town.mine(), town.phone(town.street.uow.run(factories.create_auditor))):
        assert name not in stranger.open(visit_path(visit), status=403)


def test_yes_it_was_so(town: Town, browser: Browser) -> None:
    visit = served(town)
    words = browser.open(visit_path(visit, "/confirm"))
    assert f"{volunteer_name(town)}来了 1 小时 2 分，对吗？" in words
    sent = browser.hidden()
    words = browser.send(visit_path(visit, "/confirm"))
    assert browser.path == visit_path(visit, "/receipt")
    assert "您付 1 小时 2 分" in words
    assert town.street.visit(visit).state is VisitState.CREDITED
    # A second press finds the receipt, and posts nothing.
    again = browser.client.post(visit_path(visit, "/confirm"), data=sent, follow_redirects=True)
    assert again.request.path == visit_path(visit, "/receipt")
    assert town.street.count(Transfer, Transfer.kind == "service") == 1
    assert town.street.earned(town.street.elder) == (238, 0)
    # Nothing is left to confirm.
    browser.open(visit_path(visit, "/confirm"))
    assert browser.path == visit_path(visit)


def test_the_receipt_explains_itself(town: Town, browser: Browser) -> None:
    visit = credited(town)
    words = browser.open(visit_path(visit, "/receipt"))
    for said in (
        "工作日白天 1 小时 2 分 × 100%",
        "服务内容：陪伴联络 × 100%",
        "老人付出 1 小时 2 分：按服务内容和时间计。",
        "公益池补足 0 分。",
        "CN-TB-1",
        volunteer_name(town),
    ):
        assert said in words
    words = town.phone(town.street.elder).english().open(visit_path(visit, "/receipt"))
    assert "working day, daytime 1 h 2 min × 100%" in words
    assert "You pay 1 h 2 min" in words


def test_there_is_no_receipt_before_the_posting(town: Town, browser: Browser) -> None:
    visit = served(town)
    browser.open(visit_path(visit, "/receipt"))
    assert browser.path == visit_path(visit)


def test_of_a_pair_the_first_confirmation_waits(town: Town, browser: Browser) -> None:
    street = town.street
    mate = street.uow.run(lambda s: factories.create_volunteer(s, "P3"))
    nurse = street.uow.run(lambda s: factories.create_volunteer(s, "P3"))
    request = street.open_request("E01", 60)
    first, second = street.accepted(request, mate), street.accepted(request, nurse)
    assert "一起来的人" in browser.open(visit_path(first))
    for visit in (first, second):
        street.come(visit)
        street.go(visit, 60)
    town.at(70)
    browser.open(visit_path(first, "/confirm"))
    words = browser.send(visit_path(first, "/confirm"))
    assert browser.path == visit_path(first)
    assert "另一位志愿者那边也确认以后，一起入账" in words
    browser.open(visit_path(second, "/confirm"))
    browser.send(visit_path(second, "/confirm"))
    assert browser.path == visit_path(second, "/receipt")
    receipts = browser.text + browser.open(visit_path(first, "/receipt"))
    assert "两个人来，您只付一份" in receipts


def test_no_it_was_not_so(town: Town, browser: Browser) -> None:
    visit = served(town)
    browser.open(visit_path(visit, "/dispute"))
    words = browser.send(visit_path(visit, "/dispute"), status=422)
    assert words.count("请说一说哪里不对，几个字也可以。") == 2
    sent = browser.hidden()
    words = browser.send(visit_path(visit, "/dispute"), text="只来了半小时")
    assert browser.path == visit_path(visit)
    assert "网点正在处理" in words
    assert "您说的是：只来了半小时" in words
    again = {**sent, "text": "只来了半小时"}
    browser.client.post(visit_path(visit, "/dispute"), data=again)
    assert town.street.count(Dispute) == 1
    request = town.street.visit(visit).request_id
    assert "有地方说不一样" in browser.open(request_path(request))
    dispute = town.street.look(lambda s: s.query(Dispute).one().id)
    town.street.act(
        town.street.staff,
        lambda ctx: decide_dispute(ctx, LONGWAN, dispute, credit=False, reason="核实过，没有做完"),
        now=town.now,
    )
    words = browser.open(visit_path(visit))
    assert "这次不入账" in words
    assert "核实过，没有做完" in words


def test_silence_can_still_be_confirmed(town: Town, browser: Browser) -> None:
    visit = served(town)
    town.now += timedelta(hours=73)
    town.street.act(SYSTEM, lambda ctx: follow_up(ctx, LONGWAN, visit), now=town.now)
    assert "网点正在核实" in browser.open(visit_path(visit))
    browser.open(visit_path(visit, "/confirm"))
    browser.send(visit_path(visit, "/confirm"))
    assert browser.path == visit_path(visit, "/receipt")


def test_a_relative_confirms_within_the_scope_only(town: Town) -> None:
    visit = served(town)
    base = f"/elder/for/{town.street.elder}"
    looker = town.phone(relative(town, "see", "ask"))
    for page in ("/confirm", "/dispute"):
        words = looker.open(visit_path(visit, page, base), status=403)
        assert "您还不能代" in words
        assert "确认服务。" in words
    looker.open("/family")
    looker.send(visit_path(visit, "/confirm", base), status=403)
    assert town.street.visit(visit).state is VisitState.CHECKED_OUT
    son = town.phone(relative(town, "confirm"))
    son.open(visit_path(visit, "/confirm", base))
    son.send(visit_path(visit, "/confirm", base))
    assert son.path == visit_path(visit, "/receipt", base)
    assert town.street.visit(visit).confirmed_how == "family"


def test_staff_do_not_confirm_with_a_click(town: Town) -> None:
    visit = served(town)
    base = f"/elder/for/{town.street.elder}"
    clerk = town.phone(town.street.staff)
    assert "看一看，确认" not in clerk.open(visit_path(visit, base=base))
    clerk.open(visit_path(visit, "/confirm", base), status=403)


def test_cancelling_says_first_what_goes_back(town: Town, browser: Browser) -> None:
    visit = town.promised()
    request = town.street.visit(visit).request_id
    words = browser.open(request_path(request, "/cancel"))
    assert "留出的 1 小时 30 分 马上全部退回。" in words
    assert f"{volunteer_name(town)}会收到通知，不用来了。" in words
    sent = browser.hidden()
    words = browser.send(request_path(request, "/cancel"))
    assert browser.path == request_path(request)
    assert "已经取消了，留出的时间已全部退回。" in words
    assert town.street.earned(town.street.elder) == (300, 0)
    browser.client.post(request_path(request, "/cancel"), data=sent)
    assert town.street.request(request).state is RequestState.CANCELLED
    browser.open(request_path(request, "/cancel"))
    assert browser.path == request_path(request)


def test_what_has_begun_cannot_be_cancelled(town: Town, browser: Browser) -> None:
    request = town.street.open_request()
    browser.open(request_path(request, "/cancel"))
    visit = town.street.accepted(request)
    town.street.come(visit)
    town.at(5)
    words = browser.send(request_path(request, "/cancel"), status=422)
    assert "服务已经开始，不能取消" in words
    browser.open(request_path(request, "/cancel"))
    assert browser.path == request_path(request)
    assert "不要了，取消" not in browser.text


def test_only_whoever_may_ask_cancels(town: Town) -> None:
    request = town.street.ask()
    base = f"/elder/for/{town.street.elder}"
    looker = town.phone(relative(town, "see", "confirm"))
    words = looker.open(request_path(request, "/cancel", base), status=403)
    assert "申请或取消服务" in words
    asker = town.phone(relative(town, "ask", name="王建军"))
    asker.open(request_path(request, "/cancel", base))
    asker.send(request_path(request, "/cancel", base))
    assert town.street.request(request).state is RequestState.CANCELLED


def test_a_volunteer_who_withdraws(town: Town, browser: Browser) -> None:
    visit = town.promised()
    town.street.act(town.street.volunteer, lambda ctx: withdraw(ctx, LONGWAN, visit, "病了"))
    assert "这次不来了" in browser.open(visit_path(visit))
    assert "正在找志愿者" in browser.open(request_path(town.street.visit(visit).request_id))


def test_the_word_at_the_door_is_chosen_by_the_elder(town: Town, browser: Browser) -> None:
    browser.open("/elder/door-word")
    assert 'value="梅花"' in browser.page.text
    words = browser.send("/elder/door-word", status=422, door_word="")
    assert words.count("请写一个您记得住的词。") == 2
    browser.send("/elder/door-word", status=422, door_word="1234")
    assert "<title>错误：" in browser.page.text
    words = browser.send("/elder/door-word", door_word="桂花香")
    assert "以后来的人敲门时说“桂花香”" in words

    def word(session: Session) -> str | None:
        return session.get_one(Member, town.street.elder).door_word

    assert town.street.look(word) == "桂花香"
    son = town.phone(relative(town, "see", "ask", "confirm"))
    refused = son.open(f"/elder/for/{town.street.elder}/door-word", status=403)
    assert "敲门说的话只能由" in refused


def test_how_to_get_a_card(town: Town, browser: Browser) -> None:
    words = browser.open("/elder/card")
    assert "带身份证到网点" in words
    assert "旧卡作废" not in words
    browser.send("/elder/card", status=403)
    assert town.street.count(Handle, Handle.kind == "card") == 0


def test_staff_print_a_new_card_and_the_old_one_ends(town: Town) -> None:
    clerk = town.phone(town.street.staff)
    path = f"/elder/for/{town.street.elder}/card"
    assert "以前的卡马上不能再用" in clerk.open(path)
    sent = clerk.hidden()
    words = clerk.send(path)
    assert "离开这一页就看不到了" in words
    assert "<svg" in clerk.page.text
    again = clerk.client.post(path, data=sent)
    assert again.text.count("<path") == clerk.page.text.count("<path")
    live = (Handle.kind == "card", Handle.revoked_at.is_(None))
    assert town.street.count(Handle, *live) == 1
    clerk.open(path)
    clerk.send(path)
    assert town.street.count(Handle, Handle.kind == "card") == 2
    assert town.street.count(Handle, *live) == 1


def test_who_may_act_for_me_and_an_end_to_it(town: Town, browser: Browser) -> None:
    assert "现在没有人可以代办。" in browser.open("/elder/helpers")
    son = relative(town, "see", "confirm")
    words = browser.open("/elder/helpers")
    assert "王建国" in words
    assert "代为确认服务" in words
    assert "代为申请和取消服务" not in words
    delegation = town.street.look(lambda s: s.query(Delegation).one().id)
    assert "现在没有人可以代办。" in browser.send(f"/elder/helpers/{delegation}/end")
    town.phone(son).open(f"/elder/for/{town.street.elder}", status=403)


def test_relatives_do_not_see_who_else_may_act(town: Town) -> None:
    relative(town, "see", name="王建军")
    son = town.phone(relative(town, "see", "ask"))
    base = f"/elder/for/{town.street.elder}"
    assert "王建军" not in son.open(f"{base}/helpers", status=403)
    delegation = town.street.look(lambda s: s.query(Delegation).first().id)
    son.open("/family")
    son.send(f"{base}/helpers/{delegation}/end", status=403)
    live = Delegation.revoked_at.is_(None)
    assert town.street.count(Delegation, live) == 2


def test_nobody_opens_costs_nothing(town: Town, browser: Browser) -> None:
    visit = town.promised()
    town.at(10)
    token = town.door(town.street.elder)
    town.street.act(
        town.street.volunteer,
        lambda ctx: report_closed_door(ctx, LONGWAN, visit, token),
        now=town.now,
    )
    words = browser.open(visit_path(visit))
    assert "来过，没有人开门" in words
    assert "没有用您的时间" in words
    assert town.street.earned(town.street.elder) == (300, 0)


def test_the_list_says_what_the_visit_waits_for(town: Town, browser: Browser) -> None:
    town.promised(starts_at=START + timedelta(days=2))
    assert "已有人接单" in browser.open("/elder/requests")
    served(town)
    words = browser.open("/elder/requests")
    assert "等老人确认" in words
    assert words.count("已有人接单") == 1
