"""Caps by day and by store, and the stars for hours served."""

from __future__ import annotations

from services.rules.regional import NO_SETTINGS, Settings, regional_value
from services.rules.rule_set import RuleSet


def credit_per_day(rules: RuleSet, settings: Settings = NO_SETTINGS) -> int:
    """Minutes credited to one provider a day, at most; settings are the provider's region's."""
    name = "credited_per_day_minutes"
    return regional_value(rules, name, settings.get(name))


def credit_left(taken_minutes: int, rules: RuleSet, settings: Settings = NO_SETTINGS) -> int:
    """Minutes that a provider's day still has for credit, after what is reserved or credited."""
    return max(0, credit_per_day(rules, settings) - taken_minutes)


def reserved_at_acceptance(booked_minutes: int, left_minutes: int) -> int:
    """What an acceptance takes out of the day's credit."""
    return min(booked_minutes, max(0, left_minutes))


def stars(actual_minutes: int, rules: RuleSet, *, clean: bool = True) -> int:
    """Stars for minutes actually served; ``clean``: no upheld false record of late."""
    if not clean:
        return 0
    reached = [each.stars for each in rules.stars if actual_minutes >= each.hours * 60]
    return max(reached, default=0)
