"""A low rating asks the branch to look, unless the elder would rather not."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.places import Book
from models.ratings import Rating
from models.requests import Request
from models.sheets import SheetKind
from services import policy
from services.context import Context
from services.rules.ratings import terms
from services.sheets.opening import open_sheet
from services.visits.locating import locked_visit

#: What such a sheet is about.
ABOUT = "low_rating"


def warn_if_low(ctx: Context, request: Request, row: Rating) -> None:
    """Open the warning sheet where the elder has said that the branch may know; services only."""
    if row.quiet is False:
        _open(ctx, request, row)


def _open(ctx: Context, request: Request, row: Rating) -> None:
    if row.score > terms().low_score or row.sheet_id is not None:
        return
    row.sheet_id = open_sheet(
        ctx,
        book=row.book,
        kind=SheetKind.WARNING,
        about=ABOUT,
        subject_kind="visit",
        subject_id=row.visit_id,
        region_code=request.region_code,
        branch_id=row.branch_id,
        facts={"score": row.score, "service": row.service_code, "reference": request.reference},
    )
    ctx.session.flush()


def due(ctx: Context) -> list[tuple[str, UUID]]:
    """Visits of every book whose low rating stands for so long that the branch hears of it.

    Only of those of which the elder has not said whether it may. The job process alone asks.
    """
    known = terms()
    rows = ctx.session.execute(
        sa.select(Rating.book, Rating.visit_id)
        .where(
            Rating.book.in_(sa.select(Book.book)),
            Rating.score <= known.low_score,
            Rating.sheet_id.is_(None),
            Rating.quiet.is_(None),
            Rating.rated_at <= ctx.now - timedelta(hours=known.warning_after_hours),
        )
        .order_by(Rating.rated_at, Rating.visit_id)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.visit_id) for row in rows]


def warn(ctx: Context, book: str, visit_id: UUID) -> bool:
    """Open the sheet of one of those that are due; False where it is none any more. Jobs only."""
    policy.require(ctx.actor, "jobs.run")
    request, _visit = locked_visit(ctx, book, visit_id)
    row = ctx.session.get_one(Rating, (book, visit_id), populate_existing=True)
    if row.quiet is not None or row.sheet_id is not None or row.score > terms().low_score:
        return False
    _open(ctx, request, row)
    return True
