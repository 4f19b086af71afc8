"""The formula: against a minute-by-minute reading of the page in fractions, and by its laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.calendar import Calendar
from services.rules.factors import half_up
from services.rules.formula import TooSmall
from services.rules.rule_set import UnknownGrade, UnknownLevel, UnknownService
from services.rules.timeline import NoTimeZone
from services.rules.valuation import Valuation, VisitFacts, latest_end, value
from tests.unit.rules import reference
from tests.unit.rules.samples import CALENDAR, RULES, VISIT, at, rules_with, visit, visits, worth

LEVELS = ["P0", "P1", "P2", "P3", "P4"]


def _results(valuation: Valuation) -> dict[str, int]:
    return {
        "creditable": valuation.creditable_minutes,
        "credited": valuation.credited_minutes,
        "earn": valuation.earn_minutes,
        "elder": valuation.elder_minutes,
        "pool": valuation.pool_minutes,
    }


@given(visits(breaks=True))
def test_it_agrees_with_the_page_read_minute_by_minute(facts: VisitFacts) -> None:
    assert _results(value(facts, RULES, CALENDAR)) == reference.expected(facts)


@given(visits(breaks=True))
def test_what_is_earned_is_paid_and_the_weight_stays_under_the_cap(facts: VisitFacts) -> None:
    valuation = value(facts, RULES, CALENDAR)
    assert valuation.elder_minutes + valuation.pool_minutes == valuation.earn_minutes
    assert 0 <= valuation.elder_minutes <= valuation.earn_minutes
    assert valuation.factors.weight <= 3 * 100**3
    assert valuation.capped == (valuation.factors.weight_before_cap > 3 * 100**3)
    assert sum(band.minutes for band in valuation.bands) == valuation.credited_minutes
    # T is at most 2 and the weight at most 3, so nobody earns more than six hours an hour.
    assert valuation.earn_minutes <= 6 * valuation.credited_minutes


@given(visits(), st.integers(1, 120))
def test_more_minutes_are_never_worth_less(facts: VisitFacts, more: int) -> None:
    longer = replace(facts, actual_minutes=facts.actual_minutes + more)
    one, other = value(facts, RULES, CALENDAR), value(longer, RULES, CALENDAR)
    assert one.earn_minutes <= other.earn_minutes
    assert one.elder_minutes <= other.elder_minutes


@given(visits(), st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_a_higher_level_never_earns_less(facts: VisitFacts, one: str, other: str) -> None:
    low, high = sorted((one, other))
    earned = [
        value(replace(facts, provider_level=level), RULES, CALENDAR).earn_minutes
        for level in (low, high)
    ]
    assert earned[0] <= earned[1]


@given(visits(), st.integers(0, 4), st.integers(0, 4))
def test_a_higher_grade_never_earns_less_and_never_costs_the_elder_more(
    facts: VisitFacts, one: int, other: int
) -> None:
    low, high = (
        value(replace(facts, care_grade=grade), RULES, CALENDAR) for grade in sorted((one, other))
    )
    assert low.earn_minutes <= high.earn_minutes
    assert low.elder_minutes == high.elder_minutes


@given(visits(breaks=True))
def test_a_valuation_is_read_back_as_it_was_stored(facts: VisitFacts) -> None:
    stored = value(replace(facts, booked_start=facts.start), RULES, CALENDAR)
    assert Valuation.from_dict(stored.to_dict()) == stored


@given(visits(), st.integers(-14, 14))
def test_the_offset_in_which_a_moment_is_written_does_not_matter(
    facts: VisitFacts, hours: int
) -> None:
    elsewhere = facts.start.astimezone(timezone(timedelta(hours=hours)))
    one, other = (
        value(facts, RULES, CALENDAR),
        value(replace(facts, start=elsewhere), RULES, CALENDAR),
    )
    assert _results(one) == _results(other)


@given(st.integers(0, 10**12), st.integers(1, 10**9))
def test_half_up_is_the_nearest_whole_number(numerator: int, denominator: int) -> None:
    rounded = half_up(numerator, denominator)
    assert -denominator < 2 * (numerator - rounded * denominator) + 1 <= denominator + 1
    assert half_up(1, 2) == 1
    assert half_up(3, 2) == 2


@pytest.mark.parametrize(
    ("stop", "earn", "elder"),
    # Saturday, cleaning by P2 for grade 2: 120 x T x 1.25 x P x R.
    [("none", 218, 165), ("pt", 180, 150), ("ptr", 150, 150)],
)
def test_a_thin_reserve_stops_premiums(stop: str, earn: int, elder: int) -> None:
    valuation = worth(
        start=at("2026-03-07 09:00"), actual_minutes=120, booked_minutes=120, premium_stop=stop
    )
    assert (valuation.earn_minutes, valuation.elder_minutes) == (earn, elder)
    assert valuation.facts.premium_stop == stop
    assert Valuation.from_dict(valuation.to_dict()).facts.premium_stop == stop


def test_a_tighter_region_credits_less_and_a_looser_one_not_more() -> None:
    assert worth(actual_minutes=90, credit_per_day_minutes=75).credited_minutes == 75
    long = worth(service="D01", actual_minutes=480, booked_minutes=480, credit_per_day_minutes=900)
    assert long.credited_minutes == 360


def test_where_the_elder_pays_in_full_the_pool_pays_nothing() -> None:
    section = {**RULES.content["valuation"], "elder_pays": "full"}
    valuation = value(VISIT, rules_with(valuation=section), CALENDAR)
    # 60 x 1.25 x 1.10 x 1.20 = 99
    assert (valuation.earn_minutes, valuation.elder_minutes, valuation.pool_minutes) == (99, 99, 0)
    assert valuation.elder_pays == "full"


def test_a_group_session_shares_the_minutes_and_its_rounding_goes_to_the_pool() -> None:
    valuation = worth(service="B05", actual_minutes=60, booked_minutes=60, recipients=7)
    # 60 x 1.10 = 66; each of seven pays 66 / 7 = 9.43, up to 10: 70, of which 4 go to the pool.
    assert valuation.earn_minutes == 66
    assert valuation.elder_share_minutes == 10
    assert (valuation.elder_minutes, valuation.pool_minutes) == (70, -4)
    assert valuation.factors.p_percent == valuation.factors.r_percent == 100


def test_a_group_of_one_is_still_a_group() -> None:
    alone = worth(service="B05", group=True)
    assert (alone.earn_minutes, alone.elder_minutes, alone.pool_minutes) == (66, 66, 0)
    assert worth(service="B05").earn_minutes == 73


def test_minutes_long_after_the_booked_time_are_honour_minutes_only() -> None:
    booked = at("2026-03-10 09:00")
    until = latest_end(booked, 60, RULES)
    assert until == at("2026-03-10 11:30")
    # In at 9:00, away from 9:20 to 11:20, out at 12:00: 20 + 10 minutes begin before 11:30.
    valuation = worth(
        start=booked,
        actual_minutes=60,
        breaks=((at("2026-03-10 09:20"), at("2026-03-10 11:20")),),
        booked_start=booked,
    )
    assert valuation.creditable_minutes == 30
    late = worth(start=at("2026-03-10 11:25"), actual_minutes=60, booked_start=booked)
    assert late.creditable_minutes == 0


def test_a_valuation_names_the_rules_and_whether_the_calendar_was_published() -> None:
    known = worth()
    assert known.rule_set_version == "CN-TB-1"
    assert known.rule_set_hash == RULES.content_hash
    assert known.calendar_version == "2025.1+2026.1"
    assert known.calendar_published
    assert not worth(start=at("2027-03-10 09:00")).calendar_published
    assert not worth(start=at("2026-12-31 23:30")).calendar_published
    assert worth(start=at("2026-12-31 23:00")).calendar_published
    without = value(VISIT, RULES, Calendar([]))
    assert (without.calendar_version, without.calendar_published) == ("none", False)


def test_what_the_rules_do_not_know_is_refused() -> None:
    with pytest.raises(UnknownService):
        worth(service="Z99")
    with pytest.raises(UnknownLevel):
        worth(provider_level="P9")
    for grade in (-1, 5):
        with pytest.raises(UnknownGrade):
            worth(care_grade=grade)


def test_facts_that_make_no_sense_are_refused() -> None:
    with pytest.raises(NoTimeZone):
        visit(start=VISIT.start.replace(tzinfo=None))
    for name, given_ in (
        ("actual_minutes", -1),
        ("booked_minutes", 0),
        ("credited_today_minutes", -1),
        ("recipients", 0),
    ):
        with pytest.raises(TooSmall) as refused:
            visit(**{name: given_})
        assert refused.value.field == name
