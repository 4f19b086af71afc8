"""What may be asked for, what a day and a store hold, what a thin reserve stops."""

from __future__ import annotations

import pytest

from services.rules.booking import RequestFacts, request_refusals, spending_age
from services.rules.caps import (
    credit_left,
    into_storage,
    reserved_at_acceptance,
    stars,
    storage_ceiling,
)
from services.rules.regional import regional_value
from services.rules.reserve import backed_percent, premium_stop
from tests.unit.rules.samples import RULES


@pytest.mark.parametrize(
    ("service", "minutes", "codes"),
    [
        ("A04", 29, ["booked_outside"]),
        ("A04", 30, []),
        ("A04", 180, []),
        ("A04", 181, ["booked_outside"]),
        ("D03", 15, []),
        ("D01", 480, []),
    ],
)
def test_a_booking_keeps_to_the_lengths_of_its_line(
    service: str, minutes: int, codes: list[str]
) -> None:
    facts = RequestFacts(service=service, booked_minutes=minutes, age_years=80)
    found = request_refusals(facts, RULES)
    assert [each.code for each in found] == codes
    assert all("陪聊" in each.message for each in found)


@pytest.mark.parametrize(
    ("age", "region", "hardship", "decided", "allowed"),
    [
        (59, None, False, False, False),
        (60, None, False, False, True),
        (59, None, False, True, True),
        (64, 65, False, False, False),
        (65, 65, False, False, True),
        (60, 65, True, False, True),
        (59, 65, True, False, False),
        (60, 99, False, False, False),
        (65, 99, False, False, True),
        (59, 18, False, False, False),
    ],
)
def test_who_may_be_served(
    age: int, region: int | None, hardship: bool, decided: bool, allowed: bool
) -> None:
    settings = {} if region is None else {"spending_age_years": region}
    facts = RequestFacts(
        service="A04",
        booked_minutes=60,
        age_years=age,
        in_hardship=hardship,
        decided_under_age=decided,
    )
    codes = [each.code for each in request_refusals(facts, RULES, settings)]
    assert codes == ([] if allowed else ["below_spending_age"])
    assert spending_age(RULES, settings, in_hardship=True) == 60


def test_only_some_services_are_given_from_afar() -> None:
    near = RequestFacts(service="C01", booked_minutes=60, age_years=80, remote=True)
    assert [each.code for each in request_refusals(near, RULES)] == ["not_remote"]
    far = RequestFacts(service="A01", booked_minutes=60, age_years=80, remote=True)
    assert request_refusals(far, RULES) == ()


def test_a_regions_number_is_kept_within_the_bounds() -> None:
    assert regional_value(RULES, "storage_minutes") == 90_000
    assert regional_value(RULES, "storage_minutes", 60_000) == 60_000
    assert regional_value(RULES, "storage_minutes", 1) == 36_000
    assert regional_value(RULES, "storage_minutes", 10**6) == 90_000
    assert storage_ceiling(RULES, {"storage_minutes": 60_000}) == 60_000


def test_what_a_day_has_left() -> None:
    assert credit_left(0, RULES) == 360
    assert credit_left(330, RULES) == 30
    assert credit_left(400, RULES) == 0
    assert credit_left(200, RULES, {"credited_per_day_minutes": 240}) == 40
    assert reserved_at_acceptance(60, 30) == 30
    assert reserved_at_acceptance(60, 90) == 60
    assert reserved_at_acceptance(60, -1) == 0


@pytest.mark.parametrize(
    ("balance", "earn", "kept", "overflow"),
    [(0, 60, 60, 0), (89_970, 60, 30, 30), (90_000, 60, 0, 60), (95_000, 60, 0, 60)],
)
def test_a_full_store_lets_the_rest_flow_on(
    balance: int, earn: int, kept: int, overflow: int
) -> None:
    assert into_storage(balance, earn, 90_000) == (kept, overflow)


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
