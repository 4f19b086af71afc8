"""What holds in a region: its own number within the bounds of the rule set, or the default."""

from __future__ import annotations

from collections.abc import Mapping

from services.rules.rule_set import RuleSet

#: A region's own numbers by field name; what is not in it follows the default.
Settings = Mapping[str, int]
NO_SETTINGS: Settings = {}


def regional_value(rules: RuleSet, name: str, override: int | None = None) -> int:
    """The region's own number, brought within the bounds, or the default (``KeyError``).

    A number that an earlier rule set allowed is cut to the present bounds, not refused: reading
    a rule must never fail because a bound has moved.
    """
    known = rules.regional[name]
    if override is None:
        return known.default
    return min(max(override, known.min), known.max)
