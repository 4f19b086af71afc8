"""What could be otherwise about a request, and how many people would fit then.

Every step is judged by the scorer itself; only those are judged again whom the step could win.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from services.clock import local, local_date
from services.matching.codes import BIT, KIND, TIMED, bits
from services.matching.columns import Columns
from services.matching.nearby import near
from services.matching.scorer import Judged, Pairs, judge
from services.matching.slots import Block, one
from services.matching.tasks import Relaxation, Task
from services.rules.languages import names
from services.rules.matching import REACH_M, Prices

SENTENCES = {
    "further": "志愿者愿走的路再远 {kilometres} 公里",
    "earlier": "时间提早 {shift_minutes}",
    "later": "时间推迟 {shift_minutes}",
    "day_before": "改到前几天：{day}",
    "day_after": "改到后几天：{day}",
    "shorter": "缩短到 {booked_minutes}",
    "any_sex": "不限男女",
    "any_language": "不要求会说{languages}",
    "by_telephone": "改用电话或视频",
}
PRICES = Prices()


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing otherwise: its price in minutes, the task as it would be, whom it could win."""

    code: str
    price: int
    params: dict[str, Any]
    task: Task
    #: Codes that the step may take away.
    clears: int


def relaxations(block: Block, judged: Judged, eligible: int) -> tuple[Relaxation, ...]:
    """The smallest step of each kind with which more people would fit, the cheapest first.

    ``judged`` is everybody near the block's only task, ``eligible`` how many fit as it is.
    """
    columns, task, now = block.columns, block.tasks[0], block.now
    found: dict[str, tuple[int, Relaxation]] = {}
    for price, further_m in PRICES.further:
        people = 0 if block.nowhere else _further(block, further_m)
        if people > eligible:
            params = {"kilometres": further_m // 1_000}
            found["further"] = price, _relaxation("further", params, people)
            break
    for step in _steps(columns, task, now):
        if step.code in found:
            continue
        people = _people(columns, step, judged, now)
        if people > eligible:
            found[step.code] = step.price, _relaxation(step.code, step.params, people)
    cheapest = sorted(found.values(), key=lambda each: (each[0], -each[1].people, each[1].code))
    return tuple(each for _, each in cheapest)


def _relaxation(code: str, params: dict[str, Any], people: int) -> Relaxation:
    return Relaxation(code, SENTENCES[code], params, people)


def _further(block: Block, further_m: int) -> int:
    """How many would fit if each went so much further from each place."""
    judged = judge(block, near(block, REACH_M + further_m))
    radius = block.columns.people.radius_m[judged.who] + further_m
    fits = (judged.codes & ~KIND(BIT["too_far"])) == 0
    return int(np.count_nonzero(fits & (judged.pairs.distance_m <= radius)))


def _people(columns: Columns, step: _Step, judged: Judged, now: datetime) -> int:
    """How many would fit with the task as it would be."""
    block = one(columns, step.task, now)
    if step.code == "by_telephone":
        pairs = near(block)
    else:
        winnable = np.flatnonzero((judged.codes & ~KIND(step.clears)) == 0)
        pairs = Pairs(0, judged.who[winnable], judged.pairs.distance_m[winnable])
    return int(np.count_nonzero(judge(block, pairs).codes == 0))


def _steps(columns: Columns, task: Task, now: datetime) -> Iterator[_Step]:
    """Every step that makes sense, the smaller one of a kind before the larger."""
    line = columns.rules.service(task.service_code)
    yield from _other_times(task, now)
    for price, less in PRICES.shorter:
        minutes = task.booked_minutes - less
        if minutes >= line.min_minutes:
            shorter = replace(task, booked_minutes=minutes)
            yield _Step("shorter", price, {"booked_minutes": minutes}, shorter, TIMED)
    if task.required_sex is not None:
        sex = bits("woman_wished", "man_wished")
        yield _Step("any_sex", PRICES.any_sex, {}, replace(task, required_sex=None), sex)
    if task.languages and task.language_must:
        spoken, clears = replace(task, language_must=False), BIT["language_required"]
        yield _Step("any_language", PRICES.any_language, names(task.languages), spoken, clears)
    if line.remote and not task.remote:
        yield _Step("by_telephone", PRICES.by_telephone, {}, replace(task, remote=True), 0)


def _other_times(task: Task, now: datetime) -> Iterator[_Step]:
    day = local_date(task.starts_at)
    for price, minutes in PRICES.shift:
        for code, moved in (
            ("earlier", task.starts_at - timedelta(minutes=minutes)),
            ("later", task.starts_at + timedelta(minutes=minutes)),
        ):
            if moved > now and local_date(moved) == day and _decent(moved, task):
                params = {"shift_minutes": minutes}
                yield _Step(code, price, params, replace(task, starts_at=moved), TIMED)
    for price, days in PRICES.days:
        for code, moved in (
            ("day_before", task.starts_at - timedelta(days=days)),
            ("day_after", task.starts_at + timedelta(days=days)),
        ):
            if moved > now:
                on = {"day": local_date(moved)}
                yield _Step(code, price, on, replace(task, starts_at=moved), TIMED)


def _decent(moved: datetime, task: Task) -> bool:
    """Nobody is advised to be visited at night, unless the night was asked for."""
    hours = (local(moved).hour, local(moved + timedelta(minutes=task.booked_minutes)).hour)
    asked = local(task.starts_at).hour
    return (
        asked < PRICES.from_hour
        or asked >= PRICES.to_hour
        or all(PRICES.from_hour <= hour <= PRICES.to_hour for hour in hours)
    )
