"""The published page once more, minute by minute and in fractions: what value() must agree with.

Nothing here is imported from the product; the tables were copied from the page by hand.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
S = {"A": 100, "B": 110, "C": 125, "D": 150, "E": 200}
P = {"P0": 0, "P1": 100, "P2": 110, "P3": 125, "P4": 140}
R = (100, 110, 120, 135, 150)
CARE = frozenset("A05 A06 C01 C02 C03 C05 D01 D02 D03 E01 E02".split())
LENGTHS = {
    "A01": (15, 60), "A02": (30, 60), "A03": (30, 90), "A04": (30, 180), "A05": (30, 180),
    "A06": (60, 240), "B01": (30, 120), "B02": (15, 60), "B03": (30, 120), "B04": (30, 180),
    "B05": (30, 120), "C01": (60, 180), "C02": (60, 180), "C03": (30, 120), "C04": (30, 120),
    "C05": (30, 90), "D01": (60, 480), "D02": (60, 180), "D03": (15, 60), "D04": (30, 120),
    "E01": (60, 120), "E02": (30, 120),
}  # fmt: skip


def days(text: str) -> set[date]:
    """``2026: 1-1..3 2-15..23`` as a set of days."""
    year, _, rest = text.partition(": ")
    found: set[date] = set()
    for part in rest.split():
        first, _, last = part.partition("..")
        month, day = map(int, first.split("-"))
        begin = date(int(year), month, day)
        *months, final = (last or first).split("-")
        end = date(int(year), int(months[0]) if months else month, int(final))
        found |= {begin + timedelta(days=n) for n in range((end - begin).days + 1)}
    return found


OFF = days("2025: 1-1 1-28..2-4 4-4..6 5-1..5 5-31..6-2 10-1..8") | days(
    "2026: 1-1..3 2-15..23 4-4..6 5-1..5 6-19..21 9-25..27 10-1..7"
)
WORKING = days("2025: 1-26 2-8 4-27 9-28 10-11") | days("2026: 1-4 2-14 2-28 5-9 9-20 10-10")
STATUTORY = days("2025: 1-1 1-28..31 4-4 5-1 5-2 5-31 10-1..3 10-6") | days(
    "2026: 1-1 2-16..19 4-5 5-1 5-2 6-19 9-25 10-1..3"
)
FESTIVAL = days("2025: 1-28..31") | days("2026: 2-16..19")


def day_percent(day: date) -> int:
    if day in FESTIVAL:
        return 200
    if day in STATUTORY:
        return 150
    if day in WORKING:
        return 100
    return 110 if day in OFF or day.weekday() >= 5 else 100


def hour_percent(hour: int) -> int:
    if hour >= 22 or hour < 6:
        return 150
    return 110 if hour == 6 or hour >= 20 else 100


def minute_percent(moment: datetime) -> int:
    local = moment.astimezone(SHANGHAI)
    return max(day_percent(local.date()), hour_percent(local.hour))


def half_up(figure: Fraction) -> int:
    whole, rest = divmod(figure, 1)
    return int(whole) + (rest >= Fraction(1, 2))


def expected(facts: Any) -> dict[str, int]:
    """What the page says of these facts (``start`` is taken to be a whole minute)."""
    creditable = min(facts.actual_minutes, facts.booked_minutes + 30)
    creditable = creditable if creditable >= 10 else 0
    credited = min(creditable, max(0, 360 - facts.credited_today_minutes))
    moment, percents = facts.start, []
    while len(percents) < credited:
        if not any(begin <= moment < end for begin, end in facts.breaks):
            percents.append(minute_percent(moment))
        moment += timedelta(minutes=1)
    p = P[facts.provider_level]
    if p > 100 and not facts.certificate_relevant:
        p = 100
    r = R[facts.care_grade] if facts.service in CARE else 100
    s = S[facts.service[0]]
    weight = min(Fraction(s * p * r, 100**3), Fraction(3))
    worth = Fraction(sum(percents), 100)
    earn = half_up(worth * weight)
    elder = min(half_up(worth * Fraction(s, 100)), earn)
    return {
        "creditable": creditable,
        "credited": credited,
        "earn": earn,
        "elder": elder,
        "pool": earn - elder,
    }
