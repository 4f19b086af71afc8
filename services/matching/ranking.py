"""One request over a whole city: the eligible people, best first, and why the others are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.matching.codes import counted
from services.matching.columns import Columns
from services.matching.grid import Array
from services.matching.nearby import near
from services.matching.relaxing import relaxations
from services.matching.scorer import TERMS, UNKNOWN_M, Scored, in_order, judge, score
from services.matching.slots import Block, one
from services.matching.standing import week_minutes
from services.matching.tasks import Candidate, Ranking, Task
from services.matching.wording import Facts, reasons
from services.rules.matching import WEIGHTS, Weights, kept_permille, yes_permille
from services.rules.ratings import liked_permille, reliable_permille

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
    block = one(columns, task, now)
    judged = judge(block, near(block))
    scored = score(block, judged, weights)
    eligible = len(scored.who)
    few = eligible < FEW * max(1, task.people_missing)
    return Ranking(
        candidates=_candidates(block, scored, limit),
        eligible=eligible,
        refused=counted(judged.codes),
        relaxations=relaxations(block, judged, eligible) if few else (),
    )


def _candidates(block: Block, scored: Scored, limit: int) -> tuple[Candidate, ...]:
    if not len(scored.who):
        return ()
    # The middle one is found in the same order in which the best are.
    half = len(scored.who) // 2
    first = in_order(block, scored, max(limit, half + 1))
    middle = terms_at(scored.terms, int(first[half]))
    best = scored.where(first[:limit])
    return tuple(
        candidate(block, 0, best, place, terms_at(best.terms, place), middle)
        for place in range(len(best.who))
    )


def candidate(
    block: Block,
    number: int,
    scored: Scored,
    place: int,
    terms: Mapping[str, int],
    middle: Mapping[str, int],
) -> Candidate:
    """One of the scored for one of the block's tasks, with what tells him from the middle one."""
    columns, task, who = block.columns, block.tasks[number], int(scored.who[place])
    people, provider_id = columns.people, columns.id_at(who)
    travel, times = int(scored.travel_minutes[place]), task.known.get(provider_id, 0)
    reliable = reliable_permille(
        kept_permille(int(people.kept_milli[who]), int(people.promised_milli[who])),
        liked_permille(int(people.rated_milli[who]), int(people.ratings[who])),
    )
    week = int(week_minutes(columns, block.slots[number].monday)[who])
    distance = int(scored.distance_m[place])
    return Candidate(
        provider_id=provider_id,
        cost_milliminutes=sum(terms.values()),
        terms=terms,
        reasons=reasons(task, terms, middle, Facts(travel, times, reliable, week)),
        distance_m=None if distance == UNKNOWN_M else distance,
        travel_minutes=travel,
        yes_permille=yes_permille(
            int(people.yeses[who]), int(people.answers[who]), travel, known=bool(times)
        ),
    )


def terms_at(terms: Sequence[Array], place: int) -> dict[str, int]:
    """The terms of one of the scored by their names."""
    return {name: int(term[place]) for name, term in zip(TERMS, terms, strict=True)}
