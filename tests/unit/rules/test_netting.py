"""Netting: nothing is lost on the way from pairs to payments, and no payment is too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.rules.netting import EXACT_UP_TO, Payment, Position, fewest_payments, nets_of

minutes = st.integers(-400, 400)
#: Small figures meet each other's opposites often, large ones hardly ever.
few = st.one_of(
    st.lists(st.integers(-4, 4), min_size=1, max_size=6),
    st.lists(minutes, min_size=1, max_size=6),
)


def closed(figures: list[int]) -> dict[str, int]:
    """Nets of as many regions and one more, which makes the sum zero."""
    return {f"b{place:02}": net for place, net in enumerate([*figures, -sum(figures)])}


def partitions(items: list[int]) -> Iterator[list[list[int]]]:
    """Every way of putting the items into groups."""
    if not items:
        yield []
        return
    for rest in partitions(items[1:]):
        yield [[items[0]], *rest]
        for place, group in enumerate(rest):
            yield [*rest[:place], [items[0], *group], *rest[place + 1 :]]


def fewest_by_trying(nets: dict[str, int]) -> int:
    """A group of k regions that sums to zero takes k - 1 payments: the best of all groupings."""
    wanted = [net for net in nets.values() if net]
    return min(
        sum(len(group) - 1 for group in groups)
        for groups in partitions(wanted)
        if all(sum(group) == 0 for group in groups)
    )


def evened_out(nets: dict[str, int], payments: tuple[Payment, ...]) -> set[int]:
    """What is left of every net when all have paid."""
    left = Counter(nets)
    for each in payments:
        left[each.from_book] -= each.minutes
        left[each.to_book] += each.minutes
    return set(left.values())


@given(few)
@settings(max_examples=60, deadline=None)
def test_payments_even_everything_out_and_none_is_too_many(figures: list[int]) -> None:
    nets = closed(figures)
    payments = fewest_payments(nets)
    assert evened_out(nets, payments) == {0}
    assert all(each.minutes > 0 and each.from_book != each.to_book for each in payments)
    assert len(payments) == fewest_by_trying(nets)


@given(st.lists(minutes, min_size=EXACT_UP_TO, max_size=EXACT_UP_TO + 20))
@settings(max_examples=30, deadline=None)
def test_many_regions_take_at_most_one_payment_less_than_they_are(figures: list[int]) -> None:
    nets = closed(figures)
    payments = fewest_payments(nets)
    assert evened_out(nets, payments) == {0}
    assert len(payments) <= max(0, sum(1 for net in nets.values() if net) - 1)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), minutes)))
def test_nets_sum_to_zero_whatever_the_pairs_are(pairs: list[tuple[str, str, int]]) -> None:
    nets = nets_of(Position(*pair) for pair in pairs)
    assert sum(nets.values()) == 0
    for book, net in nets.items():
        owes = sum(pair[2] for pair in pairs if pair[0] == book)
        owed = sum(pair[2] for pair in pairs if pair[1] == book)
        assert net == owes - owed


@given(few, st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_nets_changes_nothing(figures: list[int], random: object) -> None:
    nets = closed(figures)
    shuffled = list(nets.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fewest_payments(dict(shuffled)) == fewest_payments(nets)


def test_groups_that_cancel_out_are_found_where_taking_the_largest_misses_them() -> None:
    nets = {"a": 7, "b": 5, "c": -4, "d": -4, "e": -3, "f": -1}
    # 7 = 4 + 3 and 5 = 4 + 1: four payments. 7 and then 5 against the largest would take five.
    assert len(fewest_payments(nets)) == 4
    assert fewest_payments({"a": 5, "b": -5, "c": 0}) == (Payment("a", "b", 5),)


def test_nets_that_do_not_cancel_out_are_refused() -> None:
    with pytest.raises(ValueError, match="sum to zero"):
        fewest_payments({"a": 5, "b": -4})
