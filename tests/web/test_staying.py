"""Asking where one stays, without a script: the elder, the family, and the counter there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.oversight import AuditRecord
from models.requests import Request, RequestState
from services.people.cards import issue_card
from services.people.kin import grant_delegation
from services.people.reading import member_row
from services.requests.reviewing import approve
from tests import factories
from tests.country import set_cap
from tests.databases import Databases
from tests.factories import NOW
from tests.services.staying.conftest import (
    HOME,
    HOST,
    START,
    Stay,
    settled_stay,
    stay_at,
)
from tests.web.elder_kit import answer, begin
from tests.web.volunteer_kit import Browser, the_app
from timebank.edge import Timebank
from timebank.uow import make_engine

ASKED = {
    "service": "A04",
    "day": "2026-03-12",
    "starts": "10:00",
    "minutes": "60",
    "manner": "visit",
    "address": "龙湾样例路 8 号",
    "consent": "voice",
}


MOVED = {"day": "2026-03-11", "clock": "14:00"}


@pytest.fixture
def stay(databases: Databases) -> Iterator[Stay]:
    """Both counties behind the whole application."""
    url = databases.fresh("sqlite", settled_stay)
    engine = make_engine(url)
    made = stay_at(engine)
    app = the_app()
    held: Timebank = app.extensions["timebank"]
    app.extensions["timebank"] = replace(held, uow=made.uow, clock=lambda: NOW)
    yield made
    app.extensions["timebank"] = held
    engine.dispose()
    databases.discard(url)


def phone(who: UUID) -> Browser:
    return Browser(the_app()).log_in(who)


def number_of(stay: Stay, member: UUID) -> str:
    return stay.look(lambda session: member_row(session, member).number)


def asked(stay: Stay) -> list[Request]:
    wanted = sa.select(Request).where(Request.book == HOME, Request.elder_id == stay.elder)
    return stay.look(lambda session: list(session.scalars(wanted)))


def away(stay: Stay) -> dict[str, str | None]:
    """The answers of somebody who stays elsewhere; there is no home to choose then."""
    return {
        "where": None,
        "stay": "away",
        "county": HOST,
        "place": str(stay.host_branch),
        "address": "龙湾样例路 8 号 301 室",
    }


def test_an_elder_asks_away_from_home(stay: Stay) -> None:
    browser = phone(stay.elder)
    begin(browser)
    words = answer(browser, stay=None)
    assert "这次在哪里？" in words
    words = answer(browser, stay="away", county=None)
    assert browser.path == "/elder/ask/county"
    assert "浙江省温州市龙湾区" in words.replace(" ", "")
    words = answer(browser, **away(stay))
    assert browser.path == "/elder/ask/check", words
    assert "来的是浙江省温州市龙湾区的志愿者" in words.replace(" ", "")
    words = browser.send("/elder/ask/check")
    assert browser.path.endswith("/done")
    assert "加成由家乡的公益池出" in words
    [row] = asked(stay)
    assert (row.place_book, row.branch_id) == (HOST, stay.host_branch)
    # The next time only the day is asked: the stay is there already.
    begin(browser, how="again")
    words = browser.send("/elder/ask/day", answer="2026-03-13")
    assert browser.path == "/elder/ask/check"
    assert "来的是浙江省温州市龙湾区的志愿者" in words.replace(" ", "")


def test_at_home_nothing_changes_and_without_a_corridor_nobody_is_asked(stay: Stay) -> None:
    browser = phone(stay.elder)
    begin(browser)
    answer(browser, stay="home")
    assert browser.path == "/elder/ask/check"
    browser.send("/elder/ask/check")
    assert [row.place_book for row in asked(stay)] == [None]
    stay.shut()
    browser = phone(stay.elder)
    begin(browser)
    answer(browser)
    assert browser.path == "/elder/ask/check"


def test_a_corridor_that_ends_meanwhile_is_said_with_the_way_to_mend_it(stay: Stay) -> None:
    browser = phone(stay.elder)
    begin(browser)
    answer(browser, **away(stay))
    stay.shut()
    browser.send("/elder/ask/check")
    assert browser.path == "/elder/ask/where"
    assert asked(stay) == []


def test_the_family_asks_in_english(stay: Stay) -> None:
    child = stay.uow.run(
        lambda session: factories.create_member(session, branch_id=stay.host_branch)
    )
    scopes = frozenset({"see", "ask"})
    stay.act(
        stay.elder,
        lambda ctx: grant_delegation(
            ctx, stay.elder, child, scopes, "own", date(2027, 3, 1), 6_000
        ),
    )
    browser, base = phone(child).english(), f"/elder/for/{stay.elder}"
    begin(browser, base)
    words = answer(browser, base, **away(stay))
    assert "Volunteers of" in words
    browser.send(f"{base}/ask/check")
    assert [row.consent for row in asked(stay)] == ["family"]


def test_the_counter_there_finds_by_number_or_card_and_asks(stay: Stay) -> None:
    clerk = phone(stay.host_staff)
    assert "不能按姓名找" in clerk.open("/branch/stays")
    number = number_of(stay, stay.elder)
    words = clerk.send("/branch/stays", text=number)
    assert "替暂住的老人申请" in words
    assert "家在浙江省温州市鹿城区" in words.replace(" ", "")
    name = stay.look(lambda session: member_row(session, stay.elder).name)
    assert name not in words
    token = stay.act(stay.home_staff, lambda ctx: issue_card(ctx, stay.elder))
    clerk.open("/branch/stays")
    clerk.send("/branch/stays", text=f"https://example.invalid/v/card/{token}")
    words = clerk.send(clerk.path, **ASKED)
    assert "等待审核" in words or "通过" in words
    [row] = asked(stay)
    assert (row.place_book, row.consent, row.asked_by_id) == (HOST, "voice", stay.host_staff)
    looks = stay.count(
        AuditRecord,
        AuditRecord.book == HOME,
        AuditRecord.act == "member.find",
        AuditRecord.acting_for_id == stay.elder,
    )
    assert looks == 2
    read = AuditRecord.act == "member.read"
    assert stay.count(AuditRecord, AuditRecord.book == HOME, read) > 0
    # Somebody of this county is no guest, whatever the address says.
    clerk.open(f"/branch/stays/{stay.volunteer}", status=404)


def test_what_the_counter_may_not(stay: Stay) -> None:
    clerk = phone(stay.host_staff)
    clerk.open("/branch/stays")
    name = stay.look(lambda session: member_row(session, stay.elder).name)
    assert "没有找到" in clerk.send("/branch/stays", status=422, text=name)
    own = number_of(stay, stay.volunteer)
    assert "就在老人的存入地区" in clerk.send("/branch/stays", status=422, text=own)
    # The record of a member of another region stays shut, and so does the search by name.
    clerk.open(f"/branch/members/{stay.elder}", status=403)
    phone(stay.elder).open("/branch/stays", status=403)
    clerk.open("/branch/stays")
    clerk.send("/branch/stays", text=number_of(stay, stay.elder))
    page = clerk.path
    assert "请填写在外地住的地址" in clerk.send(page, status=422, **{**ASKED, "address": ""})
    stay.shut()
    assert "还没有开通" in clerk.open(page)
    assert asked(stay) == []


def test_every_page_of_the_counter_says_where_the_elder_is_at_home(stay: Stay) -> None:
    request = stay.ask()
    clerk = phone(stay.host_staff)
    page = f"/branch/requests/{HOME}/{request}"
    for path in ("/branch/", f"/branch/day?day={START.date()}", "/branch/requests", page):
        assert "家在浙江省温州市鹿城区" in clerk.open(path).replace(" ", ""), path
    words = clerk.open(page)
    assert "用的是老人家乡的时间币" in words
    assert f"/branch/members/{stay.elder}" not in clerk.page.text
    clerk.send(f"{page}/approve")
    assert stay.request(request).state is RequestState.OPEN
    for path in ("/branch/unfilled", f"/branch/requests/{HOME}/{request}/people"):
        assert "家在浙江省温州市鹿城区" in clerk.open(path).replace(" ", ""), path
    phone(stay.third_staff).open(page, status=403)
    phone(stay.home_staff).open(page, status=403)
    assert "家在" in phone(stay.home_admin).open(page)


def test_a_used_up_cap_is_said_with_an_estimate_on_every_side(stay: Stay) -> None:
    request = stay.ask()
    stay.act(stay.host_staff, lambda ctx: approve(ctx, HOME, request))
    stay.uow.run(lambda session: set_cap(session, HOME, 1, NOW + timedelta(seconds=1)))
    said = "跨地区的额度暂时不够，暂住地的志愿者预计3月12日"
    for who, path in (
        (stay.elder, f"/elder/requests/{HOME}/{request}"),
        (stay.host_staff, f"/branch/requests/{HOME}/{request}"),
        (stay.host_staff, f"/branch/requests/{HOME}/{request}/people"),
    ):
        words = phone(who).open(path).replace(" ", "")
        assert said in words, (path, words)
        assert "可以改个时间" in words


def test_the_host_moves_and_calls_off(stay: Stay) -> None:
    request, clerk = stay.ask(), phone(stay.host_staff)
    away_page = f"/elder/for/{stay.elder}/requests/{HOME}/{request}"
    clerk.open(f"{away_page}/move")
    clerk.send(f"{away_page}/move", **MOVED)
    assert stay.request(request).starts_at == START + timedelta(hours=4)
    page = f"/branch/requests/{HOME}/{request}"
    clerk.open(page)
    clerk.open(f"{page}/cancel")
    clerk.send(f"{page}/cancel", reason="老人提前回家")
    assert stay.request(request).state is RequestState.CANCELLED
    assert stay.earned(HOME, stay.elder) == (600, 0)
