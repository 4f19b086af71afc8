"""Pages of service days, group sessions and welfare visits, from every side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from models.oversight import SafetySheet
from models.requests import Request
from models.service_days import GroupPlace, GroupSession, Round, RoundMember, WelfareVisit
from services.people.reading import member_row
from services.policy import SYSTEM
from services.welfare import listing
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter, open_counter
from tests.web.elder_kit import relative
from timebank.jobs.service_days import JOBS

DAY = {
    "name": "孝行服务日",
    "every": "week",
    "weekday": "WE",
    "starts": "9:00",
    "minutes-h": "3",
    "minutes-m": "0",
    "policy": "next_working_day",
}
SESSION = {
    "service": "B05",
    "day": "2026-03-11",
    "starts": "10:00",
    "minutes-h": "1",
    "minutes-m": "0",
    "places": "3",
    "place": "二楼活动室",
    "closes_day": "2026-03-11",
    "closes": "8:30",
}


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def linked(counter: Counter, pattern: str) -> str:
    """The first address on the page that fits."""
    found = re.search(pattern, counter.clerk.page.text)
    assert found is not None, counter.clerk.text
    return found[0]


def run_jobs(counter: Counter) -> dict[str, int]:
    held = counter.town.app.extensions["timebank"]
    return {job.name: job.work(held) for job in JOBS}


def date_of_a_day(counter: Counter) -> str:
    """A service day made at the counter; the address of its first date."""
    clerk = counter.clerk
    clerk.open("/branch/service-days/new")
    words = clerk.send("/branch/service-days/new", **DAY)
    assert "每周三上午9:00" in words
    clerk.open(linked(counter, rf"/branch/service-days/{LONGWAN}/[0-9a-f-]+"))
    return linked(counter, rf"/branch/service-days/{LONGWAN}/[0-9a-f-]+/2026-03-11")


def session_of(counter: Counter, **changes: str) -> str:
    """A session made at the counter; its address."""
    counter.clerk.open("/branch/groups/new")
    counter.clerk.send("/branch/groups/new", **{**SESSION, **changes})
    return linked(counter, rf"/branch/groups/{LONGWAN}/[0-9a-f-]+")


def test_a_service_day_from_the_rule_to_the_sheet(counter: Counter) -> None:
    counter.street.issue(1_000)
    clerk, street = counter.clerk, counter.street
    there = date_of_a_day(counter)
    assert counter.street.count(Round) == 12
    clerk.open(f"{there}/invite")
    words = clerk.send(f"{there}/invite", members=str(street.volunteer))
    assert "还没回答" in words
    volunteer = counter.town.phone(street.volunteer)
    assert "孝行服务日" in volunteer.open("/volunteer/service-days")
    words = volunteer.send(f"{there.replace('/branch', '/volunteer')}/yes")
    assert "您参加" in words
    clerk.open(f"{there}/stop")
    clerk.send(
        f"{there}/stop",
        elder=str(street.elder),
        service="A04",
        starts="10:00",
        consent="voice",
        **{"minutes-h": "1", "minutes-m": "0"},
    )
    request = street.look(lambda session: session.query(Request).one().id)
    clerk.open(counter.request_path(request))
    clerk.send(counter.request_path(request, "/approve"))
    assert "还没有人答应去哪一位老人家" in clerk.open(f"{there}/sheet")
    street.accepted(request)
    assert "样例小区 2 幢 301 室" in clerk.open(f"{there}/sheet")
    mine = volunteer.open(there.replace("/branch", "/volunteer"))
    assert "样例小区 2 幢 301 室" in mine
    clerk.open(there)
    assert "移出" in clerk.text
    clerk.send(f"{there}/drop/{request}")
    assert "还没有安排老人" in clerk.text


def test_a_date_and_a_day_are_called_off_with_a_reason(counter: Counter) -> None:
    there = date_of_a_day(counter)
    counter.clerk.open(f"{there}/cancel")
    counter.clerk.send(f"{there}/cancel", status=422)
    assert "已取消" in counter.clerk.send(f"{there}/cancel", reason="台风")
    day = there.rpartition("/")[0]
    counter.clerk.open(f"{day}/end")
    assert "已停办" in counter.clerk.send(f"{day}/end", reason="人手不够")


def test_what_is_missing_is_said_at_its_field(counter: Counter) -> None:
    counter.clerk.open("/branch/service-days/new")
    words = counter.clerk.send("/branch/service-days/new", status=422, **{**DAY, "weekday": ""})
    assert "请至少选一天" in words
    words = counter.clerk.send(
        "/branch/service-days/new", status=422, **{**DAY, "every": "month", "weekday": ""}
    )
    assert "没有这样的日子" in words
    counter.clerk.open("/branch/groups/new")
    words = counter.clerk.send("/branch/groups/new", status=422, **{**SESSION, "closes": "9:30"})
    assert "报名要在开始之前" in words


def test_whom_nobody_could_choose_is_not_invited(counter: Counter) -> None:
    path = f"{date_of_a_day(counter)}/invite"
    counter.clerk.open(path)
    counter.clerk.send(path, status=422, members="nobody")


def test_pages_that_are_not_there(counter: Counter) -> None:
    nobody = UUID(int=3)
    for path in (
        f"/branch/service-days/{LONGWAN}/{nobody}",
        f"/branch/service-days/{LONGWAN}/{nobody}/2026-13-99",
        f"/branch/groups/{LONGWAN}/{nobody}",
        f"/branch/welfare/{nobody}",
        "/branch/welfare/month.pdf",
    ):
        counter.clerk.open(path, status=404)


def test_neighbours_and_elders_do_not_see_the_counters_pages(counter: Counter) -> None:
    there, session = date_of_a_day(counter), session_of(counter)
    subject = f"/branch/welfare/{counter.street.elder}"
    for browser in (counter.neighbour(), counter.foreigner()):
        for path in (there, f"{there}/sheet", session, f"{session}/attend", subject):
            browser.open(path, status=403)
    elder = counter.town.phone(counter.street.elder)
    for path in ("/branch/service-days", "/branch/groups", "/branch/welfare", session):
        elder.open(path, status=403)


def test_an_elder_books_in_two_presses_and_gives_it_back(counter: Counter) -> None:
    counter.street.give_coins(counter.street.elder, 300)
    session = session_of(counter).replace("/branch", "/elder")
    elder = counter.town.phone(counter.street.elder)
    assert "还有 3 个位子" in elder.open("/elder/groups")
    assert "最多 1 小时 39 分" in elder.open(session)
    elder.open(f"{session}/book")
    assert "位子给您留着" in elder.send(f"{session}/book")
    assert counter.street.earned(counter.street.elder) == (300, 99)
    assert "手机教学" in elder.open("/elder/coins")
    elder.open(f"{session}/cancel")
    assert "已全部退回" in elder.send(f"{session}/cancel")
    assert counter.street.earned(counter.street.elder) == (300, 0)


def test_a_relative_books_and_the_counter_says_how_the_elder_agreed(counter: Counter) -> None:
    session = session_of(counter)
    own = session.replace("/branch", f"/elder/for/{counter.street.elder}")
    child = counter.town.phone(relative(counter.town, "see", "ask"))
    child.open(f"{own}/book")
    child.send(f"{own}/book")
    place = counter.street.look(lambda found: found.query(GroupPlace).one())
    assert place.consent == "family"
    assert "本人口头同意" not in counter.clerk.open(session)
    counter.clerk.open(f"{own}/book")
    assert counter.clerk.path == f"{session}/book"
    words = counter.clerk.send(
        f"{session}/book", status=422, elder=str(counter.street.elder), consent="voice"
    )
    assert "已经报过名了" in words
    other = counter.elder_of()
    counter.clerk.send(f"{session}/book", elder=str(other), consent="voice")
    assert "本人口头同意" in counter.clerk.text
    counter.clerk.send(f"{session}/unbook/{other}")
    assert "位子已经取消" in counter.clerk.text


def test_a_session_from_its_leader_to_the_list_that_waits(counter: Counter) -> None:
    counter.street.issue(1_000)
    session = session_of(counter)
    volunteer = counter.town.phone(counter.street.volunteer)
    assert "我来带领" in volunteer.open("/volunteer/groups")
    lead = session.replace("/branch", "/volunteer")
    assert "由您带领" in volunteer.send(f"{lead}/lead")
    volunteer.open(f"{lead}/back")
    volunteer.send(f"{lead}/back", reason="家里有事")
    volunteer.send(f"{lead}/lead")
    elder = counter.town.phone(counter.street.elder)
    own = session.replace("/branch", "/elder")
    elder.open(f"{own}/book")
    elder.send(f"{own}/book")
    counter.town.now = START - timedelta(minutes=90)
    assert run_jobs(counter)["close-sessions"] == 1
    counter.town.now = START + timedelta(minutes=70)
    assert "登记到场" in counter.clerk.open(session)
    counter.clerk.open(f"{session}/attend")
    words = counter.clerk.send(
        f"{session}/attend",
        began="10:00",
        present=str(counter.street.elder),
        **{"minutes-h": "1", "minutes-m": "0"},
    )
    assert "等地区管理员签署" in words
    row = counter.street.look(lambda found: found.query(GroupSession).one())
    assert row.batch_id is not None
    admin = counter.town.phone(counter.street.admins[0])
    assert "手机教学" in admin.open(f"/admin/{LONGWAN}/batches/{row.batch_id}")


def test_who_may_not_lead_reads_why(counter: Counter) -> None:
    session = session_of(counter).replace("/branch", "/volunteer")
    volunteer = counter.town.phone(counter.street.volunteer)
    volunteer.open("/volunteer/groups")
    assert "公益池的时间暂时不够" in volunteer.send(f"{session}/lead", status=409)
    volunteer.open(f"{session}/back", status=404)


def test_calling_a_session_off_at_the_counter(counter: Counter) -> None:
    session = session_of(counter)
    counter.clerk.open(f"{session}/cancel")
    assert "停电" in counter.clerk.send(f"{session}/cancel", reason="停电")
    counter.clerk.open(f"{session}/leader")
    counter.clerk.send(f"{session}/leader", status=422, reason="来不了")


def listed(counter: Counter) -> UUID:
    """The street's elder lives alone and is on the list."""
    elder = counter.street.elder

    def live_alone(session: object) -> None:
        member_row(session, elder).lives_alone = True  # type: ignore[arg-type]

    counter.given(live_alone)
    counter.street.act(SYSTEM, lambda ctx: listing.refresh(ctx, LONGWAN))
    return elder


def test_nobody_at_risk_is_overlooked(counter: Counter) -> None:
    elder = listed(counter)
    words = counter.clerk.open("/branch/welfare")
    assert "已探访 0 / 1 人" in words
    assert "从来没有" in words
    path = f"/branch/welfare/{elder}"
    counter.clerk.open(path)
    assert counter.audited("welfare.read") == 1
    answers = {"day": "2026-03-10", "at": "8:30", "how": "home", "finding": "well"}
    counter.clerk.send(path, status=422, **{**answers, "day": "2026-03-12"})
    counter.clerk.send(path, **answers)
    assert "已探访 1 / 1 人" in counter.clerk.text
    assert counter.street.count(WelfareVisit) == 1
    counter.clerk.open(path)
    words = counter.clerk.send(path, **{**answers, "finding": "needs_help", "note": "要人送饭"})
    assert "需要跟进" in words
    assert counter.street.count(SafetySheet) == 1
    assert "探访时发现" in counter.clerk.open("/branch/?kind=safety")


def test_the_tier_is_raised_with_a_reason(counter: Counter) -> None:
    elder = listed(counter)
    path = f"/branch/welfare/{elder}/raise"
    counter.clerk.open(path)
    counter.clerk.send(path, status=422, tier="low", reason="担心")
    counter.clerk.send(path, tier="high", reason="老伴刚过世")
    assert "老伴刚过世" in counter.clerk.text


def test_the_month_as_a_file_and_for_the_region(counter: Counter) -> None:
    listed(counter)
    page = counter.clerk.client.get("/branch/welfare/month.csv?day=2026-03-10")
    assert page.status_code == 200
    assert "独居" in page.get_data(as_text=True)
    assert counter.clerk.client.get("/branch/welfare/month.xlsx").status_code == 200
    assert counter.audited("welfare.export") == 2
    admin = counter.town.phone(counter.street.admins[0])
    assert "已探访 0 / 1 人" in admin.open(f"/admin/{LONGWAN}/care")
    assert admin.client.get(f"/admin/{LONGWAN}/care/month.csv").status_code == 200
    assert admin.client.get(f"/admin/{LONGWAN}/care/month.pdf").status_code == 404
    counter.far_admin().open(f"/admin/{LONGWAN}/care", status=403)
    counter.clerk.open(f"/admin/{LONGWAN}/care", status=403)


def test_the_jobs_do_nothing_twice(counter: Counter) -> None:
    listed(counter)
    date_of_a_day(counter)
    first = run_jobs(counter)
    assert run_jobs(counter) == first
    assert counter.street.count(RoundMember) == 0


def test_every_page_reads_in_english(counter: Counter) -> None:
    there, session = date_of_a_day(counter), session_of(counter)
    elder = listed(counter)
    clerk = counter.clerk.english()
    for path, words in (
        ("/branch/service-days", "Service days"),
        (there, "Whom to visit"),
        (f"{there}/sheet", "Nobody has promised a visit yet"),
        ("/branch/groups", "Led by"),
        (session, "Booking closes"),
        ("/branch/welfare", "Welfare visits"),
        (f"/branch/welfare/{elder}", "lives alone"),
    ):
        assert words in clerk.open(path), path
