"""One request over a whole city: the eligible people, best first, and why the others are not."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from services.matching.codes import counted
from services.matching.columns import Columns
from services.matching.relaxing import relaxations
from services.matching.scorer import TERMS, UNKNOWN_M, Scored, in_order, judge, near, score
from services.matching.slots import slot_of
from services.matching.standing import week_minutes
from services.matching.tasks import Candidate, Ranking, Task
from services.matching.wording import Facts, reasons
from services.rules.matching import WEIGHTS, Weights, kept_permille, yes_permille

#: With fewer eligible people than this for each who is missing, one looks for what would help.
FEW = 3


def rank(
    columns: Columns,
    task: Task,
    *,
    now: datetime,
    limit: int = 20,
    weights: Weights = WEIGHTS,
) -> Ranking:
    """The best ``limit`` people for the task, with reasons; refusals are those within reach."""
    judged = judge(columns, task, near(columns, task), now)
    scored = score(columns, task, judged, now, weights)
    eligible = len(scored.who)
    few = eligible < FEW * max(1, task.people_missing)
    return Ranking(
        candidates=_candidates(columns, task, scored, now, limit),
        eligible=eligible,
        refused=counted(judged.codes),
        relaxations=relaxations(columns, task, eligible, now) if few else (),
    )


def _candidates(
    columns: Columns, task: Task, scored: Scored, now: datetime, limit: int
) -> tuple[Candidate, ...]:
    if not len(scored.who):
        return ()
    # The middle one is found in the same order in which the best are.
    half = len(scored.who) // 2
    first = in_order(columns, task, scored, max(limit, half + 1))
    middle = _terms(scored, int(first[half]))
    week = week_minutes(columns, slot_of(columns, task, now).monday)
    return tuple(
        _candidate(columns, task, scored, int(place), middle, int(week[scored.who[place]]))
        for place in first[:limit]
    )


def _candidate(
    columns: Columns,
    task: Task,
    scored: Scored,
    place: int,
    middle: dict[str, int],
    week: int,
) -> Candidate:
    people, who = columns.people, int(scored.who[place])
    provider_id, travel = columns.id_at(who), int(scored.travel_minutes[place])
    times, terms = task.known.get(provider_id, 0), _terms(scored, place)
    kept = kept_permille(int(people.kept_milli[who]), int(people.promised_milli[who]))
    distance = int(scored.distance_m[place])
    return Candidate(
        provider_id=provider_id,
        cost_milliminutes=int(scored.cost[place]),
        terms=terms,
        reasons=reasons(task, terms, middle, Facts(travel, times, kept, week)),
        distance_m=None if distance == UNKNOWN_M else distance,
        travel_minutes=travel,
        yes_permille=yes_permille(
            int(people.yeses[who]), int(people.answers[who]), travel, known=bool(times)
        ),
    )


def _terms(scored: Scored, place: int) -> dict[str, int]:
    return {
        name: int(np.asarray(term)[place]) for name, term in zip(TERMS, scored.terms, strict=True)
    }
