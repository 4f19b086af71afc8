"""The passbook at the counter: printed on line by line, never twice, at its place on the paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from models.ledger import AccountKind
from services.ledger.accounts import account_id
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.passbooks import MOST, PAGE_LINES
from services.policy import SYSTEM
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.web.branch_kit import Counter, open_counter


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def given(counter: Counter, count: int, first: int = 1) -> None:
    """Some lines of a minute, of two, of three, each at a moment of its own."""
    elder = counter.street.elder
    earned = account_id(LONGWAN, AccountKind.EARNED, elder)
    for minutes in range(first, first + count):
        at = NOW - timedelta(days=2) + timedelta(minutes=minutes)
        legs = (Leg(account_id(LONGWAN, AccountKind.ISSUE), -minutes), Leg(earned, minutes))
        draft = Draft(LONGWAN, "issue", f"line {minutes}", legs, effective_at=at)
        counter.given(lambda s, d=draft, t=at: post(s, [d], Stamp(t, SYSTEM.id)))


def printed(counter: Counter, status: int = 200, **answers: str) -> str:
    """Press the button; returns the paper."""
    path = counter.member_path(counter.street.elder, "/passbook")
    counter.town.now += timedelta(minutes=1)
    counter.clerk.open(path)
    counter.clerk.send(path, status, **answers)
    return counter.clerk.page.text


def lines(paper: str) -> list[str]:
    """The totals that stand on the paper, from top to bottom; blank where a line is used."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", paper.split("<tbody>", 1)[1], re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [row[-1].strip() for row in cells if row]


def test_a_passbook_goes_on_where_the_last_line_ended(counter: Counter) -> None:
    given(counter, 2)
    first = lines(printed(counter))
    assert first == ["1 分", "3 分"] + [""] * (PAGE_LINES - 2)
    given(counter, 1, first=3)
    assert lines(printed(counter)) == ["", "", "6 分"] + [""] * (PAGE_LINES - 3)
    assert counter.audited("passbook.print") == 2


def test_nothing_new_is_nothing_to_print(counter: Counter) -> None:
    given(counter, 1)
    printed(counter)
    path = counter.member_path(counter.street.elder, "/passbook")
    assert "存折是最新的" in counter.clerk.open(path)
    assert "没有新的往来" in counter.clerk.send(path, 422)
    assert counter.audited("passbook.print") == 1


def test_the_last_lines_can_be_printed_again(counter: Counter) -> None:
    given(counter, 2)
    first = lines(printed(counter))
    given(counter, 1, first=3)
    counter.clerk.open(counter.member_path(counter.street.elder, "/passbook/sheets"))
    assert lines(counter.clerk.page.text) == first


def test_a_full_page_is_turned(counter: Counter) -> None:
    given(counter, PAGE_LINES - 1)
    printed(counter)
    given(counter, 2, first=PAGE_LINES)
    paper = printed(counter)
    assert "第 1 本第 1 页" in paper
    assert "第 1 本第 2 页" in paper
    assert paper.count("passbook--on") == 1
    assert len([each for each in lines(paper) if each]) == 2


def test_a_long_past_is_carried_in_as_one_line(counter: Counter) -> None:
    given(counter, MOST + 3)
    paper = printed(counter)
    assert "以前的往来合在一起" in paper
    shown = [each for each in lines(paper) if each]
    assert len(shown) == MOST + 1
    assert shown[0] == "6 分"


def test_a_new_book_begins_at_its_first_line(counter: Counter) -> None:
    given(counter, 2)
    printed(counter)
    paper = printed(counter, fresh="y")
    assert "第 2 本第 1 页" in paper
    assert lines(paper)[:2] == ["1 分", "3 分"]


def test_pressing_print_twice_prints_once(counter: Counter) -> None:
    given(counter, 1)
    path = counter.member_path(counter.street.elder, "/passbook")
    counter.clerk.open(path)
    data = counter.clerk.hidden()
    for _ in range(2):
        assert counter.clerk.client.post(path, data=data).status_code == 303
    assert counter.audited("passbook.print") == 1


def test_nobody_else_prints_a_passbook(counter: Counter) -> None:
    given(counter, 1)
    path = counter.member_path(counter.street.elder, "/passbook")
    stranger = counter.neighbour()
    stranger.open("/branch/choose")
    stranger.send(path, 403)
    volunteer = counter.town.phone(counter.street.volunteer)
    volunteer.open("/volunteer/coins")
    volunteer.send(path, 403)
    assert counter.audited("passbook.print") == 0


def test_a_passbook_in_english(counter: Counter) -> None:
    given(counter, 1)
    counter.clerk.english()
    assert "Time passbook" in printed(counter)
