"""What a rating counts: few count little, many count fully, and never more than their share."""

from __future__ import annotations

from services.rules.ratings import (
    LIKED_EXPECTED,
    SCORES,
    liked_permille,
    milli_of,
    reliable_permille,
    terms,
)


def test_the_published_marks_go_down_from_good_to_not_good() -> None:
    assert [milli_of(score) for score in SCORES] == [1_000, 600, 0]
    assert list(terms().names) == list(SCORES)


def test_without_ratings_reliability_is_what_it_was() -> None:
    assert liked_permille(0, 0) == LIKED_EXPECTED
    assert [reliable_permille(kept, LIKED_EXPECTED) for kept in (0, 666, 1_000)] == [0, 666, 1_000]


def test_one_rating_counts_little_and_many_count_fully() -> None:
    assert liked_permille(0, 1) == 750
    assert liked_permille(1_000, 1) == 916
    assert liked_permille(0, 45) == 90
    assert liked_permille(95_000, 95) == 995


def test_a_rating_moves_reliability_by_three_tenths_at_most() -> None:
    assert reliable_permille(666, 750) == 621
    assert reliable_permille(666, 0) == 396
    assert reliable_permille(990, 1_000) == 1_000
    assert reliable_permille(100, 0) == 0


def test_more_good_ratings_never_make_it_worse() -> None:
    means = [liked_permille(1_000 * good, good) for good in range(40)]
    assert means == sorted(means)
    assert all(one < 1_000 for one in means)
