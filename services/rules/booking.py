"""What may be asked for, and by whom; and the product's own times around a booking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.rules.regional import NO_SETTINGS, Settings, regional_value
from services.rules.rule_set import RuleSet

#: Our own limits of a booking; the national rules say nothing of them.
ASK_NOTICE_MINUTES = 60
ASK_AHEAD_DAYS = 60
#: People keep quarters of an hour; so do the rows that forbid a second promise.
QUARTER_MINUTES = 15
#: Calling off later than this is late: within a day nobody else can be found in peace.
LATE_HOURS = 24
#: Another time that was proposed waits so long for an answer, and never past either time.
PROPOSAL_HOURS = 48
#: Dates of a standing visit stand as rows so far ahead, and are asked for so long before.
MATERIALISED_DAYS = 84
LEAD_DAYS = 14
#: Standing visits that one elder may have at once.
SERIES_MOST = 10
#: The most that a delegation may let somebody use of an elder's coins in a month.
SPEND_MOST_MINUTES = 6_000
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


def on_quarter(moment: datetime) -> bool:
    """Whether a moment is on a quarter of an hour; every zone's offset is whole quarters."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) % timedelta(minutes=QUARTER_MINUTES) == (
        timedelta(0)
    )


def is_late(now: datetime, starts_at: datetime) -> bool:
    """Whether calling off now is late."""
    return now > starts_at - timedelta(hours=LATE_HOURS)


def proposal_lapses_at(proposed_at: datetime, from_at: datetime, to_at: datetime) -> datetime:
    """Until when another time may be answered: an hour before the nearer of the two at most."""
    nearer = min(from_at, to_at) - timedelta(minutes=ASK_NOTICE_MINUTES)
    return max(proposed_at, min(proposed_at + timedelta(hours=PROPOSAL_HOURS), nearer))
