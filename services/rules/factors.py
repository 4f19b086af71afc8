"""The factors of one visit: S, P and R in whole percent, and the weight they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.rules.rule_set import RuleSet

#: While a region's reserve is low, new acceptances lose the premiums of P and T, then R too.
PremiumStop = Literal["none", "pt", "ptr"]
#: The same as it is stored with a promise.
STOPS: Mapping[str, PremiumStop] = {"none": "none", "pt": "pt", "ptr": "ptr"}
#: One hundred percent of three factors: what a weight of one is, in integers.
ONE_WEIGHT = 100**3


@dataclass(frozen=True, slots=True)
class Factors:
    """S, P and R in percent. Weights are S x P x R, so one is 1,000,000."""

    s_percent: int
    p_percent: int
    r_percent: int
    weight_before_cap: int
    weight: int

    @property
    def capped(self) -> bool:
        """Whether the cap on the weight bit."""
        return self.weight < self.weight_before_cap


def factors_of(
    rules: RuleSet,
    service: str,
    level: str,
    certificate_relevant: bool,
    care_grade: int,
    *,
    group: bool = False,
    premium_stop: PremiumStop = "none",
) -> Factors:
    """The factors, by the table. ``UnknownService``, ``UnknownLevel`` or ``UnknownGrade``.

    P above 100 counts only with a relevant certificate, R only on services with the care flag;
    a group session has neither. Someone in training stays at 0 everywhere.
    """
    line = rules.service(service)
    p_percent = rules.level(level).percent
    r_percent = rules.grade(care_grade).percent
    if group or not certificate_relevant or premium_stop != "none":
        p_percent = min(p_percent, 100)
    if group or not line.care:
        r_percent = 100
    if premium_stop == "ptr":
        r_percent = min(r_percent, 100)
    s_percent = rules.tiers[line.tier].percent
    weight = s_percent * p_percent * r_percent
    return Factors(s_percent, p_percent, r_percent, weight, min(weight, rules.weight_cap))


def half_up(numerator: int, denominator: int) -> int:
    """Round a ratio of integers, neither below zero, to the nearest; a half goes up."""
    return (2 * numerator + denominator) // (2 * denominator)
