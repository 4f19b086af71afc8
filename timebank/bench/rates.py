"""Valuations a second: the product's formula beside a plain one, minute by minute in fractions.

The plain one is what one writes down from the rules without thinking of speed: it asks for every
minute what day and hour it is, and adds fractions. Both must give the same figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import cycle
from typing import Any

from services.clock import local
from services.rules.calendar import Calendar
from services.rules.formula import Valuation, VisitFacts, value
from services.rules.published import shipped_calendar, shipped_rule_set
from services.rules.rule_set import RuleSet
from timebank.bench.turns import Case

#: Valuations between two looks at the clock.
AT_ONCE = 20


def published() -> tuple[RuleSet, Calendar]:
    """The rules and calendars that ship."""
    return shipped_rule_set(), shipped_calendar()


def visits(rules: RuleSet) -> list[VisitFacts]:
    """A mixture of services, levels, grades, lengths and times of day, each possible."""
    found = []
    begin = datetime(2026, 2, 14, 0, 5, tzinfo=UTC)
    levels, grades = list(rules.levels), len(rules.grades)
    for number, line in enumerate(rules.services.values()):
        for turn in range(4):
            place = number * 4 + turn
            minutes = line.min_minutes + place * 7 % (line.max_minutes - line.min_minutes + 1)
            found.append(
                VisitFacts(
                    service=line.code,
                    start=begin + timedelta(hours=place * 5, minutes=place * 13),
                    actual_minutes=minutes + place % 9,
                    booked_minutes=minutes,
                    provider_level=levels[place % len(levels)],
                    certificate_relevant=bool(place % 2),
                    care_grade=place % grades,
                    credited_today_minutes=0,
                )
            )
    return found


def naive(facts: VisitFacts, rules: RuleSet, calendar: Calendar) -> tuple[int, int, int]:
    """Earn, elder and pool by the rules' own words, in fractions, one minute after the other."""
    minutes = min(facts.actual_minutes, facts.booked_minutes + rules.overrun_minutes)
    if minutes < rules.minimum_minutes:
        minutes = 0
    left = rules.default("credited_per_day_minutes") - facts.credited_today_minutes
    minutes = min(minutes, max(0, left))
    line = rules.service(facts.service)
    content = Fraction(rules.tiers[line.tier].percent, 100)
    level = rules.level(facts.provider_level).percent
    if level > 100 and not facts.certificate_relevant:
        level = 100
    grade = rules.grade(facts.care_grade).percent if line.care else 100
    cap = Fraction(rules.weight_cap, 100**3)
    weight = min(content * Fraction(level, 100) * Fraction(grade, 100), cap)
    earn = share = Fraction(0)
    for minute in range(minutes):
        at = local(facts.start + timedelta(minutes=minute))
        factor = Fraction(_percent(at, rules, calendar), 100)
        earn += factor * weight
        share += factor * content
    earned = _half_up(earn)
    elder = min(_half_up(share), earned)
    return earned, elder, earned - elder


def _percent(at: datetime, rules: RuleSet, calendar: Calendar) -> int:
    day = rules.day_kinds[calendar.day_kind(at.date())].percent
    minute = at.hour * 60 + at.minute
    hour = next((band.percent for band in rules.hour_bands if _covers(band, minute)), 100)
    return max(day, hour)


def _covers(band: Any, minute: int) -> bool:
    if band.from_minute < band.to_minute:
        return bool(band.from_minute <= minute < band.to_minute)
    return bool(minute >= band.from_minute or minute < band.to_minute)


def _half_up(figure: Fraction) -> int:
    return int((figure + Fraction(1, 2)).__floor__())


def figures(valuation: Valuation) -> tuple[int, int, int]:
    """Earn, elder and pool of a valuation."""
    return valuation.earn_minutes, valuation.elder_minutes, valuation.pool_minutes


def differences(rules: RuleSet, calendar: Calendar) -> list[str]:
    """Visits for which the two do not agree; there are none."""
    return [
        f"{facts.service} {facts.start.isoformat()}"
        for facts in visits(rules)
        if figures(value(facts, rules, calendar)) != naive(facts, rules, calendar)
    ]


def cases() -> list[Case]:
    """The plain one and ours over the same visits."""
    rules, calendar = published()
    mixture = visits(rules)

    def plain(facts: Iterator[VisitFacts]) -> int:
        for _ in range(AT_ONCE):
            naive(next(facts), rules, calendar)
        return AT_ONCE

    def ours(facts: Iterator[VisitFacts]) -> int:
        for _ in range(AT_ONCE):
            value(next(facts), rules, calendar)
        return AT_ONCE

    first, second = cycle(mixture), cycle(mixture)
    return [Case("plain", lambda: plain(first)), Case("ours", lambda: ours(second))]
