"""How amounts, days and names are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from timebank import wording

#: 2026-03-10 is a Tuesday; 01:00 UTC is 9 in the morning in China.
MORNING = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "chinese", "english"),
    [
        (0, "0 分", "0 min"),
        (1, "1 分", "1 min"),
        (59, "59 分", "59 min"),
        (60, "1 小时", "1 h"),
        (218, "3 小时 38 分", "3 h 38 min"),
        (-30, "−30 分", "−30 min"),
        (-90, "−1 小时 30 分", "−1 h 30 min"),
        (90_000, "1,500 小时", "1,500 h"),
    ],
)
def test_duration(minutes: int, chinese: str, english: str) -> None:
    assert wording.duration(minutes) == chinese
    assert wording.duration(minutes, english=True) == english


@pytest.mark.parametrize(("minutes", "text"), [(60, "+1 小时"), (-30, "−30 分"), (0, "0 分")])
def test_signed(minutes: int, text: str) -> None:
    assert wording.signed(minutes) == text


@pytest.mark.parametrize(
    ("minutes", "chinese", "english"),
    [
        (0, "0 个时间币", "0 coins"),
        (60, "1 个时间币", "1 coin"),
        (218, "3 个时间币 38 分", "3 coins 38 min"),
        (38, "38 分", "38 min"),
        (-120, "−2 个时间币", "−2 coins"),
    ],
)
def test_coins(minutes: int, chinese: str, english: str) -> None:
    assert wording.coins(minutes) == chinese
    assert wording.coins(minutes, english=True) == english


@pytest.mark.parametrize(
    ("fen", "chinese", "english"),
    [
        (5_000, "50 元", "50 yuan"),
        (3_850, "38.50 元", "38.50 yuan"),
        (5, "0.05 元", "0.05 yuan"),
        (0, "0 元", "0 yuan"),
        (123_456_700, "1,234,567 元", "1,234,567 yuan"),
        (-150, "−1.50 元", "−1.50 yuan"),
    ],
)
def test_yuan(fen: int, chinese: str, english: str) -> None:
    assert wording.yuan(fen) == chinese
    assert wording.yuan(fen, english=True) == english


def test_day_is_the_day_in_china() -> None:
    late = datetime(2026, 3, 9, 16, 30, tzinfo=UTC)
    assert wording.day(late) == wording.day(date(2026, 3, 10)) == "3月10日 周二"
    assert wording.day(late, year=True) == "2026年3月10日 周二"
    assert wording.day(late, english=True) == "Tue 10 March"
    assert wording.day(late, english=True, year=True) == "Tue 10 March 2026"


@pytest.mark.parametrize(
    ("at", "chinese", "english"),
    [
        (time(0, 5), "凌晨 0:05", "12:05 am"),
        (time(5, 0), "凌晨 5:00", "5:00 am"),
        (time(10, 0), "上午 10:00", "10:00 am"),
        (time(12, 30), "中午 12:30", "12:30 pm"),
        (time(14, 30), "下午 2:30", "2:30 pm"),
        (time(20, 0), "晚上 8:00", "8:00 pm"),
    ],
)
def test_clock(at: time, chinese: str, english: str) -> None:
    assert wording.clock(at) == chinese
    assert wording.clock(at, english=True) == english


def test_staff_read_twenty_four_hours() -> None:
    assert wording.clock(MORNING, hours24=True) == "09:00"
    assert wording.moment(MORNING, hours24=True) == "3月10日 周二 09:00"


def test_span_says_the_day_and_the_part_of_it_once() -> None:
    end = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)
    assert wording.span(MORNING, end) == "3月10日 周二 上午 9:00 到 10:30"
    assert wording.span(MORNING, end, english=True) == "Tue 10 March, 9:00 am to 10:30 am"
    assert wording.span(MORNING, end, hours24=True) == "3月10日 周二 09:00 到 10:30"


def test_span_names_what_changes() -> None:
    afternoon = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
    next_day = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)
    assert wording.span(MORNING, afternoon) == "3月10日 周二 上午 9:00 到 下午 2:00"
    assert wording.span(MORNING, next_day) == "3月10日 周二 上午 9:00 到 3月11日 周三 上午 9:00"


@pytest.mark.parametrize(("name", "shown"), [("王秀英", "王**"), ("李芳", "李**"), ("", "")])
def test_masked_names_do_not_tell_their_length(name: str, shown: str) -> None:
    assert wording.masked_name(name) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("13812345678", "138****5678"), ("0577-88886666", "057****6666"), ("12349", "***49")],
)
def test_masked_phones(number: str, shown: str) -> None:
    assert wording.masked_phone(number) == shown


def test_numbers_have_thousands_apart() -> None:
    assert wording.number(1234567) == "1,234,567"
    assert wording.number(-1234) == "−1,234"
