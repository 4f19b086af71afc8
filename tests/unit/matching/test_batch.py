"""The city's batch: nobody who may not, nobody twice at a time, two people or none, and cheap."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from services.clock import local_date
from services.matching.batch import BatchResult, Options, match
from services.matching.candidates import candidates
from services.matching.columns import Columns, VolunteerRow
from services.matching.tasks import Task
from services.rules.matching import WEIGHTS, unassigned_cost
from services.visits.days import week_of
from tests.unit.matching import spec
from tests.unit.matching.test_scorer import SEEDS, built

ALL = Options(most=500, per_person=3)


def matched(world: spec.World, options: Options = ALL) -> BatchResult:
    return match(built(world), world.tasks, now=spec.NOW, options=options)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.integers(1, 4), st.booleans())
def test_candidates_are_the_cheapest_of_all(seed: int, most: int, gentle: bool) -> None:
    world = spec.world(seed, 50, 5, gentle=gentle)
    columns = built(world)
    with_way = [task for task in world.tasks if not task.remote and task.latitude_e6 is not None]
    arcs = candidates(columns, with_way, spec.NOW, most)
    for number, task in enumerate(with_way):
        best = spec.ranked(task, world.rows)
        wanted = {row.id for row in best[:most]}
        if task.people_missing > 1 and task.training_missing:
            wanted |= {row.id for row in [each for each in best if spec.trained(task, each)][:most]}
        own = np.flatnonzero(arcs.task == number)
        found = [columns.id_at(int(who)) for who in arcs.who[own]]
        assert found == [row.id for row in best if row.id in wanted]
        assert [bool(each) for each in arcs.trained[own]] == [
            spec.trained(task, row) for row in best if row.id in wanted
        ]


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_a_dense_town_is_searched_no_further_than_needed_and_nothing_is_missed(seed: int) -> None:
    world = spec.world(seed, 160, 4, gentle=True, wide_m=4_000)
    columns = built(world)
    tasks = [task for task in world.tasks if not task.remote and task.latitude_e6 is not None]
    tasks = [replace(task, people_needed=1, people_missing=1) for task in tasks]
    arcs = candidates(columns, tasks, spec.NOW, 2)
    for number, task in enumerate(tasks):
        found = [columns.id_at(int(who)) for who in arcs.who[arcs.task == number]]
        assert found == [row.id for row in spec.ranked(task, world.rows)[:2]]


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_where_there_is_no_way_each_task_has_its_own_people(seed: int) -> None:
    world = spec.world(seed, 60, 8, gentle=True)
    tasks = [
        replace(task, service_code="A04", remote=True, people_needed=1, people_missing=1)
        for task in world.tasks
    ]
    columns = built(world)
    arcs = candidates(columns, tasks, spec.NOW, 4)
    for number, task in enumerate(tasks):
        best = spec.ranked(task, world.rows)
        found = {columns.id_at(int(who)) for who in arcs.who[arcs.task == number]}
        assert len(found) == min(16, len(best))
        assert found <= {row.id for row in best}
        assert {row.id for row in best[:8]} <= found


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.booleans())
def test_what_is_proposed_can_be_done(seed: int, gentle: bool) -> None:
    world = spec.world(seed, 20, 14, gentle=gentle)
    rows, tasks = {row.id: row for row in world.rows}, {t.request_id: t for t in world.tasks}
    result = matched(world)
    by_id: dict[object, list[Task]] = defaultdict(list)
    for each in result.proposals:
        task, row = tasks[each.request_id], rows[each.candidate.provider_id]
        assert not spec.codes(task, row)
        assert each.candidate.terms == spec.terms(task, row)
        by_id[row.id].append(task)
    for provider_id, those in by_id.items():
        _can_do_all(rows[provider_id], those)
    for request_id, people in result.by_request.items():
        task = tasks[request_id]
        assert len({each.provider_id for each in people}) == len(people) == task.people_missing
        if task.people_missing > 1 and task.training_missing:
            assert any(spec.trained(task, rows[each.provider_id]) for each in people)


def _can_do_all(row: VolunteerRow, tasks: list[Task]) -> None:
    """No two at a time with the ways from home and back, and no more than the limits."""
    asked = row.asked_that_day if row.asked_on == local_date(spec.NOW) else 0
    assert len(tasks) <= min(ALL.per_person, row.asks_per_day - asked)
    spans = []
    for task in tasks:
        way = timedelta(minutes=max(15, spec.travel(task, row)))
        end = task.starts_at + timedelta(minutes=task.booked_minutes)
        spans.append((task.starts_at - way, end + way))
    for one_span, other in itertools.combinations(spans, 2):
        assert one_span[1] <= other[0] or other[1] <= one_span[0]
    for task in tasks:
        day, week = local_date(task.starts_at), week_of(local_date(task.starts_at))
        on_day = [each for each in tasks if local_date(each.starts_at) == day]
        in_week = [each for each in tasks if week_of(local_date(each.starts_at)) == week]
        taken = sum(each.booked_minutes for each in on_day)
        assert row.minutes_by_day.get(day, 0) + taken <= row.day_limit_minutes
        total = spec.week_minutes(task, row) + sum(each.booked_minutes for each in in_week)
        assert total <= min(row.week_limit_minutes, row.weekly_minutes or row.week_limit_minutes)


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_nobody_found_is_told_from_lost_to_others(seed: int) -> None:
    world = spec.world(seed, 12, 14, gentle=True)
    result = matched(world)
    served = set(result.by_request)
    assert served | set(result.lost) | set(result.without_candidate) == {
        task.request_id for task in world.tasks
    }
    assert len(served) + len(result.lost) + len(result.without_candidate) == len(world.tasks)
    for task in world.tasks:
        fits = [row for row in world.rows if not spec.codes(task, row)]
        knows = [row for row in fits if spec.trained(task, row)]
        enough = len(fits) >= task.people_missing and (
            task.people_missing < 2 or not task.training_missing or bool(knows)
        )
        assert (task.request_id in result.without_candidate) == (not enough)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.randoms(use_true_random=False))
def test_the_same_input_gives_the_same_in_any_order(seed: int, random: object) -> None:
    world = spec.world(seed, 25, 10, gentle=True)
    tasks, rows = list(world.tasks), list(world.rows)
    random.shuffle(tasks)  # type: ignore[attr-defined]
    random.shuffle(rows)  # type: ignore[attr-defined]
    first = {(e.request_id, e.candidate.provider_id) for e in matched(world).proposals}
    other = matched(spec.World(tuple(rows), tuple(tasks)))
    assert first == {(e.request_id, e.candidate.provider_id) for e in other.proposals}


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(2, 14))
def test_one_proposal_each_costs_what_the_best_assignment_costs(seed: int, people: int) -> None:
    world = spec.world(seed, people, 12, gentle=True)
    tasks = [
        replace(task, people_needed=1, people_missing=1, training_missing=True)
        for task in world.tasks
    ]
    rows = [replace(row, asked_on=None) for row in world.rows]
    result = matched(spec.World(tuple(rows), tuple(tasks)), Options(most=500, per_person=1))
    prices = [unassigned_cost(task.risk_tier, task.waited_minutes) for task in tasks]
    costs = np.full((len(tasks), len(rows) + len(tasks)), 10**9, dtype=np.int64)
    for number, task in enumerate(tasks):
        costs[number, len(rows) + number] = prices[number]
        for place, row in enumerate(rows):
            if not spec.codes(task, row):
                costs[number, place] = sum(spec.terms(task, row).values())
    assert result.cost_milliminutes == int(costs[linear_sum_assignment(costs)].sum())


def test_further_visits_cost_more_so_that_work_is_shared() -> None:
    world = spec.world(3, 2, 2, gentle=True)
    base = world.tasks[0]
    rows = [
        replace(row, **_plain(), id=row.id, sex="female", places=((28_000_000, 120_650_000),))
        for row in world.rows
    ]
    tasks = [
        replace(
            _plain_task(base),
            request_id=each.request_id,
            starts_at=base.starts_at.replace(hour=hour),
        )
        for each, hour in zip(world.tasks, (1, 6), strict=True)
    ]
    both = matched(spec.World(tuple(rows), tuple(tasks)))
    assert len({each.candidate.provider_id for each in both.proposals}) == 2
    alone = matched(spec.World((rows[0],), tuple(tasks)))
    assert len(alone.proposals) == 2
    assert alone.cost_milliminutes - both.cost_milliminutes == WEIGHTS.further_visit


def test_half_a_pair_is_nothing() -> None:
    world = spec.world(5, 3, 1, gentle=True)
    pair = replace(
        _plain_task(world.tasks[0]), people_needed=2, people_missing=2, service_code="A03"
    )
    single = replace(pair, request_id=world.rows[0].id, people_needed=1, people_missing=1)
    rows = [
        replace(row, **{**_plain(), "asks_per_day": 1}, places=((28_000_000, 120_650_000),))
        for row in world.rows
    ]
    two = spec.World(tuple(rows[:2]), (pair, single))
    result = matched(two)
    assert result.by_request.keys() == {pair.request_id}
    assert result.lost == (single.request_id,)
    three = matched(spec.World(tuple(rows), (pair, single)))
    assert {len(each) for each in three.by_request.values()} == {1, 2}
    one = matched(spec.World(tuple(rows[:1]), (pair,)))
    assert one.without_candidate == (pair.request_id,)


def test_nothing_to_match_is_nothing() -> None:
    world = spec.world(1, 4, 2, gentle=True)
    assert matched(spec.World(world.rows, ())).proposals == ()
    nobody = match(Columns.build([], spec.BASE_DAY, spec.RULES), world.tasks, now=spec.NOW)
    assert len(nobody.without_candidate) == 2


def _plain() -> dict[str, object]:
    """Somebody whom nothing stands against."""
    return {
        "book": spec.BOOK,
        "born_on": spec.date(1980, 1, 1),
        "held": (spec.HeldCertificate("course-4h", spec.date(2025, 1, 1)),),
        "identity_checked": True,
        "paused_until": None,
        "experienced": True,
        "windows": (),
        "exceptions": (),
        "declined_codes": (),
        "may_be_asked": True,
        "asks_per_day": 3,
        "asked_on": None,
        "last_asked_at": None,
        "radius_m": 9_000,
        "weekly_minutes": None,
        "promised": (),
        "minutes_by_day": {},
        "minutes_by_year": {},
        "promised_milli": 0,
        "kept_milli": 0,
        "rated_milli": 0,
        "ratings": 0,
        "travel_mode": "bicycle",
    }


def _plain_task(task: Task) -> Task:
    return replace(
        task,
        service_code="A03",
        booked_minutes=60,
        remote=False,
        latitude_e6=28_000_000,
        longitude_e6=120_660_000,
        elder_id=task.request_id,
        starts_at=task.starts_at.replace(hour=3, minute=0),
        people_needed=1,
        people_missing=1,
        training_missing=True,
        required_sex=None,
        preferred_sex=None,
        languages=frozenset(),
        known={},
        barred=frozenset(),
        wished_id=None,
        risk_tier=0,
        waited_minutes=0,
    )
