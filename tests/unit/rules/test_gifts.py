"""Gifts: how much fits, what a year leaves, and when an inheritance begins to count."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.gifts import (
    GUARD_QUESTIONS,
    counts_against_cap,
    fitting_minutes,
    guard_passes,
    left_minutes,
)

MINUTES = st.integers(0, 200_000)


@given(MINUTES, MINUTES, MINUTES)
def test_what_fits_never_passes_the_cap_nor_the_gift(amount: int, stored: int, cap: int) -> None:
    fits = fitting_minutes(amount, stored, cap)
    assert 0 <= fits <= amount
    assert stored + fits <= max(cap, stored)
    assert fits == amount or stored + fits >= cap


@given(MINUTES, MINUTES)
def test_a_year_never_leaves_less_than_nothing(limit: int, used: int) -> None:
    assert left_minutes(limit, used) == max(0, limit - used)


def test_only_one_way_of_answering_passes() -> None:
    ways = [
        dict(zip(GUARD_QUESTIONS, answers, strict=True))
        for answers in product((True, False), repeat=len(GUARD_QUESTIONS))
    ]
    assert [way for way in ways if guard_passes(way)] == [dict(GUARD_QUESTIONS)]
    assert not guard_passes({})


@pytest.mark.parametrize(
    ("inherited", "first"),
    [
        (date(2026, 3, 10), date(2031, 3, 10)),
        (date(2024, 2, 29), date(2029, 3, 1)),
        (date(2023, 2, 28), date(2028, 2, 28)),
    ],
)
def test_an_inheritance_counts_after_five_years(inherited: date, first: date) -> None:
    assert not counts_against_cap(inherited, first - timedelta(days=1), 5)
    assert counts_against_cap(inherited, first, 5)
