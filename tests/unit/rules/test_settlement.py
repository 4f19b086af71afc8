"""Who pays: the elder's hold, two providers, a group."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.formula import OutOfRange
from services.rules.valuation import (
    Valuation,
    VisitFacts,
    settle,
    settle_group,
    settle_pair,
    value,
)
from tests.unit.rules.samples import CALENDAR, RULES, visits, worth


def _paid(*valuations: Valuation) -> list[tuple[int, int, int]]:
    return [(v.earn_minutes, v.elder_minutes, v.pool_minutes) for v in valuations]


def test_an_elder_pays_the_share_when_enough_is_held() -> None:
    # 60 x 1.25 x 1.10 x 1.20 = 99, elder 75
    settled = settle(worth(), 75)
    assert _paid(settled) == [(99, 75, 24)]
    assert (settled.settled, settled.elder_hold_minutes) == ("formula", 75)


def test_an_elder_never_pays_above_the_hold_and_the_pool_covers_the_rest() -> None:
    settled = settle(worth(), 40)
    assert _paid(settled) == [(99, 40, 59)]
    assert settled.settled == "hold"
    assert settled.elder_share_minutes == 75
    assert _paid(settle(worth(), 0)) == [(99, 0, 99)]


def test_of_two_the_larger_share_is_paid_once() -> None:
    short, long = worth(actual_minutes=40), worth(actual_minutes=60)
    # 40 x 1.65 = 66
    assert _paid(*settle_pair(short, long, 500)) == [(66, 0, 66), (99, 75, 24)]
    assert _paid(*settle_pair(long, short, 500)) == [(99, 75, 24), (66, 0, 66)]


def test_on_a_tie_the_later_acceptance_is_stored_with_elder_nothing() -> None:
    earlier, later = settle_pair(worth(), worth(provider_level="P1"), 500)
    # The second one earns 60 x 1.25 x 1.20 = 90; both shares are 75.
    assert _paid(earlier, later) == [(99, 75, 24), (90, 0, 90)]
    assert (earlier.settled, later.settled) == ("formula", "pair")


def test_of_two_the_hold_still_limits_the_elder() -> None:
    assert _paid(*settle_pair(worth(actual_minutes=40), worth(), 30)) == [(66, 0, 66), (99, 30, 69)]


@given(visits(), visits(), st.integers(0, 600))
def test_a_pair_is_paid_in_full_and_by_the_elder_once(
    one: VisitFacts, other: VisitFacts, hold: int
) -> None:
    before = [value(facts, RULES, CALENDAR) for facts in (one, other)]
    after = settle_pair(before[0], before[1], hold)
    assert [v.earn_minutes for v in after] == [v.earn_minutes for v in before]
    assert all(v.elder_minutes + v.pool_minutes == v.earn_minutes for v in after)
    assert sorted(v.elder_minutes for v in after) == [
        0,
        min(hold, max(v.elder_share_minutes for v in before)),
    ]
    assert [Valuation.from_dict(v.to_dict()) for v in after] == list(after)


def test_the_pool_bears_those_who_stayed_away() -> None:
    session = worth(service="B05", recipients=7)
    assert _paid(settle_group(session, 7)) == [(66, 70, -4)]
    assert _paid(settle_group(session, 5)) == [(66, 50, 16)]
    with pytest.raises(OutOfRange):
        settle_group(session, 8)
