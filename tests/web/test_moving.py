"""Moving home on pages and by the API, counties that take over, and every page after a merge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.ledger import AccountKind
from models.oversight import AuditRecord
from services.places.successions import SuccessionForm, succeed
from services.policy import SYSTEM
from services.visits.confirming import confirm
from tests import factories
from tests.country import ONE, TWO
from tests.databases import Databases
from tests.factories import NOW
from tests.services.moving.conftest import HOUSE, Towns, towns_at
from tests.services.visits.conftest import START
from tests.web.volunteer_kit import Browser, Town, the_app
from timebank.edge import Timebank

LINK = re.compile(r'href="(/[^"#]*)"')
DAY = (NOW + timedelta(days=30)).date()
#: What a crawl leaves alone: leaving, other languages, files and what only forms lead to.
LEFT_OUT = re.compile(r"/(logout|static|preferences|elder-version|demo|api)|\.(pdf|json|xlsx|ics)")
MOST_PAGES = 45
CAME = "从浙江省温州市龙湾区永中街道迁来"


@dataclass
class Country(Town):
    """The towns behind the application."""

    street: Towns


@pytest.fixture
def country(databases: Databases) -> Iterator[Country]:
    url, engine, towns = towns_at(databases, "sqlite")
    app = the_app()
    made = Country(towns, app)
    held: Timebank = app.extensions["timebank"]
    app.extensions["timebank"] = replace(held, uow=towns.uow, clock=lambda: made.now)
    yield made
    app.extensions["timebank"] = held
    engine.dispose()
    databases.discard(url)


def choose(browser: Browser, towns: Towns, address: str = HOUSE) -> str:
    """Say where to, up to the page on which everything stands once more."""
    browser.open("/giving/moving/where")
    browser.send("/giving/moving/where", county=TWO)
    return browser.send("/giving/moving/house", branch=str(towns.there), address=address)


def test_from_the_first_page_to_the_receipt(country: Country) -> None:
    towns = country.street
    towns.give_coins(towns.elder, 600)
    towns.give(towns.elder, 120, AccountKind.GRANTED, "2026Q1")
    towns.open_request()
    browser = country.phone(towns.elder)
    assert "搬家" in browser.open("/giving")
    assert "开始搬家" in browser.open("/giving/moving")
    words = choose(browser, towns)
    for said in ("鹿城区", HOUSE, "10 小时", "2 小时留在原地区", "时间不变"):
        assert said in words, (said, words)
    browser.send("/giving/moving/check")
    assert browser.path == "/giving/moving/code"
    assert "验证码不对" in browser.send("/giving/moving/code", status=422, code="000000")
    country.now += timedelta(minutes=1)
    browser.send("/giving/moving/code/again")
    code = towns.newest_code(towns.elder)
    words = browser.send("/giving/moving/code", code=code)
    assert browser.path.startswith("/giving/papers/")
    for said in ("搬家回执", "10 小时", "2 小时留在原地区"):
        assert said in words, (said, words)
    words = browser.open("/elder/coins")
    for said in (CAME, "只能看，不能再用", "那里还有补助2 小时"):
        assert said in words, (said, words)
    assert "看回执" in browser.open("/giving/moving")
    assert "Moves so far" in browser.english().open("/giving/moving")


def test_what_is_in_the_way_stands_on_the_page(country: Country) -> None:
    towns = country.street
    towns.issue(1_000)
    visit = towns.accepted(towns.open_request())
    towns.come(visit)
    country.now = START + timedelta(minutes=10)
    words = choose(country.phone(towns.elder), towns)
    assert "还不能搬" in words
    assert "还没有办完" in words
    assert "给我发验证码" not in words


def test_the_counter_moves_whoever_brings_the_card(country: Country) -> None:
    towns = country.street
    towns.give_coins(towns.volunteer, 90)
    clerk, card = country.phone(towns.clerk), towns.id_number(towns.volunteer)
    assert "有人搬来" in clerk.open("/branch/more")
    clerk.open("/branch/moving")
    assert "没有用这个身份证" in clerk.send(
        "/branch/moving", status=422, id_number="330302194001010017"
    )
    words = clerk.send("/branch/moving", id_number=card)
    assert "念给本人听" in words
    assert "1 小时 30 分" in words
    path = clerk.path
    assert "搬好了" in clerk.send(path, id_number=card, address=HOUSE, present="y")
    assert towns.member(towns.volunteer).home_book == TWO
    # The branch that was left sees that, and nothing more.
    words = country.phone(towns.staff).open(f"/branch/members/{towns.volunteer}")
    assert "已经搬走的成员" in words
    assert "1 小时 30 分" not in words
    assert CAME in country.phone(towns.volunteer).open("/volunteer/coins")
    assert CAME in clerk.open(f"/branch/members/{towns.volunteer}/coins")


def test_a_counter_reads_nobody_whose_card_does_not_lie_there(country: Country) -> None:
    towns = country.street
    towns.give_coins(towns.volunteer, 90)
    clerk, path = country.phone(towns.clerk), f"/branch/moving/{towns.volunteer}"
    assert "1 小时 30 分" not in clerk.open(path)
    assert clerk.path == "/branch/moving"
    clerk.send("/branch/moving", id_number=towns.id_number(towns.volunteer))
    assert clerk.path == path
    # The region at home can tell who has looked, and how often.
    looks = sa.select(AuditRecord.actor_id, AuditRecord.after).where(
        AuditRecord.book == ONE,
        AuditRecord.act == "member.read",
        AuditRecord.subject_id == towns.volunteer,
    )
    found = towns.look(lambda session: session.execute(looks).all())
    assert found == [(towns.clerk, {"branch": str(towns.there), "why": "moving"})]


def test_the_nation_records_who_takes_over(country: Country) -> None:
    nation = country.street.act(SYSTEM, lambda ctx: factories.create_national_admin(ctx.session))
    browser = country.phone(nation)
    assert "还没有地区合并或划分" in browser.open("/admin/successions")
    browser.open("/admin/successions/new")
    answers = {
        "old_code": ONE,
        "old_name": "龙湾区",
        "new_code": TWO,
        "from_day-year": str(DAY.year),
        "from_day-month": str(DAY.month),
        "from_day-day": str(DAY.day),
        "document": "民函 1 号",
    }
    refused = browser.send("/admin/successions/new", status=422, **{**answers, "new_code": ONE})
    assert "要和原来的地区不一样" in refused
    refused = browser.send(
        "/admin/successions/new", status=422, **{**answers, "old_name": "鹿城区"}
    )
    assert f"写的名称和代码对不上：{ONE} 是龙湾区" in refused
    words = browser.send("/admin/successions/new", **answers)
    assert "民函 1 号" in words
    assert country.phone(country.street.staff).client.get("/admin/successions").status_code == 403


def merged(country: Country) -> dict[str, UUID]:
    """Everybody there is, a paid visit and a moved member, and then the county ends."""
    towns = country.street
    people = {
        "nation": towns.act(SYSTEM, lambda c: factories.create_national_admin(c.session)),
        "auditor": towns.act(SYSTEM, lambda c: factories.create_auditor(c.session, TWO)),
        "heir": towns.act(SYSTEM, lambda c: factories.create_region_admin(c.session, TWO)),
        "old": towns.admins[0],
        "elder": towns.elder,
        "volunteer": towns.volunteer,
        "staff": towns.staff,
    }
    towns.give_coins(towns.elder, 600)
    towns.issue(1_000)
    visit = towns.accepted(towns.open_request())
    towns.come(visit)
    towns.go(visit)
    late = START + timedelta(hours=2)
    towns.act(towns.elder, lambda ctx: confirm(ctx, ONE, visit), late)
    form = SuccessionForm(ONE, TWO, DAY, "民函 1 号")
    towns.act(SYSTEM, lambda ctx: succeed(ctx, form))
    country.now = NOW + timedelta(days=40)
    return people


def crawl(browser: Browser, starts: list[str]) -> list[str]:
    """Follow every link from some pages on; what goes wrong, with its address."""
    seen, waiting, wrong = set(starts), list(starts), []
    while waiting and len(seen) < MOST_PAGES * 3 and len(seen) - len(waiting) < MOST_PAGES:
        path = waiting.pop(0)
        answer = browser.client.get(path, follow_redirects=True)
        if answer.status_code >= 404 or "没有找到这个地区" in answer.text:
            wrong.append(f"{answer.status_code} {path}")
        if answer.mimetype != "text/html":
            continue
        for link in LINK.findall(answer.text):
            place = link.replace("&amp;", "&")
            if place not in seen and not LEFT_OUT.search(place):
                seen.add(place)
                waiting.append(place)
    return wrong


#: Where each begins.
STARTS = {
    "elder": ["/elder", "/elder/coins", "/giving"],
    "volunteer": ["/volunteer", "/volunteer/coins"],
    "staff": ["/branch", "/branch/more"],
    "heir": ["/admin", f"/admin/{ONE}", f"/admin/{ONE}/branches"],
    "auditor": ["/audit", f"/audit/books/{ONE}"],
    "nation": ["/admin", "/admin/regions", "/admin/successions"],
    "old": ["/me"],
    "nobody": ["/", "/regions", "/join"],
}


def test_every_page_opens_after_a_merge(country: Country) -> None:
    people = merged(country)
    for who, starts in STARTS.items():
        assert (who, crawl(country.phone(people.get(who)), starts)) == (who, [])


def test_rights_pass_over_on_the_pages(country: Country) -> None:
    people = merged(country)
    assert "龙湾" in country.phone(people["heir"]).open("/admin")
    assert country.phone(people["old"]).client.get(f"/admin/{ONE}").status_code in (403, 404)
