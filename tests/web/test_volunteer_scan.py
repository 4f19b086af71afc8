"""Cards and door signs: a button for whoever is expected, calm words for everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from models.oversight import SafetySheet
from models.requests import VisitState
from services.people.cards import revoke_card
from services.people.reading import member_row
from tests import factories
from tests.databases import Databases
from tests.web.volunteer_kit import Browser, Town, open_town


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town of the test's own."""
    yield from open_town(databases)


def elder_name(town: Town) -> str:
    return town.street.look(lambda session: member_row(session, town.street.elder).name)


def assert_calm(town: Town, browser: Browser, words: str) -> None:
    """No button, no name, no address, no word of the door."""
    assert "<form" not in browser.page.text.split("<main")[1].split("</main>")[0]
    name = elder_name(town)
    for secret in (name, f"{name[0]}**", "梅花", "样例小区", "301"):
        assert secret not in words


def test_the_token_leaves_the_address_at_once(town: Town) -> None:
    token = town.card(town.street.elder)
    browser = town.mine()
    answer = browser.client.get(f"/c/{token}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/c"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert token not in answer.text
    assert token not in answer.headers["Set-Cookie"]
    assert token not in browser.open("/c")
    assert token not in browser.page.text


def test_a_card_begins_and_ends_a_visit_by_a_button(town: Town) -> None:
    visit = town.promised()
    token = town.card(town.street.elder)
    town.at(-10)
    browser = town.mine()
    words = browser.open(f"/c/{token}")
    assert "签到" in words
    assert town.street.visit(visit).state is VisitState.ACCEPTED
    words = browser.send("/c")
    assert "正在服务" in words
    town.at(62)
    words = browser.open(f"/c/{token}")
    assert "从 上午 9:50 开始。" in words
    browser.send("/c", break_from="10:10", break_to="10:20")
    row = town.street.visit(visit)
    assert (row.checked_in_by, row.checked_out_by, row.actual_minutes) == ("card", "card", 52)


def test_a_break_that_cannot_be_is_asked_again(town: Town) -> None:
    visit = town.begun()
    token = town.card(town.street.elder)
    town.at(62)
    browser = town.mine()
    browser.open(f"/c/{token}")
    words = browser.send("/c", status=422, break_from="10:10")
    assert "请把休息的开始和结束都写上，或者都空着。" in words
    words = browser.send("/c", status=422, break_from="12:10", break_to="12:20")
    assert "休息时间要在开始和结束之间。" in words
    browser.send("/c")
    assert town.street.visit(visit).actual_minutes == 62


@pytest.mark.parametrize(("minutes", "sentence"), [(-31, "起才能签到"), (61, "现在不能在这里办")])
def test_outside_the_window_a_card_does_nothing(town: Town, minutes: int, sentence: str) -> None:
    visit = town.promised()
    token = town.card(town.street.elder)
    browser = town.mine()
    town.at(0)
    browser.open(f"/c/{token}")
    form = browser.hidden()
    town.at(minutes)
    words = browser.open(f"/c/{token}")
    assert sentence in words
    assert_calm(town, browser, words)
    browser.page = browser.client.post("/c", data=form)
    assert browser.page.status_code == 409
    assert town.street.visit(visit).state is VisitState.ACCEPTED


def test_whoever_is_not_expected_reads_whose_branch_to_call(town: Town) -> None:
    town.promised()
    token = town.card(town.street.elder)
    town.at(0)
    other = town.street.uow.run(lambda session: factories.create_volunteer(session, "P1"))
    for browser in (town.phone(), town.phone(other), town.phone(town.street.staff)):
        words = browser.open(f"/c/{token}")
        assert "请打给网点" in words
        assert "0577-00000000" in words
        assert_calm(town, browser, words)
    assert "请先登录，再扫一次" in town.phone().open(f"/c/{token}")


def test_the_card_of_another_elder_does_nothing(town: Town) -> None:
    visit = town.promised()
    neighbour = town.street.uow.run(factories.create_elder)
    token = town.card(neighbour)
    town.at(0)
    browser = town.mine()
    words = browser.open(f"/c/{token}")
    assert "现在没有您约好的服务可以在这里签到。" in words
    assert_calm(town, browser, words)
    browser.open(f"/volunteer/visits/{visit}/check-in")
    browser.send("/c", status=409)
    assert town.street.visit(visit).state is VisitState.ACCEPTED


def test_a_card_that_was_revoked_does_nothing(town: Town) -> None:
    visit = town.promised()
    token = town.card(town.street.elder)
    town.at(0)
    browser = town.mine()
    browser.open(f"/c/{token}")
    town.street.act(town.street.staff, lambda ctx: revoke_card(ctx, town.street.elder))
    words = browser.send("/c", status=409)
    assert "这个码不能用，可能已经停用。" in words
    assert town.street.visit(visit).state is VisitState.ACCEPTED
    assert "0577-12349" in town.mine().open(f"/c/{token}")


def test_a_scan_is_good_for_half_an_hour(town: Town) -> None:
    town.promised()
    token = town.card(town.street.elder)
    town.at(-20)
    browser = town.mine()
    browser.open(f"/c/{token}")
    form = browser.hidden()
    town.at(11)
    assert "请重新扫一次" in browser.open("/c")
    assert browser.client.post("/c", data=form).status_code == 409
    assert "请重新扫一次" in town.mine().open("/c")


def test_a_forged_cookie_is_no_scan(town: Town) -> None:
    browser = town.mine()
    with browser.client.session_transaction() as stored:
        stored["scan_card"] = "v1.forged"
    assert "请重新扫一次" in browser.open("/c")


def report(town: Town) -> tuple[UUID, str]:
    visit = town.promised()
    return visit, town.door(town.street.elder)


def test_a_door_sign_reports_that_nobody_opens(town: Town) -> None:
    visit, token = report(town)
    town.at(10)
    browser = town.mine()
    words = browser.open(f"/d/{token}")
    assert "等过五分钟" in words
    assert town.street.count(SafetySheet) == 0
    words = browser.send("/d")
    assert "公益池补您 30 分" in words
    assert town.street.visit(visit).state is VisitState.CLOSED_DOOR
    assert town.street.count(SafetySheet) == 1
    assert town.street.earned(town.street.volunteer) == (30, 0)
    assert "白跑一趟，公益池补的" in browser.open("/volunteer/coins")
    assert "没有人开门 公益池补的" in browser.open(f"/volunteer/visits/{visit}/receipt")


def test_a_door_sign_is_no_card_and_a_card_no_door_sign(town: Town) -> None:
    visit, token = report(town)
    card = town.card(town.street.elder)
    town.at(0)
    browser = town.mine()
    assert "这个码不能用" in browser.open(f"/c/{token}")
    assert "这个码不能用" in browser.open(f"/d/{card}")
    assert town.street.visit(visit).state is VisitState.ACCEPTED


def test_before_the_window_a_door_sign_does_nothing(town: Town) -> None:
    _, token = report(town)
    town.at(-40)
    browser = town.mine()
    words = browser.open(f"/d/{token}")
    assert_calm(town, browser, words)
    assert town.street.count(SafetySheet) == 0


def test_a_stranger_presses_nothing(town: Town) -> None:
    _, token = report(town)
    town.at(0)
    browser = town.phone()
    browser.open(f"/d/{token}")
    answer = browser.client.post("/d", data=browser.hidden())
    assert answer.status_code in (303, 400)
    assert town.street.count(SafetySheet) == 0


def test_scans_in_english(town: Town) -> None:
    town.promised()
    token = town.card(town.street.elder)
    words = town.phone().english().open(f"/c/{token}")
    assert "If you found this card" in words
    town.now += timedelta(hours=25)
    assert "Check in" in town.mine().english().open(f"/c/{token}")
