"""Serving in another region on the volunteer's pages: found, quoted, promised, done, booked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from models.corridors import CorridorMode
from models.requests import RequestState, Visit
from tests.country import open_corridor, set_cap
from tests.databases import Databases
from tests.factories import NOW
from tests.services.visiting.kit import HERE, NEXT, Country, open_country
from tests.services.visits.conftest import START
from tests.web.volunteer_kit import Browser, Town, the_app
from timebank.edge import Timebank

REGION = "浙江省温州市龙湾区"
AWAY = f"/volunteer/away/{HERE}"


class Abroad(Town):
    """The town's pages over a country; ``street`` is its street."""

    street: Country

    def guest(self) -> Browser:
        """The telephone of the volunteer from the next county."""
        return self.phone(self.street.near)


@pytest.fixture
def abroad(databases: Databases) -> Iterator[Abroad]:
    """A country of the test's own behind the application."""
    opening = open_country(databases, "sqlite")
    app, country = the_app(), next(opening)
    made = Abroad(country, app)
    held: Timebank = app.extensions["timebank"]
    app.extensions["timebank"] = replace(held, uow=country.uow, clock=lambda: made.now)
    yield made
    app.extensions["timebank"] = held
    opening.close()


def opened(abroad: Abroad, **overrides: object) -> UUID:
    abroad.street.give_coins(abroad.street.elder, 600)
    return abroad.street.open_request(**overrides)


def test_a_volunteer_finds_the_way_to_a_request_elsewhere(abroad: Abroad) -> None:
    request = opened(abroad)
    browser = abroad.guest()
    assert "到别处服务" in browser.open("/volunteer/requests")
    words = browser.open("/volunteer/away")
    assert REGION in words
    assert "区县" in words
    words = browser.open(AWAY)
    assert f"到{REGION}服务" in words
    assert "您可以去" in words
    assert f"{AWAY}/{request}" in browser.page.text
    words = browser.open(f"{AWAY}/{request}")
    for shown in (
        f"在 {REGION} 服务",
        "做满 1 小时，您得到",
        "您在浙江省温州市鹿城区的账上",
        "答应时预留的额度 1 小时 30 分",
        "现在还有的额度 1,000 小时",
        "还能计入 6 小时",
    ):
        assert shown in words, shown


def test_yes_and_everything_after_it(abroad: Abroad) -> None:
    request = opened(abroad)
    browser = abroad.guest()
    browser.open(f"{AWAY}/{request}")
    words = browser.send(f"{AWAY}/{request}")
    assert "说好了，谢谢您" in words
    assert "时间记到您自己地区的账上" in words
    visit = abroad.street.look(lambda session: session.query(Visit).one().id)
    # A second press leads to the promise.
    browser.open(f"{AWAY}/{request}")
    assert browser.path == f"/volunteer/visits/{visit}"
    words = browser.open("/volunteer/visits")
    assert f"在 {REGION} 服务" in words
    words = browser.open(f"/volunteer/visits/{visit}")
    assert "样例小区 2 幢 301 室" in words
    digits = abroad.street.digits(visit)
    abroad.at(0)
    browser.open(f"/volunteer/visits/{visit}/check-in")
    browser.send(f"/volunteer/visits/{visit}/check-in", digits=digits["in"])
    abroad.at(60)
    browser.open(f"/volunteer/visits/{visit}/check-out")
    browser.send(f"/volunteer/visits/{visit}/check-out", digits=digits["out"])
    abroad.street.confirmed(visit)
    words = browser.open("/volunteer/coins")
    assert f"{REGION}的老人" in words
    assert "收据" in words
    words = browser.open(f"/volunteer/visits/{visit}/receipt")
    assert "1 小时" in words
    assert "1 小时" in browser.open("/volunteer/honours")
    assert abroad.street.earned_at(NEXT, abroad.street.near) == 60


def test_a_card_that_is_scanned_elsewhere_opens_the_own_visit(abroad: Abroad) -> None:
    visit = abroad.street.accepted(opened(abroad), by=abroad.street.near)
    token = abroad.card(abroad.street.elder)
    browser = abroad.guest()
    abroad.at(0)
    browser.open(f"/c/{token}")
    browser.send(browser.path)
    assert browser.path == f"/volunteer/visits/{visit}"
    assert abroad.street.visit(visit).checked_in_by == "card"


def test_a_volunteer_gives_a_promise_back(abroad: Abroad) -> None:
    visit = abroad.street.accepted(opened(abroad), by=abroad.street.near)
    browser = abroad.guest()
    browser.open(f"/volunteer/visits/{visit}/withdraw")
    words = browser.send(f"/volunteer/visits/{visit}/withdraw", reason="病了")
    assert "取消" in words
    assert abroad.street.exposure(HERE) == (0, 0)


def test_a_cap_that_is_used_up_says_until_when(abroad: Abroad) -> None:
    request = opened(abroad)
    browser = abroad.guest()
    assert "我愿意去" in browser.open(f"{AWAY}/{request}")
    abroad.street.uow.run(lambda session: set_cap(session, HERE, 60, NOW + timedelta(minutes=1)))
    words = browser.send(f"{AWAY}/{request}", status=409)
    assert f"{REGION}的跨地区额度暂时用完了" in words
    assert abroad.street.request(request).state is RequestState.OPEN
    words = browser.open(f"{AWAY}/{request}")
    assert "额度现在不够，预计3月12日 周四" in words
    assert "我愿意去" not in words
    words = browser.english().open(f"{AWAY}/{request}")
    assert "Longwan" in words
    assert "地区" not in words


def test_a_region_that_is_shut_shows_nothing(abroad: Abroad) -> None:
    request = opened(abroad)
    abroad.street.uow.run(
        lambda session: open_corridor(session, HERE, NEXT, CorridorMode.NONE, valid_from=NOW.date())
    )
    browser = abroad.guest()
    assert REGION not in browser.open("/volunteer/away")
    for path in (AWAY, f"{AWAY}/{request}"):
        assert "没有开通" in browser.open(path, status=409)
    browser.open("/volunteer/away/0", status=404)


def test_in_a_region_without_agreements_the_page_says_so(abroad: Abroad) -> None:
    abroad.street.uow.run(
        lambda session: [
            open_corridor(session, NEXT, other, CorridorMode.NONE, valid_from=NOW.date())
            for other in (HERE, "320106000000")
        ]
    )
    assert "现在没有别的地区和您这里互认" in abroad.guest().open("/volunteer/away")


def test_what_is_promised_elsewhere_is_in_the_week_and_on_paper(abroad: Abroad) -> None:
    abroad.street.accepted(opened(abroad), by=abroad.street.near)
    browser = abroad.guest()
    week = f"/volunteer/week?first={START.date().isoformat()}"
    assert "1 小时" in browser.open(week)
    assert "样例小区 2 幢 301 室" in browser.open("/volunteer/calendar")
    assert f"在 {REGION} 服务" in browser.open("/volunteer/visits")
