"""How amounts, days and names are written for people, in Chinese and in English.

Pure functions of their arguments: no request, no locale look-up, no clock. ``english`` chooses
the language; moments are aware and come out on a Chinese wall clock.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time

from services.clock import local

MINUS = "−"
_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = (
    "January February March April May June July August September October November December"
).split()
#: First hour (local) of each part of the day, latest first.
_PARTS = ((18, "晚上"), (13, "下午"), (12, "中午"), (6, "上午"), (0, "凌晨"))


def duration(minutes: int, english: bool = False) -> str:
    """Whole minutes as "3 小时 38 分" / "3 h 38 min"; zero is "0 分", below zero begins with −."""
    hours, rest = divmod(abs(minutes), 60)
    hour_word, minute_word = ("h", "min") if english else ("小时", "分")
    parts = [f"{hours:,} {hour_word}"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} {minute_word}")
    return (MINUS if minutes < 0 else "") + " ".join(parts)


def signed(minutes: int, english: bool = False) -> str:
    """A movement: "+1 小时" or "−30 分"; zero has no sign."""
    return ("+" if minutes > 0 else "") + duration(minutes, english)


def coins(minutes: int, english: bool = False) -> str:
    """The same amount in time coins (one is 60 standard minutes): "3 个时间币 38 分"."""
    whole, rest = divmod(abs(minutes), 60)
    if english:
        coin_part = f"{whole:,} {'coin' if whole == 1 else 'coins'}"
    else:
        coin_part = f"{whole:,} 个时间币"
    parts = [coin_part] if whole or not rest else []
    if rest:
        parts.append(f"{rest} {'min' if english else '分'}")
    return (MINUS if minutes < 0 else "") + " ".join(parts)


def yuan(fen: int, english: bool = False) -> str:
    """Money that elders hand over, never a price: "38.50 元" / "38.50 yuan"; whole yuan "50 元"."""
    whole, rest = divmod(abs(fen), 100)
    amount = f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"
    return (MINUS if fen < 0 else "") + amount + (" yuan" if english else " 元")


def day(value: date | datetime, english: bool = False, year: bool = False) -> str:
    """3月10日 周二 / Tue 10 March, with the year where asked."""
    at = local(value).date() if isinstance(value, datetime) else value
    if english:
        text = f"{_WEEKDAYS_EN[at.weekday()]} {at.day} {_MONTHS_EN[at.month - 1]}"
        return f"{text} {at.year}" if year else text
    text = f"{at.month}月{at.day}日 周{_WEEKDAYS_ZH[at.weekday()]}"
    return f"{at.year}年{text}" if year else text


def month(value: date, english: bool = False) -> str:
    """2026年3月 / March 2026."""
    if english:
        return f"{_MONTHS_EN[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月"


def date_alone(value: date, english: bool = False) -> str:
    """A birthday or a day long ago, without its weekday: 1946年3月5日 / 5 March 1946."""
    if english:
        return f"{value.day} {_MONTHS_EN[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


def clock(value: datetime | time, english: bool = False, hours24: bool = False) -> str:
    """上午 10:00 / 10:00 am; staff pages ask for the 24-hour 10:00."""
    at = local(value).time() if isinstance(value, datetime) else value
    if hours24:
        return f"{at.hour:02d}:{at.minute:02d}"
    shown = f"{(at.hour - 1) % 12 + 1}:{at.minute:02d}"
    if english:
        return f"{shown} {'am' if at.hour < 12 else 'pm'}"
    if at.hour == 0:
        shown = f"0:{at.minute:02d}"
    return f"{next(word for first, word in _PARTS if at.hour >= first)} {shown}"


def moment(
    value: datetime, english: bool = False, hours24: bool = False, year: bool = False
) -> str:
    """Day and clock of one moment."""
    comma = ", " if english else " "
    return day(value, english, year) + comma + clock(value, english, hours24)


def span(start: datetime, end: datetime, english: bool = False, hours24: bool = False) -> str:
    """3月10日 周二 上午 9:00 到 10:30; names the day again where the end is on another."""
    joint = " to " if english else " 到 "
    same_day = local(start).date() == local(end).date()
    until = clock(end, english, hours24) if same_day else moment(end, english, hours24)
    if same_day and not english and not hours24:
        # 上午 9:00 到 10:30 – the part of the day is not said twice.
        part = clock(start).split(" ")[0]
        until = until.removeprefix(f"{part} ")
    return moment(start, english, hours24) + joint + until


def masked_name(name: str) -> str:
    """王** – the family name only, and no hint of the length of the rest."""
    return f"{name[:1]}**" if name else ""


def masked_phone(number: str) -> str:
    """138****5678; short numbers lose all but the last two digits."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < 8:
        return "*" * max(0, len(digits) - 2) + digits[-2:]
    return f"{digits[:3]}****{digits[-4:]}"


def number(value: int | float) -> str:
    """Thousands apart and a real minus sign, alike in both languages."""
    return f"{value:,}".replace("-", MINUS)
