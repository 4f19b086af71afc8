"""我要帮忙: one question a page, answers that are kept, a check, and one request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from models.oversight import AuditRecord
from models.requests import Request, RequestState
from tests import factories
from tests.databases import Databases
from tests.services.visits.conftest import START
from tests.web.elder_kit import (
    ANSWERS,
    answer,
    begin,
    check,
    elder_town,
    let,
    relative,
    requests_of,
)
from tests.web.volunteer_kit import Browser, Town


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town whose elder has 300 minutes."""
    yield from elder_town(databases)


def elder(town: Town) -> Browser:
    return town.phone(town.street.elder)


def test_the_whole_way_to_a_request(town: Town) -> None:
    browser = elder(town)
    words = begin(browser)
    assert "想请人帮什么忙？" in words
    assert "平日白天一小时用 1 小时 30 分。" in words
    assert "会先留出 1 小时 30 分" in answer(browser)
    assert browser.path == "/elder/ask/check"
    words = browser.text
    for said in ("陪聊·读报·生命故事", "2026年3月12日 周四", "上午 10:00", "爱听戏", "家里有狗"):
        assert said in words
    assert "在家里：样例小区 2 幢 301 室" in words
    assert "提交陪聊·读报·生命故事申请" in words
    words = browser.send("/elder/ask/check")
    assert browser.path.endswith("/done")
    assert "申请已经收到" in words
    [row] = requests_of(town, town.street.elder)
    assert row.reference in words
    assert (row.service_code, row.booked_minutes, row.remote) == ("A04", 60, False)
    assert (row.consent, row.state) == ("own", RequestState.SUBMITTED)
    assert row.starts_at == START + timedelta(days=1)
    assert town.street.earned(town.street.elder) == (300, 90)
    # The confirmation stands behind its own address for good.
    assert "申请已经收到" in elder(town).open(browser.path)


def test_one_press_too_many_is_one_request(town: Town) -> None:
    browser = elder(town)
    check(browser)
    sent = browser.hidden()
    browser.send("/elder/ask/check")
    first = browser.path
    for _ in range(2):
        page = browser.client.post("/elder/ask/check", data=sent, follow_redirects=True)
        assert page.request.path == first
    assert len(requests_of(town, town.street.elder)) == 1


def test_two_presses_at_once_are_one_request(town: Town) -> None:
    browser = elder(town)
    check(browser)
    sent, cookie = browser.hidden(), browser.client.get_cookie("ask", path="/elder")
    assert cookie is not None
    paths = []
    for _ in range(2):
        # The second request left the browser before the first one's answer came in.
        browser.client.set_cookie("ask", cookie.value, path="/elder")
        page = browser.client.post("/elder/ask/check", data=sent, follow_redirects=True)
        paths.append(page.request.path)
    assert paths[0] == paths[1]
    assert len(requests_of(town, town.street.elder)) == 1


def test_answers_are_kept_over_a_logout(town: Town) -> None:
    browser = elder(town)
    begin(browser)
    browser.send("/elder/ask/kind", answer="T3")
    browser.send("/elder/ask/service", answer="C01")
    with browser.client.session_transaction() as session:
        session.clear()
    browser.log_in(town.street.elder)
    words = browser.open("/elder/ask")
    assert "您选了家庭保洁，还没有提交。" in words
    assert "哪一天来？" in browser.send("/elder/ask", begin="resume")


def test_answers_are_for_nobody_else(town: Town) -> None:
    other = town.street.uow.run(factories.create_elder)
    browser = elder(town)
    begin(browser)
    browser.send("/elder/ask/kind", answer="T3")
    assert "家庭保洁" not in str(browser.client.get_cookie("ask", path="/elder"))
    browser.log_in(other)
    assert "想请人帮什么忙？" in browser.open("/elder/ask")
    assert "checked" not in browser.page.text


def test_asking_again_offers_the_last_answers(town: Town) -> None:
    browser = elder(town)
    check(browser)
    browser.send("/elder/ask/check")
    assert "和上次一样" in browser.open("/elder/ask")
    words = browser.send("/elder/ask", begin="again")
    assert "哪一天来？" in words
    words = browser.send("/elder/ask/day", answer="2026-03-13")
    assert browser.path == "/elder/ask/check"
    assert "爱听戏" in words
    # Who begins anew finds the last answers in their places, and is asked all the same.
    begin(browser)
    assert browser.path == "/elder/ask/kind"
    assert 'value="T1" checked' in browser.page.text


def test_an_answer_can_be_changed_before_sending(town: Town) -> None:
    browser = elder(town)
    assert "更改" in check(browser)
    browser.open("/elder/ask/time")
    assert 'href="/elder/ask/check"' in browser.page.text
    words = browser.send("/elder/ask/time", answer="15:00")
    assert browser.path == "/elder/ask/check"
    assert "下午 3:00" in words


def test_another_service_asks_again_what_no_longer_fits(town: Town) -> None:
    browser = elder(town)
    check(browser, length="180")
    browser.open("/elder/ask/kind")
    browser.send("/elder/ask/kind", answer="T5")
    assert browser.path == "/elder/ask/service"
    browser.send("/elder/ask/service", answer="E01")
    assert browser.path == "/elder/ask/length"
    browser.send("/elder/ask/length", answer="90")
    assert browser.path == "/elder/ask/sex"
    words = browser.send("/elder/ask/sex", answer="female")
    assert "希望谁来 女志愿者" in words
    assert "会来两个人，只付一份时间。" in words
    browser.send("/elder/ask/check")
    [row] = requests_of(town, town.street.elder)
    assert (row.wished_sex, row.people_needed, row.booked_minutes) == ("female", 2, 90)


def test_other_days_times_and_places_are_written_down(town: Town) -> None:
    browser = elder(town)
    begin(browser)
    answer(
        browser,
        day="other",
        date="2026年3月28日",
        time="other",
        clock="下午2点半",
        where="other",
        address="样例路 8 号老年大学",
    )
    assert browser.path == "/elder/ask/check"
    for said in ("2026年3月28日 周六", "下午 2:30", "样例路 8 号老年大学"):
        assert said in browser.text
    browser.send("/elder/ask/check")
    words = browser.open("/elder/ask")
    browser.send("/elder/ask", begin="again")
    browser.send("/elder/ask/day", answer="2026-03-16")
    assert "样例路 8 号老年大学" in browser.text
    assert "下午 2:30" in browser.text
    assert "只要再选一天" in words


def test_by_telephone_nobody_asks_for_a_place(town: Town) -> None:
    browser = elder(town)
    words = check(browser, manner="remote")
    assert "打电话或视频" in words
    assert "在哪里" not in words
    browser.send("/elder/ask/check")
    [row] = requests_of(town, town.street.elder)
    assert row.remote
    assert row.address_sealed is None


def test_without_an_address_on_record_it_is_asked_for(town: Town) -> None:
    made = town.street.uow.run(lambda s: factories.create_elder(s, address=None))
    browser = town.phone(made)
    check(browser, address="新家 5 号")
    assert "新家 5 号" in browser.text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("kind", "请选一类。"),
        ("service", "请选一种。"),
        ("day", "请选一天。"),
        ("time", "请选一个时间。"),
        ("length", "请选一个时长。"),
    ],
)
def test_no_answer_is_said_without_blame(town: Town, name: str, sentence: str) -> None:
    browser = elder(town)
    begin(browser)
    given = dict(list(ANSWERS.items())[: list(ANSWERS).index(name)])
    for each, value in given.items():
        browser.send(f"/elder/ask/{each}", answer=value)
    words = browser.send(f"/elder/ask/{name}", status=422)
    assert words.count(sentence) == 2
    assert "<title>错误：" in browser.page.text
    assert 'href="#answer-0"' in browser.page.text


def test_a_time_too_near_is_said_where_it_is_chosen(town: Town) -> None:
    browser = elder(town)
    begin(browser)
    answer(browser, day="2026-03-10", time=None)
    words = browser.send("/elder/ask/time", status=422, answer="09:00")
    assert "请至少提前1 小时" in words.replace("提前 ", "提前")
    assert "大约要多久？" in browser.send("/elder/ask/time", answer="14:00")


def test_what_is_refused_in_the_end_leads_back(town: Town) -> None:
    browser = elder(town)
    check(browser)
    browser.send("/elder/ask/check")
    browser.open("/elder/ask")
    browser.send("/elder/ask", begin="again")
    words = browser.send("/elder/ask/day", answer="2026-03-12")
    assert "这个时间已经申请过同样的服务" in words
    assert "提交陪聊" not in words
    town.now = town.now + timedelta(days=3)
    words = check(browser, day="2026-03-14")
    town.now = town.now + timedelta(days=2)
    words = browser.send("/elder/ask/check", status=422)
    assert "开始时间太近了" in words
    assert 'href="/elder/ask/day"' in browser.page.text
    assert len(requests_of(town, town.street.elder)) == 1


def test_questions_out_of_turn_lead_to_the_one_that_waits(town: Town) -> None:
    browser = elder(town)
    browser.open("/elder/ask/length")
    assert browser.path == "/elder/ask/kind"
    browser.open("/elder/ask/check")
    assert browser.path == "/elder/ask/kind"
    browser.open("/elder/ask/nonsense")
    assert browser.path == "/elder/ask/kind"


def test_without_coins_the_pool_helps_in_kind_words(town: Town) -> None:
    poor = town.street.uow.run(factories.create_elder)
    browser = town.phone(poor)
    words = check(browser)
    assert "您现在可以用 0 分，还差 1 小时。没关系，差的由公益池帮助，不用您还。" in words
    words = browser.send("/elder/ask/check")
    assert "时间不够的 1 小时，由公益池帮助。" in words
    [row] = requests_of(town, poor)
    assert row.shortfall_minutes == 60


def test_a_relative_asks_with_the_elders_name_on_top(town: Town) -> None:
    son = relative(town, "see", "ask")
    browser = town.phone(son)
    browser.open(f"/elder/ask/for/{town.street.elder}")
    base = f"/elder/for/{town.street.elder}"
    assert browser.path.startswith(f"{base}/ask")
    words = check(browser, base)
    name = town.street.look(lambda s: factories.member_row(s, town.street.elder).name)
    assert f"您正在代 {name} 办理" in words
    assert f"代{name}提交" in words
    browser.send(f"{base}/ask/check")
    assert browser.path.startswith(f"{base}/requests/")
    [row] = requests_of(town, town.street.elder)
    assert (row.consent, row.asked_by_id) == ("family", son)


def test_staff_are_asked_how_the_elder_agreed(town: Town) -> None:
    browser = town.phone(town.street.staff)
    browser.open(f"/elder/ask?for={town.street.elder}")
    base = f"/elder/for/{town.street.elder}"
    begin(browser, base)
    words = answer(browser, base)
    assert browser.path == f"{base}/ask/consent"
    assert "怎样同意的？" in words
    words = browser.send(f"{base}/ask/consent", status=422)
    assert "没有本人同意不能代办" in words
    words = browser.send(f"{base}/ask/consent", answer="voice")
    assert "本人同意 口头同意（电话或当面）" in words
    browser.send(f"{base}/ask/check")
    [row] = requests_of(town, town.street.elder)
    assert (row.consent, row.asked_by_id) == ("voice", town.street.staff)
    assert "工作人员代办，本人口头同意" in browser.text
    # The address on the page of somebody else was looked at, and that is on record.
    looks = (AuditRecord.act == "member.read", AuditRecord.actor_id == town.street.staff)
    assert town.street.count(AuditRecord, *looks) > 0


def test_drafts_for_two_people_do_not_mix(town: Town) -> None:
    other = town.street.uow.run(lambda s: factories.create_elder(s, name="林一"))
    son = relative(town, "ask")
    let(town, son, "ask", elder=other)
    browser = town.phone(son)
    begin(browser, f"/elder/for/{town.street.elder}")
    browser.send(f"/elder/for/{town.street.elder}/ask/kind", answer="T3")
    words = browser.open(f"/elder/for/{other}/ask")
    assert "您正在代 林一 办理" in words
    assert browser.path.endswith("/ask/kind")


def test_a_relative_without_leave_to_ask_is_told_what_there_is(town: Town) -> None:
    browser = town.phone(relative(town, "see", "confirm"))
    words = browser.open(f"/elder/for/{town.street.elder}/ask", status=403)
    assert "申请或取消服务" in words
    assert "看服务、申请和时间" in words
    assert "代为确认服务" in words
    assert "代为申请和取消服务" not in words


def test_strangers_learn_nothing(town: Town) -> None:
    name = town.street.look(lambda s: factories.member_row(s, town.street.elder).name)
    stranger = town.street.uow.run(factories.create_volunteer)
    for who in (stranger, town.street.volunteer):
        browser = town.phone(who)
        words = browser.open(f"/elder/for/{town.street.elder}/ask", status=403)
        assert name not in words
    words = browser.open(f"/elder/for/{stranger}/ask/kind", status=403)
    assert "家庭保洁" not in words
    assert town.phone().open("/elder/ask/kind")
    assert not requests_of(town, town.street.elder)


def test_an_elder_whose_identity_is_unchecked_waits(town: Town) -> None:
    made = town.street.uow.run(lambda s: factories.create_elder(s, None, is_checked=False))
    browser = town.phone(made)
    assert "等待网点核验身份" in browser.open("/elder")
    words = browser.open("/elder/ask", status=403)
    assert "您的账户还在等待网点核验身份" in words


def test_in_english(town: Town) -> None:
    browser = elder(town).english()
    words = begin(browser)
    assert "What kind of help?" in words
    assert "An hour on a working day uses 1 h 30 min." in words
    words = answer(browser)
    assert "Please check your answers" in words
    assert "We set aside 1 h 30 min now." in words
    assert "Ask for Conversation, reading, life story" in words
    words = browser.send("/elder/ask/check")
    assert "we have your request" in words
    assert "What happens next" in words


def test_nothing_is_stored_before_it_is_sent(town: Town) -> None:
    browser = elder(town)
    check(browser)
    assert town.street.count(Request) == 0
    browser.send("/elder/ask/check")
    assert town.street.count(Request) == 1
