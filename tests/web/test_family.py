"""The family's own pages: for whom one may act, and how that person is today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from models.oversight import AuditRecord
from models.people import Delegation
from tests import factories
from tests.databases import Databases
from tests.factories import NOW
from tests.web.elder_kit import (
    credited,
    elder_town,
    let,
    relative,
    served,
    visit_path,
)
from tests.web.volunteer_kit import Town


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town whose elder has 300 minutes."""
    yield from elder_town(databases)


def elder_name(town: Town) -> str:
    return town.street.look(lambda s: factories.member_row(s, town.street.elder).name)


def test_home_lists_everybody_with_scope_and_end(town: Town) -> None:
    other = town.street.uow.run(lambda s: factories.create_elder(s, name="林一"))
    son = relative(town, "see", "ask", "confirm")
    let(town, son, "see", elder=other)
    words = town.phone(son).open("/family")
    assert elder_name(town) in words
    assert "您可以看、代为申请、代为确认，到 2027年3月1日 周一 为止。" in words
    assert "您只可以看，到 2027年3月1日 周一 为止。" in words
    assert f"代{elder_name(town)}申请" in words
    assert "代林一申请" not in words


@pytest.mark.parametrize(
    ("scopes", "sentence"),
    [
        (("ask",), "您可以看、代为申请，"),
        (("confirm",), "您可以看、代为确认，"),
    ],
)
def test_a_scope_is_said_in_words(town: Town, scopes: tuple[str, ...], sentence: str) -> None:
    son = relative(town, *scopes)
    assert sentence in town.phone(son).open("/family")


def test_home_of_somebody_without_anybody(town: Town) -> None:
    words = town.mine().open("/family")
    assert "现在没有您可以代办的人。" in words
    # A gift, an inheritance or a death report is looked for here first.
    assert "赠送和传承" in words


def test_what_wants_confirming_stands_on_both_pages(town: Town) -> None:
    son = town.phone(relative(town, "confirm"))
    visit = served(town)
    assert "来过了，等着确认。" in son.open("/family")
    words = son.open(f"/family/{town.street.elder}")
    assert "代为确认" in words
    link = visit_path(visit, "/confirm", f"/elder/for/{town.street.elder}")
    assert f'href="{link}"' in son.page.text
    looker = town.phone(relative(town, "see", name="王建军"))
    words = looker.open(f"/family/{town.street.elder}")
    assert "自己确认" in words
    assert link not in looker.page.text


def test_what_happened_today_and_what_was_spent(town: Town) -> None:
    son = town.phone(relative(town, "see"))
    words = son.open(f"/family/{town.street.elder}")
    assert "今天还没有什么事。" in words
    assert "还没有约好下一次。" in words
    assert "这个月用了 0 分" in words
    town.street.ask("C01", starts_at=NOW + timedelta(days=9))
    assert "申请了家庭保洁" in son.open(f"/family/{town.street.elder}")
    credited(town)
    words = son.open(f"/family/{town.street.elder}")
    for said in ("来了，开始做陪聊", "做完了陪聊", "确认了", "这个月用了 1 小时 2 分"):
        assert said in words
    assert "申请了家庭保洁" not in words
    assert "亲属 13900000000" in words
    town.now += timedelta(days=30)
    assert "这个月用了 0 分" in son.open(f"/family/{town.street.elder}")


def test_the_next_visit(town: Town) -> None:
    visit = town.promised()
    son = town.phone(relative(town, "see"))
    assert "下一次：3月11日 周三 上午 10:00" in son.open("/family")
    son.open(f"/family/{town.street.elder}")
    assert visit_path(visit, base=f"/elder/for/{town.street.elder}") in son.page.text


def test_the_look_is_recorded(town: Town) -> None:
    son = relative(town, "see")
    town.phone(son).open(f"/family/{town.street.elder}")
    looks = (AuditRecord.act == "member.read", AuditRecord.actor_id == son)
    assert town.street.count(AuditRecord, *looks) == 1


def test_nobody_else_sees_an_elders_day(town: Town) -> None:
    name = elder_name(town)
    for stranger in (town.mine(), town.phone(town.street.staff), town.phone(town.street.elder)):
        words = stranger.open(f"/family/{town.street.elder}", status=404)
        assert name not in words


def test_an_ended_delegation_is_said_and_opens_nothing(town: Town) -> None:
    son = relative(town, "see")
    town.now = NOW + timedelta(days=400)
    browser = town.phone(son)
    words = browser.open("/family")
    assert "已经结束的代办" in words
    browser.open(f"/family/{town.street.elder}", status=404)


def test_giving_up_a_delegation(town: Town) -> None:
    son = relative(town, "see", "ask")
    browser = town.phone(son)
    browser.open(f"/family/{town.street.elder}")
    words = browser.send(f"/family/{town.street.elder}/give-up")
    assert "您不再代" in words
    assert "现在没有您可以代办的人。" in words
    assert town.street.count(Delegation, Delegation.revoked_at.is_(None)) == 0
    browser.open(f"/elder/for/{town.street.elder}", status=403)


def test_in_english(town: Town) -> None:
    son = town.phone(relative(town, "see")).english()
    words = son.open("/family")
    assert "My family" in words
    assert "You may only see, until" in words
    words = son.open(f"/family/{town.street.elder}")
    assert "Nothing has happened today." in words
    assert "Emergency contact" in words
