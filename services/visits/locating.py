"""Finding a visit under its lock, and who it concerns."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, Visit
from services.context import Context
from services.policy import Subject
from services.requests.reviewing import locked_request
from services.visits.sentences import VisitUnknown


def locked_visit(ctx: Context, book: str, visit_id: UUID) -> tuple[Request, Visit]:
    """A visit and its request, the request locked first; raises VisitUnknown."""
    request_id = ctx.session.scalar(
        sa.select(Visit.request_id).where(Visit.book == book, Visit.id == visit_id)
    )
    if request_id is None:
        raise VisitUnknown
    request = locked_request(ctx, book, request_id)
    visit = ctx.session.scalar(
        sa.select(Visit)
        .where(Visit.book == book, Visit.id == visit_id)
        .execution_options(populate_existing=True)
    )
    if visit is None:
        raise VisitUnknown
    return request, visit


def subject_of(request: Request, visit: Visit) -> Subject:
    """The policy's view of a visit."""
    return Subject(
        book=request.book,
        region_code=request.region_code,
        branch_id=request.branch_id,
        elder_id=request.elder_id,
        provider_id=visit.provider_id,
    )
