"""Standing visits of a branch, and the dates that could not be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.schedule import Occurrence, OccurrenceState, Series, SeriesState
from services.context import Context
from services.queries.branch.desks import Desk, desk
from services.queries.schedule.shared import DateRow, SeriesRow, dates_of, series_rows

PAGE = 25
#: So many dates that need a hand stand above the list.
REFUSED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class RefusedDate:
    """A date whose request could not be made, with its standing visit."""

    series: SeriesRow
    date: DateRow


@dataclass(frozen=True, slots=True)
class BranchSeries:
    """A page of a branch's standing visits."""

    desk: Desk
    rows: tuple[SeriesRow, ...]
    total: int
    refused: tuple[RefusedDate, ...]


def branch_series(
    ctx: Context, branch_id: UUID, *, offset: int = 0, waiting: bool = False
) -> BranchSeries:
    """Standing visits that have not ended; ``waiting``: only those that nobody has reviewed."""
    here = desk(ctx, branch_id)
    where = [
        Series.book == here.book,
        Series.branch_id == here.id,
        Series.state != SeriesState.ENDED,
    ]
    if waiting:
        where.append(Series.reviewed_at.is_(None))
    total = ctx.session.scalar(sa.select(sa.func.count()).select_from(Series).where(*where)) or 0
    found = ctx.session.scalars(
        sa.select(Series)
        .where(*where)
        .order_by(Series.created_at.desc(), Series.id)
        .offset(offset)
        .limit(PAGE)
    ).all()
    return BranchSeries(here, series_rows(ctx, found), total, _refused(ctx, here))


def _refused(ctx: Context, here: Desk) -> tuple[RefusedDate, ...]:
    rows = ctx.session.execute(
        sa.select(Series, Occurrence)
        .join(
            Occurrence,
            sa.and_(Occurrence.book == Series.book, Occurrence.series_id == Series.id),
        )
        .where(Series.book == here.book, Series.branch_id == here.id)
        .where(Series.state != SeriesState.ENDED)
        .where(Occurrence.state == OccurrenceState.REFUSED, Occurrence.starts_at > ctx.now)
        .order_by(Occurrence.starts_at)
        .limit(REFUSED_SHOWN)
    ).all()
    return tuple(
        RefusedDate(
            series_rows(ctx, [row.Series])[0], dates_of(ctx, row.Series, [row.Occurrence])[0]
        )
        for row in rows
    )
