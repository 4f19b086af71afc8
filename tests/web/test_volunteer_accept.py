"""Saying yes: once, in time, by somebody who may; and every way in which it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from models.requests import RequestState, Visit, VisitState
from services.people.reading import member_row
from services.requests.ending import cancel
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.web.volunteer_kit import Town, open_town


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town of the test's own."""
    yield from open_town(databases)


def another(town: Town, level: str = "P1", **overrides: object) -> UUID:
    return town.street.uow.run(
        lambda session: factories.create_volunteer(session, level, **overrides)
    )


def test_yes_shows_the_door_and_the_word(town: Town) -> None:
    town.street.issue(1_000)
    request = town.street.open_request(note="请带老花镜", risk_note="家里有狗")
    browser = town.mine()
    browser.open(f"/volunteer/requests/{request}")
    words = browser.send(f"/volunteer/requests/{request}")
    assert "说好了，谢谢您" in words
    assert town.street.request(request).reference in words
    assert browser.path.endswith("/accepted")
    words = browser.open(browser.path.removesuffix("/accepted"))
    name = town.street.look(lambda session: member_row(session, town.street.elder).name)
    for shown in (name, "样例小区 2 幢 301 室", "敲门请说：梅花", "家里有狗", "老花镜", "0577-"):
        assert shown in words
    assert town.street.request(request).state is RequestState.FILLED


def test_two_presses_are_one_promise(town: Town) -> None:
    town.street.issue(1_000)
    request = town.street.open_request()
    browser = town.mine()
    browser.open(f"/volunteer/requests/{request}")
    form = browser.hidden()
    for _ in range(2):
        answer = browser.client.post(f"/volunteer/requests/{request}", data=form)
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith("/accepted")
    assert town.street.count(Visit) == 1
    # The same from a second window leads to the same promise.
    answer = browser.client.post(
        f"/volunteer/requests/{request}", data={"csrf_token": form["csrf_token"]}
    )
    assert answer.status_code == 303
    assert town.street.count(Visit) == 1


def test_a_forged_press_does_nothing(town: Town) -> None:
    town.street.issue(1_000)
    request = town.street.open_request()
    browser = town.mine()
    browser.page = browser.client.post(f"/volunteer/requests/{request}")
    assert browser.page.status_code == 400
    assert town.street.count(Visit) == 0


def test_somebody_else_was_quicker(town: Town) -> None:
    town.street.issue(1_000)
    request = town.street.open_request()
    browser = town.mine()
    browser.open(f"/volunteer/requests/{request}")
    town.street.accepted(request, by=another(town))
    words = browser.send(f"/volunteer/requests/{request}", status=409)
    assert "已经有别的志愿者接下了，谢谢您的热心。" in words
    assert "我愿意去" not in words


def test_whoever_may_not_reads_all_reasons(town: Town) -> None:
    town.street.issue(1_000)
    request = town.street.open_request("E02", 60, wished_sex="male")
    browser = town.phone(another(town, insured=False))
    browser.open(f"/volunteer/requests/{request}")
    # The button is not there; whoever sends the form all the same is told why not.
    browser.open("/volunteer/visits")
    token = browser.hidden()
    browser.page = browser.client.post(f"/volunteer/requests/{request}", data=token)
    assert browser.page.status_code == 409
    for reason in ("您现在是基础", "以下有效证书之一", "意外保险", "由男性上门"):
        assert reason in browser.text
    assert town.street.count(Visit) == 0


def test_a_short_pool_is_said_before_the_work_and_the_request_waits(town: Town) -> None:
    elder = town.street.uow.run(lambda session: factories.create_elder(session, grade=4))
    nurse = another(town, "P3")
    town.street.give_coins(elder, 600)
    town.street.issue(10)
    request = town.street.open_request("E02", 60, elder_id=elder)
    browser = town.phone(nurse)
    browser.open(f"/volunteer/requests/{request}")
    words = browser.send(f"/volunteer/requests/{request}", status=409)
    assert "公益池的时间暂时不够" in words
    assert town.street.request(request).state is RequestState.WAITING_POOL
    assert town.street.count(Visit) == 0
    assert "这项申请在等公益池的时间" in browser.open(f"/volunteer/requests/{request}")


def test_a_cancelled_request_is_gone(town: Town) -> None:
    town.street.issue(1_000)
    request = town.street.open_request()
    browser = town.mine()
    browser.open(f"/volunteer/requests/{request}")
    town.street.act(town.street.elder, lambda ctx: cancel(ctx, LONGWAN, request))
    browser.send(f"/volunteer/requests/{request}", status=409)
    assert town.street.count(Visit) == 0


def test_a_pair_waits_for_its_second(town: Town) -> None:
    town.street.issue(5_000)
    request = town.street.open_request("E01", 60)
    browser = town.mine()
    assert "需要 2 位，已有 0 位" in browser.open(f"/volunteer/requests/{request}")
    words = browser.send(f"/volunteer/requests/{request}")
    assert "还缺一位同行的人" in words
    second = town.phone(another(town))
    words = second.open(f"/volunteer/requests/{request}")
    assert "两人同行，其中一位要受过这项服务规定的培训" in words
    nurse = town.phone(another(town, "P3"))
    nurse.open(f"/volunteer/requests/{request}")
    nurse.send(f"/volunteer/requests/{request}")
    assert town.street.request(request).state is RequestState.FILLED
    mine = town.street.look(
        lambda session: session.query(Visit).filter_by(provider_id=town.street.volunteer).one()
    )
    assert "同行的人" in browser.open(f"/volunteer/visits/{mine.id}")


def test_a_learner_joins_once_everybody_is_there(town: Town) -> None:
    town.street.issue(1_000)
    request = town.street.open_request()
    learner = town.phone(another(town, "P0"))
    words = learner.open(f"/volunteer/requests/{request}")
    assert "见习的人要等服务者到齐以后才能加入。" in words
    town.street.accepted(request)
    assert "见习" in learner.open("/volunteer/requests")
    assert "只记荣誉时长 1 小时" in learner.open(f"/volunteer/requests/{request}")
    learner.send(f"/volunteer/requests/{request}")
    extra = town.street.look(lambda session: session.query(Visit).filter_by(extra=True).one())
    assert (extra.provider_level, extra.pool_hold_id) == ("P0", None)
    assert extra.state is VisitState.ACCEPTED
    # One is enough for an elder's room.
    assert "陪聊" not in town.phone(another(town, "P0")).open("/volunteer/requests")


def test_a_yes_in_english(town: Town) -> None:
    town.street.issue(1_000)
    request = town.street.open_request("D03", 30)
    browser = town.mine().english()
    words = browser.open(f"/volunteer/requests/{request}")
    assert "Not open to you at present" in words
    assert "level" in words
    easy = town.street.open_request("A04", 60)
    assert "I will come" in browser.open(f"/volunteer/requests/{easy}")
    assert "Agreed, thank you" in browser.send(f"/volunteer/requests/{easy}")
