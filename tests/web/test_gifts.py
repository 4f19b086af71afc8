"""Gifts on pages: the giver's telephone, the receiver's, and the counter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from models.giving import Gift, GiftState
from models.ledger import AccountKind
from models.oversight import AuditRecord
from models.people import Member
from services.context import Context
from services.ledger.accounts import inherited_period
from services.places.settings import set_regional_setting
from services.rates import rule_set_on
from services.rules.member_number import grouped
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.gifts.conftest import AFTER, Family
from tests.web.branch_kit import hidden_of
from tests.web.volunteer_kit import Browser, Town, open_town

DONE = "办好了。时间已经留出来"


class Household(Family):
    """The family, with a telephone each."""

    def __init__(self, town: Town) -> None:
        super().__init__(town.street)
        self.town = town

    def only(self) -> Gift:
        """The one gift there is."""
        return self.street.look(lambda session: session.query(Gift).filter_by(book=LONGWAN).one())

    def answer(self, browser: Browser, *answers: str) -> str:
        """Answer the questions in the order in which they come up."""
        words = browser.open("/giving/gifts/new")
        for each in answers:
            words = browser.send(browser.path, answer=each)
        return words


@pytest.fixture
def home(databases: Databases) -> Iterator[Household]:
    """A family of two, the giver with 600 minutes."""
    for town in open_town(databases):
        yield Household(town)


def test_from_the_first_question_to_the_receivers_account(home: Household) -> None:
    browser = home.town.phone(home.giver)
    assert "送时间给家人" in browser.open("/giving")
    assert "还没有送过。" in browser.open("/giving/gifts")
    assert "送给谁？" in browser.open("/giving/gifts/new")
    assert "父母" in browser.text
    # Neither an answer nor a question can be skipped.
    assert browser.send(browser.path, 422)
    browser.open("/giving/gifts/new/check")
    assert browser.path.endswith("/whom")
    assert "您现在可以送 10 小时。" in browser.send(browser.path, answer=str(home.mother))
    browser.send(browser.path, answer="other")
    assert browser.path.endswith("/minutes")
    browser.send(browser.path, 422, **{"answer-h": "11", "answer-m": "0"})
    words = browser.send(browser.path, **{"answer-h": "1", "answer-m": "30"})
    assert browser.path.endswith("/check")
    for said in ("（父母）", "1 小时 30 分", "自己做服务挣来的", "24 小时里"):
        assert said in words
    hidden = browser.hidden()
    assert "请填短信里的数字" in browser.send(browser.path)
    code_page = browser.path
    gift = home.only()
    # A second press of the same button leads to the same gift.
    browser.page = browser.client.post(
        "/giving/gifts/new/check", data=hidden, follow_redirects=True
    )
    assert browser.path == code_page
    browser.send(code_page, 422, code="12")
    right = home.code(gift.id)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    assert "还可以试 4 次" in browser.send(code_page, 422, code=wrong)
    assert "新的验证码已经发出" in browser.send(f"{code_page}/again")
    home.town.now = NOW + timedelta(seconds=30)
    assert "新的验证码已经发出" in browser.send(f"{code_page}/again")
    words = browser.send(code_page, code=home.code(gift.id))
    assert DONE in words
    assert "收回，不送了" in words
    browser.open(code_page)
    assert not browser.path.endswith("/code")
    theirs = home.town.phone(home.mother)
    assert "快要到账" in theirs.open("/giving/gifts")
    home.run_job(AFTER + timedelta(minutes=1))
    home.town.now = AFTER + timedelta(minutes=1)
    browser, theirs = home.town.phone(home.giver), home.town.phone(home.mother)
    words = browser.open(f"/giving/gifts/{LONGWAN}/{gift.id}")
    assert "已经送到" in words
    assert "看赠与书" in words
    assert "收回，不送了" not in words
    assert "不要，退回去" in theirs.open(f"/giving/gifts/{LONGWAN}/{gift.id}")
    assert "Arrived" in browser.english().open(f"/giving/gifts/{LONGWAN}/{gift.id}")
    stranger = home.town.phone(home.joins())
    stranger.open(f"/giving/gifts/{LONGWAN}/{gift.id}", 403)
    stranger.open(f"/giving/gifts/{LONGWAN}/{home.mother}", 404)


def test_the_giver_takes_it_back_and_the_receiver_sends_it_back(home: Household) -> None:
    first, second = home.held(60), home.held(30)
    browser, theirs = home.town.phone(home.giver), home.town.phone(home.mother)
    there = f"/giving/gifts/{LONGWAN}"
    assert "收回以后" in browser.open(f"{there}/{first}/back")
    assert "已经收回" in browser.send(f"{there}/{first}/back")
    assert home.state(first) is GiftState.TAKEN_BACK
    assert "已经不能收回了。" in browser.open(f"{there}/{first}/back")
    browser.send(f"{there}/{first}/back", 422)
    assert "对方收回了" in theirs.open("/giving/gifts")
    assert "退回以后" in theirs.open(f"{there}/{second}/refuse")
    assert "已经退回给送的人。" in theirs.send(f"{there}/{second}/refuse")
    assert home.state(second) is GiftState.REFUSED
    assert "已经不能退回了。" in theirs.open(f"{there}/{second}/refuse")
    theirs.send(f"{there}/{second}/refuse", 422)
    browser.send(f"{there}/{second}/code/again", 422)
    # Before the code the receiver knows of nothing.
    waiting = home.waiting(60)
    theirs.open(f"{there}/{waiting}", 404)
    assert home.street.earned(home.giver) == (600, 0)


def test_an_old_giver_is_asked_three_questions(home: Household) -> None:
    home.street.give_coins(home.mother, 120)
    browser = home.town.phone(home.mother)
    words = home.answer(browser, str(home.giver), "60")
    assert "有没有人催您现在就送？" in words
    browser.send(browser.path, answer="no")
    assert "是您自己想送给" in browser.text
    browser.send(browser.path, answer="yes")
    words = browser.send(browser.path, 409, answer="yes")
    assert "今天先不送" in words
    assert "0577-12349" in words
    assert home.street.count(AuditRecord, AuditRecord.act == "gift.guard") == 1
    # The right answers a moment later do not help; the next day they do.
    home.answer(browser, str(home.giver), "60", "no", "yes", "no")
    assert "今天先不送" in browser.send("/giving/gifts/new/check", 409)
    home.town.now = NOW + timedelta(hours=26)
    browser = home.town.phone(home.mother)
    home.answer(browser, str(home.giver), "60", "no", "yes", "no")
    assert "请填短信里的数字" in browser.send("/giving/gifts/new/check")


def test_whoever_cannot_give_here_is_told_where(home: Household) -> None:
    def told(member: UUID, coins: int = 120, query: str = "") -> str:
        if coins:
            home.street.give_coins(member, coins)
        return home.town.phone(member).open(f"/giving/gifts/new{query}")

    lone, landline = home.joins(), home.joins(age=70, phone="0577-86880000")
    home.relate(landline, home.giver, "child")
    child = home.joins(age=16)
    assert "还没有登记可以送的亲属" in told(lone)
    assert "您没有登记手机" in told(landline)
    assert "满 18 岁才能赠送时间。" in told(child)
    assert "您现在没有可以送的时间" in told(home.mother, 0)
    assert "不用转送" in told(home.mother, 0, "?coins=inherited")
    assert "继承来的时间，只能转给" in told(home.street.admins[0], 0, "?coins=inherited")
    # A question that is opened by its address says the same.
    assert "您没有登记手机" in home.town.phone(landline).open("/giving/gifts/new/whom")


def test_a_share_that_is_locked_is_directed(home: Household) -> None:
    home.put(home.giver, AccountKind.RECEIVED, inherited_period(NOW.date()), 90)
    browser = home.town.phone(home.giver)
    assert "转送给家里的老人" in browser.open("/giving/gifts")
    assert "转送给谁？" in browser.open("/giving/gifts/new?coins=inherited")
    words = browser.send(browser.path, answer=str(home.mother))
    assert "现在可以转送 1 小时 30 分。" in words
    words = browser.send(browser.path, answer="60")
    assert "继承来的" in words
    browser.send("/giving/gifts/new/check")
    assert home.only().origin.value == "inherited"
    home.confirm(home.only().id)
    # The counter does the same for whoever has no mobile phone.
    clerk, there = home.town.phone(home.street.staff), f"/branch/members/{home.giver}/gifts"
    assert "转送继承的时间" in clerk.open(there)
    assert "现在有 30 分。" in clerk.open(f"{there}/new?coins=inherited")
    said = {"receiver": str(home.mother), "minutes-h": "0", "minutes-m": "30"}
    assert "继承来的" in clerk.send(f"{there}/new?coins=inherited", **said)
    clerk.send(f"{there}/check?coins=inherited", **hidden_of(clerk), present="y")
    period = inherited_period(NOW.date())
    assert home.received(home.giver, period) == (90, 90)


def test_a_friend_by_number_and_name(home: Household) -> None:
    street = home.street
    friend = home.joins(age=70, name="何长青")

    def allow(ctx: Context) -> None:
        rules = rule_set_on(ctx.session, NOW.date())
        set_regional_setting(ctx, LONGWAN, "friend_gift_per_year_minutes", 120, rules)

    street.act(street.admins[0], allow)
    number = street.look(lambda session: session.get_one(Member, friend).number)
    browser = home.town.phone(home.giver)
    home.answer(browser, "friend")
    for said in ({"number": "123", "name": "何长青"}, {"number": number, "name": "何长春"}):
        browser.send(browser.path, 422, **said)
    words = browser.send(browser.path, number=grouped(number), name="何长青")
    assert "今年还可以送给朋友的，加起来 2 小时。" in words
    assert "何长青（朋友）" in browser.send(browser.path, answer="120")
    browser.send("/giving/gifts/new/check")
    assert home.only().receiver_id == friend
    clerk = home.town.phone(street.staff)
    there = f"/branch/members/{home.giver}/gifts/new"
    words = clerk.open(there)
    said = {"receiver": "friend", "minutes-h": "0", "minutes-m": "30", "name": "何长青"}
    assert "今年还可以送 0 分" in clerk.send(there, 422, **said, number=number)
    clerk.send(there, 422, **said, number="1")


def test_the_counter_names_both(home: Household) -> None:
    street, old = home.street, home.joins(age=76, phone=None, name="周老太")
    home.relate(old, home.giver, "child")
    clerk = home.town.phone(street.staff)
    there = f"/branch/members/{old}/gifts"
    assert "现在没有可以送的时间" in clerk.open(f"{there}/new")
    street.give_coins(old, 120)
    clerk.open(f"/branch/members/{old}")
    assert there in clerk.page.text
    assert "没有送过别人。" in clerk.open(there)
    asked = {"receiver": str(home.giver), "minutes-h": "3", "minutes-m": "0"}
    assert "您现在能送的有 2 小时" in clerk.send(f"{there}/new", 422, **asked)
    words = clerk.send(f"{there}/new", **{**asked, "minutes-h": "1"})
    assert "念给赠送人听，再办" in words
    assert "周老太" in words
    guard = {"hurried": "no", "own_wish": "yes", "promised": "no"}
    said = hidden_of(clerk)
    clerk.send(f"{there}/check", 422, **{**said, **guard})
    wrong = {**said, **guard, "hurried": "yes", "present": "y"}
    assert "今天先不送" in clerk.send(f"{there}/check", 422, **wrong)
    again = hidden_of(clerk)
    words = clerk.send(f"{there}/check", **{**again, **guard, "present": "y"})
    assert "已经留出来，双方都会收到通知。" in words
    gift = home.only()
    assert (gift.how, gift.witness_id, gift.state) == ("counter", street.staff, GiftState.HELD)
    clerk.send(f"{there}/check", 400, **{**again, **guard, "receiver": "x", "present": "y"})
    clerk.send(f"{there}/check", 400, **{**again, **guard, "minutes": "x", "present": "y"})
    assert "替赠送人收回" in clerk.open(f"{there}/{LONGWAN}/{gift.id}/back")
    assert "时间已经退回给赠送人" in clerk.send(f"{there}/{LONGWAN}/{gift.id}/back")
    received = home.held(60)
    home.run_job()
    theirs = f"/branch/members/{home.mother}/gifts/{LONGWAN}/{received}/refuse"
    clerk.open(theirs)
    clerk.send(theirs)
    assert home.state(received) is GiftState.REFUSED
    assert street.count(AuditRecord, AuditRecord.act == "gift.read") >= 2
    assert "这位成员还没有登记可以送的亲属" in clerk.open(
        f"/branch/members/{street.admins[0]}/gifts/new"
    )


def test_nobody_does_it_for_own_kin(home: Household) -> None:
    street = home.street
    other = street.act(street.admins[0], lambda ctx: factories.create_staff(ctx.session))
    home.relate(other, home.giver, "sibling")
    clerk = home.town.phone(other)
    there = f"/branch/members/{home.giver}/gifts"
    clerk.open(f"{there}/new")
    clerk.send(f"{there}/new", receiver=str(home.mother), **{"minutes-h": "1", "minutes-m": "0"})
    words = clerk.send(f"{there}/check", 403, **hidden_of(clerk), present="y")
    assert "不能办理自己或亲属的赠送" in words
    assert street.count(Gift) == 0
