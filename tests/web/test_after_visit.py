"""Shopping money, the published standards and ratings, as each side sees them on its pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest

from models.errands import ErrandMoney
from models.evidence import EvidenceFile
from models.oversight import AuditRecord
from models.ratings import Rating, VisitChecklist
from models.requests import VisitState
from models.sheets import WorkSheet
from services.rules.published import shipped_rule_set
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.visits.conftest import START
from tests.web.elder_kit import elder_town, visit_path
from tests.web.volunteer_kit import Browser, Town

RECEIPT = b"\x89PNG\r\n\x1a\n a small slip of paper"


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    yield from elder_town(databases)


@pytest.fixture
def browser(town: Town) -> Browser:
    return town.phone(town.street.elder)


def errand(town: Town) -> UUID:
    """Somebody has come for errands."""
    visit = town.street.accepted(town.street.open_request("B01", 60))
    town.street.come(visit)
    town.at(10)
    return visit


def money(town: Town) -> ErrandMoney:
    [row] = town.street.look(lambda session: session.query(ErrandMoney).all())
    return row


def shop(town: Town, phone: Browser, visit: UUID, spent: str = "38.5") -> None:
    """The volunteer writes down both, with a photograph."""
    page = f"/volunteer/visits/{visit}/money"
    phone.open(page)
    phone.send(page, handed_fen="50")
    back = f"{page}/{money(town).id}"
    phone.open(back)
    slip = (BytesIO(RECEIPT), "slip.png")
    phone.page = phone.client.post(
        back,
        data={**phone.hidden(), "spent_fen": spent, "why": "", "receipts": [slip]},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    assert phone.page.status_code == 200, phone.text


def test_money_goes_out_and_back_with_two_large_buttons(town: Town, browser: Browser) -> None:
    visit, phone = errand(town), town.mine()
    assert "记老人给的钱" in phone.open(f"/volunteer/visits/{visit}")
    page = f"/volunteer/visits/{visit}/money"
    assert "互助服务不收钱" in phone.open(page)
    assert "请写金额" in phone.send(page, status=422, handed_fen="五十")
    assert "最多 500 元" in phone.send(page, status=422, handed_fen="500.01")
    phone.send(page, handed_fen="50")
    assert money(town).handed_fen == 5_000
    words = browser.open(visit_path(visit))
    assert "您给了 50 元买东西，对吗？" in words
    browser.open(visit_path(visit, "/money"))
    browser.send(visit_path(visit, "/money"), **figures(browser))
    assert money(town).handed_agreed_how == "own"
    back = f"{page}/{money(town).id}"
    phone.open(back)
    refused = phone.send(back, status=422, spent_fen="38.50", why="")
    assert "没有小票，请选一个原因" in refused
    phone.send(back, spent_fen="38.50", why="stall")
    town.street.go(visit, 62)
    town.at(70)
    # The money is spoken of before the visit is confirmed.
    words = browser.open(visit_path(visit, "/confirm"))
    assert browser.path == visit_path(visit, "/money")
    assert "您给了 50 元，买东西花了 38.50 元，找回 11.50 元，对吗？" in words
    assert "摊位不给小票" in words
    assert browser.page.text.count("<h1") == 1
    browser.send(visit_path(visit, "/money"), **figures(browser))
    assert money(town).closed_how == "own"
    browser.open(visit_path(visit, "/confirm"))
    browser.send(visit_path(visit, "/confirm"))
    assert town.street.visit(visit).state is VisitState.CREDITED
    assert "算清了" in phone.open(page)


def figures(browser: Browser) -> dict[str, str]:
    """The figures that the page carries."""
    page = browser.page.text
    return {
        name: page.split(f'name="{name}" value="')[1].split('"')[0]
        for name in ("money", "handed_fen", "spent_fen")
    }


def test_figures_that_have_changed_are_shown_again(town: Town, browser: Browser) -> None:
    visit, phone = errand(town), town.mine()
    shop(town, phone, visit, "38.5")
    browser.open(visit_path(visit, "/money"))
    old = figures(browser)
    shop_again = f"/volunteer/visits/{visit}/money/{money(town).id}"
    phone.open(shop_again)
    phone.send(shop_again, spent_fen="30", why="")
    words = browser.send(visit_path(visit, "/money"), status=422, **old)
    assert "数目刚刚改过，请再看一遍。" in words
    assert "找回 20 元" in words
    browser.send(visit_path(visit, "/money"), **figures(browser))
    assert money(town).change_fen == 2_000
    assert town.street.count(EvidenceFile) == 1


def test_no_leads_to_the_branch_and_everybody_sees_the_receipt(
    town: Town, browser: Browser
) -> None:
    visit, phone = errand(town), town.mine()
    shop(town, phone, visit)
    browser.open(visit_path(visit, "/money/wrong"))
    refused = browser.send(visit_path(visit, "/money/wrong"), status=422, **figures(browser))
    assert "请选一项" in refused
    browser.send(
        visit_path(visit, "/money/wrong"), **figures(browser), what="handed", text="给的是一百"
    )
    assert money(town).complaint_id is not None
    assert "您说过不对" in browser.open(visit_path(visit))
    [file] = town.street.look(lambda session: session.query(EvidenceFile).all())
    at = f"money/{money(town).id}/{file.id}"
    auditor = town.phone(town.street.uow.run(factories.create_auditor))
    for who, address in (
        (browser, f"/elder/visits/{LONGWAN}/{visit}/{at}"),
        (phone, f"/volunteer/visits/{visit}/{at}"),
        (town.phone(town.street.staff), f"/branch/visits/{LONGWAN}/{visit}/{at}"),
        (auditor, f"/audit/books/{LONGWAN}/visits/{visit}/{at}"),
    ):
        answer = who.client.get(address)
        assert (answer.status_code, answer.data) == (200, RECEIPT)
    stranger = town.phone(town.street.uow.run(factories.create_volunteer))
    assert stranger.client.get(f"/branch/visits/{LONGWAN}/{visit}/{at}").status_code == 403
    assert "老人说不对" in auditor.open(f"/audit/books/{LONGWAN}/visits/{visit}")
    looks = (AuditRecord.act == "evidence.read",)
    assert town.street.count(AuditRecord, *looks) == 4


def test_staff_ring_and_the_inbox_names_what_lies_open(town: Town) -> None:
    visit, phone = errand(town), town.mine()
    shop(town, phone, visit)
    staff = town.phone(town.street.staff)
    assert "没算清的代购钱 0" in staff.open("/branch/?kind=money")
    town.now = START + timedelta(hours=26)
    assert "没算清的代购钱 1" in staff.open("/branch/?kind=money")
    assert f"/branch/visits/{LONGWAN}/{visit}/money" in staff.page.text
    page = f"/branch/visits/{LONGWAN}/{visit}/money"
    assert "您给了 50 元，花了 38.50 元，找回 11.50 元。对吗？" in staff.open(page)
    sent = figures(staff)
    assert "请选一项" in staff.send(page, status=422, reached="phone", **sent)
    staff.send(page, reached="phone", said="yes", **sent)
    assert money(town).closed_how == "voice"


def test_the_checklist_is_ticked_when_the_volunteer_goes(town: Town, browser: Browser) -> None:
    visit, phone = errand(town), town.mine()
    town.at(62)
    page = f"/volunteer/visits/{visit}/check-out"
    assert "给的钱当面点清、记下了" in phone.open(page)
    digits = town.street.digits(visit)["out"]
    phone.page = phone.client.post(
        page,
        data={**phone.hidden(), "digits": digits, "done": ["list", "change"]},
        follow_redirects=True,
    )
    assert "勾了 2 样，共 5 样" in phone.text
    [row] = town.street.look(lambda session: session.query(VisitChecklist).all())
    assert row.done == ["list", "change"]
    staff = town.phone(town.street.staff)
    assert "勾了 2 样，共 5 样" in staff.open(f"/branch/visits/{LONGWAN}/{visit}")
    assert "您可以这样看这次服务" in browser.open(visit_path(visit))


def test_one_tap_on_the_receipt_says_how_it_was(town: Town, browser: Browser) -> None:
    visit = town.street.accepted(town.street.open_request())
    town.street.come(visit)
    town.street.go(visit)
    town.at(63)
    browser.open(visit_path(visit, "/confirm"))
    words = browser.send(visit_path(visit, "/confirm"))
    assert "这次来得怎么样？" in words
    words = browser.send(visit_path(visit, "/rate"), score="1")
    assert browser.path == visit_path(visit, "/rate/words")
    assert "记下了：不满意" in words
    browser.send(visit_path(visit, "/rate/words"), words="走得早")
    [row] = town.street.look(lambda session: session.query(Rating).all())
    assert (row.score, row.quiet) == (1, False)
    assert town.street.count(WorkSheet, WorkSheet.about == "low_rating") == 1
    assert "走得早" in browser.open(visit_path(visit))
    staff = town.phone(town.street.staff)
    page = f"/branch/visits/{LONGWAN}/{visit}"
    assert "走得早" not in staff.open(page)
    assert "走得早" in staff.open(f"{page}/rating/words")
    assert town.street.count(AuditRecord, AuditRecord.act == "rating.read") == 1
    staff.open(f"{page}/rating")
    staff.send(f"{page}/rating", reached="phone", score="2")
    assert "一般" in staff.open(page)
    phone = town.mine()
    words = phone.open("/volunteer/ratings")
    assert "满 3 次评价以后才显示" in words
    assert "走得早" not in words
    phone.open(visit_path(visit, "/rate"), status=403)
    assert "请选满意" in browser.send(visit_path(visit, "/rate"), status=422, score="9")


def test_the_standards_are_public_in_both_languages(town: Town) -> None:
    anybody = town.phone()
    words = anybody.open("/standards")
    for line in shipped_rule_set().services.values():
        assert line.name.zh in words
    assert "服务标准" in anybody.open("/rates")
    words = anybody.open("/standards/B01")
    assert "一次最多 500 元" in words
    assert "互助服务不收钱" in words
    assert "经手的钱" not in anybody.open("/standards/A04")
    english = town.phone().english()
    assert "Hand over goods, receipt and change" in english.open("/standards/B01")
    anybody.open("/standards/Z99", status=404)
