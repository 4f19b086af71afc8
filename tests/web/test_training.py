"""Training on the pages: a branch puts a session on, a volunteer books, signs in, and passes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.clock import local_date
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.web.branch_kit import Counter, open_counter

DAY = local_date(NOW) + timedelta(days=2)
COURSE = {
    "name": "互助基础课",
    "name_en": "Basic course",
    "code": "LW-JC",
    "certificate_code": "course-4h",
    "contents": "沟通和安全",
    "study_minutes-h": "4",
    "study_minutes-m": "0",
    "organiser": "样例社工服务中心",
    "valid_days": "365",
}
SESSION = {
    "day": DAY.isoformat(),
    "begins": "9:00",
    "ends": "13:00",
    "place": "二楼教室",
    "trainer": "王老师",
    "places": "1",
}


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def link(page: str, pattern: str) -> str:
    """The first address on a page that looks so."""
    found = re.search(rf'"(/[^"]*{pattern})"', page)
    assert found, pattern
    return found[1]


def session_path(counter: Counter) -> str:
    """Offer the course and put a session on; the address of its page at the counter."""
    clerk = counter.clerk
    clerk.open("/branch/training/courses/new")
    assert "课程已经开设" in clerk.send("/branch/training/courses/new", **COURSE)
    new = link(clerk.page.text, "/sessions/new")
    clerk.open(new)
    assert "这一期已经开放报名" in clerk.send(new, **SESSION)
    return link(clerk.page.text, f"/training/{LONGWAN}/[0-9a-f-]+")


def test_from_the_course_to_the_certificate(counter: Counter) -> None:
    path = session_path(counter)
    own = path.replace("/branch/", "/volunteer/")
    mine = counter.town.mine()
    assert "互助基础课" in mine.open("/volunteer/training")
    assert "还有 1 个名额" in mine.open(own)
    assert "已报名" in mine.send(f"{own}/book")
    counter.clerk.open(path)
    counter.town.now = NOW + timedelta(days=2)
    mine.open(own)
    assert "请写上六位数字" in mine.send(f"{own}/sign-in", 422, code="")
    shown = re.search(r">(\d{6})<", counter.clerk.page.text)
    assert shown
    assert "已经签到" in mine.send(f"{own}/sign-in", code=shown[1])
    counter.town.now = NOW + timedelta(days=2, hours=5)
    counter.clerk.open(path)
    result = link(counter.clerk.page.text, "/result/[0-9a-f-]+")
    assert "结果已经记下" in counter.clerk.send(result, passed="yes", score="88")
    record = mine.open("/volunteer/training")
    assert "互助基础课 沟通和安全 4 小时 样例社工服务中心" in record
    assert "通过 · 88" in record


def test_a_full_session_has_a_waiting_list_and_the_counter_may_book(counter: Counter) -> None:
    path = session_path(counter)
    own = path.replace("/branch/", "/volunteer/")
    mine = counter.town.mine()
    mine.open(own)
    mine.send(f"{own}/book")
    other = counter.given(lambda session: factories.create_volunteer(session, "P1"))
    phone = counter.town.phone(other)
    assert "名额已满，可以候补" in phone.open(own)
    assert "排队候补" in phone.send(f"{own}/book")
    assert "您已经报了这一期的名" in phone.send(f"{own}/book", 422)
    mine.open(own)
    assert "已经取消，名额留给别人了" in mine.send(f"{own}/give-back")
    assert "已报名" in phone.open(own)
    counter.clerk.open(path)
    assert "志愿者编号是字母 V 加 12 位数字" in counter.clerk.send(f"{path}/enrol", number="V000")


def test_a_session_is_called_off_with_a_reason(counter: Counter) -> None:
    path = session_path(counter)
    counter.clerk.open(f"{path}/cancel")
    assert "有地方需要改一改" in counter.clerk.send(f"{path}/cancel", 422, reason="")
    assert "这一期取消了：老师生病" in counter.clerk.send(f"{path}/cancel", reason="老师生病")
    own = path.replace("/branch/", "/volunteer/")
    assert "这一期取消了" in counter.town.mine().open(own)


def test_the_lists_of_others_are_closed(counter: Counter) -> None:
    path = session_path(counter)
    assert counter.neighbour().open(path, 403)
    assert counter.town.mine().open(path, 403)


def test_a_course_ends_and_stays_on_the_list(counter: Counter) -> None:
    session_path(counter)
    counter.clerk.open("/branch/training")
    end = link(counter.clerk.page.text, "/courses/[0-9a-f-]+/end")
    assert "已停办" in counter.clerk.send(end)
    assert "这门课程已经停办" in counter.clerk.send(end)
