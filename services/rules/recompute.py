"""A stored valuation worked out once more from its own facts and the rules that it names."""

from __future__ import annotations

from services.rules.calendar import Calendar
from services.rules.formula import Valuation, value
from services.rules.rule_set import RuleSet
from services.rules.settlement import paid_by_the_other, settle, settle_group


def recompute(stored: Valuation, rules: RuleSet, calendar: Calendar) -> Valuation:
    """What the valuation should be. Equal to ``stored``, or something was changed since.

    Facts, the hold that the elder's share was cut at and the way of settling are taken as stored;
    everything else follows from them. Refuses facts that the rule set does not know.
    """
    fresh = value(stored.facts, rules, calendar)
    match stored.settled:
        case "formula" | "hold":
            return settle(fresh, stored.elder_hold_minutes or 0)
        case "pair":
            return paid_by_the_other(fresh)
        case "group":
            each = fresh.elder_share_minutes
            present = min(stored.elder_minutes // each if each else 0, fresh.facts.recipients)
            return settle_group(fresh, max(0, present))
    return fresh
