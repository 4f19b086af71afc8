"""What was shown to whom: written in the unit of work in which somebody sees it."""

from __future__ import annotations

from uuid import UUID

from models.matching import ShownRanking
from models.requests import Request
from services.context import Context
from services.matching.tasks import Ranking


def record_shown(ctx: Context, request: Request, ranking: Ranking) -> UUID:
    """Put on record that the actor sees this ranking now; returns the record's id."""
    row = ShownRanking(
        book=request.book,
        id=ctx.new_id(),
        request_id=request.id,
        shown_to_id=ctx.actor.id,
        at=ctx.now,
        people=[
            {
                "provider": str(each.provider_id),
                "cost_milliminutes": each.cost_milliminutes,
                "terms": dict(each.terms),
            }
            for each in ranking.candidates
        ],
        refused=dict(ranking.refused),
    )
    ctx.session.add(row)
    ctx.session.flush()
    return row.id
