"""One visit from the promise to the receipt: digits, breaks, calls, and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from models.oversight import Dispute
from models.requests import RequestState, VisitCode, VisitState
from services.policy import SYSTEM
from services.visits.confirming import confirm
from services.visits.disputes import decide_dispute
from services.visits.reviewing import follow_up
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.visits.conftest import START
from tests.web.volunteer_kit import Browser, Town, open_town


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town of the test's own."""
    yield from open_town(databases)


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 10**6:06d}"


def enter(browser: Browser, visit: UUID, way: str, status: int = 200, **answers: str) -> str:
    """Open the form for coming or going and send it."""
    browser.open(f"/volunteer/visits/{visit}/check-{way}")
    return browser.send(f"/volunteer/visits/{visit}/check-{way}", status=status, **answers)


def test_digits_begin_and_end_a_visit(town: Town) -> None:
    visit = town.promised()
    digits = town.street.digits(visit)
    browser = town.mine()
    town.at(-5)
    assert "去签到" in browser.open(f"/volunteer/visits/{visit}")
    words = enter(browser, visit, "in", digits=f"{digits['in'][:3]} {digits['in'][3:]}")
    assert "正在服务" in words
    town.at(62)
    words = enter(browser, visit, "out", digits=digits["out"])
    assert "等老人确认。到 3月14日 周六 上午 11:02" in words
    assert "实际服务 1 小时 2 分" in words
    # The door is nobody's business any more.
    assert "301" not in words
    assert "梅花" not in words
    row = town.street.visit(visit)
    assert (row.state, row.checked_in_by, row.checked_out_by) == (
        VisitState.CHECKED_OUT,
        "digits",
        "digits",
    )


def test_wrong_digits_are_counted_and_then_locked(town: Town) -> None:
    visit = town.promised()
    digits = town.street.digits(visit)["in"]
    town.at(0)
    browser = town.mine()
    here = f"/volunteer/visits/{visit}/check-in"
    browser.open(here)
    for left in (4, 3, 2, 1):
        # Each try is sent from the page that answered the one before.
        words = browser.send(here, status=422, digits=wrong(digits))
        assert f"还可以试 {left} 次" in words
        assert 'href="#digits"' in browser.page.text
        assert "<title>错误：" in browser.page.text
    words = browser.send(here, status=422, digits=wrong(digits))
    assert "数字错了太多次" in words
    assert "0577-00000000" in words
    assert 'name="digits"' not in browser.page.text
    # Even the right ones are of no use now; the card still is.
    browser.page = browser.client.post(
        f"/volunteer/visits/{visit}/check-in", data={**browser.hidden(), "digits": digits}
    )
    assert town.street.visit(visit).state is VisitState.ACCEPTED
    tried = town.street.look(
        lambda session: session.query(VisitCode).filter_by(visit_id=visit, purpose="in").one()
    )
    assert tried.attempts == 5
    assert "扫老人的卡" in browser.open(f"/volunteer/visits/{visit}/check-in")


def test_two_presses_with_wrong_digits_are_one_try(town: Town) -> None:
    visit = town.promised()
    digits = wrong(town.street.digits(visit)["in"])
    town.at(0)
    browser = town.mine()
    here = f"/volunteer/visits/{visit}/check-in"
    browser.open(here)
    form = {**browser.hidden(), "digits": digits}
    for _ in range(2):
        browser.page = browser.client.post(here, data=form)
        assert browser.page.status_code == 422
        assert "还可以试 4 次" in browser.text


def test_what_is_no_number_is_not_counted(town: Town) -> None:
    visit = town.promised()
    digits = town.street.digits(visit)["in"]
    town.at(0)
    browser = town.mine()
    browser.open(f"/volunteer/visits/{visit}/check-in")
    for answer, status in (("", 422), ("12", 422), ("abcdef", 422)):
        words = browser.send(f"/volunteer/visits/{visit}/check-in", status=status, digits=answer)
        assert "还可以试" not in words
    browser.send(f"/volunteer/visits/{visit}/check-in", digits=digits)
    assert town.street.visit(visit).state is VisitState.CHECKED_IN


@pytest.mark.parametrize(("minutes", "sentence"), [(-31, "起可以签到"), (61, "已经过了签到时间")])
def test_outside_the_window_nothing_begins(town: Town, minutes: int, sentence: str) -> None:
    visit = town.promised()
    digits = town.street.digits(visit)["in"]
    browser = town.mine()
    town.at(0)
    browser.open(f"/volunteer/visits/{visit}/check-in")
    town.at(minutes)
    words = browser.send(f"/volunteer/visits/{visit}/check-in", status=422, digits=digits)
    assert sentence in words
    assert town.street.visit(visit).state is VisitState.ACCEPTED
    # A bookmark of the form leads to the visit, which says the same.
    words = browser.open(f"/volunteer/visits/{visit}/check-in")
    assert browser.path == f"/volunteer/visits/{visit}"
    assert sentence in words
    assert "去签到" not in words


def test_another_volunteer_finds_nothing(town: Town) -> None:
    visit = town.promised()
    town.at(0)
    other = town.phone(
        town.street.uow.run(lambda session: factories.create_volunteer(session, "P1"))
    )
    for path in ("", "/check-in", "/accepted", "/withdraw", "/dispute", "/nobody-opens"):
        words = other.open(f"/volunteer/visits/{visit}{path}", status=404)
        assert "梅花" not in words
    other.open("/volunteer/visits")
    digits = town.street.digits(visit)["in"]
    other.send(f"/volunteer/visits/{visit}/check-in", status=404, digits=digits)
    assert town.street.visit(visit).state is VisitState.ACCEPTED


def test_a_break_is_taken_out(town: Town) -> None:
    visit = town.begun()
    digits = town.street.digits(visit)["out"]
    browser = town.mine()
    town.at(62)
    words = enter(browser, visit, "out", status=422, digits=digits, break_from="10:20")
    assert "请把休息的开始和结束都写上，或者都空着。" in words
    words = enter(
        browser, visit, "out", status=422, digits=digits, break_from="11:20", break_to="11:40"
    )
    assert "休息时间要在开始和结束之间。" in words
    words = enter(browser, visit, "out", digits=digits, break_from="10:20", break_to="10:40")
    assert "中间休息 3月11日 周三 上午 10:20 到 10:40" in words
    assert town.street.visit(visit).actual_minutes == 42


def test_a_call_is_begun_and_ended_by_a_button(town: Town) -> None:
    visit = town.promised("A01", 30, remote=True)
    town.at(0)
    browser = town.mine()
    words = browser.open(f"/volunteer/visits/{visit}")
    assert "打给谁" in words
    assert "没有人开门" not in words
    words = browser.open(f"/volunteer/visits/{visit}/check-in")
    assert "请不要让老人在电话里念数字" in words
    assert 'name="digits"' not in browser.page.text
    browser.send(f"/volunteer/visits/{visit}/check-in")
    town.at(25)
    browser.open(f"/volunteer/visits/{visit}/check-out")
    browser.send(f"/volunteer/visits/{visit}/check-out")
    row = town.street.visit(visit)
    assert (row.checked_in_by, row.checked_out_by, row.actual_minutes) == ("remote", "remote", 25)


def test_withdrawing_needs_a_reason_and_opens_the_request(town: Town) -> None:
    visit = town.promised()
    browser = town.mine()
    browser.open(f"/volunteer/visits/{visit}/withdraw")
    words = browser.send(f"/volunteer/visits/{visit}/withdraw", status=422, reason=" ")
    assert "请写一句原因" in words
    words = browser.send(f"/volunteer/visits/{visit}/withdraw", reason="家里有急事")
    assert "谢谢您提前说一声" in words
    assert "原因：家里有急事" in words
    row = town.street.visit(visit)
    assert row.state is VisitState.CANCELLED
    assert town.street.request(row.request_id).state is RequestState.OPEN
    assert "您不用去" in browser.open(f"/volunteer/visits/{visit}/withdraw")


def test_after_the_start_nobody_withdraws(town: Town) -> None:
    visit = town.promised()
    browser = town.mine()
    browser.open(f"/volunteer/visits/{visit}/withdraw")
    town.at(1)
    words = browser.send(f"/volunteer/visits/{visit}/withdraw", status=422, reason="忘了")
    assert "这次服务的状态已经变化" in words
    assert "来不了" not in browser.open(f"/volunteer/visits/{visit}")


def test_a_door_that_stays_closed(town: Town) -> None:
    visit = town.promised()
    browser = town.mine()
    browser.open(f"/volunteer/visits/{visit}/nobody-opens")
    assert browser.path == f"/volunteer/visits/{visit}"
    town.at(5)
    assert "没有人开门" in browser.open(f"/volunteer/visits/{visit}")
    words = browser.open(f"/volunteer/visits/{visit}/nobody-opens")
    for step in ("大声说“梅花”", "扫一下", "打网点电话", "公益池补您 30 分", "120"):
        assert step in words
    assert 'href="tel:057700000000"' in browser.page.text


def test_a_dispute_is_opened_once_and_its_decision_shown(town: Town) -> None:
    visit = town.begun()
    town.street.go(visit, 62)
    browser = town.mine()
    browser.open(f"/volunteer/visits/{visit}/dispute")
    words = browser.send(f"/volunteer/visits/{visit}/dispute", status=422, text="")
    assert "请写明哪里不对" in words
    words = browser.send(f"/volunteer/visits/{visit}/dispute", text="我十一点半才走。")
    assert "网点已经收到您的异议" in words
    assert "我十一点半才走。" in words
    assert "有异议在处理" in words
    assert "提出异议" not in browser.open(f"/volunteer/visits/{visit}/dispute")
    dispute = town.street.look(lambda session: session.query(Dispute).one())
    town.street.act(
        town.street.staff,
        lambda ctx: decide_dispute(ctx, LONGWAN, dispute.id, credit=False, reason="两边说法一致。"),
    )
    words = browser.open(f"/volunteer/visits/{visit}")
    assert "处理结果：不入账。" in words
    assert "两边说法一致。" in words


def test_a_credited_visit_has_a_receipt_and_a_telephone_for_mistakes(town: Town) -> None:
    visit = town.begun()
    town.street.go(visit, 62)
    browser = town.mine()
    browser.open(f"/volunteer/visits/{visit}/receipt", status=404)
    town.street.act(town.street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))
    words = browser.open(f"/volunteer/visits/{visit}")
    assert "已经入账，谢谢您。" in words
    assert "看收据" in words
    words = browser.open(f"/volunteer/visits/{visit}/dispute")
    assert "由网点核对" in words
    assert 'name="text"' not in browser.page.text


def test_a_missed_visit_says_whom_to_call(town: Town) -> None:
    visit = town.promised()
    town.street.act(
        SYSTEM, lambda ctx: follow_up(ctx, LONGWAN, visit), now=START + timedelta(hours=2)
    )
    town.at(120)
    words = town.mine().open(f"/volunteer/visits/{visit}")
    assert "没有看到您签到，请打网点电话说明情况。" in words
    assert "等处理的 陪聊" in town.mine().open("/volunteer/visits")


def test_the_list_of_visits_keeps_old_ones_apart(town: Town) -> None:
    visit = town.promised()
    browser = town.mine()
    assert "约好的 陪聊" in browser.open("/volunteer/visits")
    browser.open(f"/volunteer/visits/{visit}/withdraw")
    browser.send(f"/volunteer/visits/{visit}/withdraw", reason="家里有急事")
    words = browser.open("/volunteer/visits")
    assert "以前的 陪聊" in words
    assert "现在没有约好的服务。" in words


def test_coming_and_going_in_english(town: Town) -> None:
    visit = town.promised()
    digits = town.street.digits(visit)["in"]
    town.at(0)
    browser = town.mine().english()
    here = f"/volunteer/visits/{visit}/check-in"
    browser.open(here)
    words = browser.send(here, status=422, digits=wrong(digits))
    assert "These are not the right digits. Please ask the elder again. Tries left: 4." in words
    words = browser.send(here, digits=digits)
    assert "The visit is going on." in words
