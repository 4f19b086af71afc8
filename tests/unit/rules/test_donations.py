"""Whom a fund serves, and whose minutes went where: the n-th minute drawn is the n-th given."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.donations import BRANCHES, ElderFacts, Flow, fits, uses

BRANCH = UUID(int=7)
ALONE = ElderFacts(82, 2, False, True, False, BRANCH)


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"age_from": 80, "lives_alone": True}, True),
        ({"age_from": 82, "grade_from": 2}, True),
        ({"age_from": 83}, False),
        ({"grade_from": 3}, False),
        ({"lives_alone": True, "in_hardship": True}, False),
        ({"special_family": True}, False),
        ({BRANCHES: [str(BRANCH)]}, True),
        ({BRANCHES: [str(UUID(int=8))], "lives_alone": True}, False),
        # What says nothing, or what nobody understands, is no licence for everybody.
        ({}, False),
        ({"age_from": 60, "shoe_size": 38}, False),
    ],
    ids=str,
)
def test_all_that_is_named_must_hold(criteria: dict[str, Any], expected: bool) -> None:
    assert fits(ALONE, criteria) is expected


MINUTES = st.lists(st.integers(1, 500), max_size=12)


def _flows(amounts: list[int], first: int) -> list[Flow]:
    return [Flow(UUID(int=first + place), minutes) for place, minutes in enumerate(amounts)]


def _minute_by_minute(flows: list[Flow]) -> list[UUID]:
    return [each.key for each in flows for _ in range(each.minutes)]


@given(MINUTES, MINUTES)
def test_what_was_given_first_is_used_first(donated: list[int], drawn: list[int]) -> None:
    donations, draws = _flows(donated, 0), _flows(drawn, 1_000)
    found = list(uses(donations, draws))
    told = [(use.donation, use.draw) for use in found for _ in range(use.minutes)]
    plain = zip(_minute_by_minute(donations), _minute_by_minute(draws), strict=False)
    assert told == list(plain)
    # Each pair once, and nothing empty: a donor reads one line for one service.
    assert len({(use.donation, use.draw) for use in found}) == len(found)
    assert all(use.minutes > 0 for use in found)
