"""Reading lists: a bad one names every bad line and nothing of it is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.batches import errors, periods, reading
from services.batches.kinds.grants import GrantReader
from services.batches.kinds.openings import OpeningReader
from services.batches.kinds.sessions import SessionReader
from services.rules.member_number import grouped, number_of

ONE, TWO = number_of(1), number_of(2)
TODAY = date(2026, 3, 10)


def bad(text: str, reader: reading.Reader) -> list[tuple[int, str]]:
    with pytest.raises(errors.ListBad) as caught:
        reading.check(text, reader)
    assert caught.value.params["count"] == len(caught.value.lines)
    return [(line, error.code) for line, error in caught.value.lines]


def test_a_good_list_is_read_in_its_order() -> None:
    text = reading.text_of(
        f"\ufeffNumber,Minutes\r\n{grouped(ONE)}, 60 \r\n\r\n{TWO},1\r\n".encode()
    )
    reading.check(text, GrantReader())
    lines = list(reading.lines_of(text, GrantReader()))
    assert [(line.line, line.number, line.minutes) for line in lines] == [(1, ONE, 60), (2, TWO, 1)]


def test_every_bad_line_is_named() -> None:
    wrong = ONE[:-1] + str((int(ONE[-1]) + 1) % 10)
    text = "\n".join(
        [
            "number,minutes",
            f"{ONE},60",
            "nobody,60",
            f"{wrong},60",
            f"{TWO},0",
            f"{TWO}",
            f"{ONE},5",
        ]
    )
    assert bad(text, GrantReader()) == [
        (2, "member_number_shape"),
        (3, "member_number_check"),
        (4, "minutes_wrong"),
        (5, "line_shape"),
        (6, "number_twice"),
    ]


@pytest.mark.parametrize(
    "minutes", ["", "0", "-5", "1.5", "+5", "６０", "1e3", "1000001", "9" * 20]
)
def test_minutes_are_whole_and_above_zero(minutes: str) -> None:
    assert bad(f"number,minutes\n{ONE},{minutes}\n", GrantReader()) == [(1, "minutes_wrong")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"{ONE},60,2026-03-11,earned,A", "day_wrong"),
        (f"{ONE},60,20260301,earned,A", "day_wrong"),
        (f"{ONE},60,1989-12-31,earned,A", "day_wrong"),
        (f"{ONE},60,2026-03-01,granted,A", "origin_wrong"),
        (f"{ONE},60,2026-03-01,earned,", "reference_wrong"),
        (f"{ONE},60,2026-03-01,earned,{'A' * 61}", "reference_wrong"),
    ],
)
def test_an_opening_balance_has_a_day_an_account_and_a_reference(line: str, code: str) -> None:
    text = f"number,minutes,effective_on,account,reference\n{line}\n"
    assert bad(text, OpeningReader(TODAY)) == [(1, code)]


def test_a_reference_stands_once() -> None:
    line = f"{ONE},60,2026-03-01,earned,A"
    text = f"number,minutes,effective_on,account,reference\n{line}\n{line}\n"
    assert bad(text, OpeningReader(TODAY)) == [(2, "reference_twice")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"{ONE},guest,", "part_wrong"),
        (f"{ONE},recipient,60", "part_minutes"),
        (f"{ONE},provider,", "minutes_wrong"),
    ],
)
def test_a_session_s_line_has_a_part(line: str, code: str) -> None:
    assert bad(f"number,part,minutes\n{line}\n", SessionReader()) == [(1, code)]


@pytest.mark.parametrize("text", ["", "who,minutes\n", "minutes,number\n"])
def test_headings_are_asked_for(text: str) -> None:
    with pytest.raises(errors.ListHeadings):
        reading.check(text, GrantReader())


def test_an_empty_or_endless_list_is_refused() -> None:
    with pytest.raises(errors.ListEmpty):
        reading.check("number,minutes\n\n", GrantReader())
    with pytest.raises(errors.ListTooLong):
        reading.check(f"number,minutes\n{ONE},1\n{TWO},1\n", GrantReader(), most=1)


@pytest.mark.parametrize("content", ["编号".encode("gbk"), b"number\0", b"PK\x03\x04\x80"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(errors.ListUnreadable):
        reading.text_of(content)


@pytest.mark.parametrize(
    ("period", "later", "ends"),
    [
        ("2026Q4", 1, datetime(2027, 3, 31, 16, tzinfo=UTC)),
        ("2026Q1", 1, datetime(2026, 6, 30, 16, tzinfo=UTC)),
        ("2026Q3", 0, datetime(2026, 9, 30, 16, tzinfo=UTC)),
        ("2026Q5", 1, None),
        ("", 1, None),
    ],
)
def test_a_grant_ends_with_a_later_quarter(period: str, later: int, ends: datetime | None) -> None:
    assert periods.ends_at(period, later) == ends
