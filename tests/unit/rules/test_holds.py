"""What is set aside beforehand: enough in every case, and not much more than that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.rules.valuation import (
    ElderHold,
    VisitFacts,
    elder_hold,
    elder_share,
    largest_pool_share,
    settle,
    value,
)
from tests.unit.rules.reference import LENGTHS
from tests.unit.rules.samples import CALENDAR, RULES, at, rules_with

FULL = rules_with(valuation={**RULES.content["valuation"], "elder_pays": "full"})


@st.composite
def acceptances(draw: st.DrawFn) -> dict[str, Any]:
    service = draw(st.sampled_from(sorted(LENGTHS)))
    day = draw(st.sampled_from(["2026-03-10", "2026-02-15", "2026-02-19", "2026-05-02"]))
    booked = draw(st.integers(*LENGTHS[service]))
    return {
        "service": service,
        "booked_start": at(f"{day} 00:00") + timedelta(minutes=draw(st.integers(0, 1439))),
        "booked_minutes": booked,
        "provider_level": draw(st.sampled_from(["P0", "P1", "P2", "P3", "P4"])),
        "certificate_relevant": draw(st.booleans()),
        "care_grade": draw(st.integers(0, 4)),
        "credit_left_minutes": draw(st.sampled_from([360, 90, 37, 5, 0])),
        "elder_hold_minutes": draw(st.sampled_from([0, 20, 60, 10_000])),
    }


def _pool_share(accepted: dict[str, Any], **served: Any) -> int:
    facts = VisitFacts(
        service=accepted["service"],
        booked_minutes=accepted["booked_minutes"],
        provider_level=accepted["provider_level"],
        certificate_relevant=accepted["certificate_relevant"],
        care_grade=accepted["care_grade"],
        credited_today_minutes=360 - accepted["credit_left_minutes"],
        booked_start=accepted["booked_start"],
        **served,
    )
    valuation = value(facts, RULES, CALENDAR)
    return settle(valuation, accepted["elder_hold_minutes"]).pool_minutes


@given(acceptances(), st.data())
def test_no_visit_costs_the_pool_more_than_was_held(
    accepted: dict[str, Any], data: st.DataObject
) -> None:
    held = largest_pool_share(**accepted, rules=RULES, calendar=CALENDAR)
    for _ in range(10):
        start = accepted["booked_start"] + timedelta(minutes=data.draw(st.integers(0, 60)))
        breaks: tuple[tuple[datetime, datetime], ...] = ()
        if data.draw(st.booleans()):
            begin = start + timedelta(minutes=data.draw(st.integers(0, 120)))
            breaks = ((begin, begin + timedelta(minutes=data.draw(st.integers(0, 120)))),)
        served = data.draw(st.integers(0, accepted["booked_minutes"] + 60))
        share = _pool_share(accepted, start=start, actual_minutes=served, breaks=breaks)
        assert share <= held


@settings(max_examples=25)
@given(acceptances())
@example(
    {
        # Three of the five minutes that the day has left would round worse than all five.
        "service": "B01",
        "booked_start": at("2026-03-10 00:00"),
        "booked_minutes": 30,
        "provider_level": "P2",
        "certificate_relevant": True,
        "care_grade": 0,
        "credit_left_minutes": 5,
        "elder_hold_minutes": 20,
    }
)
def test_where_t_does_not_change_the_figure_is_exact(accepted: dict[str, Any]) -> None:
    # A window within the morning and noon of a working day: T is 1 throughout.
    accepted["booked_start"] = at("2026-03-10 08:00")
    accepted["booked_minutes"] = min(accepted["booked_minutes"], 240)
    held = largest_pool_share(**accepted, rules=RULES, calendar=CALENDAR)
    shares = [
        _pool_share(accepted, start=accepted["booked_start"], actual_minutes=minutes)
        for minutes in range(accepted["booked_minutes"] + 31)
    ]
    # A day with less than ten minutes left credits those of a longer visit.
    assert held == max(shares)


@settings(max_examples=25)
@given(acceptances())
def test_elsewhere_it_is_within_a_minute_of_the_dearest_visit(accepted: dict[str, Any]) -> None:
    # T rises once, at ten in the evening: no break can do better than coming late.
    accepted["booked_start"] = at("2026-03-10 21:30")
    accepted["booked_minutes"] = min(accepted["booked_minutes"], 120)
    held = largest_pool_share(**accepted, rules=RULES, calendar=CALENDAR)
    dearest = max(
        _pool_share(
            accepted,
            start=accepted["booked_start"] + timedelta(minutes=late),
            actual_minutes=minutes,
        )
        for late in (0, 20, 30, 45, 60)
        for minutes in range(accepted["booked_minutes"] + 31)
    )
    assert dearest <= held <= dearest + 1


def test_the_worked_figure_of_a_saturday_cleaning() -> None:
    # 150 minutes x 1.10 x 1.65 = 272.25; the elder's 150 x 1.10 x 1.25 = 206.25 are held.
    accepted = {
        "service": "C01",
        "booked_start": at("2026-03-07 09:00"),
        "booked_minutes": 120,
        "provider_level": "P2",
        "certificate_relevant": True,
        "care_grade": 2,
        "elder_hold_minutes": 206,
        "rules": RULES,
        "calendar": CALENDAR,
    }
    assert largest_pool_share(**accepted) == 66
    # With only the booked minutes' 165 held, the pool also stands in for the rest.
    assert largest_pool_share(**accepted | {"elder_hold_minutes": 165}) == 107
    assert largest_pool_share(**accepted | {"elder_hold_minutes": 0}) == 272
    # 60 minutes left: 60 x 1.10 x 1.65 = 108.9, elder 82.5.
    assert largest_pool_share(**accepted | {"credit_left_minutes": 60}) == 26
    assert largest_pool_share(**accepted | {"provider_level": "P0"}) == 0
    # Premiums of P and T stopped. 150 minutes: 225 - [187.5] = 37, but 149: [223.5] - [186.25].
    assert largest_pool_share(**accepted | {"premium_stop": "pt"}) == 224 - 186


def test_a_late_start_may_be_dearer_and_is_held() -> None:
    accepted = {
        "service": "E02",
        "booked_start": at("2026-03-10 21:00"),
        "booked_minutes": 30,
        "provider_level": "P3",
        "certificate_relevant": True,
        "care_grade": 4,
        # 60 minutes from 21:00 are 60 x 1.10 x 2 = 132.
        "elder_hold_minutes": 132,
        "rules": RULES,
        "calendar": CALENDAR,
    }
    # From 22:00: 60 x 1.50 x 3 = 270, of which the elder pays no more than 132.
    assert largest_pool_share(**accepted) == 270 - 132


def test_where_the_elder_pays_in_full_the_pool_only_covers_a_short_hold() -> None:
    accepted = {
        "service": "C01",
        "booked_start": at("2026-03-10 09:00"),
        "booked_minutes": 60,
        "provider_level": "P2",
        "certificate_relevant": True,
        "care_grade": 2,
        "rules": FULL,
        "calendar": CALENDAR,
    }
    # 90 x 1.65 = 148.5, up to 149.
    assert largest_pool_share(**accepted, elder_hold_minutes=149) == 0
    assert largest_pool_share(**accepted, elder_hold_minutes=100) == 49
    # An hour later than seven, all of it is evening: 90 x 1.10 x 1.65 = 163.35.
    evening = accepted | {"booked_start": at("2026-03-10 19:00")}
    assert largest_pool_share(**evening, elder_hold_minutes=149) == 163 - 149


@pytest.mark.parametrize(
    ("service", "start", "minutes", "share"),
    [
        ("C01", "2026-03-10 09:00", 60, 75),
        ("C01", "2026-03-07 09:00", 120, 165),
        ("A04", "2026-03-10 21:30", 60, 78),
        ("D01", "2026-03-10 08:00", 480, 540),
        ("A04", "2026-03-10 09:00", 9, 0),
    ],
)
def test_an_elders_share(service: str, start: str, minutes: int, share: int) -> None:
    assert elder_share(service, at(start), minutes, RULES, CALENDAR) == share


def test_an_elders_hold_counts_the_overrun_on_top() -> None:
    assert elder_hold("C01", at("2026-03-10 09:00"), 60, RULES, CALENDAR) == ElderHold(75, 113)
    # A day credits 360 minutes to one provider: an eight-hour escort has no dearer overrun.
    long = elder_hold("D01", at("2026-03-10 08:00"), 480, RULES, CALENDAR)
    assert long == ElderHold(540, 540)


@given(acceptances(), st.integers(0, 200))
def test_the_hold_of_the_booked_minutes_covers_every_visit_that_begins_on_time(
    accepted: dict[str, Any], served: int
) -> None:
    start, booked = accepted["booked_start"], accepted["booked_minutes"]
    hold = elder_hold(accepted["service"], start, booked, RULES, CALENDAR)
    facts = VisitFacts(
        service=accepted["service"],
        start=start,
        actual_minutes=served,
        booked_minutes=booked,
        provider_level=accepted["provider_level"],
        certificate_relevant=accepted["certificate_relevant"],
        care_grade=accepted["care_grade"],
        credited_today_minutes=0,
    )
    share = value(facts, RULES, CALENDAR).elder_share_minutes
    assert share <= (hold.must_minutes if served <= booked else hold.most_minutes)


def test_in_full_the_hold_is_that_of_the_best_provider_who_may_come() -> None:
    start = at("2026-03-10 09:00")
    # P4 with a recognised certificate, grade 2: 60 x 1.25 x 1.40 x 1.20 = 126.
    assert elder_share("C01", start, 60, FULL, CALENDAR, care_grade=2) == 126
    # Grade unknown: 1.25 x 1.40 x 1.50 = 2.625.
    assert elder_share("C01", start, 60, FULL, CALENDAR) == 158
