"""Lengths that repeat, no time between two hands, many entries in a moment, one hand alone."""

from __future__ import annotations

from tests.unit.flags.rows_kit import at, entry, found, served, uid


def _equal(count: int, **changed: object) -> list:
    rows = [served(n, n) for n in range(1, count + 1)]
    return [row._replace(left=row.came + 3_600, **changed) for row in rows]


def test_three_equal_lengths_in_a_row() -> None:
    other = served(9, 0, minutes=45)
    [flag] = found("equal_durations", [other, *_equal(3)])
    assert flag.figures["in_a_row"] == 3
    assert flag.figures["shortest_seconds"] == flag.figures["longest_seconds"] == 3_600
    assert flag.held_to == {"in_a_row": 3, "spread_seconds": 0}
    assert other.id not in flag.visits
    assert not found("equal_durations", _equal(2))


def test_another_length_in_between_breaks_the_row() -> None:
    first, second, third = _equal(3)
    between = served(7, 2, hour=14, minutes=45)
    assert not found("equal_durations", [first, second, between, third])


def test_written_times_and_calls_of_fixed_length_need_a_longer_row() -> None:
    assert not found("equal_durations", _equal(5, left_by="slip"))
    assert found("equal_durations", _equal(6, left_by="slip"))
    assert not found("equal_durations", _equal(5, remote=True, left_by="remote"))
    assert found("equal_durations", _equal(6, remote=True, left_by="remote"))


def test_copied_lengths_with_a_little_noise() -> None:
    noise = (0, 50, -40, 110, -95, 20, 70)
    rows = [served(n, n) for n in range(1, 8)]
    rows = [r._replace(left=r.came + 3_600 + more) for r, more in zip(rows, noise, strict=True)]
    [flag] = found("equal_durations", rows)
    assert flag.held_to["spread_seconds"] == 240
    assert not found("equal_durations", rows[:6])
    assert not found("equal_durations", [*rows[:3], rows[3]._replace(left=at(9, 9)), *rows[4:]])


def test_signed_as_fast_as_it_was_entered() -> None:
    visit = served(1, 1)
    quick = entry(1, at(2, 9), visit, second_at=at(2, 9, 0, 40))
    [flag] = found("no_time_between", [visit], keyed=(quick,))
    assert flag.subject_id == uid(902)
    assert flag.visits == (visit.id,)
    assert flag.figures == {"what": "entry", "times": 1, "seconds": 40}
    assert set(flag.people) == {uid(901), uid(902)}
    slow = quick._replace(second_at=at(2, 9, 1))
    assert not found("no_time_between", [visit], keyed=(slow,))


def test_heard_by_telephone_as_the_door_fell_shut() -> None:
    rows = [served(n, n, word="voice", word_by=uid(901)) for n in range(1, 6)]
    rows = [row._replace(word_at=row.left + 20) for row in rows]
    [flag] = found("no_time_between", rows)
    assert flag.subject_id == uid(901)
    assert flag.figures["times"] == 5
    assert not found("no_time_between", rows[:4])
    assert not found("no_time_between", [r._replace(word_at=r.left + 30) for r in rows])


def test_five_bought_hours_keyed_in_within_two_minutes() -> None:
    five = [entry(n, at(3, 10, 0, n * 25), second=None) for n in range(5)]
    [flag] = found("entry_burst", [], keyed=tuple(five))
    assert flag.subject_id == uid(901)
    assert flag.figures == {"entries": 5, "minutes": 300, "seconds": 100}
    spread = tuple(each._replace(at=at(3, 10, n * 4)) for n, each in enumerate(five))
    assert not found("entry_burst", [], keyed=spread)
    short = tuple(each._replace(minutes=20) for each in five)
    assert not found("entry_burst", [], keyed=short)


def test_two_bursts_of_a_day_are_two() -> None:
    keyed = [entry(n, at(3, hour, 0, n * 20)) for hour in (10, 15) for n in range(4)]
    assert [flag.figures["entries"] for flag in found("entry_burst", [], keyed=tuple(keyed))] == [
        4,
        4,
    ]


def _noted(count: int, **changed: object) -> list:
    """Telephone confirmations by one clerk, of one provider with elder after elder."""
    return [
        served(n, n, elder_id=uid(110 + n % 4), word="voice", word_by=uid(901), **changed)
        for n in range(1, count + 1)
    ]


def test_providers_who_live_by_one_administrators_hand() -> None:
    rows = _noted(12)
    [flag] = found("one_administrator", rows)
    assert flag.subject_id == uid(901)
    assert flag.figures["way"] == "voice"
    assert flag.figures["by_one"] == flag.figures["visits_of_branch"] == 12
    assert flag.branch_id == uid(501)
    shared = [r._replace(word_by=uid(901 + n % 2)) for n, r in enumerate(rows)]
    assert not found("one_administrator", shared)
    assert not found("one_administrator", rows[:9])


def test_a_lone_clerk_of_elders_without_a_telephone_is_not_odd() -> None:
    rows = _noted(12)
    faithful = [row._replace(elder_id=uid(101)) for row in rows]
    assert not found("one_administrator", faithful), "one elder who has no telephone"
    by_card = [served(n, n) for n in range(20, 26)]
    assert not found("one_administrator", [*rows, *by_card]), "others confirm themselves"
    busy = [served(n, n % 80, provider_id=uid(2)) for n in range(100, 220)]
    assert not found("one_administrator", [*rows, *busy]), "little of what the branch does"


def test_manual_entries_count_for_both_who_signed() -> None:
    rows = [served(n, n, elder_id=uid(110 + n % 4)) for n in range(1, 11)]
    keyed = tuple(entry(n, at(n, 18), row) for n, row in enumerate(rows))
    assert {flag.subject_id for flag in found("one_administrator", rows, keyed=keyed)} == {
        uid(901),
        uid(902),
    }


def test_an_elder_of_whom_one_clerk_alone_speaks() -> None:
    rows = [
        served(n, n, word="voice", word_by=uid(901), came_by="slip", left_by="slip")
        for n in range(1, 7)
    ]
    slips = tuple(entry(n, at(n, 18), row, way="slip", second=None) for n, row in enumerate(rows))
    [flag] = found("one_hand", rows, keyed=slips)
    assert flag.subject_id == uid(101)
    assert flag.figures["by_one"] == flag.figures["visits"] == 6
    heard_by_another = [row._replace(word_by=uid(903)) for row in rows]
    assert not found("one_hand", heard_by_another, keyed=slips)
    assert not found("one_hand", [*rows, served(20, 20), served(21, 21)], keyed=slips)
