"""What may be asked for, what a day and a store hold, what a thin reserve stops."""

from __future__ import annotations

import pytest

from services.rules.booking import spending_age
from services.rules.caps import (
    credit_left,
    reserved_at_acceptance,
    stars,
)
from services.rules.regional import regional_value
from services.rules.reserve import backed_percent, premium_stop
from tests.unit.rules.samples import RULES


@pytest.mark.parametrize(
    ("region", "age", "in_hardship"),
    [(None, 60, 60), (65, 65, 60), (99, 65, 60), (18, 60, 60)],
)
def test_from_which_age_one_is_served(region: int | None, age: int, in_hardship: int) -> None:
    settings = {} if region is None else {"spending_age_years": region}
    assert spending_age(RULES, settings) == age
    assert spending_age(RULES, settings, in_hardship=True) == in_hardship


def test_a_regions_number_is_kept_within_the_bounds() -> None:
    assert regional_value(RULES, "storage_minutes") == 90_000
    assert regional_value(RULES, "storage_minutes", 60_000) == 60_000
    assert regional_value(RULES, "storage_minutes", 1) == 36_000
    assert regional_value(RULES, "storage_minutes", 10**6) == 90_000


def test_what_a_day_has_left() -> None:
    assert credit_left(0, RULES) == 360
    assert credit_left(330, RULES) == 30
    assert credit_left(400, RULES) == 0
    assert credit_left(200, RULES, {"credited_per_day_minutes": 240}) == 40
    assert reserved_at_acceptance(60, 30) == 30
    assert reserved_at_acceptance(60, 90) == 60
    assert reserved_at_acceptance(60, -1) == 0


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(0, 0), (99, 0), (100, 1), (300, 2), (599, 2), (600, 3), (1000, 4), (1500, 5), (9000, 5)],
)
def test_stars(hours: int, expected: int) -> None:
    assert stars(hours * 60, RULES) == expected
    assert stars(hours * 60, RULES, clean=False) == 0
    assert stars(hours * 60 - 1, RULES) <= expected


@pytest.mark.parametrize(
    ("fund_yuan", "percent", "stop"),
    # 1,000 coins are out, at 20 yuan a coin: 20,000 yuan would back them all.
    [
        (20_000, 100, "none"),
        (3_000, 15, "none"),
        (2_999, 14, "pt"),
        (2_000, 10, "pt"),
        (1_999, 9, "ptr"),
        (0, 0, "ptr"),
    ],
)
def test_a_thin_reserve_stops_premiums_step_by_step(
    fund_yuan: int, percent: int, stop: str
) -> None:
    assert backed_percent(fund_yuan * 100, 60_000, RULES) == percent
    assert premium_stop(fund_yuan * 100, 60_000, RULES) == stop


def test_where_no_coins_are_out_nothing_stops() -> None:
    assert backed_percent(0, 0, RULES) is None
    assert premium_stop(0, 0, RULES) == "none"
