"""Tiers of welfare visits, months, and the way of a team."""

from __future__ import annotations

from datetime import date

import pytest

from services.rules.rounds import Point, route
from services.rules.welfare import (
    ORDER,
    VISITS_A_MONTH,
    Circumstances,
    days_left,
    facts_of,
    higher,
    is_warning_time,
    month_of,
    tier_of,
)


@pytest.mark.parametrize(
    ("known", "tier"),
    [
        (Circumstances(70), None),
        (Circumstances(95), None),
        (Circumstances(70, grade=1), None),
        (Circumstances(62, lives_alone=True), "low"),
        (Circumstances(70, grade=2), "low"),
        (Circumstances(70, in_hardship=True), "low"),
        (Circumstances(79, lives_alone=True), "low"),
        (Circumstances(80, lives_alone=True), "middle"),
        (Circumstances(70, grade=3), "middle"),
        (Circumstances(55, severely_disabled=True), "middle"),
        (Circumstances(70, grade=2, in_hardship=True), "middle"),
        (Circumstances(70, lives_alone=True, in_hardship=True), "middle"),
        (Circumstances(70, grade=2, lives_alone=True), "high"),
        (Circumstances(70, grade=4, in_hardship=True), "high"),
        (Circumstances(80, lives_alone=True, in_hardship=True), "high"),
        (Circumstances(55, lives_alone=True, severely_disabled=True), "high"),
    ],
)
def test_the_tier_follows_from_the_facts(known: Circumstances, tier: str | None) -> None:
    assert tier_of(facts_of(known)) == tier


def test_everybody_on_the_list_is_seen_each_month_and_the_higher_the_oftener() -> None:
    often = [VISITS_A_MONTH[tier] for tier in ORDER]
    assert min(often) >= 1
    assert often == sorted(often, reverse=True)


@pytest.mark.parametrize(
    ("tier", "raised", "result"),
    [
        (None, None, None),
        ("low", None, "low"),
        (None, "middle", "middle"),
        ("low", "high", "high"),
        ("high", "low", "high"),
    ],
)
def test_a_clerk_only_raises(tier: str | None, raised: str | None, result: str | None) -> None:
    assert higher(tier, raised) == result


def test_months_end_where_the_calendar_ends_them() -> None:
    assert month_of(date(2026, 2, 28)) == (date(2026, 2, 1), date(2026, 3, 1))
    assert month_of(date(2026, 12, 31)) == (date(2026, 12, 1), date(2027, 1, 1))
    assert days_left(date(2028, 2, 29)) == 1


def test_the_last_ten_days_are_warned_of() -> None:
    assert not is_warning_time(date(2026, 3, 21))
    assert is_warning_time(date(2026, 3, 22))
    assert is_warning_time(date(2026, 2, 19))


def test_the_way_goes_to_the_nearest_next() -> None:
    branch = Point("branch", 28_000_000, 120_600_000)
    stops = [
        Point("far", 28_050_000, 120_600_000),
        Point("nowhere", None, None),
        Point("near", 28_010_000, 120_600_000),
        Point("middle", 28_030_000, 120_600_000),
    ]
    assert route(branch, stops) == ["near", "middle", "far", "nowhere"]
    assert route(None, stops)[0] == "far"
    assert route(branch, []) == []


def test_meridians_stand_nearer_in_the_north() -> None:
    """At 60 degrees a degree of longitude is half one of latitude."""
    start = Point("start", 60_000_000, 100_000_000)
    east = Point("east", 60_000_000, 101_500_000)
    north = Point("north", 61_000_000, 100_000_000)
    assert route(start, [north, east]) == ["east", "north"]
