"""What people type is read kindly, and what cannot be meant is refused."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.web.forms import reading


@pytest.mark.parametrize(
    "text",
    ["2026-3-5", "2026/03/05", "2026.3.5", "20260305", "2026年3月5日", "２０２６年３月５号"],
)
def test_dates(text: str) -> None:
    assert reading.read_date(text) == date(2026, 3, 5)


@pytest.mark.parametrize("text", ["", "3月5日", "2026-13-1", "2026-2-30", "26-3-5", "明天"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(reading.Unreadable):
        reading.read_date(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("9:00", time(9)),
        ("0900", time(9)),
        ("930", time(9, 30)),
        ("14：05", time(14, 5)),
        ("９点", time(9)),
        ("9点整", time(9)),
        ("上午9点", time(9)),
        ("下午2点半", time(14, 30)),
        ("下午三点一刻", time(15, 15)),
        ("晚上八点二十五", time(20, 25)),
        ("十点零五分", time(10, 5)),
        ("两点", time(2)),
        ("2:30 pm", time(14, 30)),
        ("12:15 am", time(0, 15)),
        ("中午12点半", time(12, 30)),
        ("中午1点", time(13)),
        ("中午11点半", time(11, 30)),
        ("夜里11点", time(23)),
        ("夜里2点", time(2)),
        ("下午14:00", time(14)),
        ("8", time(8)),
    ],
)
def test_times(text: str, at: time) -> None:
    assert reading.read_time(text) == at


@pytest.mark.parametrize("text", ["", "25:00", "9:75", "早上", "abc", "123456", "9:00x", "点"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(reading.Unreadable):
        reading.read_time(text)


@given(st.times())
def test_every_minute_of_the_day_is_read_back(at: time) -> None:
    minute = at.replace(second=0, microsecond=0, tzinfo=None)
    assert reading.read_time(f"{minute.hour}:{minute.minute:02d}") == minute
    assert reading.read_time(f"{minute.hour}点{minute.minute}分") == minute


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90", 90),
        ("90分钟", 90),
        ("1:30", 90),
        ("1小时30分", 90),
        ("1小时半", 90),
        ("一个半小时", 90),
        ("1.5小时", 90),
        ("半小时", 30),
        ("两小时", 120),
        ("四十五分钟", 45),
        ("1h30min", 90),
    ],
)
def test_lengths(text: str, minutes: int) -> None:
    assert reading.read_minutes(text) == minutes


@pytest.mark.parametrize("text", ["", "abc", "-5", "1:75", "半", "小时"])
def test_what_is_no_length(text: str) -> None:
    with pytest.raises(reading.Unreadable):
        reading.read_minutes(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("138 1234 5678", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("０５７７８８８８６６６６", "0577-88886666"),
        ("0577-8888 6666", "0577-88886666"),
        ("(010) 62345678", "010-62345678"),
    ],
)
def test_phones(text: str, number: str) -> None:
    assert reading.read_phone(text) == number


@pytest.mark.parametrize("text", ["", "12349", "1381234567", "23812345678", "88886666"])
def test_what_is_no_phone(text: str) -> None:
    with pytest.raises(reading.Unreadable):
        reading.read_phone(text)


def test_identity_numbers_have_one_shape() -> None:
    assert reading.read_id_number("330302 19500101 002x") == "33030219500101002X"
    with pytest.raises(reading.Unreadable):
        reading.read_id_number("330302195001010")


def test_full_width_letters_become_plain_and_chinese_marks_stay() -> None:
    assert reading.plain("　Ａ１，好：是　") == "A1，好：是"


@pytest.mark.parametrize(("text", "value"), [("1,234", 1234), (" ７ ", 7), ("-3", -3), ("−3", -3)])
def test_whole_numbers(text: str, value: int) -> None:
    assert reading.read_whole(text) == value


@pytest.mark.parametrize("text", ["", "1.5", "x", "1" * 13])
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(reading.Unreadable):
        reading.read_whole(text)
