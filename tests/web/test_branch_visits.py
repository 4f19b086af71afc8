"""Visits at the counter: the elder's spoken word, missed visits, disputes, closed doors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.oversight import AuditRecord, Dispute, SafetySheet
from models.requests import VisitState
from services.policy import OWN_AFFAIR
from tests.databases import Databases
from tests.web.branch_kit import Counter, hidden_of, open_counter

ALL_HEARD = ["came", "service", "times"]


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def state(counter: Counter, visit: object) -> VisitState:
    return counter.street.visit(visit).state


def sent(counter: Counter, visit: object, act: str, status: int = 200, **answers: object) -> str:
    path = counter.visit_path(visit, act)
    counter.clerk.open(path)
    return counter.clerk.send(path, status, **{**hidden_of(counter.clerk), **answers})


# The elder's spoken word


def test_the_script_names_the_elder_the_caller_and_the_record(counter: Counter) -> None:
    visit = counter.done()
    said = counter.clerk.open(counter.visit_path(visit, "/voice"))
    assert "打给老人 139" in said
    assert "您好，是" in said
    assert "我是网点的。" not in said
    assert "10:00 到 11:02" in said
    assert "不要问老人要任何数字码" in said


def test_a_voice_confirmation_credits_the_visit_and_says_what_was_heard(counter: Counter) -> None:
    visit = counter.done()
    said = sent(counter, visit, "/voice", reached="phone", heard=ALL_HEARD)
    assert "已记下老人的确认" in said
    assert "电话或当面口头确认" in said
    assert "志愿者得到 1 小时 2 分" in said
    assert state(counter, visit) is VisitState.CREDITED

    def kept(session: Session) -> dict[str, object]:
        row = session.scalars(sa.select(AuditRecord).where(AuditRecord.act == "visit.voice")).one()
        assert row.acting_for_id == counter.street.elder
        return row.after

    assert counter.street.look(kept) == {"heard": ALL_HEARD, "reached": "phone"}


@pytest.mark.parametrize("heard", [[], ["came"], ["came", "service"]])
def test_less_than_everything_confirms_nothing(counter: Counter, heard: list[str]) -> None:
    visit = counter.done()
    said = sent(counter, visit, "/voice", 422, reached="phone", heard=heard)
    assert "才能记为确认" in said
    assert state(counter, visit) is VisitState.CHECKED_OUT


def test_how_the_elder_was_reached_has_to_be_said(counter: Counter) -> None:
    visit = counter.done()
    assert "怎样联系到老人" in sent(counter, visit, "/voice", 422, heard=ALL_HEARD)


def test_a_voice_confirmation_sent_twice_is_one(counter: Counter) -> None:
    visit = counter.done()
    path = counter.visit_path(visit, "/voice")
    counter.clerk.open(path)
    data = {**counter.clerk.hidden(), "reached": "phone", "heard": ALL_HEARD}
    for _ in range(2):
        assert counter.clerk.client.post(path, data=data).status_code == 303
    assert counter.audited("visit.voice") == 1
    assert counter.audited("visit.credit") == 1


def test_a_confirmed_visit_cannot_be_confirmed_again(counter: Counter) -> None:
    visit = counter.done()
    sent(counter, visit, "/voice", reached="phone", heard=ALL_HEARD)
    said = sent(counter, visit, "/voice", 422, reached="phone", heard=ALL_HEARD)
    assert "现在不需要确认" in said


def test_an_unanswered_call_is_counted_and_confirms_nothing(counter: Counter) -> None:
    visit = counter.done()
    for _ in range(2):
        counter.clerk.open(counter.visit_path(visit))
        counter.clerk.send(counter.visit_path(visit, "/unanswered"))
    assert "打过 2 次电话没有接通" in counter.clerk.text
    assert state(counter, visit) is VisitState.CHECKED_OUT


def test_no_call_is_noted_about_a_visit_that_needs_no_word(counter: Counter) -> None:
    visit = counter.town.promised()
    counter.clerk.open(counter.visit_path(visit))
    counter.clerk.send(counter.visit_path(visit, "/unanswered"), 409)


# What went wrong


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("no_show", VisitState.NO_SHOW), ("excused", VisitState.CANCELLED)],
)
def test_a_missed_visit_is_a_no_show_or_excused(
    counter: Counter, outcome: str, expected: VisitState
) -> None:
    visit = counter.missed()
    said = sent(counter, visit, "/missed", outcome=outcome, reason="打不通电话")
    assert "已认定" in said
    assert "打不通电话" in said
    assert state(counter, visit) is expected
    assert counter.street.pool()[1] == 0


def test_a_missed_visit_needs_a_choice_and_a_reason(counter: Counter) -> None:
    visit = counter.missed()
    said = sent(counter, visit, "/missed", 422)
    assert "请选一项" in said
    assert "请写明理由" in said
    assert state(counter, visit) is VisitState.MISSED


def test_a_visit_in_review_is_rejected_with_a_reason(counter: Counter) -> None:
    visit = counter.silent()
    assert "请写明理由" in sent(counter, visit, "/reject", 422)
    said = sent(counter, visit, "/reject", reason="没有人见过他")
    assert "已认定不入账" in said
    assert "没有人见过他" in said
    assert state(counter, visit) is VisitState.REJECTED


def test_a_visit_that_waits_for_the_elder_is_not_rejected(counter: Counter) -> None:
    visit = counter.done()
    assert "状态已经变化" in sent(counter, visit, "/reject", 422, reason="不行")
    assert "/reject" not in counter.clerk.open(counter.visit_path(visit))


def test_staff_withdraw_for_a_volunteer_who_rings(counter: Counter) -> None:
    visit = counter.town.promised()
    assert "请写明理由" in sent(counter, visit, "/withdraw", 422)
    said = sent(counter, visit, "/withdraw", reason="发烧了")
    assert "已替志愿者退单" in said
    assert state(counter, visit) is VisitState.CANCELLED


# Disputes


def test_a_dispute_shows_both_sides_before_it_is_decided(counter: Counter) -> None:
    visit = counter.disputed("只待了半小时")
    said = counter.clerk.open(counter.visit_path(visit, "/dispute"))
    assert "老人一方的话 只待了半小时" in said
    assert "还没有听过另一方" in said
    said = sent(counter, visit, "/words", side="provider", text="我扫了码，待满一小时")
    assert "志愿者一方的话 我扫了码，待满一小时" in said
    assert "还没有听过另一方" not in said
    assert "10:00 · 六位数字" in counter.clerk.page.text


@pytest.mark.parametrize(
    ("decision", "expected"),
    [("credit", VisitState.CREDITED), ("reject", VisitState.REJECTED)],
)
def test_a_dispute_is_decided_with_a_reason(
    counter: Counter, decision: str, expected: VisitState
) -> None:
    visit = counter.disputed()
    sent(counter, visit, "/words", side="provider", text="我待满了")
    said = sent(counter, visit, "/dispute", decision=decision, reason="邻居作证")
    assert "异议已处理" in said
    assert "邻居作证" in said
    assert state(counter, visit) is expected
    assert counter.street.count(Dispute, Dispute.decided_at.is_(None)) == 0
    assert counter.street.count(Dispute, Dispute.decision == decision) == 2


def test_a_decision_needs_its_reason(counter: Counter) -> None:
    visit = counter.disputed()
    said = sent(counter, visit, "/dispute", 422, decision="reject")
    assert "请写明理由" in said
    assert state(counter, visit) is VisitState.DISPUTED


def test_a_decision_sent_twice_is_one(counter: Counter) -> None:
    visit = counter.disputed()
    path = counter.visit_path(visit, "/dispute")
    counter.clerk.open(path)
    data = {
        **hidden_of(counter.clerk),
        "decision": "reject",
        "reason": "查无此事",
    }
    for _ in range(2):
        assert counter.clerk.client.post(path, data=data).status_code == 303
    assert counter.audited("dispute.decide") == 1


def test_a_decided_dispute_leads_back_to_its_visit(counter: Counter) -> None:
    visit = counter.disputed()
    sent(counter, visit, "/dispute", decision="reject", reason="查无此事")
    counter.clerk.open(counter.visit_path(visit, "/dispute"))
    assert counter.clerk.path == counter.visit_path(visit)


def test_an_elder_who_rings_opens_a_dispute_through_the_counter(counter: Counter) -> None:
    visit = counter.done()
    counter.clerk.open(counter.visit_path(visit, "/complaint?side=elder"))
    assert 'value="elder" checked' in counter.clerk.page.text
    said = sent(counter, visit, "/complaint", side="elder", text="没有来过")
    assert "已记为异议" in said
    assert "老人一方的话 没有来过" in said
    assert state(counter, visit) is VisitState.DISPUTED

    def kept(session: Session) -> tuple[object, object]:
        row = session.scalars(sa.select(Dispute)).one()
        return row.opened_by_id, row.acting_for_id

    assert counter.street.look(kept) == (counter.street.staff, counter.street.elder)


@pytest.mark.parametrize("answers", [{"side": "elder"}, {"text": "没有来过"}, {}])
def test_a_complaint_needs_a_side_and_words(counter: Counter, answers: dict[str, str]) -> None:
    visit = counter.done()
    sent(counter, visit, "/complaint", 422, **answers)
    assert state(counter, visit) is VisitState.CHECKED_OUT


def test_words_are_noted_only_while_a_dispute_is_open(counter: Counter) -> None:
    visit = counter.done()
    said = sent(counter, visit, "/words", 422, side="elder", text="没有来过")
    assert "状态已经变化" in said


def test_the_region_s_administrator_may_decide_a_dispute(counter: Counter) -> None:
    visit = counter.disputed()
    admin = counter.town.phone(counter.street.admins[0])
    admin.open("/admin/")
    assert str(visit) in admin.page.text
    admin.open(counter.visit_path(visit, "/dispute"))
    assert "我的地区" in admin.page.text
    assert "139****" in admin.page.text
    answers = {**hidden_of(admin), "decision": "reject", "reason": "网点回避，由地区处理"}
    admin.send(counter.visit_path(visit, "/dispute"), **answers)
    assert state(counter, visit) is VisitState.REJECTED


# Nobody opens


def test_a_closed_door_reported_by_telephone_opens_a_safety_sheet(counter: Counter) -> None:
    visit = counter.town.promised()
    counter.town.at(5)
    assert "请先问清楚" in sent(counter, visit, "/closed-door", 422)
    said = sent(counter, visit, "/closed-door", agree="y")
    assert "安全单已打开" in said
    assert "2. 紧急联系人 亲属 13900000000" in said
    assert "样例小区 2 幢 301 室" in said
    assert "120" in said
    assert state(counter, visit) is VisitState.CLOSED_DOOR
    assert counter.street.earned(counter.street.volunteer)[0] == 30


def test_a_closed_door_sent_twice_is_paid_once(counter: Counter) -> None:
    visit = counter.town.promised()
    counter.town.at(5)
    path = counter.visit_path(visit, "/closed-door")
    counter.clerk.open(path)
    data = {**counter.clerk.hidden(), "agree": "y"}
    places = {counter.clerk.client.post(path, data=data).location for _ in range(2)}
    assert len(places) == 1
    assert counter.street.earned(counter.street.volunteer)[0] == 30


def sheet(counter: Counter) -> str:
    visit = counter.town.promised()
    counter.town.at(5)
    sent(counter, visit, "/closed-door", agree="y")
    return counter.clerk.path


def test_calls_are_written_down_and_the_sheet_is_closed(counter: Counter) -> None:
    path = sheet(counter)
    assert "请选择联系了谁" in counter.clerk.send(path, 422)
    said = counter.clerk.send(path, whom="contact", note="女儿说在医院")
    assert "紧急联系人 女儿说在医院" in said
    assert "安全单 1" in counter.clerk.open("/branch/")
    counter.clerk.open(f"{path}/close")
    assert "请写明老人的情况" in counter.clerk.send(f"{path}/close", 422)
    said = counter.clerk.send(f"{path}/close", outcome="在医院，平安")
    assert "在医院，平安" in said
    assert "都办完了" in counter.clerk.open("/branch/")
    assert counter.street.count(SafetySheet, SafetySheet.closed_at.is_(None)) == 0


def test_a_closed_sheet_takes_no_further_call(counter: Counter) -> None:
    path = sheet(counter)
    counter.clerk.open(f"{path}/close")
    counter.clerk.send(f"{path}/close", outcome="平安")
    said = counter.clerk.send(path, 422, whom="grid", note="去看过了")
    assert "状态已经变化" in said


def test_a_sheet_is_seen_by_its_own_branch_only(counter: Counter) -> None:
    path = sheet(counter)
    for browser in (counter.neighbour(), counter.foreigner()):
        browser.open(path, 403)
    counter.town.phone(counter.street.volunteer).open(path, 403)


# Who may not


@pytest.mark.parametrize("act", ["/voice", "/reject", "/complaint", "/missed"])
def test_nobody_decides_the_visit_of_kin(counter: Counter, act: str) -> None:
    visit = counter.silent()
    relative = counter.relative()
    assert OWN_AFFAIR in relative.open(counter.visit_path(visit))
    answers = {
        "reached": "phone",
        "heard": ALL_HEARD,
        "reason": "好",
        "outcome": "no_show",
        "side": "elder",
        "text": "好",
    }
    assert OWN_AFFAIR in relative.send(counter.visit_path(visit, act), 403, **answers)
    assert state(counter, visit) is VisitState.IN_REVIEW


@pytest.mark.parametrize("act", ["", "/voice", "/missed", "/reject", "/complaint", "/withdraw"])
def test_another_branch_sees_no_visit(counter: Counter, act: str) -> None:
    visit = counter.silent()
    for browser in (counter.neighbour(), counter.foreigner()):
        browser.open(counter.visit_path(visit, act), 403)


def test_the_two_sides_see_the_visit_on_their_own_pages_only(counter: Counter) -> None:
    visit = counter.done()
    for member in (counter.street.elder, counter.street.volunteer):
        counter.town.phone(member).open(counter.visit_path(visit), 403)


def test_a_visit_that_is_not_there_is_not_found(counter: Counter) -> None:
    counter.clerk.open(counter.visit_path(counter.street.elder), 404)


def test_a_visit_offers_only_what_its_state_allows(counter: Counter) -> None:
    visit = counter.town.promised()
    counter.clerk.open(counter.visit_path(visit))
    page = counter.clerk.page.text
    assert "/withdraw" in page
    assert "/slip" in page
    for act in ("/voice", "/missed", "/reject", "/closed-door", "/complaint", "/dispute"):
        assert f"{visit}{act}" not in page


def test_the_visit_is_whole_in_english(counter: Counter) -> None:
    visit = counter.disputed("he left early")
    said = counter.clerk.english().open(counter.visit_path(visit, "/dispute"))
    assert "What the elder's side says he left early" in said
    assert "The other side has not been heard" in said
    assert "six digits" in counter.clerk.page.text
