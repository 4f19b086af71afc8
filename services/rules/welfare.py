"""Who is looked in on, how often, and when a month is nearly over: data and pure functions.

The ministries ask that everybody at risk (living alone, losing abilities, severely disabled, in
hardship) is seen at least once a month. How much oftener the higher tiers are is our own figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is on record of an elder."""

    age_years: int
    grade: int = 0
    lives_alone: bool = False
    in_hardship: bool = False
    severely_disabled: bool = False


@dataclass(frozen=True, slots=True)
class TierRule:
    """A tier, how many visits a month it means, and sets of facts of which one is enough."""

    tier: str
    visits_a_month: int
    any_of: tuple[frozenset[str], ...]


#: From this age, and from these care grades (GB/T 42195) on, a fact holds.
OLD_AGE = 80
MODERATE_GRADE, SEVERE_GRADE = 2, 3

ALONE, HARDSHIP, DISABLED = "lives_alone", "in_hardship", "severely_disabled"
OLD, MODERATE, SEVERE = "old", "moderate", "severe"


def _sets(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(each.split()) for each in sets)


#: The first tier that fits counts.
TIERS: tuple[TierRule, ...] = (
    TierRule(
        "high",
        4,
        _sets(
            f"{ALONE} {MODERATE}",
            f"{ALONE} {DISABLED}",
            f"{ALONE} {OLD} {HARDSHIP}",
            f"{SEVERE} {HARDSHIP}",
        ),
    ),
    TierRule(
        "middle",
        2,
        _sets(f"{ALONE} {OLD}", f"{ALONE} {HARDSHIP}", SEVERE, DISABLED, f"{MODERATE} {HARDSHIP}"),
    ),
    TierRule("low", 1, _sets(ALONE, HARDSHIP, MODERATE)),
)
VISITS_A_MONTH: Mapping[str, int] = {rule.tier: rule.visits_a_month for rule in TIERS}
ORDER: tuple[str, ...] = tuple(rule.tier for rule in TIERS)

#: Branches are warned so many days before a month ends.
WARN_DAYS = 10

FINDINGS = ("well", "needs_help", "not_reached")
WAYS = ("home", "phone", "video")


def facts_of(known: Circumstances) -> tuple[str, ...]:
    """The facts that count, as codes, in a fixed order."""
    return tuple(_facts(known))


def _facts(known: Circumstances) -> Iterator[str]:
    if known.lives_alone:
        yield ALONE
    if known.age_years >= OLD_AGE:
        yield OLD
    if known.grade >= MODERATE_GRADE:
        yield MODERATE
    if known.grade >= SEVERE_GRADE:
        yield SEVERE
    if known.severely_disabled:
        yield DISABLED
    if known.in_hardship:
        yield HARDSHIP


def tier_of(facts: tuple[str, ...]) -> str | None:
    """The tier that follows from the facts; None where nobody has to look in."""
    held = frozenset(facts)
    for rule in TIERS:
        if any(wanted <= held for wanted in rule.any_of):
            return rule.tier
    return None


def higher(tier: str | None, raised_to: str | None) -> str | None:
    """The higher of what the facts say and what a clerk found."""
    given = [each for each in (tier, raised_to) if each is not None]
    return min(given, key=ORDER.index, default=None)


def month_of(day: date) -> tuple[date, date]:
    """The first day of a day's month, and the first day of the next one."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def days_left(day: date) -> int:
    """Days of the month that are left, today among them."""
    return (month_of(day)[1] - day).days


def is_warning_time(day: date) -> bool:
    """Whether a month is so near its end that whoever was not seen is named."""
    return days_left(day) <= WARN_DAYS
