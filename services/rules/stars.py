"""Stars: who grants so many, how long they are published, and what a false record ends."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

from services.rules.rule_set import RuleSet
from services.rules.tables import Table, table

#: Tiers that grant, from the lowest up.
TIERS = ("county", "city", "province")


def stars_table() -> Table:
    """The published terms of stars."""
    return table("stars")


def granting_tier(stars: int) -> str:
    """Who grants so many stars: ``county``, ``city`` or ``province``."""
    tiers: dict[int, str] = {each["stars"]: each["tier"] for each in stars_table().content["tiers"]}
    return tiers.get(stars, TIERS[-1])


def notice_working_days() -> int:
    """How many working days everybody has to object."""
    return _whole("notice_working_days")


def again_after_months() -> int:
    """How long after an upheld objection the same stars may be proposed again."""
    return _whole("again_after_months")


def refused_word(*texts: str) -> str | None:
    """The first word that speaks of money or goods in what a region wants to give; else None."""
    said = " ".join(texts).casefold()
    words: list[str] = stars_table().content["perk_words_refused"]
    return next((word for word in words if word in said), None)


def hours_of(stars: int, rules: RuleSet) -> int:
    """Hours that so many stars ask for; ``LookupError`` where the rule set has no such star."""
    return next(each.hours for each in rules.stars if each.stars == stars)


def ban_years(earlier: int, rules: RuleSet) -> int:
    """Years without stars: the least for the first false record, one more for each further one."""
    penalties = rules.penalties
    return min(penalties.star_ban_years_min + earlier, penalties.star_ban_years_max)


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last one of a shorter month; earlier if negative."""
    place = day.year * 12 + day.month - 1 + months
    year, month = place // 12, place % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _whole(key: str) -> int:
    content: Any = stars_table().content
    found: int = content[key]
    return found
