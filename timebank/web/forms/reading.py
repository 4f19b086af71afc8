"""Reading what people type: full-width figures, Chinese dates, "下午2点半". Pure functions.

Each reader returns a value or raises :class:`Unreadable`; the field says the sentence.
"""

from __future__ import annotations

import re
from datetime import date, time

#: Full-width ASCII to half-width, and the wide space. Chinese commas and stops stay.
_WIDE = {0xFF10 + n: 0x30 + n for n in range(10)}
_WIDE |= {0xFF21 + n: 0x41 + n for n in range(26)} | {0xFF41 + n: 0x61 + n for n in range(26)}
_WIDE |= {0x3000: 0x20, 0xFF1A: 0x3A, 0xFF0D: 0x2D, 0xFF0F: 0x2F, 0xFF0E: 0x2E, 0xFF0B: 0x2B}
_WIDE_TEXT = {code: to for code, to in _WIDE.items() if code != 0xFF1A}

_DATE = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*[日号]?")
_PACKED_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(\d{1,2})\s*(?:[:.点时])\s*(?:(半)|(一刻)|(三刻)|(\d{1,2})\s*分?|[整钟]*)?")
_PACKED_TIME = re.compile(r"(\d{1,2})(\d{2})")
_PART = re.compile(r"^(凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|am|pm)\s*|\s*(am|pm)$")
#: Part of the day -> hours of the dial that mean the second half of the day: 中午 11:30 is
#: before noon and 中午 1:00 after it; 夜里 2:00 is at night and 夜里 11:00 in the evening.
_SECOND_HALF = dict.fromkeys(("下午", "傍晚", "晚上", "pm"), range(12))
_SECOND_HALF |= {"中午": range(3), "夜里": range(7, 12)}
#: Parts in which twelve is midnight.
_MIDNIGHT = {"凌晨", "清晨", "早上", "早晨", "上午", "am", "夜里"}
_FIGURES = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_FIGURES |= {"七": 7, "八": 8, "九": 9}
#: Figures in Chinese; 一刻 and 三刻 are quarters of an hour and stay.
_CHINESE = re.compile(r"[零一二两三四五六七八九十]+(?!刻)")
_HOURS = re.compile(r"(?:(\d+)\s*(?:小时|h)\s*)?(?:(半)|(\d+)\s*(?:分钟?|min)?)?")
_MOBILE = re.compile(r"1[3-9]\d{9}")
#: 010, 02x with eight figures; other area codes have four figures and seven or eight.
_LANDLINE = re.compile(r"(010|02\d)(\d{8})|(0[3-9]\d{2})(\d{7,8})")
_ID_NUMBER = re.compile(r"\d{17}[\dX]")


class Unreadable(ValueError):
    """Nothing that the field asks for can be meant by this."""


def plain(text: str) -> str:
    """Without blanks around it, figures and letters in half width."""
    return text.translate(_WIDE_TEXT).strip()


def compact(text: str) -> str:
    """As :func:`plain`, marks in half width too and no blanks inside."""
    return re.sub(r"\s+", "", text.translate(_WIDE))


def _figure(found: re.Match[str]) -> str:
    """九, 十五, 二十五 as 9, 15, 25; a clock needs no more."""
    tens, ten, ones = found[0].lstrip("零").rpartition("十")
    value = _FIGURES.get(ones, 0) + (_FIGURES.get(tens, 1) * 10 if ten else 0)
    return str(value)


def read_date(text: str) -> date:
    """2026-3-5, 2026/03/05, 2026.3.5, 20260305, 2026年3月5日."""
    typed = compact(text)
    found = _DATE.fullmatch(typed) or _PACKED_DATE.fullmatch(typed)
    if not found:
        raise Unreadable
    try:
        return real_date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:  # 30 February
        raise Unreadable from None


def real_date(year: int, month: int, day: int) -> date:
    """A date that somebody may mean; beyond these years clocks and months cannot be reckoned."""
    if not 1900 <= year <= 2199:
        raise ValueError
    return date(year, month, day)


def read_time(text: str) -> time:
    """9:00, 0900, 9点, 上午9点, 下午2点半, 2:30 pm, 14：00."""
    typed = _CHINESE.sub(_figure, compact(text).lower())
    part = _PART.search(typed)
    word = (part[1] or part[2]) if part else ""
    rest = _PART.sub("", typed)
    hour, minute = _hour_minute(rest)
    if hour == 12 and word in _MIDNIGHT:
        hour = 0
    elif hour < 12 and hour in _SECOND_HALF.get(word, ()):
        hour += 12
    if hour > 23 or minute > 59:
        raise Unreadable
    return time(hour, minute)


def _hour_minute(text: str) -> tuple[int, int]:
    found = _TIME.fullmatch(text)
    if found:
        if found[2]:
            return int(found[1]), 30
        if found[3] or found[4]:
            return int(found[1]), 15 if found[3] else 45
        return int(found[1]), int(found[5] or 0)
    packed = _PACKED_TIME.fullmatch(text)
    if packed and len(text) in (3, 4):
        return int(packed[1]), int(packed[2])
    if text.isdecimal() and len(text) <= 2:
        return int(text), 0
    raise Unreadable


def read_minutes(text: str) -> int:
    """90, 90分钟, 1:30, 1小时30分, 1小时半, 一个半小时 as figures, 1.5小时 -> whole minutes."""
    typed = _CHINESE.sub(_figure, compact(text).lower()).replace("个", "")
    typed = typed.replace("小时半", "小时30分").replace("半小时", "小时30分").lstrip("小时")
    clockwise = re.fullmatch(r"(\d{1,3}):([0-5]\d)", typed)
    if clockwise:
        return int(clockwise[1]) * 60 + int(clockwise[2])
    tenths = re.fullmatch(r"(\d+)\.5(?:小时|h)", typed)
    if tenths:
        return int(tenths[1]) * 60 + 30
    found = _HOURS.fullmatch(typed)
    if not typed or not found or found[2]:
        raise Unreadable
    return int(found[1] or 0) * 60 + int(found[3] or 0)


def read_phone(text: str) -> str:
    """A Chinese mobile as 11 figures, a landline as 0577-88886666."""
    typed = re.sub(r"[-()（）.]", "", compact(text))
    typed = re.sub(r"^(\+86|0086|86(?=1\d{10}$))", "", typed)
    if _MOBILE.fullmatch(typed):
        return typed
    found = _LANDLINE.fullmatch(typed)
    if not found:
        raise Unreadable
    return f"{found[1] or found[3]}-{found[2] or found[4]}"


def read_id_number(text: str) -> str:
    """Eighteen signs, the last one may be X. Whether it can exist is a rule, not a shape."""
    typed = compact(text).replace("-", "").upper()
    if not _ID_NUMBER.fullmatch(typed):
        raise Unreadable
    return typed


def read_whole(text: str) -> int:
    """A whole number, with or without thousands marks."""
    typed = re.sub(r"[,，]", "", compact(text)).replace("−", "-")
    if not re.fullmatch(r"[-+]?\d{1,12}", typed):
        raise Unreadable
    return int(typed)
