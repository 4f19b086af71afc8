"""Who would fit a request: ranked over the snapshot, and the best of them held to the truth.

The snapshot is a copy and may be a moment behind. Nobody is shown or asked of whom the tables
themselves say that it cannot be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from models.people import Member, MemberStatus
from models.requests import Request
from services import rates
from services.clock import local_date
from services.context import Context
from services.matching.columns import Columns
from services.matching.ranking import rank
from services.matching.requests import tasks_of
from services.matching.tasks import Candidate, Ranking
from services.visits.fitness import Fitness, fitness_of_people

#: So many people a statement asks about.
AT_ONCE = 200


def suggest(ctx: Context, columns: Columns, request: Request, limit: int = 20) -> Ranking:
    """The ranked eligible people, best first, and why the others are not among them."""
    [task] = tasks_of(ctx, [request])
    return held_to_the_truth(ctx, request, rank(columns, task, now=ctx.now, limit=limit))


def held_to_the_truth(ctx: Context, request: Request, ranking: Ranking) -> Ranking:
    """The ranking without those who, by the tables as they stand now, cannot come."""
    fits = _fits(ctx, request, [each.provider_id for each in ranking.candidates])
    kept: list[Candidate] = []
    against: Counter[str] = Counter(ranking.refused)
    for each in ranking.candidates:
        fitness = fits.get(each.provider_id)
        if fitness is not None and fitness.eligible:
            kept.append(each)
        elif fitness is not None and not fitness.barred:
            against.update({refusal.code for refusal in fitness.refusals})
    gone = len(ranking.candidates) - len(kept)
    if not gone:
        return ranking
    return replace(
        ranking,
        candidates=tuple(kept),
        eligible=max(len(kept), ranking.eligible - gone),
        refused=dict(against),
    )


def _fits(ctx: Context, request: Request, ids: Sequence[UUID]) -> Mapping[UUID, Fitness]:
    """What the tables say of these people; whoever serves no longer is left out."""
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    found: dict[UUID, Fitness] = {}
    for start in range(0, len(ids), AT_ONCE):
        providers = ctx.session.scalars(
            sa.select(Member).where(
                Member.id.in_(ids[start : start + AT_ONCE]),
                Member.is_provider,
                Member.status == MemberStatus.ACTIVE,
            )
        ).all()
        judged = fitness_of_people(ctx, [request], providers, rules)
        found.update({provider: fitness for (provider, _), fitness in judged.items()})
    return found
