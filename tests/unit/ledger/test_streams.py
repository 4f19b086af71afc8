"""Streams side by side: every key once, nothing lost, nothing read ahead that is not needed."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from services.ledger.breaches import Tally
from services.ledger.streams import grouped, side_by_side

sorted_keys = st.sets(st.integers(0, 30)).map(sorted)


@given(sorted_keys, sorted_keys, sorted_keys)
def test_every_key_comes_once_and_in_order(a: list[int], b: list[int], c: list[int]) -> None:
    walked = list(side_by_side(*(((key, str(key)) for key in keys) for keys in (a, b, c))))
    assert [key for key, _ in walked] == sorted({*a, *b, *c})
    for key, items in walked:
        assert items == tuple(str(key) if key in keys else None for keys in (a, b, c))


@given(st.lists(st.integers(0, 9)).map(sorted), sorted_keys)
def test_runs_stay_whole(rows: list[int], others: list[int]) -> None:
    walked = {
        key: list(run or ())
        for key, (run, _) in side_by_side(
            grouped(iter(rows), lambda row: row), ((key, key) for key in others)
        )
    }
    assert walked == {key: [row for row in rows if row == key] for key in {*rows, *others}}


def test_no_more_than_one_item_of_a_stream_is_read_ahead() -> None:
    read: list[int] = []

    def numbers() -> Iterator[tuple[int, int]]:
        for number in range(100):
            read.append(number)
            yield number, number

    walk = side_by_side(numbers(), ((number, number) for number in range(100)))
    for _ in range(10):
        next(walk)
    assert len(read) == 10


def test_a_tally_tells_its_listener_in_steps_and_the_rest_at_the_end() -> None:
    heard: list[int] = []
    tally = Tally(heard.append, step=10)
    for _ in range(25):
        tally.add("rows")
    tally.add("others", 3)
    tally.flush()
    tally.flush()
    assert heard == [10, 10, 8]
    assert tally.counts == {"rows": 25, "others": 3}
