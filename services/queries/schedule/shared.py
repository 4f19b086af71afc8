"""Standing visits and their dates as every audience reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, RequestState, Visit
from models.schedule import Occurrence, OccurrenceState, Series, SeriesState
from services.clock import local_date
from services.context import Context
from services.errors import DomainError
from services.refusals import again
from services.requests.ending import CANCELLABLE
from services.rules.names import Name
from services.schedule.exceptions import UNDECIDED
from services.schedule.locating import rule_words, service_of
from services.visits.fitness import COMING

#: As many dates stand on a page: twelve weeks of one visit every other day.
DATES_SHOWN = 40


@dataclass(frozen=True, slots=True)
class DateRow:
    """One date. ``state`` is the date's own, or its request's once it has been asked for."""

    rule_day: date
    starts_at: datetime
    booked_minutes: int
    state: OccurrenceState | RequestState
    #: The holiday of the rule's day, and whether its year's calendar is published.
    holiday: Name | None
    calendar_is_published: bool
    #: The rule would have it on another day: a holiday or a person moved it.
    is_moved: bool
    request_id: UUID | None
    visitors: tuple[str, ...]
    refusal: DomainError | None
    #: Still to come, and neither called off nor over.
    may_decide: bool

    @property
    def code(self) -> str:
        """The state's code among the words of states; a date's own refusal is no request's."""
        if self.state is OccurrenceState.REFUSED:
            return "date_refused"
        return "date_cancelled" if self.state is OccurrenceState.CANCELLED else self.state.value


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A standing visit in a list."""

    book: str
    id: UUID
    elder_id: UUID
    elder_name: str
    service_code: str
    service: Name
    rule: Name
    booked_minutes: int
    state: SeriesState
    holiday_policy: str
    regular_id: UUID | None
    regular_name: str | None
    regular_agreed: bool
    substitute_id: UUID | None
    substitute_name: str | None
    substitute_agreed: bool
    is_reviewed: bool
    next_at: datetime | None


def series_rows(ctx: Context, found: Sequence[Series]) -> tuple[SeriesRow, ...]:
    """Stored standing visits as lines of a list."""
    people = {each for row in found for each in (row.elder_id, row.regular_id, row.substitute_id)}
    names = _names(ctx, {each for each in people if each is not None})
    following = _next_dates(ctx, found)
    return tuple(
        SeriesRow(
            book=row.book,
            id=row.id,
            elder_id=row.elder_id,
            elder_name=names[row.elder_id],
            service_code=row.service_code,
            service=service_of(ctx, row),
            rule=rule_words(row),
            booked_minutes=row.booked_minutes,
            state=row.state,
            holiday_policy=row.holiday_policy.value,
            regular_id=row.regular_id,
            regular_name=names.get(row.regular_id) if row.regular_id else None,
            regular_agreed=row.regular_agreed_at is not None,
            substitute_id=row.substitute_id,
            substitute_name=names.get(row.substitute_id) if row.substitute_id else None,
            substitute_agreed=row.substitute_agreed_at is not None,
            is_reviewed=row.reviewed_at is not None,
            next_at=following.get(row.id),
        )
        for row in found
    )


def date_rows(ctx: Context, series: Series, limit: int = DATES_SHOWN) -> tuple[DateRow, ...]:
    """The dates to come, the nearest first; those that a change of the rule took away are left."""
    gone = sa.and_(Occurrence.state == OccurrenceState.CANCELLED, Occurrence.exception.is_(None))
    found = ctx.session.scalars(
        sa.select(Occurrence)
        .where(Occurrence.book == series.book, Occurrence.series_id == series.id)
        .where(Occurrence.starts_at > ctx.now, sa.not_(gone))
        .order_by(Occurrence.starts_at, Occurrence.rule_day)
        .limit(limit)
    ).all()
    return dates_of(ctx, series, found)


def dates_of(ctx: Context, series: Series, found: Sequence[Occurrence]) -> tuple[DateRow, ...]:
    """Stored dates as a page shows them."""
    wanted = [row.request_id for row in found if row.request_id is not None]
    requests = {
        each.id: each
        for each in ctx.session.scalars(
            sa.select(Request).where(Request.book == series.book, Request.id.in_(wanted))
        )
    }
    visitors = _visitors(ctx, series.book, wanted)
    return tuple(
        _date(ctx, series, row, requests.get(row.request_id) if row.request_id else None, visitors)
        for row in found
    )


def _date(
    ctx: Context,
    series: Series,
    row: Occurrence,
    request: Request | None,
    visitors: dict[UUID, list[str]],
) -> DateRow:
    asked = row.state is OccurrenceState.ASKED and request is not None
    state = request.state if asked and request is not None else row.state
    return DateRow(
        rule_day=row.rule_day,
        starts_at=row.starts_at,
        booked_minutes=series.booked_minutes,
        state=state,
        holiday=holiday_of(row),
        calendar_is_published=row.calendar_is_published,
        is_moved=row.exception == "moved" or _is_on_another_day(row),
        request_id=row.request_id,
        visitors=tuple(visitors.get(row.request_id, ())) if row.request_id else (),
        refusal=refusal_of(row),
        may_decide=series.state is not SeriesState.ENDED
        and row.starts_at > ctx.now
        and state in (*UNDECIDED, *CANCELLABLE),
    )


def _is_on_another_day(row: Occurrence) -> bool:
    return local_date(row.starts_at) != row.rule_day


def holiday_of(row: Occurrence) -> Name | None:
    """The holiday that the rule's day falls on."""
    return Name(*json.loads(row.holiday)) if row.holiday else None


def refusal_of(row: Occurrence) -> DomainError | None:
    """Why a request could not be made, as it was said then."""
    if row.state is not OccurrenceState.REFUSED or row.reason is None:
        return None
    code, params = json.loads(row.reason)
    return again(code, params)


def _visitors(ctx: Context, book: str, wanted: Iterable[UUID]) -> dict[UUID, list[str]]:
    rows = ctx.session.execute(
        sa.select(Visit.request_id, Member.name)
        .join(Member, Member.id == Visit.provider_id)
        .where(Visit.book == book, Visit.request_id.in_(list(wanted)))
        .where(Visit.state.in_(COMING))
        .order_by(Visit.accepted_at, Visit.id)
    )
    found: dict[UUID, list[str]] = {}
    for row in rows:
        found.setdefault(row.request_id, []).append(row.name)
    return found


def _names(ctx: Context, ids: set[UUID]) -> dict[UUID, str]:
    rows = ctx.session.execute(sa.select(Member.id, Member.name).where(Member.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _next_dates(ctx: Context, found: Sequence[Series]) -> dict[UUID, datetime]:
    rows = ctx.session.execute(
        sa.select(Occurrence.series_id, sa.func.min(Occurrence.starts_at).label("at"))
        .where(
            Occurrence.book.in_({row.book for row in found}),
            Occurrence.series_id.in_([row.id for row in found]),
            Occurrence.starts_at > ctx.now,
            Occurrence.state.in_((OccurrenceState.PLANNED, OccurrenceState.ASKED)),
        )
        .group_by(Occurrence.series_id)
    )
    return {row.series_id: row.at for row in rows}
