"""Waves, hours and caps as pure functions, at their edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import product
from math import prod

import pytest

from services.rules import asking as rules

#: Tuesday, 10 March 2026, midnight in China.
DAY = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
FAR = DAY + timedelta(days=9)


def clock(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


@pytest.mark.parametrize("needed", [1, 2, 3])
@pytest.mark.parametrize("chances", [(), (300,), (300, 700), (20, 950, 500, 333), (0, 1000)])
def test_the_chance_is_that_of_all_outcomes_counted_out(
    chances: tuple[int, ...], needed: int
) -> None:
    whole = sum(
        prod(Fraction(p if yes else 1000 - p, 1000) for p, yes in zip(chances, said, strict=True))
        for said in product((True, False), repeat=len(chances))
        if sum(said) >= needed
    )
    assert abs(rules.chance_permille(chances, needed) - whole * 1000) <= 1


@pytest.mark.parametrize(
    ("left", "target"),
    [(0, 900), (360, 900), (361, 800), (1440, 800), (1441, 700), (2880, 700), (2881, 600)],
)
def test_the_target_rises_when_the_visit_is_near(left: int, target: int) -> None:
    assert rules.target_permille(left) == target


def test_a_wave_is_the_smallest_that_reaches_the_target() -> None:
    for left in (100, 1_000, 2_000, 9_000):
        for chances in ([300] * 30, [50] * 30, [900, 100], [500, 400, 300, 200]):
            size = rules.wave_size(chances, left, most=30)
            target = rules.target_permille(left)
            if size < len(chances):
                assert rules.chance_permille(chances[:size]) >= target
            assert rules.chance_permille(chances[: size - 1]) < target


def test_a_wave_has_its_bounds() -> None:
    assert rules.wave_size([], 9_000) == 0
    assert rules.wave_size([1] * 50, 9_000) == rules.MOST_A_WAVE
    assert rules.wave_size([990] * 9, 9_000, 2) == 2


def test_offers_that_are_out_count_for_half() -> None:
    assert rules.wave_size([300] * 9, 9_000) == 3
    assert rules.wave_size([300] * 9, 9_000, out=[300, 300]) == 2
    assert rules.wave_size([300] * 9, 9_000, out=[900, 900]) == 0


@pytest.mark.parametrize(
    ("left", "gap"), [(0, 10), (119, 10), (132, 11), (1440, 120), (2880, 240), (99_999, 240)]
)
def test_gaps_follow_the_time_left(left: int, gap: int) -> None:
    assert rules.gap_minutes(left) == gap


@pytest.mark.parametrize("regular", [False, True])
@pytest.mark.parametrize("left", [0, 5, 60, 600, 6_000, 60_000])
def test_an_offer_never_outlasts_the_start(left: int, regular: bool) -> None:
    found = rules.open_minutes(left, regular=regular)
    assert min(left, rules.GAP_LEAST) <= found <= left


@pytest.mark.parametrize(
    ("asked", "allowed", "left"), [(0, 2, 2), (2, 2, 0), (5, 2, 0), (0, 9, 3), (2, 9, 1), (0, 0, 0)]
)
def test_asks_of_a_day(asked: int, allowed: int, left: int) -> None:
    assert rules.asks_left(asked, allowed) == left


@pytest.mark.parametrize(
    ("hour", "quiet"),
    [(0, True), (7.99, True), (8, False), (12, False), (20.99, False), (21, True), (23.5, True)],
)
def test_quiet_hours_pass_midnight(hour: float, quiet: bool) -> None:
    assert rules.is_quiet(clock(hour)) is quiet
    assert rules.may_ask_now(clock(hour), FAR) is not quiet


@pytest.mark.parametrize(
    ("hour", "first"), [(7, 8), (8, 8), (20.5, 20.5), (21, 32), (23.9, 32), (24, 32), (31.9, 32)]
)
def test_the_next_moment_to_ask(hour: float, first: float) -> None:
    assert rules.next_asking(clock(hour), FAR) == clock(first)


@pytest.mark.parametrize(
    ("hour", "start", "first"),
    [
        (22, 33.75, 22),  # a quarter to ten: from eight on there would be less than two hours
        (22, 34, 32),  # ten: the morning is early enough
        (23.5, 33, 30),  # in the night nobody is asked, from six on
        (30, 33, 30),
        (7, 9, 7),
    ],
)
def test_short_notice_does_not_wait_for_the_morning(
    hour: float, start: float, first: float
) -> None:
    assert rules.next_asking(clock(hour), clock(start)) == clock(first)


def test_days_are_counted_from_local_midnight() -> None:
    assert rules.day_began(clock(0)) == DAY
    assert rules.day_began(clock(23.9)) == DAY
    assert rules.next_day(clock(23.9)) == clock(32)


@pytest.mark.parametrize(
    ("since", "chance"), [(None, 400), (0, 0), (rules.REST_MINUTES // 2, 200), (9_999, 400)]
)
def test_rest_brings_the_chance_back(since: int | None, chance: int) -> None:
    assert rules.rested_permille(400, since) == chance
    assert rules.is_rested(since) is (chance == 400)


CALM = {
    "care_grade": 1,
    "people_needed": 1,
    "lives_alone": False,
    "first_visit": False,
    "risk_tier": 0,
}


@pytest.mark.parametrize(
    ("facts", "fragile"),
    [
        ({}, False),
        ({"care_grade": 3}, True),
        ({"people_needed": 2}, True),
        ({"risk_tier": 3}, True),
        ({"lives_alone": True}, False),
        ({"first_visit": True}, False),
        ({"lives_alone": True, "first_visit": True}, True),
    ],
)
def test_who_gets_standbys(facts: dict[str, int], fragile: bool) -> None:
    assert rules.is_fragile(**{**CALM, **facts}) is fragile  # type: ignore[arg-type]
