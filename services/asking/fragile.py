"""Whether it would hurt if nobody came: read from the facts on record."""

from __future__ import annotations

from models.requests import Request
from services.context import Context
from services.people.reading import member_row
from services.requests.asking import first_visit
from services.rules import asking as rules


def is_fragile(ctx: Context, request: Request) -> bool:
    """Whether a request's visit gets standbys."""
    if request.remote:
        return False
    elder = member_row(ctx.session, request.elder_id)
    return rules.is_fragile(
        care_grade=request.care_grade,
        people_needed=request.people_needed,
        lives_alone=elder.lives_alone,
        first_visit=first_visit(ctx, elder, request.place_book),
        risk_tier=request.risk_tier,
    )
