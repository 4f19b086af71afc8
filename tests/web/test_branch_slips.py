"""Paper slips at the counter: printed with two codes, entered several at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest

from models.requests import VisitState
from services.policy import OWN_AFFAIR
from services.visits.codes import codes_of
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.web.branch_kit import Counter, open_counter


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def printed(counter: Counter, visit: UUID) -> dict[str, str]:
    """Print a slip; returns its codes by purpose."""
    counter.clerk.open(counter.visit_path(visit))
    counter.clerk.send(counter.visit_path(visit, "/slip"))
    return codes(counter, visit)


def codes(counter: Counter, visit: UUID) -> dict[str, str]:
    return counter.street.act(
        counter.street.staff, lambda ctx: codes_of(ctx, LONGWAN, visit, "slip")
    )


def reference(counter: Counter, visit: UUID) -> str:
    return counter.street.request(counter.street.visit(visit).request_id).reference


def row(counter: Counter, visit: UUID, place: int = 0, **answers: str) -> dict[str, str]:
    """What is written into a row of the page."""
    known = codes(counter, visit)
    written = {
        "reference": reference(counter, visit),
        "code_in": known.get("in", ""),
        "code_out": known.get("out", ""),
        "came": "10:00",
        "left": "11:05",
        **answers,
    }
    return {f"row{place}-{name}": text for name, text in written.items()}


def enter(counter: Counter, status: int = 200, **answers: str) -> str:
    counter.clerk.open("/branch/slips")
    return counter.clerk.send("/branch/slips", status, **answers)


def test_a_slip_shows_both_codes_large_and_nothing_secret_else(counter: Counter) -> None:
    visit = counter.town.promised()
    known = printed(counter, visit)
    assert counter.clerk.path == counter.visit_path(visit, "/slip")
    shown = re.findall(r'qr__code">\s*(\w{6})\s*<', counter.clerk.page.text)
    assert shown == [known["in"], known["out"]]
    assert "样例小区" not in counter.clerk.page.text
    assert counter.audited("slip.print") == 1
    assert counter.audited("slip.read") == 1


def test_a_slip_can_be_printed_again_from_its_address(counter: Counter) -> None:
    visit = counter.town.promised()
    known = printed(counter, visit)
    counter.clerk.open(counter.visit_path(visit, "/slip"))
    assert known["in"] in counter.clerk.page.text
    assert counter.audited("slip.print") == 1


def test_a_new_slip_ends_the_one_before(counter: Counter) -> None:
    visit = counter.town.promised()
    first = printed(counter, visit)
    second = printed(counter, visit)
    assert first != second
    counter.town.at(90)
    said = enter(counter, 422, **row(counter, visit, code_out=first["out"]))
    assert "纸条上的编码不对" in said


def test_pressing_print_twice_makes_one_slip(counter: Counter) -> None:
    visit = counter.town.promised()
    counter.clerk.open(counter.visit_path(visit))
    data = counter.clerk.hidden()
    for _ in range(2):
        path = counter.visit_path(visit, "/slip")
        assert counter.clerk.client.post(path, data=data).status_code == 303
    assert counter.audited("slip.print") == 1


def test_a_visit_that_has_begun_gets_no_slip(counter: Counter) -> None:
    visit = counter.town.begun()
    counter.clerk.open(counter.visit_path(visit))
    counter.clerk.send(counter.visit_path(visit, "/slip"), 409)
    counter.clerk.open(counter.visit_path(visit, "/slip"))
    assert counter.clerk.path == counter.visit_path(visit)


def test_nobody_prints_a_slip_for_kin_or_for_another_branch(counter: Counter) -> None:
    visit = counter.town.promised()
    relative = counter.relative()
    relative.open(counter.visit_path(visit))
    assert OWN_AFFAIR in relative.send(counter.visit_path(visit, "/slip"), 403)
    stranger = counter.neighbour()
    stranger.open("/branch/choose")
    stranger.send(counter.visit_path(visit, "/slip"), 403)
    assert codes(counter, visit) == {}


def test_a_slip_that_came_back_is_entered(counter: Counter) -> None:
    visit = counter.town.promised()
    printed(counter, visit)
    counter.town.at(120)
    said = enter(counter, **row(counter, visit))
    assert "已录入 1 张纸条" in said
    assert "等老人确认 1" in said
    kept = counter.street.visit(visit)
    assert kept.state is VisitState.CHECKED_OUT
    assert kept.actual_minutes == 65
    assert kept.checked_in_by == kept.checked_out_by == "slip"


def test_a_break_on_the_slip_is_taken_off(counter: Counter) -> None:
    visit = counter.town.promised()
    printed(counter, visit)
    counter.town.at(120)
    enter(counter, **row(counter, visit, rest_from="10:20", rest_to="10:35"))
    assert counter.street.visit(visit).actual_minutes == 50


def test_codes_are_read_however_they_are_typed(counter: Counter) -> None:
    visit = counter.town.promised()
    known = printed(counter, visit)
    counter.town.at(120)
    digits = reference(counter, visit).replace("-", "")
    small = f" {known['out'][:3].lower()} {known['out'][3:].lower()}"
    enter(counter, **row(counter, visit, reference=digits, code_out=small, left="上午11点05"))
    assert counter.street.visit(visit).state is VisitState.CHECKED_OUT


def test_of_several_slips_each_stands_by_itself(counter: Counter) -> None:
    good, elder = counter.town.promised(), counter.elder_of()
    branch = counter.street.branch
    other = counter.given(lambda s: factories.create_volunteer(s, "P1", branch_id=branch))
    bad = counter.street.accepted(counter.street.open_request(elder_id=elder), other)
    printed(counter, good)
    printed(counter, bad)
    counter.town.at(120)
    wrong = row(counter, bad, 1, code_in="AAAAAA")
    said = enter(counter, 422, **row(counter, good), **wrong)
    assert "已录入 1 张纸条" in said
    assert "纸条上的编码不对" in said
    assert 'id="row1-code_in-error"' in counter.clerk.page.text
    assert 'value="' + reference(counter, good) not in counter.clerk.page.text
    assert counter.street.visit(good).state is VisitState.CHECKED_OUT
    assert counter.street.visit(bad).state is VisitState.ACCEPTED
    again = row(counter, bad, 1)
    assert "已录入 1 张纸条" in counter.clerk.send("/branch/slips", **again)
    assert counter.street.visit(bad).state is VisitState.CHECKED_OUT


def test_the_page_takes_fifty_slips_and_shows_what_was_entered(counter: Counter) -> None:
    good, elder = counter.town.promised(), counter.elder_of()
    branch = counter.street.branch
    other = counter.given(lambda s: factories.create_volunteer(s, "P1", branch_id=branch))
    last = counter.street.accepted(counter.street.open_request(elder_id=elder), other)
    for each in (good, last):
        printed(counter, each)
    counter.town.at(120)
    rows = {**row(counter, good, 3), **row(counter, last, 49, came="")}
    said = enter(counter, 422, **rows)
    assert "第 50 张，几点来：志愿者没有用手机签到" in said
    sent = counter.clerk.page.text
    assert f'name="row49-reference" id="row49-reference" value="{reference(counter, last)}"' in sent
    assert 'name="row3-reference"' not in sent, "an entered slip is no box any more"
    assert counter.visit_path(good) in sent
    assert "1 小时 5 分" in said


def test_a_slip_in_two_rows_is_entered_once(counter: Counter) -> None:
    visit = counter.town.promised()
    printed(counter, visit)
    counter.town.at(120)
    rows = {**row(counter, visit), **row(counter, visit, 4, left="11:20")}
    said = enter(counter, 422, **rows)
    assert "第 5 张，编号：这张纸条在第 1 行已经写过了" in said
    assert counter.audited("visit.slip") == 1
    assert counter.street.visit(visit).actual_minutes == 65


def test_a_slip_of_a_night_needs_no_day(counter: Counter) -> None:
    visit = counter.town.promised()
    printed(counter, visit)
    counter.town.at(15 * 60)
    enter(counter, **row(counter, visit, left="0:30"))
    assert counter.street.visit(visit).checked_out_by == "slip"


def test_the_same_page_sent_twice_enters_once(counter: Counter) -> None:
    visit = counter.town.promised()
    printed(counter, visit)
    counter.town.at(120)
    counter.clerk.open("/branch/slips")
    data = {**counter.clerk.hidden(), **row(counter, visit)}
    for _ in range(2):
        assert counter.clerk.client.post("/branch/slips", data=data).status_code == 303
    assert counter.audited("visit.slip") == 1


def test_a_used_slip_is_not_entered_again(counter: Counter) -> None:
    visit = counter.town.promised()
    printed(counter, visit)
    counter.town.at(120)
    written = row(counter, visit)
    enter(counter, **written)
    assert "状态已经变化" in enter(counter, 422, **written)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reference": "0000-0000"}, "没有找到这项申请"),
        ({"reference": ""}, "请填写这一项"),
        ({"code_out": ""}, "请填写这一项"),
        ({"code_out": "汉字汉字汉字"}, "纸条上的编码不对"),
        ({"left": "二十五点"}, "请写上几点几分"),
        ({"left": ""}, "请填写这一项"),
        ({"came": "9:00"}, "还没到签到时间"),
        ({"came": "11:02"}, "已经过了签到时间"),
        ({"left": "23:00"}, "结束时间要晚于开始时间"),
        ({"came": ""}, "请照纸条填上几点来的"),
        ({"rest_from": "10:20"}, "休息从几点到几点，两样都要写"),
        ({"rest_from": "8:00", "rest_to": "8:30"}, "休息时间要在开始和结束之间"),
    ],
)
def test_what_cannot_be_is_said_beside_the_box(
    counter: Counter, changed: dict[str, str], sentence: str
) -> None:
    visit = counter.town.promised()
    printed(counter, visit)
    counter.town.at(120)
    said = enter(counter, 422, **row(counter, visit, **changed))
    assert sentence in said
    assert re.search(r'id="row0-\w+-error"', counter.clerk.page.text)
    assert counter.street.visit(visit).state is VisitState.ACCEPTED


def test_an_empty_page_is_no_entry(counter: Counter) -> None:
    assert "请至少填写一张纸条" in enter(counter, 422)


def test_a_slip_leads_from_the_visit_with_its_reference(counter: Counter) -> None:
    visit = counter.town.promised()
    counter.town.at(0)
    counter.clerk.open(counter.visit_path(visit))
    number = reference(counter, visit)
    assert f"/branch/slips?reference={number}" in counter.clerk.page.text
    counter.clerk.open(f"/branch/slips?reference={number}")
    assert f'value="{number}"' in counter.clerk.page.text


def test_another_branch_enters_no_slip_of_this_one(counter: Counter) -> None:
    visit = counter.town.promised()
    printed(counter, visit)
    counter.town.at(120)
    stranger = counter.neighbour()
    stranger.open("/branch/slips")
    said = stranger.send("/branch/slips", 422, **row(counter, visit))
    assert "没有办理这件事的权限" in said
    assert counter.street.visit(visit).state is VisitState.ACCEPTED


def test_nobody_enters_a_slip_of_kin(counter: Counter) -> None:
    visit = counter.town.promised()
    printed(counter, visit)
    counter.town.at(120)
    relative = counter.relative()
    relative.open("/branch/slips")
    assert OWN_AFFAIR in relative.send("/branch/slips", 422, **row(counter, visit))


def test_slips_are_whole_in_english(counter: Counter) -> None:
    visit = counter.town.promised()
    counter.clerk.english()
    printed(counter, visit)
    assert "Visit slip" in counter.clerk.page.text
    assert "tears off" in counter.clerk.page.text
    assert "One row is one slip" in counter.clerk.open("/branch/slips")
