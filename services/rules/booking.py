"""What may be asked for, and by whom; and the product's own times around a booking."""

from __future__ import annotations

from services.rules.regional import NO_SETTINGS, Settings, regional_value
from services.rules.rule_set import RuleSet

#: Our own limits of a booking; the national rules say nothing of them.
ASK_NOTICE_MINUTES = 60
ASK_AHEAD_DAYS = 60
#: Kept free before and after a visit, for the way.
TRAVEL_BUFFER_MINUTES = 15
#: Both sides are reminded of a visit so long before it.
REMIND_HOURS = 24
#: Nobody checked out so long after the booked end: a branch looks.
FORGOTTEN_HOURS = 12


def spending_age(
    rules: RuleSet, settings: Settings = NO_SETTINGS, *, in_hardship: bool = False
) -> int:
    """From which age an elder of the region may be served."""
    age = regional_value(rules, "spending_age_years", settings.get("spending_age_years"))
    return min(age, rules.spending.hardship_age) if in_hardship else age
