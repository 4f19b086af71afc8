"""Standing visits on the elder's side: the list, one of them, and another time proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from models.people import Member, MemberStatus
from models.requests import Visit, VisitState
from models.schedule import Series, SeriesState
from services import policy
from services.availability.barred import barred_for
from services.availability.facts import TOOK_PLACE
from services.context import Context
from services.people.reading import member_row
from services.places import BranchView, branch
from services.queries.elder.near import ElderView, near, require_near, view_of
from services.queries.schedule.shared import DateRow, SeriesRow, date_rows, series_rows
from services.schedule.locating import SeriesForm, starts, subject_of
from services.schedule.sentences import DateUnknown, SeriesUnknown

#: So many of those who came before are offered to be asked.
PEOPLE_SHOWN = 12


@dataclass(frozen=True, slots=True)
class SeriesList:
    """An elder's standing visits, those that have ended last."""

    elder: ElderView
    rows: tuple[SeriesRow, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who has come before and could come as a rule."""

    id: UUID
    name: str
    times: int


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """One standing visit with its dates and who might come to it."""

    elder: ElderView
    branch: BranchView
    id: UUID
    series: SeriesRow
    note: str | None
    risk_note: str | None
    reason: str | None
    dates: tuple[DateRow, ...]
    known: tuple[Known, ...]
    #: What stands now, for whoever changes it.
    form: SeriesForm
    may_change: bool
    may_review: bool


@dataclass(frozen=True, slots=True)
class DatePage:
    """One date of a standing visit."""

    elder: ElderView
    id: UUID
    series: SeriesRow
    date: DateRow


def series_list(ctx: Context, elder_id: UUID) -> SeriesList:
    """All standing visits of an elder."""
    member = near(ctx, elder_id)
    found = ctx.session.scalars(
        sa.select(Series)
        .where(Series.book == member.home_book, Series.elder_id == member.id)
        .order_by(Series.created_at.desc(), Series.id)
        .limit(50)
    ).all()
    ordered = sorted(found, key=lambda each: each.state is SeriesState.ENDED)
    return SeriesList(view_of(ctx, member), series_rows(ctx, ordered))


def series_page(ctx: Context, book: str, series_id: UUID) -> SeriesPage:
    """One standing visit. Raises SeriesUnknown or a refusal."""
    series = _series(ctx, book, series_id)
    member = member_row(ctx.session, series.elder_id)
    subject = subject_of(ctx, series)

    def opened(name: str, sealed: str | None) -> str | None:
        return ctx.vault.open_or_none(f"series.{name}", sealed)

    lives = series.state is not SeriesState.ENDED
    return SeriesPage(
        elder=view_of(ctx, member),
        branch=branch(ctx.session, series.branch_id),
        id=series.id,
        series=series_rows(ctx, [series])[0],
        note=opened("note", series.note_sealed),
        risk_note=opened("risk", series.risk_note_sealed),
        reason=series.reason,
        dates=date_rows(ctx, series),
        known=known_people(ctx, series) if lives else (),
        form=form_of(ctx, series),
        may_change=lives and policy.can(ctx.actor, "series.change", subject).allowed,
        may_review=lives
        and series.reviewed_at is None
        and policy.can(ctx.actor, "series.review", subject).allowed,
    )


def date_page(ctx: Context, book: str, series_id: UUID, rule_day: date) -> DatePage:
    """One date that is still to come. Raises SeriesUnknown, DateUnknown or a refusal."""
    page = series_page(ctx, book, series_id)
    for each in page.dates:
        if each.rule_day == rule_day:
            return DatePage(page.elder, page.id, page.series, each)
    raise DateUnknown


def form_of(ctx: Context, series: Series) -> SeriesForm:
    """What a standing visit asks for now."""
    return SeriesForm(
        elder_id=series.elder_id,
        service_code=series.service_code,
        rrule=series.rrule,
        starts_local=starts(series),
        booked_minutes=series.booked_minutes,
        holiday_policy=series.holiday_policy.value,
        consent=series.consent,
        remote=series.remote,
        address=ctx.vault.open_or_none("series.address", series.address_sealed),
        note=ctx.vault.open_or_none("series.note", series.note_sealed),
        risk_note=ctx.vault.open_or_none("series.risk", series.risk_note_sealed),
        wished_sex=series.wished_sex,
    )


def known_people(ctx: Context, series: Series) -> tuple[Known, ...]:
    """Who has come to this elder or has promised to, the most faithful first."""
    times = sa.func.count(sa.case((Visit.state.in_(TOOK_PLACE), Visit.id))).label("times")
    rows = ctx.session.execute(
        sa.select(Member.id, Member.name, times)
        .join(Visit, Visit.provider_id == Member.id)
        .where(Visit.book == series.book, Visit.elder_id == series.elder_id)
        .where(Visit.state.in_((*TOOK_PLACE, VisitState.ACCEPTED)), ~Visit.extra)
        .where(Member.status == MemberStatus.ACTIVE, Member.is_provider)
        .where(Member.home_book == series.book)
        .where(Member.id.not_in(barred_for(ctx.session, series.elder_id)))
        .group_by(Member.id, Member.name)
        .order_by(times.desc(), Member.name)
        .limit(PEOPLE_SHOWN)
    ).all()
    return tuple(Known(row.id, row.name, row.times) for row in rows)


def _series(ctx: Context, book: str, series_id: UUID) -> Series:
    found = ctx.session.get(Series, (book, series_id))
    if found is None:
        raise SeriesUnknown
    require_near(ctx, "series.read", subject_of(ctx, found))
    return found
