"""The calendar feed as calendar programs meet it: real parsers, a secret link, nothing too much."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
import sqlalchemy as sa
from werkzeug.test import TestResponse

from models.oversight import AuditRecord
from models.people import Handle, Member
from models.requests import Visit
from services.people.kin import grant_delegation, revoke_delegation
from services.visits.withdrawing import withdraw
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START
from tests.web.volunteer_kit import Browser, Town, open_town

PAGE = "/me/calendar"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    yield from open_town(databases)


def link_of(browser: Browser) -> str:
    """The address on the page, without its host."""
    found = re.search(r"http://[^/]+(/feed/[0-9a-f]+\.ics[^<]*)<", browser.page.text)
    assert found is not None, browser.text
    return found[1]


def made(browser: Browser) -> str:
    browser.open(PAGE)
    assert "链接做好了" in browser.send(PAGE)
    return link_of(browser)


def fetched(town: Town, path: str, **headers: str) -> TestResponse:
    """As a calendar program asks: without a login."""
    return town.app.test_client().get(path, headers=headers)


def events_of(town: Town, path: str) -> list[icalendar.Event]:
    response = fetched(town, path)
    assert response.status_code == 200
    return list(icalendar.Calendar.from_ical(response.data).walk("VEVENT"))


def test_a_promise_stands_in_the_volunteers_calendar(town: Town) -> None:
    visit = town.promised()
    path = made(town.mine())
    response = fetched(town, path)
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(response.data)
    [event] = calendar.walk("VEVENT")
    assert event["UID"] == f"{visit}@visit.timebank"
    assert event.decoded("DTSTART") == START
    assert event["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(minutes=60)
    assert (event["STATUS"], event["SEQUENCE"], event["CLASS"]) == ("CONFIRMED", 0, "PRIVATE")
    assert event.decoded("LAST-MODIFIED") == NOW
    [zone] = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Shanghai"
    assert zone.to_tz().utcoffset(datetime(2026, 3, 11, 10)) == timedelta(hours=8)


def test_another_parser_finds_it_on_its_day(town: Town) -> None:
    town.promised()
    calendar = icalendar.Calendar.from_ical(fetched(town, made(town.mine())).data)
    found = recurring_ical_events.of(calendar).at(START.astimezone(SHANGHAI).date())
    assert [each.start.astimezone(SHANGHAI).hour for each in found] == [10]
    assert recurring_ical_events.of(calendar).at(date(2026, 3, 12)) == []


def test_the_file_keeps_the_rules_of_lines(town: Town) -> None:
    """RFC 5545: CRLF everywhere, 75 octets at most, UTF-8 never cut in the middle of a sign."""
    town.promised()
    body = fetched(town, made(town.mine())).data
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode("utf-8")
    assert any(line.startswith(b" ") for line in lines), "nothing was folded"
    assert b"BEGIN:VTIMEZONE" in body


def secrets_of(town: Town) -> list[str]:
    def read(session: Any) -> list[str]:
        elder = session.get_one(Member, town.street.elder)
        return [elder.name, elder.number, "龙湾区永中街道", "敲门", "健康"]

    return town.street.look(read)


def test_no_address_no_whole_name_nothing_about_health(town: Town) -> None:
    town.promised(note="请走后门，老人有高血压")
    text = fetched(town, made(town.mine())).data.decode().replace("\r\n ", "")
    name, number, street, *_rest = secrets_of(town)
    assert name[0] + "*" in text
    for secret in (name, number, street, "高血压", "后门"):
        assert secret not in text
    assert "LOCATION" not in text
    assert "GEO" not in text


def test_who_called_off_stays_for_a_while_as_cancelled(town: Town) -> None:
    visit = town.promised()
    mine = town.mine()
    path = made(mine)
    before = events_of(town, path)[0]
    town.now = NOW + timedelta(hours=1)
    town.street.act(
        town.street.volunteer, lambda ctx: withdraw(ctx, LONGWAN, visit, "病了"), now=town.now
    )
    [event] = events_of(town, path)
    assert event["UID"] == before["UID"]
    assert event["STATUS"] == "CANCELLED"
    assert event["SUMMARY"].startswith("已取消：")
    assert event["SEQUENCE"] > before["SEQUENCE"]
    assert event.decoded("LAST-MODIFIED") == town.now
    town.now = START + timedelta(days=32)
    assert events_of(town, path) == []


def test_what_nobody_accepted_is_not_there(town: Town) -> None:
    town.street.issue(1_000)
    town.street.open_request()
    assert events_of(town, made(town.mine())) == []
    assert events_of(town, made(town.phone(town.street.elder))) == []


def test_the_elder_reads_who_comes(town: Town) -> None:
    town.promised()
    [event] = events_of(town, made(town.phone(town.street.elder)))
    volunteer = town.street.look(lambda s: s.get_one(Member, town.street.volunteer).name)
    assert event["SUMMARY"].startswith(f"{volunteer[0]}*")
    assert "来做" in event["SUMMARY"]
    assert "0577" in event["DESCRIPTION"]
    assert volunteer not in event["SUMMARY"]


def kin(town: Town, *scopes: str) -> tuple[UUID, UUID]:
    """A daughter with a delegation; returns both keys."""
    daughter = town.street.uow.run(factories.create_member)
    until = NOW.date() + timedelta(days=90)
    granted = town.street.act(
        town.street.elder,
        lambda ctx: grant_delegation(
            ctx, town.street.elder, daughter, frozenset(scopes), "own", until, 6_000
        ),
    )
    return daughter, granted


def test_a_relative_who_may_see_has_the_elders_visits(town: Town) -> None:
    town.promised()
    daughter, granted = kin(town, "see")
    path = made(town.phone(daughter))
    [event] = events_of(town, path)
    elder = town.street.look(lambda s: s.get_one(Member, town.street.elder).name)
    assert event["SUMMARY"].startswith(f"{elder[0]}*")
    town.street.act(
        town.street.elder, lambda ctx: revoke_delegation(ctx, town.street.elder, granted)
    )
    assert events_of(town, path) == []


def test_a_renewed_link_ends_the_old_one_and_an_ended_one_is_unknown(town: Town) -> None:
    mine = town.mine()
    old = made(mine)
    new = made(mine)
    assert old != new
    assert fetched(town, old).status_code == 404
    assert fetched(town, new).status_code == 200
    mine.open(PAGE)
    assert "链接已经停用" in mine.send(f"{PAGE}/end")
    assert fetched(town, new).status_code == 404
    assert fetched(town, "/feed/nobody.ics").status_code == 404
    mine.open(PAGE)
    assert "您还没有日历链接" in mine.send(f"{PAGE}/end", 409)
    acts = town.street.look(
        lambda s: s.scalars(sa.select(AuditRecord.act).where(AuditRecord.act.like("feed.%"))).all()
    )
    assert sorted(acts) == ["feed.end", "feed.make", "feed.renew"]


def test_the_same_press_twice_makes_one_link(town: Town) -> None:
    mine = town.mine()
    mine.open(PAGE)
    answers = mine.hidden()
    mine.send(PAGE, **answers)
    first = link_of(mine)
    mine.send(PAGE, **answers)
    assert link_of(mine) == first
    assert town.street.count(Handle, Handle.kind == "feed") == 1


def test_the_link_is_kept_nowhere_in_clear(town: Town) -> None:
    token = made(town.mine()).split("/")[2].partition(".")[0]
    values = town.street.look(lambda s: s.scalars(sa.select(Handle.value)).all())
    assert not any(token in value for value in values)


def test_programs_may_keep_it_and_ask_whether_it_changed(town: Town) -> None:
    visit = town.promised()
    path = made(town.mine())
    first = fetched(town, path)
    assert first.headers["Cache-Control"] == "private, max-age=900"
    town.now = NOW + timedelta(hours=2)
    again = fetched(town, path, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    town.street.uow.run(
        lambda s: s.execute(
            sa.update(Visit)
            .where(Visit.id == visit)
            .values(sequence=1, starts_at=START + timedelta(hours=1), changed_at=town.now)
        )
    )
    moved = fetched(town, path, **{"If-None-Match": first.headers["ETag"]})
    assert moved.status_code == 200
    [event] = icalendar.Calendar.from_ical(moved.data).walk("VEVENT")
    assert (event["SEQUENCE"], event.decoded("DTSTART")) == (1, START + timedelta(hours=1))
    assert event["UID"] == f"{visit}@visit.timebank"


def test_a_link_made_in_english_speaks_english(town: Town) -> None:
    town.promised()
    path = made_in_english(town.mine().english())
    [event] = events_of(town, path)
    assert "Call" in event["DESCRIPTION"]
    assert not re.search("[\u3400-\u9fff]", event["DESCRIPTION"].split("Booking")[0])


def made_in_english(browser: Browser) -> str:
    browser.open(PAGE)
    browser.send(PAGE)
    path = link_of(browser)
    assert path.endswith("?lang=en")
    return path


def test_whoever_is_not_logged_in_makes_none(town: Town) -> None:
    nobody = town.phone()
    nobody.open(PAGE)
    assert nobody.path == "/login"


def test_a_pending_member_makes_none(town: Town) -> None:
    member = town.street.uow.run(lambda s: factories.create_member(s, is_checked=False))
    phone = town.phone(member)
    phone.open("/me")
    assert PAGE not in phone.page.text
    phone.send(PAGE, 403)
    phone.open(PAGE, 403)
    assert "核验" in phone.text
    assert town.street.count(Handle, Handle.kind == "feed") == 0
