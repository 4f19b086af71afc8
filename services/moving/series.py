"""Standing visits go along: the rule, its dates to come and whoever comes regularly."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.schedule import Occurrence, OccurrenceState, Series, SeriesState
from services import audit, rates
from services.clock import local_date
from services.context import Context
from services.moving import sentences as say
from services.moving.as_elder import Carried, copy_row
from services.moving.bookings import CARRIED, SERIES
from services.moving.planning import Place


def carry_series(
    ctx: Context,
    member: Member,
    from_book: str,
    to: Place,
    carried: list[Carried],
    old_address: str | None,
) -> list[dict[str, Any]]:
    """Write every living standing visit anew in the new book and end the old one there.

    Whoever comes regularly stays named, and is asked for each date as before: never assigned.
    """
    anew = {each.old_id: each for each in carried}
    rows = ctx.session.scalars(
        sa.select(Series)
        .where(
            Series.book == from_book,
            Series.elder_id == member.id,
            Series.state != SeriesState.ENDED,
        )
        .order_by(Series.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    found = []
    for row in rows:
        asked = ctx.vault.open_or_none("series.address", row.address_sealed)
        # Where it was the old home it is the new one now; any other place stays.
        address = None if asked == old_address else row.address_sealed
        found.append(_carry(ctx, member, row, to, anew, address))
    return found


def _carry(
    ctx: Context,
    member: Member,
    old: Series,
    to: Place,
    anew: dict[UUID, Carried],
    address_sealed: str | None,
) -> dict[str, Any]:
    series = copy_row(
        old,
        book=to.book,
        id=ctx.new_id(),
        branch_id=to.branch_id,
        address_sealed=address_sealed,
        sequence=0,
    )
    ctx.session.add(series)
    ctx.session.flush()
    _carry_dates(ctx, old, series, anew)
    old.state, old.reason, old.ended_at = SeriesState.ENDED, say.ENDED_BY_MOVE, ctx.now
    old.sequence += 1
    _record(ctx, member, old, series)
    ctx.session.flush()
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return {
        "kind": SERIES,
        "fate": CARRIED,
        "id": str(old.id),
        "new_id": str(series.id),
        **rules.service(old.service_code).name.params("service"),
    }


def _carry_dates(ctx: Context, old: Series, series: Series, anew: dict[UUID, Carried]) -> None:
    """Dates to come, each with the request that was made anew of it."""
    for date in _coming(ctx, old):
        there = anew.get(date.request_id) if date.request_id is not None else None
        if date.request_id is not None and there is None:
            continue
        ctx.session.add(
            copy_row(
                date,
                book=series.book,
                series_id=series.id,
                request_id=there.request.id if there else None,
            )
        )
        if there is not None:
            there.request.series_id = series.id
        date.state = OccurrenceState.CANCELLED


def _record(ctx: Context, member: Member, old: Series, series: Series) -> None:
    for row, act, before, after in (
        (old, "series.ended", None, {"state": old.state.value, "new": str(series.id)}),
        (series, "series.move", {"series": str(old.id)}, {"state": series.state.value}),
    ):
        audit.record(
            ctx,
            act,
            "series",
            row.id,
            book=row.book,
            before=before,
            after=after,
            acting_for_id=None if ctx.actor.id == member.id else member.id,
        )


def _coming(ctx: Context, series: Series) -> list[Occurrence]:
    return list(
        ctx.session.scalars(
            sa.select(Occurrence)
            .where(
                Occurrence.book == series.book,
                Occurrence.series_id == series.id,
                Occurrence.starts_at > ctx.now,
            )
            .order_by(Occurrence.rule_day)
        )
    )
