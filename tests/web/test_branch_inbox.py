"""The counter's inbox, the choice of a branch, and who may be there at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import RoleAssignment
from services.people.roles import end_role
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter, open_counter


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def test_an_empty_inbox_says_that_everything_is_done(counter: Counter) -> None:
    assert "都办完了" in counter.clerk.open("/branch/")


def test_each_kind_of_work_stands_in_one_list_with_its_age(counter: Counter) -> None:
    disputed = counter.disputed()
    counter.given(
        lambda s: factories.create_member(s, branch_id=counter.street.branch, is_checked=False)
    )
    asked = counter.asked(minutes=30, starts_at=START + timedelta(days=2))
    said = counter.clerk.open("/branch/")
    assert f"/visits/{LONGWAN}/{disputed}" in counter.clerk.page.text
    assert f"/requests/{LONGWAN}/{asked}" in counter.clerk.page.text
    assert "处理异议 1" in said
    assert "审核申请 1" in said
    assert "核验身份 1" in said
    assert "全部 3" in said
    assert "已等" in said


def test_the_most_pressing_work_comes_first(counter: Counter) -> None:
    visit = counter.missed()
    counter.asked(minutes=30, starts_at=counter.town.now + timedelta(days=2))
    page = counter.clerk.open("/branch/")
    assert page.index("未见签到 已等") < page.index("审核申请 已等")
    assert str(visit) in counter.clerk.page.text


def test_one_kind_can_be_looked_at_alone(counter: Counter) -> None:
    counter.missed()
    counter.asked(minutes=30, starts_at=counter.town.now + timedelta(days=2))
    said = counter.clerk.open("/branch/?kind=review")
    assert "审核申请 已等" in said
    assert "未见签到 已等" not in said


def test_a_made_up_kind_shows_the_whole_list(counter: Counter) -> None:
    counter.missed()
    assert "未见签到 已等" in counter.clerk.open("/branch/?kind=nonsense&page=-4")


def test_the_pool_is_listed_in_its_published_order(counter: Counter) -> None:
    late = counter.waiting(elder=counter.elder_of(grade=0, age=70))
    urgent = counter.waiting(elder=counter.elder_of(grade=3, age=85))
    counter.clerk.open("/branch/?kind=pool")
    text = counter.clerk.page.text
    assert text.index(str(urgent)) < text.index(str(late))
    assert "第 1 位" in counter.clerk.text
    assert "谁都不能挑" in counter.clerk.text


def test_the_age_of_work_is_said_in_days_after_two(counter: Counter) -> None:
    counter.missed()
    counter.town.now = NOW + timedelta(days=5)
    assert "已等 3 天" in counter.clerk.open("/branch/?kind=missed")


def test_another_branch_s_work_is_not_in_the_list(counter: Counter) -> None:
    counter.missed()
    assert "都办完了" in counter.neighbour().open("/branch/")


@pytest.mark.parametrize("path", ["/branch/", "/branch/requests", "/branch/members"])
def test_nobody_else_comes_to_the_counter(counter: Counter, path: str) -> None:
    for member in (counter.street.elder, counter.street.volunteer, counter.street.admins[0]):
        assert "没有办理这件事的权限" in counter.town.phone(member).open(path, 403)


def test_whoever_is_not_logged_in_is_asked_to(counter: Counter) -> None:
    visitor = counter.town.phone()
    visitor.open("/branch/")
    assert visitor.path == "/login"


def test_somebody_with_two_branches_chooses_one(counter: Counter) -> None:
    other = counter.other_branch()
    counter.also_at(other)
    counter.missed()
    clerk = counter.town.phone(counter.street.staff)
    assert "现在办哪个网点的事" in clerk.open("/branch/")
    assert clerk.path == "/branch/choose"
    assert "未见签到 1" in clerk.send(f"/branch/choose/{counter.street.branch}")
    assert "正在办这里的事" in clerk.open("/branch/choose")
    assert "都办完了" in clerk.send(f"/branch/choose/{other}")


def test_a_branch_of_somebody_else_cannot_be_chosen(counter: Counter) -> None:
    other = counter.other_branch()
    counter.clerk.open("/branch/choose")
    counter.clerk.send(f"/branch/choose/{other}", 403)


def test_whose_office_has_ended_finds_no_counter(counter: Counter) -> None:
    def end(session: Session) -> None:
        wanted = sa.select(RoleAssignment).where(RoleAssignment.member_id == counter.street.staff)
        row = session.scalars(wanted).one()
        end_role(factories.make_ctx(session), counter.street.staff, row.id)

    counter.given(end)
    counter.clerk.open("/branch/", 403)


def test_the_inbox_is_whole_in_english(counter: Counter) -> None:
    counter.missed()
    said = counter.clerk.english().open("/branch/")
    assert "No check-in" in said
    assert "waiting for" in said
    assert "Somebody comes or rings" in counter.clerk.page.text
