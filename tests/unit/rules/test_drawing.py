"""The draw by hand: weeks, shares, and the same positions from the same seed for ever."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pytest

from services.rules.drawing import (
    days_of,
    drawn_positions,
    last_ended,
    list_hash,
    period_of,
    sample_size,
    seed_of,
)

SEED = "5f" * 32


def test_a_week_belongs_to_the_year_of_its_thursday() -> None:
    assert period_of(date(2027, 1, 3)) == "2026-W53"
    assert days_of("2026-W53") == (date(2026, 12, 28), date(2027, 1, 3))
    assert last_ended(date(2027, 1, 4)) == "2026-W53"


@pytest.mark.parametrize(("size", "count"), [(0, 0), (1, 1), (10, 1), (11, 2), (1000, 100)])
def test_the_share_is_rounded_up(size: int, count: int) -> None:
    assert sample_size(size, 10) == count


def test_who_is_drawn_can_be_repeated_with_nothing_but_sha_256() -> None:
    ranks = {
        position: hashlib.sha256(bytes.fromhex(SEED) + position.to_bytes(8, "big")).hexdigest()
        for position in range(40)
    }
    by_hand = sorted(sorted(ranks, key=ranks.__getitem__)[:4])
    assert list(drawn_positions(SEED, 40, 4)) == by_hand


def test_every_place_of_a_list_is_drawn_about_as_often() -> None:
    hits = [0] * 20
    for number in range(1500):
        seed = hashlib.sha256(number.to_bytes(4, "big")).hexdigest()
        for position in drawn_positions(seed, 20, 2):
            hits[position] += 1
    assert sum(hits) == 3000
    assert min(hits) > 110
    assert max(hits) < 190


def test_the_hashes_are_over_canonical_json() -> None:
    first, last = date(2026, 3, 9), date(2026, 3, 15)
    text = json.dumps(
        {
            "book": "330303000000",
            "first_day": "2026-03-09",
            "kind": "timebank-callback-list",
            "last_day": "2026-03-15",
            "period": "2026-W11",
            "version": 1,
            "visits": ["aa", "bb"],
        },
        separators=(",", ":"),
    )
    closed = list_hash("330303000000", "2026-W11", first, last, ["aa", "bb"])
    assert closed == hashlib.sha256(text.encode()).hexdigest()
    signed = [("02", "bb"), ("01", "aa")]
    assert seed_of(closed, last, signed) == seed_of(closed, last, reversed(signed))
    assert seed_of(closed, last, signed) != seed_of(closed, first, signed)
