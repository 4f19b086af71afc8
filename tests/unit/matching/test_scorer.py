"""The scorer against the same thing said one pair at a time, in plain Python."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.arrays import Table
from services.matching.codes import ACCEPTANCE, ASKING, named
from services.matching.columns import TABLES, Columns
from services.matching.grid import cells, on_globe, rows_around, straight_m
from services.matching.nearby import near
from services.matching.ranking import rank
from services.matching.scorer import TERMS, judge, score
from services.matching.slots import one
from services.rules.eligibility import SENTENCES
from services.rules.matching import (
    HALF_LIFE_DAYS,
    MODES,
    REACH_M,
    faded,
    kept_permille,
    metres_within,
    street_minutes,
    unassigned_cost,
    yes_permille,
)
from tests.unit.matching import spec

SEEDS = st.integers(0, 2**32)


def built(world: spec.World) -> Columns:
    return Columns.build(world.rows, spec.BASE_DAY, spec.RULES)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_refusals_and_terms_are_those_of_the_plain_rules(seed: int) -> None:
    world = spec.world(seed, 25, 3)
    columns, by_id = built(world), {row.id: row for row in world.rows}
    for task in world.tasks:
        block = one(columns, task, spec.NOW)
        judged = judge(block, near(block, 60_000))
        assert len(judged.who) == len(by_id)
        for who, mask in zip(judged.who, judged.codes, strict=True):
            row = by_id[columns.id_at(int(who))]
            expected = spec.codes(task, row)
            # The elder is somebody who is barred, and no code says so.
            assert set(named(int(mask))) == expected - {"own_request"}, (task, row)
        scored = score(block, judged)
        for place, who in enumerate(scored.who):
            row = by_id[columns.id_at(int(who))]
            found = {name: int(term[place]) for name, term in zip(TERMS, scored.terms, strict=True)}
            assert found == spec.terms(task, row)
            assert int(scored.cost[place]) == sum(found.values())
            assert int(scored.travel_minutes[place]) == spec.travel(task, row)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.booleans())
def test_a_ranking_is_what_looking_at_everybody_gives(seed: int, gentle: bool) -> None:
    world = spec.world(seed, 40, 2, gentle=gentle)
    columns = built(world)
    for task in world.tasks:
        ranking = rank(columns, task, now=spec.NOW, limit=5)
        best = spec.ranked(task, world.rows)
        assert [each.provider_id for each in ranking.candidates] == [row.id for row in best[:5]]
        assert ranking.eligible == len(best)
        for candidate, row in zip(ranking.candidates, best, strict=False):
            assert candidate.terms == spec.terms(task, row)
            assert candidate.distance_m == spec.straight(task, row)
            assert 0 < candidate.yes_permille < 1_000
        near_by = [
            row
            for row in world.rows
            if (spec.straight(task, row) or 0) <= max(REACH_M, row.radius_m)
        ]
        counted = dict.fromkeys((*ACCEPTANCE, *ASKING), 0)
        for row in near_by:
            for code in spec.codes(task, row) - {"barred", "own_request"}:
                counted[code] += 1
        assert ranking.refused == {code: number for code, number in counted.items() if number}


def test_reasons_are_the_largest_differences_to_the_middle_one() -> None:
    world = spec.world(7, 60, 6, gentle=True)
    columns = built(world)
    told = 0
    for task in world.tasks:
        order = spec.ranked(task, world.rows)
        if len(order) < 3:
            continue
        middle = spec.terms(task, order[len(order) // 2])
        for candidate in rank(columns, task, now=spec.NOW, limit=3).candidates:
            apart = {code: candidate.terms[code] - middle[code] for code in middle}
            sizes = [abs(apart[each.code.rsplit("_", 1)[0]]) for each in candidate.reasons]
            assert sizes == sorted(sizes, reverse=True)
            assert all(size >= 1_000 for size in sizes)
            told += len(sizes)
    assert told > 10


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(0, 10))
def test_changed_columns_are_those_built_anew(seed: int, changed: int) -> None:
    world, other = spec.world(seed, 20, 0), spec.world(seed + 1, 12, 0)
    moved = [replace(row, id=world.rows[n].id) for n, row in enumerate(other.rows[:changed])]
    added = other.rows[changed:]
    gone = [row.id for row in world.rows[-3:]]
    columns = built(world).replaced([*moved, *added], gone)
    left = {row.id: row for row in world.rows} | {row.id: row for row in (*moved, *added)}
    anew = built(spec.World(tuple(row for key, row in left.items() if key not in gone), ()))
    books = [columns.books[number] for number in columns.people.book]
    assert books == [anew.books[number] for number in anew.people.book]
    for column in fields(columns.people):
        if column.name != "book":
            assert np.array_equal(
                getattr(columns.people, column.name), getattr(anew.people, column.name)
            ), column.name
    for name in TABLES:
        one_table, other_table = getattr(columns, name), getattr(anew, name)
        for column in fields(Table):
            assert np.array_equal(
                getattr(one_table, column.name), getattr(other_table, column.name)
            ), (name, column.name)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(0, 60), st.integers(1, 15_000))
def test_no_place_within_reach_is_missed(seed: int, latitude: int, reach_m: int) -> None:
    random = np.random.default_rng(seed)
    here = np.array(
        [[latitude * 1_000_000, 120_000_000], [latitude * 1_000_000 + 9_999, 119_990_000]]
    )
    places = here[0] + random.integers(-200_000, 200_000, (400, 2))
    order = np.argsort(cells(places[:, 0], places[:, 1]), kind="stable")
    places = places[order]
    of, rows = rows_around(
        cells(places[:, 0], places[:, 1]), here[:, 0], here[:, 1], np.array([reach_m, reach_m // 2])
    )
    found = set(zip(of.tolist(), rows.tolist(), strict=True))
    assert len(found) == len(of)
    globe = on_globe(places[:, 0], places[:, 1])
    for number, reach in enumerate((reach_m, reach_m // 2)):
        distance = straight_m(here, number, globe, np.arange(400))
        assert {(number, int(row)) for row in np.flatnonzero(distance <= reach)} <= found


def test_codes_of_acceptance_are_those_of_the_rules() -> None:
    own = {"own_request", "kin", "already_accepted", "full"}
    assert set(ACCEPTANCE) == set(SENTENCES) - own


@given(st.integers(1, 40), st.sampled_from(MODES), st.integers(0, 23))
def test_metres_within_some_minutes_are_the_most_that_they_allow(
    minutes: int, mode: str, hour: int
) -> None:
    metres = metres_within(minutes, mode, hour)
    assert minutes < 5 or street_minutes(metres, mode, hour) <= minutes
    assert street_minutes(metres + 1, mode, hour) > minutes


def test_a_promise_fades_and_nobody_is_judged_by_one_visit() -> None:
    assert [faded(days) for days in (0, HALF_LIFE_DAYS, 2 * HALF_LIFE_DAYS)] == [1_000, 500, 250]
    assert all(faded(days) >= faded(days + 1) for days in range(800))
    assert kept_permille(0, 0) == 666
    assert kept_permille(0, 1_000) == 500
    assert kept_permille(20_000, 20_000) > 950


def test_a_yes_is_likelier_nearby_and_from_an_acquaintance() -> None:
    assert yes_permille(5, 10, 5, known=False) > yes_permille(5, 10, 50, known=False)
    assert yes_permille(5, 10, 5, known=True) > yes_permille(5, 10, 5, known=False)
    assert yes_permille(0, 200, 60, known=False) == 20
    assert yes_permille(50, 50, 0, known=True) == 950


def test_risk_weighs_before_waiting_and_waiting_ends_to_count() -> None:
    assert unassigned_cost(1, 0) > unassigned_cost(0, 5 * 1_440)
    assert unassigned_cost(0, 1_440) > unassigned_cost(0, 0)
    assert unassigned_cost(0, 14 * 1_440) == unassigned_cost(0, 400 * 1_440)
