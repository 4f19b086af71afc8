"""固定服务 on the pages: set up question by question, dates, people, the counter, volunteers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from models.requests import RequestState, VisitState
from models.schedule import OccurrenceState, SeriesState
from services.policy import SYSTEM
from services.schedule.materialising import make_request
from services.schedule.series import review
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.schedule.conftest import request_on, rows_of, series_of, standing
from tests.web.elder_kit import elder_town, let, relative
from tests.web.volunteer_kit import Browser, Town

#: Conversation every Tuesday and Friday at ten, an hour, left out on holidays.
ANSWERS = {
    "kind": "T1",
    "service": "A04",
    "rhythm": "week",
    "weekdays": "4",
    "time": "10:00",
    "length": "60",
    "holiday": "skip",
    "manner": "visit",
    "where": "home",
    "note": "爱听戏",
    "risk": "",
}
FRIDAY = date(2026, 3, 13)


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town whose elder has 300 minutes."""
    yield from elder_town(databases)


def elder(town: Town) -> Browser:
    return town.phone(town.street.elder)


def answered(browser: Browser, base: str = "/elder", **answers: str) -> str:
    """Every question answered: the page to check."""
    given = {**ANSWERS, **answers}
    browser.open(f"{base}/standing")
    browser.send(f"{base}/standing/new")
    while (name := browser.path.rsplit("/", 1)[-1]) in given:
        browser.send(f"{base}/standing/ask/{name}", answer=given[name])
    assert browser.path == f"{base}/standing/check", browser.path
    return browser.text


def made(browser: Browser, base: str = "/elder", **answers: str) -> UUID:
    """A standing visit by the pages; returns its id."""
    answered(browser, base, **answers)
    browser.send(f"{base}/standing/check")
    assert re.search(r"/standing/\d+/", browser.path), browser.text
    return UUID(browser.path.rsplit("/", 1)[-1])


def one(key: UUID, ending: str = "", base: str = "/elder") -> str:
    return f"{base}/standing/{LONGWAN}/{key}{ending}"


def test_the_whole_way_to_a_standing_visit(town: Town) -> None:
    browser = elder(town)
    assert "固定服务" in browser.open("/elder/more")
    words = answered(browser)
    for said in ("陪聊·读报·生命故事", "每周五上午10:00", "放假那天不来", "爱听戏"):
        assert said in words
    assert "第一次：3月13日 周五 上午 10:00" in words
    words = browser.send("/elder/standing/check")
    key = UUID(browser.path.rsplit("/", 1)[-1])
    assert "约好了" in words
    assert "网点会先看一看" in words
    row = series_of(town.street, key)
    assert (row.rrule, row.consent, row.booked_minutes) == ("FREQ=WEEKLY;BYDAY=FR", "own", 60)
    assert rows_of(town.street, key)[FRIDAY].state is OccurrenceState.ASKED
    assert "每周五上午10:00" in browser.open("/elder/standing")


def test_a_second_press_makes_no_second_one(town: Town) -> None:
    browser = elder(town)
    answered(browser)
    sent = browser.hidden()
    browser.send("/elder/standing/check")
    first = browser.path
    page = browser.client.post("/elder/standing/check", data=sent, follow_redirects=True)
    assert page.request.path == first


def test_month_ends_and_several_weekdays(town: Town) -> None:
    browser = elder(town)
    assert "每月最后一天" in answered(browser, rhythm="month_end", holiday="keep")
    browser.send("/elder/standing/new")
    for name, value in (("kind", "T1"), ("service", "A04"), ("rhythm", "fortnight")):
        browser.send(f"/elder/standing/ask/{name}", answer=value)
    data = {**browser.hidden(), "answer": ["1", "4"]}
    page = browser.client.post("/elder/standing/ask/weekdays", data=data, follow_redirects=True)
    assert page.request.path.endswith("/ask/time")
    words = browser.send("/elder/standing/ask/month_day", answer="3")
    assert "几点来？" in words


def test_a_question_needs_its_answer(town: Town) -> None:
    browser = elder(town)
    browser.open("/elder/standing")
    browser.send("/elder/standing/new")
    for name, value in (("kind", "T1"), ("service", "A04"), ("rhythm", "week")):
        browser.send(f"/elder/standing/ask/{name}", answer=value)
    assert "请至少选一天。" in browser.send("/elder/standing/ask/weekdays", status=422)


def test_odd_minutes_are_refused_on_the_page_and_can_be_mended(town: Town) -> None:
    browser = elder(town)
    answered(browser, time="other", clock="10:10")
    words = browser.send("/elder/standing/check", status=422)
    assert "整点、一刻、半点或三刻" in words
    assert "去改一改" in words


def test_one_date_is_left_out_and_another_moved(town: Town) -> None:
    browser = elder(town)
    key = made(browser)
    third, fourth = FRIDAY + timedelta(days=21), FRIDAY + timedelta(days=28)
    browser.open(one(key, f"/{third}"))
    assert "这一次不来了" in browser.send(one(key, f"/{third}/cancel"))
    browser.open(one(key, f"/{fourth}/move"))
    words = browser.send(one(key, f"/{fourth}/move"), day="2026-04-11", clock="15:00")
    assert "4月11日 周六 下午 3:00" in words
    rows = rows_of(town.street, key)
    assert (rows[third].state, rows[third].exception) == (OccurrenceState.CANCELLED, "cancelled")
    assert rows[fourth].exception == "moved"
    browser.open(one(key, f"/{fourth}/move"))
    words = browser.send(one(key, f"/{fourth}/move"), status=422, day="2026-04-11", clock="15:05")
    assert "整点、一刻、半点或三刻" in words


def test_pause_go_on_change_and_end(town: Town) -> None:
    browser = elder(town)
    key = made(browser)
    browser.open(one(key))
    assert "先停一停了。" in browser.send(one(key, "/pause"))
    browser.open(one(key))
    assert "已经变化" in browser.send(one(key, "/pause"), status=422)
    browser.open(one(key))
    assert "又开始了。" in browser.send(one(key, "/resume"))
    browser.open(one(key))
    assert "请看一遍再约" in browser.send(one(key, "/change"))
    browser.open("/elder/standing/ask/length")
    browser.send("/elder/standing/ask/length", answer="90")
    browser.send("/elder/standing/check")
    assert series_of(town.street, key).booked_minutes == 90
    assert "还没有人答应的日子都取消" in browser.open(one(key, "/end"))
    assert "固定服务已经停止" in browser.send(one(key, "/end"))
    assert series_of(town.street, key).state is SeriesState.ENDED
    assert town.street.earned(town.street.elder) == (300, 0)
    browser.open(one(key, "/end"), status=403)


def test_a_relative_with_leave_arranges_it_and_one_without_does_not(town: Town) -> None:
    child = relative(town, "see", "ask")
    base = f"/elder/for/{town.street.elder}"
    key = made(town.phone(child), base)
    assert series_of(town.street, key).consent == "family"
    onlooker = relative(town, "see")
    looking = town.phone(onlooker)
    assert "每周五" in looking.open(one(key, base=base))
    assert "以后都不要了" not in looking.text
    looking.open(one(key, "/end", base), status=403)
    stranger = town.street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    town.phone(stranger).open(one(key, base=base), status=403)


def test_the_counter_arranges_it_by_the_elders_word_and_reviews_it(town: Town) -> None:
    staff = town.phone(town.street.staff)
    base = f"/elder/for/{town.street.elder}"
    key = made(staff, base, consent="voice")
    assert series_of(town.street, key).consent == "voice"
    words = staff.open("/branch/standing?waiting=1")
    assert "每周五上午10:00" in words
    assert "以后每次直接找志愿者" in staff.send(f"/branch/standing/{LONGWAN}/{key}/review")
    assert request_on(town.street, key, FRIDAY).state is RequestState.OPEN
    assert "已审核" in staff.open("/branch/standing")
    assert "每周五" not in staff.open("/branch/standing?waiting=1")
    staff.open("/branch/standing")
    assert "已经变化" in staff.send(f"/branch/standing/{LONGWAN}/{key}/review", status=422)


def test_a_date_that_could_not_be_asked_for_is_on_the_counters_list(town: Town) -> None:
    street = town.street
    key = standing(street)
    # The same service at the same time has been asked for by hand.
    far = datetime(2026, 3, 27, 1, tzinfo=NOW.tzinfo)
    street.ask(starts_at=far)
    later = NOW + timedelta(days=6)

    def ask(ctx: object) -> object:
        from services.schedule.locating import locked_series, occurrence_of

        series = locked_series(ctx, LONGWAN, key)  # type: ignore[arg-type]
        row = occurrence_of(ctx, series, date(2026, 3, 27))  # type: ignore[arg-type]
        return make_request(ctx, series, row)  # type: ignore[arg-type]

    assert street.act(SYSTEM, ask, later) is None
    town.now = later
    staff = town.phone(street.staff)
    words = staff.open("/branch/standing")
    assert "没有约成的日子" in words
    assert "这个时间已经申请过同样的服务" in words
    words = staff.send(f"/branch/standing/{LONGWAN}/{key}/2026-03-27/again")
    assert "没有约成的日子" in words
    browser = elder(town)
    assert "没有约成" in browser.open(one(key))
    assert "再试一次" in browser.open(one(key, "/2026-03-27"))
    assert "has already been asked" in browser.english().open(one(key, "/2026-03-27")).lower() or (
        "already" in browser.text
    )


def test_a_volunteer_is_asked_agrees_and_says_yes_to_each_date(town: Town) -> None:
    street = town.street
    key = standing(street)
    street.act(street.staff, lambda ctx: review(ctx, LONGWAN, key))
    # Whoever came before may be asked: here by a promise of another day.
    street.accepted(street.open_request(starts_at=datetime(2026, 3, 11, 2, tzinfo=NOW.tzinfo)))
    browser = elder(town)
    assert "请谁固定来" in browser.open(one(key))
    assert "约好了，还没来过" in browser.open(one(key, "/people"))
    words = browser.send(one(key, "/people"), place="regular", person=str(street.volunteer))
    assert "已经问了" in words
    me = town.phone(street.volunteer)
    assert "等您回答" in me.open("/volunteer/standing")
    words = me.open(f"/volunteer/standing/{key}")
    assert "我愿意固定去" in words
    me.send(f"/volunteer/standing/{key}/agree")
    words = me.open(f"/volunteer/standing/{key}")
    assert "这几次等您答应" in words
    assert "样例小区" in words
    assert "2 幢 301 室" not in words
    days = re.findall(r'name="day" value="([0-9-]+)"', me.page.text)
    assert days == ["2026-03-13", "2026-03-20"]
    page = me.client.post(
        f"/volunteer/standing/{key}/dates",
        data={**me.hidden(), "day": days},
        follow_redirects=True,
    )
    assert "答应了 2 次" in page.text
    assert request_on(street, key, FRIDAY).state is RequestState.FILLED
    assert "固定来" in browser.open(one(key))
    me.open(f"/volunteer/standing/{key}")
    me.send(f"/volunteer/standing/{key}/stop")
    assert series_of(street, key).regular_id is None
    me.open(f"/volunteer/standing/{key}", status=404)
    other = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    town.phone(other).open(f"/volunteer/standing/{key}", status=404)
    assert "还没有老人请您固定去" in town.phone(other).open("/volunteer/standing")


def test_another_time_goes_between_the_two_sides(town: Town) -> None:
    street = town.street
    request = street.open_request()
    browser = elder(town)
    path = f"/elder/requests/{LONGWAN}/{request}"
    assert "换个时间" in browser.open(path)
    browser.open(f"{path}/move")
    words = browser.send(f"{path}/move", day="2026-03-11", clock="11:00")
    assert "上午 11:00" in words
    visit = street.accepted(request)
    browser.open(f"{path}/move")
    words = browser.send(f"{path}/move", day="2026-03-12", clock="9:30")
    assert "在等对方答复" in words
    me = town.phone(street.volunteer)
    assert "对方想换个时间" in me.open("/volunteer/")
    assert f"/volunteer/requests/{request}" in me.page.text
    assert "有人想换个时间" not in browser.open("/elder")
    words = me.open(f"/volunteer/visits/{visit}")
    assert "对方想换个时间" in words
    [answer] = re.findall(r'action="([^"]*/time/[^"]*)"', me.page.text)[:1]
    assert "3月12日" in me.send(answer, answer="yes")
    # Now the volunteer proposes, and the elder says no.
    me.open(f"/volunteer/visits/{visit}/time")
    assert "在等对方答复" in me.send(
        f"/volunteer/visits/{visit}/time", day="2026-03-13", clock="9:30"
    )
    assert "对方想换个时间" not in me.open("/volunteer/")
    assert "有人想换个时间" in browser.open("/elder")
    words = browser.open(path)
    assert "有人想换个时间" in words
    [answer] = re.findall(r'action="([^"]*/move/[^"]*)"', browser.page.text)[:1]
    assert "3月12日" in browser.send(answer, answer="no")
    assert street.visit(visit).state is VisitState.ACCEPTED
    # Proposed once more and taken back; then what is over is over.
    me.open(f"/volunteer/visits/{visit}/time")
    me.send(f"/volunteer/visits/{visit}/time", day="2026-03-13", clock="9:30")
    [answer] = re.findall(r'action="([^"]*/time/[^"]*)"', me.page.text)[:1]
    me.send(answer, answer="back")
    me.open(f"/volunteer/visits/{visit}/time")
    assert "已经有结果" in me.send(answer, status=422, answer="back")
    me.open(f"/volunteer/visits/{visit}/time")
    assert "整点" in me.send(
        f"/volunteer/visits/{visit}/time", status=422, day="2026-03-13", clock="9:35"
    )


def test_pages_in_english(town: Town) -> None:
    browser = elder(town).english()
    key = made(browser)
    words = browser.open(one(key))
    assert "every Friday at 10:00 am" in words
    assert not re.search(r"[\u4e00-\u9fff]", re.sub("爱听戏|互助时光", "", words)), words
    let(town, relative(town), "see")
