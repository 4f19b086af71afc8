"""Reviewing a request at the counter, refusing it, calling it off, and who may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from models.requests import RequestState
from services.people.records import record_circumstances
from services.policy import OWN_AFFAIR
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter, open_counter


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def state(counter: Counter, request: object) -> RequestState:
    return counter.street.request(request).state


def test_the_review_shows_everything_that_decides(counter: Counter) -> None:
    elder = counter.elder_of(grade=2)
    clerk = counter.given(lambda s: factories.clerk(s, counter.street.branch))
    counter.street.act(
        clerk,
        lambda ctx: record_circumstances(
            ctx,
            elder,
            in_hardship=True,
            lives_alone=True,
            special_family=False,
            spends_under_age=False,
        ),
    )
    counter.street.give_coins(elder, 40)
    request = counter.asked(
        coins=0, elder_id=elder, risk_note="家里有狗", note="带报纸", wished_sex="female"
    )
    said = counter.clerk.open(counter.request_path(request))
    for words in (
        "家里有狗",
        "带报纸",
        "一定要女志愿者",
        "中度失能 · 评估于 2026年2月28日",
        "独居、困难家庭",
        "80 岁",
        "本人办理",
        "从老人的时间币留出 40 分",
        "公益池补 20 分",
        "老人这一份 1 小时",
        "老人的时间币不够",
    ):
        assert words in said, words
    assert counter.audited("request.read") == 1


def test_the_address_is_masked_until_it_is_asked_for(counter: Counter) -> None:
    request = counter.asked()
    assert "样例小区 2****" in counter.clerk.open(counter.request_path(request))
    assert "301 室" not in counter.clerk.text
    said = counter.clerk.send(counter.request_path(request, "/address"))
    assert "样例小区 2 幢 301 室" in said
    assert counter.audited("request.address") == 1


def test_an_approved_request_is_open_to_volunteers(counter: Counter) -> None:
    request = counter.asked()
    counter.clerk.open(counter.request_path(request))
    said = counter.clerk.send(counter.request_path(request, "/approve"))
    assert "已通过审核" in said
    assert "等志愿者接单" in said
    assert state(counter, request) is RequestState.OPEN


def test_two_presses_of_approve_are_one_act(counter: Counter) -> None:
    request = counter.asked()
    counter.clerk.open(counter.request_path(request))
    sent = counter.clerk.hidden()
    for _ in range(2):
        counter.clerk.page = counter.clerk.client.post(
            counter.request_path(request, "/approve"), data=sent
        )
        assert counter.clerk.page.status_code == 303
    assert counter.audited("request.review") == 1


def test_a_request_without_coins_gets_its_place_in_the_queue(counter: Counter) -> None:
    request = counter.asked(coins=0)
    counter.clerk.open(counter.request_path(request))
    counter.clerk.send(counter.request_path(request, "/approve"))
    assert "队列第 1 位" in counter.clerk.text
    assert state(counter, request) is RequestState.WAITING_POOL


def test_what_was_decided_meanwhile_cannot_be_approved(counter: Counter) -> None:
    request = counter.street.open_request()
    counter.clerk.open(counter.request_path(request))
    assert "/approve" not in counter.clerk.page.text
    said = counter.clerk.send(counter.request_path(request, "/approve"), 409)
    assert "状态已经变化" in said


def test_a_refusal_needs_a_reason(counter: Counter) -> None:
    request = counter.asked()
    counter.clerk.open(counter.request_path(request, "/refuse"))
    said = counter.clerk.send(counter.request_path(request, "/refuse"), 422, reason="  ")
    assert "请写明理由" in said
    assert "<title>错误：" in counter.clerk.page.text
    assert state(counter, request) is RequestState.SUBMITTED


def test_a_refusal_is_read_by_the_asker_and_frees_the_coins(counter: Counter) -> None:
    request = counter.asked()
    counter.clerk.open(counter.request_path(request, "/refuse"))
    said = counter.clerk.send(counter.request_path(request, "/refuse"), reason="请先做评估")
    assert "已退回" in said
    assert "请先做评估" in said
    assert counter.street.earned(counter.street.elder) == (300, 0)


def test_a_request_is_called_off_for_somebody_who_rings(counter: Counter) -> None:
    visit = counter.town.promised()
    request = counter.street.visit(visit).request_id
    counter.clerk.open(counter.request_path(request, "/cancel"))
    said = counter.clerk.send(counter.request_path(request, "/cancel"), reason="住院了")
    assert "申请已取消" in said
    assert state(counter, request) is RequestState.CANCELLED
    assert counter.street.visit(visit).state == "cancelled"


def test_what_has_begun_is_not_called_off(counter: Counter) -> None:
    visit = counter.town.begun()
    request = counter.street.visit(visit).request_id
    counter.town.at(10)
    counter.clerk.open(counter.request_path(request))
    assert "替申请人取消" not in counter.clerk.page.text
    said = counter.clerk.send(counter.request_path(request, "/cancel"), 422)
    assert "服务已经开始，不能取消" in said


def test_nobody_reviews_the_request_of_kin(counter: Counter) -> None:
    request = counter.asked()
    relative = counter.relative()
    assert OWN_AFFAIR in relative.open(counter.request_path(request))
    assert "/approve" not in relative.page.text
    assert OWN_AFFAIR in relative.send(counter.request_path(request, "/approve"), 403)
    assert OWN_AFFAIR in relative.send(counter.request_path(request, "/refuse"), 403, reason="不行")
    assert state(counter, request) is RequestState.SUBMITTED


@pytest.mark.parametrize("act", ["", "/refuse", "/cancel"])
def test_another_branch_and_another_region_see_nothing(counter: Counter, act: str) -> None:
    request = counter.asked()
    for browser in (counter.neighbour(), counter.foreigner(), counter.far_admin()):
        said = browser.open(counter.request_path(request, act), 403)
        assert "没有办理这件事的权限" in said


@pytest.mark.parametrize("act", ["/approve", "/address", "/refuse", "/cancel"])
def test_another_branch_changes_nothing(counter: Counter, act: str) -> None:
    request = counter.asked()
    stranger = counter.neighbour()
    stranger.open("/branch/choose")
    stranger.send(counter.request_path(request, act), 403, reason="好")
    assert state(counter, request) is RequestState.SUBMITTED


def test_the_elder_reads_the_request_on_the_own_pages_only(counter: Counter) -> None:
    request = counter.asked()
    counter.town.phone(counter.street.elder).open(counter.request_path(request), 403)


def test_the_region_s_administrator_sees_no_whole_telephone(counter: Counter) -> None:
    request = counter.asked()
    admin = counter.town.phone(counter.street.admins[0])
    assert "139****" in admin.open(counter.request_path(request))
    assert "/approve" not in admin.page.text


def test_a_request_of_another_book_is_not_found(counter: Counter) -> None:
    request = counter.asked()
    counter.clerk.open(f"/branch/requests/{factories.LUCHENG}/{request}", 404)


def test_requests_are_found_by_reference_day_and_state(counter: Counter) -> None:
    request = counter.asked()
    reference = counter.street.request(request).reference
    other = counter.street.ask("A04", starts_at=START + timedelta(days=1))
    page = "/branch/requests"
    assert "共 2 条" in counter.clerk.open(page)
    assert "共 1 条" in counter.clerk.open(f"{page}?reference={reference.replace('-', '')}")
    assert str(request) in counter.clerk.page.text
    assert "共 1 条" in counter.clerk.open(f"{page}?day=2026-03-12")
    assert str(other) in counter.clerk.page.text
    assert "没有符合条件的申请" in counter.clerk.open(f"{page}?state=expired")
    assert "共 2 条" in counter.clerk.open(f"{page}?state=submitted")
    assert "共 2 条" in counter.clerk.open(f"{page}?state=nonsense&page=1")


def test_the_review_is_whole_in_english(counter: Counter) -> None:
    request = counter.asked(coins=0, risk_note="a dog")
    said = counter.clerk.english().open(counter.request_path(request))
    assert "Risks stated by the asker" in said
    assert "queues for the pool in the published order" in said
    assert "Approve" in counter.clerk.page.text
    said = counter.clerk.send(counter.request_path(request, "/refuse"), 422)
    assert "Refuse this request" in said
    assert LONGWAN in counter.clerk.page.request.path
