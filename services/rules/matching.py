"""What a good match is worth, in thousandths of a minute: the weights of the scorer, as data.

Everything that speaks for or against somebody is said in one unit, minutes of a volunteer's way,
so that the terms add up and a person can follow them. Where the figures come from:

- continuity, dialect, reliability: the measured trade-off of the design, in which a bonus of 25
  minutes kept 123 of 131 possible same volunteers and raised the mean cost by less than a
  thousandth, and the charge of 10 minutes for each further visit took volunteers with two or
  more visits from 2,841 to 561;
- the way: 1.3 times the straight line, as random pairs of places in towns have it (about 1.2 in
  the literature, more on foot), and five minutes for stairs, doors and locks; speeds are those
  of ordinary Chinese towns, slower where streets are full;
- the rest (preferred sex, wished person, freshness, waiting): our own proposals.
"""

from __future__ import annotations

from dataclasses import dataclass

#: How volunteers travel, in the order of the columns.
MODES = ("walk", "bicycle", "transit", "car")
#: Metres a minute on the street: ordinary hours, and hours in which streets are full.
SPEEDS = {"walk": (75, 75), "bicycle": (210, 190), "transit": (300, 240), "car": (480, 320)}
#: Local hours in which streets are full.
RUSH_HOURS = frozenset({7, 8, 17, 18})
#: Streets to the straight line, in thousandths; and what every way takes besides.
DETOUR_PERMILLE = 1_300
FIXED_TRAVEL_MINUTES = 5
#: The way where one of the two places is not known.
UNKNOWN_TRAVEL_MINUTES = 30
#: Whoever is further away counts as so far away.
FARTHEST_M = 1_000_000
#: So far a ranking looks for the reasons why people are not eligible.
REACH_M = 6_000

MILLI = 1_000
#: A promise weighs half after so many days, and reliability begins with two kept of three.
HALF_LIFE_DAYS = 90
KEPT_PRIOR, PROMISED_PRIOR = 2, 3
#: The chance of a yes begins with one of three.
YES_PRIOR, ANSWERS_PRIOR = 1, 3
#: A long way and a stranger make a yes less likely; in thousandths.
YES_LOST_A_MINUTE, YES_LEAST, YES_MOST, YES_KNOWN = 8, 20, 950, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each term counts, in thousandths of a minute."""

    #: Has been with this elder in the last year.
    continuity: int = -25_000
    #: The elder named this person, or it is who comes as a rule.
    wished: int = -40_000
    #: Speaks none of the languages that the elder wishes for.
    dialect: int = 12_000
    #: Not of the sex that the elder would rather see.
    preferred_sex: int = 10_000
    #: Times the chance that a promise is not kept.
    reliability: int = 30_000
    #: For each hour already served or promised in that week: the sum grows with its square.
    load_an_hour: int = 5_000
    #: For somebody asked a moment ago; it fades over a week.
    freshness: int = 6_000
    #: For each further visit that one batch gives to one person: 10, 20, 30 minutes.
    further_visit: int = 10_000
    #: What a request costs that nobody takes; more with the tier of risk and with waiting.
    unassigned: int = 300_000
    unassigned_a_tier: int = 60_000
    unassigned_a_day: int = 10_000
    #: Waiting counts for so many days at most: nobody outbids the whole town by waiting.
    waiting_days: int = 14


WEIGHTS = Weights()
FRESH_DAYS = 7


def faded(age_days: int) -> int:
    """What a visit of some days ago still weighs, in thousandths: half every 90 days."""
    halves, rest = divmod(max(0, age_days), HALF_LIFE_DAYS)
    whole = MILLI >> min(halves, 20)
    return whole - whole * rest // (2 * HALF_LIFE_DAYS)


def kept_permille(kept_milli: int, promised_milli: int) -> int:
    """The chance that a promise is kept, smoothed: nobody is judged by one visit."""
    return (
        MILLI
        * (kept_milli + KEPT_PRIOR * MILLI)
        // (max(promised_milli, kept_milli) + PROMISED_PRIOR * MILLI)
    )


def yes_permille(yeses: int, answers: int, travel_minutes: int, *, known: bool) -> int:
    """The chance of a yes when asked, smoothed, less for a long way, more for an acquaintance."""
    own = MILLI * (yeses + YES_PRIOR) // (max(answers, yeses) + ANSWERS_PRIOR)
    near = own - own * min(60, travel_minutes) * YES_LOST_A_MINUTE // MILLI
    return min(YES_MOST, max(YES_LEAST, near + (YES_KNOWN if known else 0)))


def street_minutes(distance_m: int, mode: str, hour: int) -> int:
    """Whole minutes from door to door, rounded up, the fixed five among them."""
    speed = SPEEDS[mode][hour in RUSH_HOURS]
    street = min(distance_m, FARTHEST_M) * DETOUR_PERMILLE
    return FIXED_TRAVEL_MINUTES + -(-street // (speed * MILLI))


def metres_within(minutes: int, mode: str, hour: int) -> int:
    """How far away somebody may be whose way takes at most so many minutes."""
    speed = SPEEDS[mode][hour in RUSH_HOURS]
    return max(0, minutes - FIXED_TRAVEL_MINUTES) * speed * MILLI // DETOUR_PERMILLE


def unassigned_cost(risk_tier: int, waited_minutes: int, weights: Weights = WEIGHTS) -> int:
    """What it costs to leave a request without anybody: risk first, then waiting."""
    days = min(weights.waiting_days, max(0, waited_minutes) // 1_440)
    return (
        weights.unassigned + weights.unassigned_a_tier * risk_tier + weights.unassigned_a_day * days
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What it costs an elder to have something otherwise, in minutes; with the size of each step.

    The order in which a branch would ask: a longer way is no burden to the elder, another hour
    a small one, another day or another kind of person a larger one.
    """

    #: Price, and metres that everybody would go further.
    further: tuple[tuple[int, int], ...] = ((15, 2_000), (40, 5_000))
    #: Price, and minutes earlier or later on the same day.
    shift: tuple[tuple[int, int], ...] = ((20, 60), (40, 120))
    #: Price, and days before or after.
    days: tuple[tuple[int, int], ...] = ((60, 1), (80, 2), (100, 3))
    #: Price, and minutes less.
    shorter: tuple[tuple[int, int], ...] = ((18, 30), (36, 60))
    any_language: int = 30
    any_sex: int = 50
    by_telephone: int = 70
    #: A visit that is moved stays between these hours.
    from_hour: int = 7
    to_hour: int = 20
