"""Pairs, swaps and circles, what excuses them, and what is piled up before an end."""

from __future__ import annotations

import random

import pytest

from services.rules.flags.pairs import Edge, Graph, knots, rings
from services.rules.flags.rows import Given
from tests.unit.flags.rows_kit import at, found, served, uid


def _pair(elder: int, provider: int, count: int, begin: int = 1, minutes: int = 120) -> list:
    shared = {"elder_id": uid(elder), "provider_id": uid(provider)}
    return [
        served(1_000 * provider + elder + n * 97, begin + n * 2, 9, minutes, **shared)
        for n in range(count)
    ]


def test_most_coins_from_one_elder_unless_a_call_back_has_passed() -> None:
    rows = [*_pair(101, 1, 21), *_pair(102, 1, 14)]
    [flag] = found("concentrated_pair", rows)
    assert flag.figures["share_percent"] == 60
    assert flag.held_to["share_percent"] == 40
    assert set(flag.people) == {uid(1), uid(101)}
    assert not found("concentrated_pair", rows, passed=frozenset({(uid(101), uid(1))}))
    spread = [row for elder in (101, 102, 103) for row in _pair(elder, 1, 21)]
    assert not found("concentrated_pair", spread)


def test_a_serves_b_and_b_serves_a() -> None:
    rows = [*_pair(2, 1, 4), *_pair(1, 2, 4, begin=2)]
    [flag] = found("mutual_swap", rows)
    assert flag.people == (uid(1), uid(2))
    assert flag.figures["minutes"] == [480, 480]
    once = frozenset({(uid(2), uid(1))})
    assert found("mutual_swap", rows, passed=once), "both ways have to be so"
    assert not found("mutual_swap", rows, passed=once | {(uid(1), uid(2))})
    assert not found("mutual_swap", [*_pair(2, 1, 8), *_pair(1, 2, 3)]), "help that came back"


@pytest.mark.parametrize("length", [3, 4, 5])
def test_hours_that_go_round(length: int) -> None:
    people = [1, 2, 3, 4, 5][:length]
    rows = [
        row
        for place, one in enumerate(people)
        for row in _pair(people[(place + 1) % length], one, 3, begin=1 + place)
    ]
    [flag] = found("cycle", rows)
    assert flag.figures["people"] == length
    assert len(flag.visits) == 3 * length
    broken = [row for row in rows if row.provider_id != uid(length)]
    assert not found("cycle", broken)


def test_a_gift_may_close_a_circle_and_six_are_too_many() -> None:
    rows = [*_pair(2, 1, 3), *_pair(3, 2, 3)]
    back = Given(uid(7), giver_id=uid(1), receiver_id=uid(3), minutes=360, at=at(30, 9))
    [flag] = found("cycle", rows, given=(back,))
    assert flag.figures["gifts"] == 1
    assert not found("cycle", rows, given=(back._replace(at=at(-20, 9)),))
    six = [row for one in range(1, 7) for row in _pair(one % 6 + 1, one, 3)]
    assert not found("cycle", six)


def test_knots_are_those_who_reach_each_other() -> None:
    drawn = random.Random(5)
    graph: Graph = {}
    for _ in range(60):
        one, other = drawn.sample(range(30), 2)
        graph.setdefault(uid(one), {})[uid(other)] = Edge(60)
    reach = {each: _reached(graph, each) for each in map(uid, range(30))}
    expected = {
        frozenset({one} | {other for other in reach[one] if one in reach[other]}) for one in reach
    }
    assert set(knots(graph)) == {knot for knot in expected if len(knot) > 1}
    for knot in knots(graph):
        for ring in rings(graph, knot, 5):
            assert ring[0] == min(ring)
            assert all(b in graph[a] for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))


def _reached(graph: Graph, start: object) -> set:
    seen, work = set(), [start]
    while work:
        for other in graph.get(work.pop(), {}):
            if other not in seen:
                seen.add(other)
                work.append(other)
    return seen


def test_many_hours_in_the_last_days_of_a_life() -> None:
    usual = [served(n, n * 9, provider_id=uid(1)) for n in range(1, 8)]
    last = [served(40 + n, 68 + n, elder_id=uid(110 + n)) for n in range(9)]
    died = {uid(1): at(77, 23)}
    [flag] = found("burst_before_death", [*usual, *last], deaths=died)
    assert flag.figures["credits"] == 9
    assert flag.figures["role"] == "provider"
    assert not found("burst_before_death", [*usual, *last[:3]], deaths=died)
    steady = [served(n, n, provider_id=uid(1)) for n in range(1, 77)]
    assert not found("burst_before_death", steady, deaths=died)


def test_a_service_for_the_dead() -> None:
    rows = [served(n, n) for n in range(1, 6)]
    [flag] = found("after_death", rows, deaths={uid(101): at(3, 12)})
    assert flag.visits == (rows[3].id, rows[4].id)
    assert not found("after_death", rows, deaths={uid(101): at(6, 0)})


def test_many_hours_before_a_branch_closes() -> None:
    usual = [served(n, n * 2, provider_id=uid(n)) for n in range(1, 31)]
    last = [served(100 + n, 70 + n % 10, provider_id=uid(n)) for n in range(30)]
    closed = {uid(501): at(80, 0)}
    [flag] = found("burst_before_closing", [*usual, *last], closings=closed)
    assert flag.subject_kind == "branch"
    assert flag.figures["credits"] == 30
    assert not found("burst_before_closing", [*usual, *last[:12]], closings=closed)
