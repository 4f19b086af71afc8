"""What belongs to a visit beside its times: shopping money, ticks, and what was thought of it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.context import Context
from services.queries.errands import Money, money_of
from services.queries.ratings import VisitRating, rating_of
from services.standards.ticking import Ticked, ticked


@dataclass(frozen=True, slots=True)
class After:
    """The three of them; ``ticked`` is None where the checklist was not asked about."""

    money: Money
    ticked: Ticked | None
    rating: VisitRating


def after_visit(ctx: Context, book: str, visit_id: UUID) -> After:
    """Of one visit, for whoever may read its money and its rating. Raises VisitUnknown."""
    money = money_of(ctx, book, visit_id)
    return After(
        money=money,
        ticked=ticked(ctx.session, book, visit_id, money.service_code),
        rating=rating_of(ctx, book, visit_id),
    )
