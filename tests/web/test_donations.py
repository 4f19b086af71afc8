"""Donations on pages: the donor's telephone, the counter, the region, and everybody."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from models.giving import BenefitFund, Donation
from models.oversight import AuditRecord
from models.people import Member
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.donations.kit import AFTER, Giving
from tests.web.branch_kit import hidden_of
from tests.web.volunteer_kit import Town, open_town


class Giver(Giving):
    """The donors, with a telephone each."""

    def __init__(self, town: Town) -> None:
        super().__init__(town.street)
        self.town = town

    def only(self) -> Donation:
        """The one donation there is."""
        (found,) = self.donations()
        return found


@pytest.fixture
def home(databases: Databases) -> Iterator[Giver]:
    """Two donors and a fund for those who are 80."""
    for town in open_town(databases):
        yield Giver(town)


def test_from_the_first_question_to_the_use(home: Giver) -> None:
    browser = home.town.phone(home.donor)
    assert "捐时间" in browser.open("/giving")
    words = browser.open("/giving/donations")
    assert "还没有捐过。" in words
    assert "多出来的时间进公益池。" in words
    words = browser.open("/giving/donate")
    for said in ("公益池", "八十岁以上老人", "80 岁以上"):
        assert said in words
    amount = f"/giving/donate/{home.fund}"
    assert "最多可以捐 10 小时" in browser.open(amount)
    assert "请写上几小时几分" in browser.send(amount, 422)
    browser.send(amount, **{"minutes-h": "1", "minutes-m": "15"})
    assert browser.path == f"{amount}/75"
    for said in ("1 小时 15 分", "收不回来", "八十岁以上老人"):
        assert said in browser.text
    words = browser.send(browser.path)
    assert "捐好了" in words
    row = home.only()
    assert browser.path == f"/giving/donations/{LONGWAN}/{row.id}"
    assert "还没有用到 1 小时 15 分" in words
    assert "看证书" in words

    home.street.issue(100)
    home.served(home.street.open_request())
    home.town.now = AFTER
    words = browser.open(f"/giving/donations/{LONGWAN}/{row.id}")
    assert "2026年3月 · 陪聊·读报·生命故事 · 1 小时" in words
    assert "还没有用到 15 分" in words
    english = home.town.phone(home.donor).english()
    assert "Not used yet 15 min" in english.open(f"/giving/donations/{LONGWAN}/{row.id}")
    # Somebody else's donation is nobody's business.
    home.town.phone(home.other).open(f"/giving/donations/{LONGWAN}/{row.id}", 403)


def test_more_than_there_is_is_said_on_the_page(home: Giver) -> None:
    browser = home.town.phone(home.donor)
    browser.open("/giving/donate/pool/700")
    assert "现在可以捐的时间是 10 小时" in browser.send("/giving/donate/pool/700", 422)
    assert home.donations() == []
    browser.open(f"/giving/donate/{UUID(int=1)}", 404)
    nothing = home.town.phone(home.street.elder)
    assert "您现在没有可以捐的时间。" in nothing.open("/giving/donate")


def test_the_overflow_is_told_once_and_for_all(home: Giver) -> None:
    browser = home.town.phone(home.donor)
    words = browser.open("/giving/overflow")
    assert "账户最多存 1,500 小时" in words
    browser.send("/giving/overflow", 422, to="nowhere")
    words = browser.send("/giving/overflow", to=str(home.fund))
    assert "多出来的时间给“八十岁以上老人”。" in words
    kept = home.street.look(lambda session: session.get_one(Member, home.donor).overflow_to)
    assert kept == str(home.fund)
    home.closes()
    assert "“八十岁以上老人”已经结束，多出来的时间进公益池。" in browser.open("/giving/donations")
    assert "八十岁以上老人" not in browser.open("/giving/overflow")


def test_the_counter_reads_it_out_first(home: Giver) -> None:
    clerk = home.town.phone(home.street.staff)
    member = f"/branch/members/{home.donor}"
    clerk.open(member)
    assert f"{member}/donations" in clerk.page.text
    assert "还没有捐过。" in clerk.open(f"{member}/donations")
    assert "最多可以捐 10 小时" in clerk.open(f"{member}/donate")
    answers = {"minutes-h": "0", "minutes-m": "40"}
    clerk.send(f"{member}/donate", 422, **answers)
    clerk.send(f"{member}/donate", to="pool", **answers)
    assert clerk.path == f"{member}/donate/pool/40"
    clerk.send(clerk.path, 422)
    words = clerk.send(f"{member}/donate/pool/40", present="y")
    assert home.only().reference in words
    assert "在网点办的" in words
    clerk.open(f"{member}/donate/{UUID(int=1)}/40", 404)

    clerk.open(f"{member}/overflow")
    clerk.send(f"{member}/overflow", to=str(home.fund))
    assert "多出来的时间给“八十岁以上老人”。" in clerk.page.text
    looks = home.street.count(AuditRecord, AuditRecord.act == "donation.read")
    assert looks == 3
    home.town.phone(home.other).open(f"{member}/donations", 403)


def test_a_region_opens_a_fund_and_ends_it(home: Giver) -> None:
    admin = home.town.phone(home.street.admins[0])
    assert "公益基金" in admin.open(f"/admin/{LONGWAN}")
    assert "八十岁以上老人" in admin.open(f"/admin/{LONGWAN}/funds")
    new = f"/admin/{LONGWAN}/funds/new"
    assert "所以设好以后不能改" in admin.open(new)
    names = {"kind": "body", "name": "样例公益社", "name_en": "Sample Society"}
    assert "登记证号" in admin.send(new, 422, **names)
    admin.send(new, **names, registration="53330300MJ0000000X", branches=str(home.street.branch))
    assert "基金设好了" in admin.text
    assert "53330300MJ0000000X" in admin.text

    home.gives(90)
    close = f"/admin/{LONGWAN}/funds/{home.fund}/close"
    assert "还可以用 1 小时 30 分" in admin.open(close)
    admin.send(close, 422)
    assert "基金已经结束" in admin.send(close, agree="y")
    admin.open(close)
    assert admin.path == f"/admin/{LONGWAN}/funds"
    assert admin.client.post(close, data={**hidden_of(admin), "agree": "y"}).status_code == 422
    assert home.street.count(BenefitFund, BenefitFund.closed_at.is_not(None)) == 1

    words = home.town.phone().open("/funds")
    for said in ("样例公益社", "八十岁以上老人", "剩下的进了公益池", "公益池现在可用 1 小时 30 分"):
        assert said in words
    far = home.street.uow.run(
        lambda session: factories.create_region_admin(session, factories.LUCHENG)
    )
    home.town.phone(far).open(close, 403)
