"""The dates of standing visits as rows, twelve weeks ahead, and the requests made of them.

A row is known by the day that the rule named. What a person decided of a date is never
overwritten; a calendar that is published later only moves dates that nobody has decided.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.rules import CalendarRecord
from models.schedule import Occurrence, OccurrenceState, Series, SeriesState
from services import audit, policy, rates
from services.clock import at_local, local_date
from services.context import Context
from services.errors import DomainError
from services.refusals import SENTENCE, packed
from services.requests.asking import OfSeries, ask_date
from services.requests.reviewing import let_through, locked_request
from services.rules.booking import LEAD_DAYS, MATERIALISED_DAYS
from services.rules.holidays import PAD_DAYS, Placed, place
from services.rules.recurrence import dates, read
from services.schedule import sentences as say
from services.schedule.locating import (
    ask_form,
    elder_of,
    locked_series,
    moment_on,
    occurrence_of,
    readers_of,
    regulars_of,
    starts,
    tell,
)

#: What the rule alone decided; everything else somebody has decided, or it is on its way.
OF_THE_RULE = (OccurrenceState.PLANNED, OccurrenceState.SKIPPED)
#: Why a date of a changed rule no longer stands; the rule may bring it back.
CHANGED = "changed"


def due_for_dates(ctx: Context, limit: int = 500) -> list[tuple[str, UUID]]:
    """Standing visits whose rows do not reach far enough, or wait for a published calendar."""
    until = local_date(ctx.now) + timedelta(days=MATERIALISED_DAYS)
    short = sa.or_(Series.made_until.is_(None), Series.made_until < until)
    rows = ctx.session.execute(
        sa.select(Series.book, Series.id)
        .where(Series.state == SeriesState.ACTIVE, sa.or_(short, _awaits_calendar(ctx)))
        .order_by(Series.book, Series.id)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def _awaits_calendar(ctx: Context) -> sa.ColumnElement[bool]:
    """Some date was worked out without the calendar of a year that has been published since."""
    years = ctx.session.scalars(sa.select(CalendarRecord.year).distinct()).all()
    within = [
        sa.and_(
            Occurrence.rule_day >= date(year, 1, 1),
            Occurrence.rule_day <= date(year, 12, 31),
        )
        for year in years
        if year >= local_date(ctx.now).year
    ]
    return sa.exists().where(
        Occurrence.book == Series.book,
        Occurrence.series_id == Series.id,
        Occurrence.calendar_is_published.is_(False),
        Occurrence.state.in_(OF_THE_RULE),
        Occurrence.exception.is_(None),
        Occurrence.starts_at > ctx.now,
        sa.or_(sa.false(), *within),
    )


def materialise(ctx: Context, book: str, series_id: UUID) -> int:
    """Bring the rows of a standing visit up to date; returns how many changed."""
    policy.require(ctx.actor, "jobs.run")
    series = locked_series(ctx, book, series_id)
    return write_dates(ctx, series) if series.state is SeriesState.ACTIVE else 0


def write_dates(ctx: Context, series: Series) -> int:
    """Upsert the dates from today through the next twelve weeks, under the series' lock."""
    today = local_date(ctx.now)
    last = today + timedelta(days=MATERIALISED_DAYS)
    placed = {each.rule_day: each for each in _placed(ctx, series, today, last)}
    known = {row.rule_day: row for row in _rows(ctx, series, today)}
    changed = 0
    for rule_day, each in placed.items():
        row = known.get(rule_day)
        if row is None:
            ctx.session.add(_row(series, each))
            changed += 1
        elif row.exception is None and _is_the_rules(row):
            changed += _rework(ctx, series, row, each)
    for rule_day, row in known.items():
        undecided = row.exception is None and row.state in OF_THE_RULE
        # What is over today stays as it was: only what is still to come can change.
        if rule_day not in placed and undecided and row.starts_at > ctx.now:
            row.state, row.reason = OccurrenceState.CANCELLED, CHANGED
            changed += 1
    series.made_until = last
    ctx.session.flush()
    return changed


def _placed(ctx: Context, series: Series, first: date, last: date) -> list[Placed]:
    """The rule's dates with their days; a wider span is placed, so that every run agrees."""
    rule, begin = read(series.rrule), first - timedelta(days=PAD_DAYS)
    days = dates(series.rrule, starts(series), begin, last + timedelta(days=PAD_DAYS))
    calendar = rates.calendar_on(ctx.session)
    found = place(days, series.holiday_policy.value, calendar, weekdays_chosen=rule.weekdays_chosen)
    return [
        each
        for each in found
        if each.rule_day <= last and moment_on(series, each.day or each.rule_day) > ctx.now
    ]


def _rows(ctx: Context, series: Series, first: date) -> list[Occurrence]:
    """The rows whose rule's day, or whose own day, is not over."""
    return list(
        ctx.session.scalars(
            sa.select(Occurrence)
            .where(Occurrence.book == series.book, Occurrence.series_id == series.id)
            .where(sa.or_(Occurrence.rule_day >= first, Occurrence.starts_at >= ctx.now))
            .execution_options(populate_existing=True)
        )
    )


def _is_the_rules(row: Occurrence) -> bool:
    return row.state in OF_THE_RULE or (
        row.state is OccurrenceState.CANCELLED and row.reason == CHANGED
    )


def _row(series: Series, each: Placed) -> Occurrence:
    return Occurrence(
        book=series.book,
        series_id=series.id,
        rule_day=each.rule_day,
        starts_at=moment_on(series, each.day or each.rule_day),
        state=OccurrenceState.PLANNED if each.day else OccurrenceState.SKIPPED,
        calendar_is_published=each.is_published,
        holiday=_holiday(each),
    )


def _holiday(each: Placed) -> str | None:
    """Both languages, as JSON: the row outlives the calendar that named it."""
    if each.holiday is None:
        return None
    return json.dumps([each.holiday.zh, each.holiday.en], ensure_ascii=False)


def _rework(ctx: Context, series: Series, row: Occurrence, each: Placed) -> int:
    """Work one undecided date out anew; those concerned are told what a new calendar changed."""
    fresh = _row(series, each)
    was_open, before = row.state in OF_THE_RULE, row.starts_at
    differs = (row.starts_at, row.state) != (fresh.starts_at, fresh.state)
    published = fresh.calendar_is_published and not row.calendar_is_published
    if not differs and not published and row.holiday == fresh.holiday:
        return 0
    if differs and published and was_open:
        gone = fresh.state is OccurrenceState.SKIPPED
        tell(
            ctx,
            series,
            readers_of(series) | regulars_of(series),
            say.CALENDAR_SKIPPED if gone else say.CALENDAR_CHANGED,
            from_at=before,
            day_at=fresh.starts_at,
        )
    row.starts_at, row.state, row.reason = fresh.starts_at, fresh.state, None
    row.holiday, row.calendar_is_published = fresh.holiday, fresh.calendar_is_published
    return 1


def due_dates(ctx: Context, limit: int = 500) -> list[tuple[str, UUID, date]]:
    """Planned dates near enough to ask for, the nearest first."""
    rows = ctx.session.execute(
        sa.select(Occurrence.book, Occurrence.series_id, Occurrence.rule_day)
        .join(
            Series,
            sa.and_(Series.book == Occurrence.book, Series.id == Occurrence.series_id),
        )
        .where(Series.state == SeriesState.ACTIVE)
        .where(Occurrence.state == OccurrenceState.PLANNED)
        .where(Occurrence.starts_at > ctx.now, Occurrence.starts_at < _lead(ctx))
        .order_by(Occurrence.starts_at)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.series_id, row.rule_day) for row in rows]


def _lead(ctx: Context) -> datetime:
    """The end of the last day that is asked for now."""
    return at_local(local_date(ctx.now) + timedelta(days=LEAD_DAYS + 1), time.min)


def ask_for(ctx: Context, book: str, series_id: UUID, rule_day: date) -> UUID | None:
    """Make the request of one date; None where it could not be, with its reason on the row."""
    policy.require(ctx.actor, "jobs.run")
    series = locked_series(ctx, book, series_id)
    row = occurrence_of(ctx, series, rule_day)
    if series.state is not SeriesState.ACTIVE or row.state is not OccurrenceState.PLANNED:
        return None
    return make_request(ctx, series, row)


def ask_near_dates(ctx: Context, series: Series) -> int:
    """Ask at once for the dates that are near already: nobody waits for the job.

    While it is paused nothing is asked for, whatever else is changed of it.
    """
    if series.state is not SeriesState.ACTIVE:
        return 0
    rows = ctx.session.scalars(
        sa.select(Occurrence)
        .where(Occurrence.book == series.book, Occurrence.series_id == series.id)
        .where(Occurrence.state == OccurrenceState.PLANNED)
        .where(Occurrence.starts_at > ctx.now, Occurrence.starts_at < _lead(ctx))
        .order_by(Occurrence.starts_at)
    ).all()
    return sum(make_request(ctx, series, row) is not None for row in rows)


def make_request(ctx: Context, series: Series, row: Occurrence) -> UUID | None:
    """Ask for a date with the elder's hold; a refusal stays on the row and goes to the branch."""
    elder = elder_of(ctx, series)
    form = ask_form(ctx, series, row.starts_at)
    date_of = OfSeries(series.id, row.rule_day, series.asked_by_id)
    try:
        with ctx.session.begin_nested():
            request_id = ask_date(ctx, form, elder, date_of)
    except DomainError as refusal:
        _note_refusal(ctx, series, row, refusal)
        return None
    row.state, row.request_id, row.reason = OccurrenceState.ASKED, request_id, None
    ctx.session.flush()
    if series.reviewed_at is not None:
        let_through(ctx, locked_request(ctx, series.book, request_id))
    return request_id


def _note_refusal(ctx: Context, series: Series, row: Occurrence, refusal: DomainError) -> None:
    said = {**packed(refusal), SENTENCE: refusal.sentence}
    row.state = OccurrenceState.REFUSED
    row.reason = json.dumps([refusal.code, said], ensure_ascii=False)
    tell(ctx, series, readers_of(series), say.DATE_REFUSED, day_at=row.starts_at)
    audit.record(
        ctx,
        "series.date_refused",
        "series",
        series.id,
        book=series.book,
        after={"day": row.rule_day.isoformat(), "code": refusal.code},
    )
    ctx.session.flush()
