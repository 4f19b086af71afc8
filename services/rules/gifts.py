"""Gifts, as pure functions: to whom, how much, until when, and how much of one fits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from services.rules.rule_set import RuleSet

FRIEND = "friend"
#: To whom an heir below the spending age may direct an inherited share.
LINEAL = frozenset({"parent", "grandparent", "child", "grandchild"})
#: The guard questions by their names, each with the answer of somebody who is not pressed:
#: nobody hurries, the giver knows the receiver and wishes it, nobody promises anything for it.
GUARD_QUESTIONS: Mapping[str, bool] = {"hurried": False, "own_wish": True, "promised": False}
#: A gift that nobody confirms within this time lapses.
CONFIRM_WITHIN = timedelta(hours=1)


def needs_guard(rules: RuleSet, age_years: int) -> bool:
    """Whether a giver of this age is asked the guard questions."""
    return age_years >= rules.gifts.guard_age


def guard_passes(answers: Mapping[str, bool]) -> bool:
    """Whether every guard question was answered as somebody does who is not pressed."""
    return all(answers.get(name) is right for name, right in GUARD_QUESTIONS.items())


def left_minutes(limit_minutes: int, used_minutes: int) -> int:
    """What a year still allows; a limit that was lowered since takes nothing back."""
    return max(0, limit_minutes - used_minutes)


def fitting_minutes(amount_minutes: int, stored_minutes: int, cap_minutes: int) -> int:
    """How much of a gift the receiver can store."""
    return max(0, min(amount_minutes, cap_minutes - stored_minutes))


def counts_against_cap(inherited: date, day: date, waived_years: int) -> bool:
    """Whether coins inherited on a day count against the storage cap by now."""
    try:
        waived_until = inherited.replace(year=inherited.year + waived_years)
    except ValueError:  # inherited on a 29 February
        waived_until = date(inherited.year + waived_years, 3, 1)
    return day >= waived_until


def revocable_until(rules: RuleSet, confirmed_at: datetime) -> datetime:
    """Until when the giver takes a gift back."""
    return confirmed_at + timedelta(hours=rules.gifts.revocable_hours)


def refusable_until(rules: RuleSet, final_at: datetime) -> datetime:
    """Until when the receiver may refuse a gift that is final."""
    return final_at + timedelta(days=rules.gifts.refusable_days)
