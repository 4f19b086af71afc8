"""What may be asked for, and by whom; and the product's own times around a booking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.rules.refusals import Refusal
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """What is asked for, and whom it is for. Settings are those of the elder's region."""

    service: str
    booked_minutes: int
    age_years: int
    in_hardship: bool = False
    #: A branch decided for someone with a severe disability below the spending age.
    decided_under_age: bool = False
    remote: bool = False


def request_refusals(
    request: RequestFacts, rules: RuleSet, settings: Settings = NO_SETTINGS
) -> tuple[Refusal, ...]:
    """Every reason why the request cannot be taken; none means that it can."""
    return tuple(_request_refusals(request, rules, settings))


def spending_age(
    rules: RuleSet, settings: Settings = NO_SETTINGS, *, in_hardship: bool = False
) -> int:
    """From which age an elder of the region may be served."""
    age = regional_value(rules, "spending_age_years", settings.get("spending_age_years"))
    return min(age, rules.spending.hardship_age) if in_hardship else age


def _request_refusals(
    request: RequestFacts, rules: RuleSet, settings: Settings
) -> Iterator[Refusal]:
    line = rules.service(request.service)
    if not line.min_minutes <= request.booked_minutes <= line.max_minutes:
        yield Refusal(
            "booked_outside",
            "{service}可以预约 {least_minutes}到 {most_minutes}。",
            {
                **line.name.params("service"),
                "least_minutes": line.min_minutes,
                "most_minutes": line.max_minutes,
            },
        )
    if request.remote and not line.remote:
        yield Refusal(
            "not_remote", "{service}需要上门，不能远程进行。", line.name.params("service")
        )
    age = spending_age(rules, settings, in_hardship=request.in_hardship)
    if request.age_years < age and not request.decided_under_age:
        yield Refusal(
            "below_spending_age", "满 {age} 岁可以使用互助时间；重度残疾由网点认定。", {"age": age}
        )
