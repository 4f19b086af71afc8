"""What would help: each step holds by the plain rules, and no smaller one is passed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings

from services.clock import local, local_date
from services.matching.ranking import FEW, rank
from services.matching.tasks import Task
from services.rules.matching import Prices
from tests.unit.matching import spec
from tests.unit.matching.test_scorer import SEEDS, built

PRICES = Prices()


def fitting(world: spec.World, task: Task, further_m: int = 0) -> int:
    rows = [replace(row, radius_m=row.radius_m + further_m) for row in world.rows]
    return sum(not spec.codes(task, row) for row in rows)


def expected(world: spec.World, task: Task) -> dict[str, tuple[object, int]]:
    """By code: what is different, and how many would fit; the smallest step that helps."""
    now = fitting(world, task)
    line, found = spec.RULES.service(task.service_code), {}

    def tried(code: str, what: object, people: int) -> None:
        if people > now:
            found.setdefault(code, (what, people))

    if not task.remote and task.latitude_e6 is not None:
        for _, further_m in PRICES.further:
            tried("further", further_m // 1_000, fitting(world, task, further_m))
    for code, what, moved in other_times(task):
        tried(code, what, fitting(world, replace(task, starts_at=moved)))
    for _, less in PRICES.shorter:
        minutes = task.booked_minutes - less
        if minutes >= line.min_minutes:
            tried("shorter", minutes, fitting(world, replace(task, booked_minutes=minutes)))
    if task.required_sex is not None:
        tried("any_sex", None, fitting(world, replace(task, required_sex=None)))
    if task.languages and task.language_must:
        tried("any_language", None, fitting(world, replace(task, language_must=False)))
    if line.remote and not task.remote:
        tried("by_telephone", None, fitting(world, replace(task, remote=True)))
    return found


def other_times(task: Task) -> Iterator[tuple[str, object, datetime]]:
    day, hour = local_date(task.starts_at), local(task.starts_at).hour
    for _, minutes in PRICES.shift:
        for code, sign in (("earlier", -1), ("later", 1)):
            moved = task.starts_at + timedelta(minutes=sign * minutes)
            ends = local(moved + timedelta(minutes=task.booked_minutes)).hour
            by_day = 7 <= local(moved).hour <= 20 and 7 <= ends <= 20
            if local_date(moved) == day and (by_day or not 7 <= hour < 20):
                yield code, minutes, moved
    for _, days in PRICES.days:
        for code, sign in (("day_before", -1), ("day_after", 1)):
            moved = task.starts_at + timedelta(days=sign * days)
            if moved > spec.NOW:
                yield code, local_date(moved), moved


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_every_step_is_true_and_the_smallest_that_helps(seed: int) -> None:
    world = spec.world(seed, 30, 3, wide_m=7_000)
    # Away from the edges of the written weeks, where the two say different things of exceptions.
    world = spec.World(
        world.rows,
        tuple(
            replace(task, starts_at=task.starts_at.replace(month=3, day=12)) for task in world.tasks
        ),
    )
    columns = built(world)
    for task in world.tasks:
        ranking = rank(columns, task, now=spec.NOW)
        if ranking.eligible >= FEW * task.people_missing:
            assert not ranking.relaxations
            continue
        wanted = expected(world, task)
        assert {each.code: each.people for each in ranking.relaxations} == {
            code: people for code, (_, people) in wanted.items()
        }
        for each in ranking.relaxations:
            what = wanted[each.code][0]
            if what is not None:
                assert what in each.params.values()


def test_cheap_steps_come_first() -> None:
    seen = 0
    for seed in range(12):
        world = spec.world(seed, 40, 3)
        columns = built(world)
        for task in world.tasks:
            codes = [each.code for each in rank(columns, task, now=spec.NOW).relaxations]
            if "further" in codes and "day_after" in codes:
                seen += 1
                assert codes.index("further") < codes.index("day_after")
    assert seen
