"""Standing visits as a volunteer sees them: the ones that he was asked to come to as a rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import RequestState, Visit
from models.schedule import Series, SeriesState
from services import policy
from services.context import Context
from services.people.reading import member_row
from services.people.texts import masked_name
from services.queries.schedule.shared import DateRow, SeriesRow, date_rows, series_rows
from services.queries.volunteer.places import street_of
from services.schedule.locating import subject_of
from services.schedule.sentences import SeriesUnknown
from services.visits.fitness import COMING


@dataclass(frozen=True, slots=True)
class MySeries:
    """One standing visit of mine; no full name and no door before a date is promised."""

    series: SeriesRow
    #: regular or substitute
    place: str
    has_agreed: bool
    street: str | None
    dates: tuple[DateRow, ...]
    #: The dates that one press says yes to.
    open_days: tuple[date, ...]


def my_series(ctx: Context) -> tuple[MySeries, ...]:
    """Everything that I was asked to come to as a rule, what waits for my word first."""
    me = ctx.actor.id
    found = ctx.session.scalars(
        sa.select(Series)
        .where(Series.book.in_(ctx.actor.books), Series.state != SeriesState.ENDED)
        .where(sa.or_(Series.regular_id == me, Series.substitute_id == me))
        .order_by(Series.created_at, Series.id)
        .limit(50)
    ).all()
    return tuple(sorted((_mine(ctx, each) for each in found), key=lambda each: each.has_agreed))


def one_of_mine(ctx: Context, series_id: UUID) -> MySeries:
    """One of them. Raises SeriesUnknown for everybody who was not asked."""
    found = ctx.session.scalar(
        sa.select(Series).where(Series.book.in_(ctx.actor.books), Series.id == series_id)
    )
    if found is None or ctx.actor.id not in (found.regular_id, found.substitute_id):
        raise SeriesUnknown
    policy.require(ctx.actor, "series.read", subject_of(ctx, found, ctx.actor.id))
    return _mine(ctx, found)


def _mine(ctx: Context, series: Series) -> MySeries:
    is_regular = series.regular_id == ctx.actor.id
    agreed_at = series.regular_agreed_at if is_regular else series.substitute_agreed_at
    row = series_rows(ctx, [series])[0]
    dates = date_rows(ctx, series)
    elder = member_row(ctx.session, series.elder_id)
    return MySeries(
        series=replace(row, elder_name=masked_name(row.elder_name)),
        place="regular" if is_regular else "substitute",
        has_agreed=agreed_at is not None,
        street=_street(ctx, series, elder),
        dates=dates,
        open_days=_open_days(ctx, series, dates) if agreed_at is not None else (),
    )


def _street(ctx: Context, series: Series, elder: Member) -> str | None:
    """The street only; None for a remote service."""
    if series.remote:
        return None
    own = ctx.vault.open_or_none("member.address", elder.address_sealed)
    given = ctx.vault.open_or_none("series.address", series.address_sealed)
    return street_of(given or own or "") or None


def _open_days(ctx: Context, series: Series, dates: tuple[DateRow, ...]) -> tuple[date, ...]:
    """Dates that look for somebody and that are not promised by me already."""
    asked = {each.request_id: each.rule_day for each in dates if each.state is RequestState.OPEN}
    mine = ctx.session.scalars(
        sa.select(Visit.request_id).where(
            Visit.book == series.book,
            Visit.request_id.in_([each for each in asked if each]),
            Visit.provider_id == ctx.actor.id,
            Visit.state.in_(COMING),
        )
    ).all()
    return tuple(day for key, day in asked.items() if key not in mine)
