"""The smaller sections of a rule set, one class each. Units stand last in the names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class OlderRule:
    """From an age on: fewer minutes a day, lighter tiers, perhaps a yearly declaration."""

    from_age: int
    per_day_minutes: int
    tiers: frozenset[str]
    health_declaration: bool


@dataclass(frozen=True, slots=True)
class Earning:
    """Who may serve, by age. Of the ``older`` rules the one with the highest age holds."""

    adult_age: int
    minor_age: int
    minor_tiers: frozenset[str]
    older: tuple[OlderRule, ...]

    def older_rule(self, age_years: int) -> OlderRule | None:
        """The rule for an older volunteer, if the age has one."""
        fitting = [rule for rule in self.older if age_years >= rule.from_age]
        return max(fitting, key=lambda rule: rule.from_age, default=None)


@dataclass(frozen=True, slots=True)
class Spending:
    """Who may be served, beside the regional spending age."""

    hardship_age: int
    #: In which order the pool serves those without coins.
    pool_order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckIn:
    """When and where a visit may begin, around the booked start."""

    opens_before_minutes: int
    closes_after_minutes: int
    radius_m: int


@dataclass(frozen=True, slots=True)
class Penalties:
    """What follows no-shows, false records and failed samples."""

    no_shows: int
    no_show_window_days: int
    pause_days: int
    star_ban_years_min: int
    star_ban_years_max: int
    failed_sample_percent: int


@dataclass(frozen=True, slots=True)
class Star:
    """Stars for hours actually served."""

    stars: int
    hours: int


@dataclass(frozen=True, slots=True)
class GrantCondition:
    """All that is named must hold; what is not named does not matter."""

    in_hardship: bool | None = None
    lives_alone: bool | None = None
    special_family: bool | None = None
    grade_from: int | None = None
    age_from: int | None = None


@dataclass(frozen=True, slots=True)
class GrantKind:
    """Minutes a month from the region's fund, under any one of the conditions."""

    code: str
    name: Name
    month_minutes: int
    when: tuple[GrantCondition, ...]


@dataclass(frozen=True, slots=True)
class Grants:
    """Granted minutes end with a later quarter: 1 is the next one."""

    expire_quarters_later: int
    kinds: Mapping[str, GrantKind]


@dataclass(frozen=True, slots=True)
class Gifts:
    """To whom, and for how long one may think again."""

    relations: frozenset[str]
    revocable_hours: int
    refusable_days: int
    guard_age: int
    kin_payment_relations: frozenset[str]


@dataclass(frozen=True, slots=True)
class Inheritance:
    """Orders of heirs and the times that a death sets running."""

    orders: tuple[tuple[str, ...], ...]
    officials: int
    notice_working_days: int
    claim_years: int
    cap_waived_years: int
    locked_to_relative_age: int


@dataclass(frozen=True, slots=True)
class Reserve:
    """What backs outstanding coins; below a threshold the premiums of new acceptances stop."""

    guide_rate_fen_per_coin: int
    alert_percents: tuple[int, ...]
    stop_pt_below_percent: int
    stop_ptr_below_percent: int


@dataclass(frozen=True, slots=True)
class Records:
    """How soon a service is recorded, and what a reviewer is shown."""

    due_working_days: int
    equal_durations_in_a_row: int
    pair_share_percent: int
    pair_window_days: int


@dataclass(frozen=True, slots=True)
class EvidenceClass:
    """What part of an older time bank's balance is taken over; the ceiling may be None."""

    code: str
    name: Name
    percent: int
    ceiling_minutes: int | None


@dataclass(frozen=True, slots=True)
class RegionalField:
    """A number that a region may set within bounds, and which way is tighter."""

    field: str
    name: Name
    default: int
    min: int
    max: int
    tighter: Literal["lower", "higher"]
