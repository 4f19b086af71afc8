"""Two per cent, and how many samples it takes to say so."""

from __future__ import annotations

import pytest

from services.rules.sampling import Judged, Sampled, joined, judge

TERMS = {"percent": 2, "sample": 50, "most_months": 12, "failures": 2}


def months(*figures: tuple[int, int]) -> list[Sampled]:
    return [Sampled(f"2026-{place:02d}", *each) for place, each in enumerate(figures, 1)]


@pytest.mark.parametrize(
    ("figures", "asked", "failed", "is_over"),
    [
        # Exactly two per cent is not over two per cent.
        ([(100, 2)], 100, 2, False),
        ([(100, 3)], 100, 3, True),
        # One elder's memory decides nothing, be it one of ten.
        ([(10, 1)], 10, 1, False),
        ([(10, 2)], 10, 2, True),
        # A small month takes those before it along, as far as fifty.
        ([(40, 0), (30, 0), (30, 2)], 60, 2, True),
        ([(90, 0), (30, 2)], 120, 2, False),
        # A large month stands alone: old failures are not counted again and again.
        ([(50, 5), (60, 1)], 60, 1, False),
    ],
)
def test_what_is_over_the_limit(
    figures: list[tuple[int, int]], asked: int, failed: int, is_over: bool
) -> None:
    found = judge(months(*figures), **TERMS)
    assert found is not None
    assert (found.asked, found.failed, found.is_over) == (asked, failed, is_over)


def test_no_month_older_than_a_year_is_counted() -> None:
    old = [Sampled("2025-03", 10, 2), Sampled("2025-04", 5, 0), Sampled("2026-03", 10, 1)]
    assert judge(old, **TERMS) == Judged("2025-04", "2026-03", 15, 1, False)


def test_nobody_asked_is_no_figure() -> None:
    assert judge([Sampled("2026-03", 0, 0)], **TERMS) is None


def test_small_months_are_joined_and_a_rest_is_not_told() -> None:
    counts = [("2026-01", 3), ("2026-02", 0), ("2026-03", 2), ("2026-04", 9), ("2026-05", 4)]
    assert joined(counts, 5) == [("2026-01", "2026-03"), ("2026-04", "2026-04")]
