"""Standing visits: made, changed, paused and ended by the elder's side or at the counter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import RequestState
from models.schedule import HolidayPolicy, Occurrence, OccurrenceState, Series, SeriesState
from services import audit, policy, rates
from services.acts import key_book, once
from services.clock import local, local_date
from services.context import Context
from services.people.books import books_of
from services.people.reading import member_row
from services.requests import sentences as asked
from services.requests.asking import AskForm, check
from services.requests.asking import subject_of as elders_affair
from services.requests.ending import end as end_request
from services.requests.reviewing import let_through, locked_request
from services.rules.booking import ASK_NOTICE_MINUTES, SERIES_MOST
from services.rules.recurrence import first_date, moment, read
from services.schedule import sentences as say
from services.schedule.locating import (
    SeriesForm,
    living_series,
    readers_of,
    regulars_of,
    starts,
    subject_of,
    tell,
)
from services.schedule.materialising import ask_near_dates, write_dates
from services.schedule.proposals import promised
from services.visits.days import lock_members

ZONE = "Asia/Shanghai"
#: Nobody has promised these: they end with the standing visit.
UNPROMISED = (RequestState.SUBMITTED, RequestState.WAITING_POOL, RequestState.OPEN)


def make(ctx: Context, form: SeriesForm) -> UUID:
    """Set up a standing visit and its dates; returns its id.

    Raises what a request of the first date would, and a sentence for a rule without sense.
    """
    elder = member_row(ctx.session, form.elder_id)
    policy.require(ctx.actor, "series.make", elders_affair(elder))

    def do() -> dict[str, str]:
        lock_members(ctx.session, {elder.id})
        first = _checked(ctx, form, elder, known=None)
        series = Series(
            book=elder.home_book,
            id=ctx.new_id(),
            branch_id=elder.branch_id,
            elder_id=elder.id,
            asked_by_id=ctx.actor.id,
            consent=_consent(ctx, form),
            tzid=ZONE,
            state=SeriesState.ACTIVE,
            created_at=ctx.now,
        )
        _fill(ctx, series, form, first)
        ctx.session.add(series)
        ctx.session.flush()
        write_dates(ctx, series)
        _record(ctx, series, "series.make")
        tell(ctx, series, readers_of(series), say.SERIES_MADE)
        ask_near_dates(ctx, series)
        return {"series_id": str(series.id)}

    result = once(ctx, key_book(ctx, books_of(elder)), "series.make", form.content(), do)
    return UUID(result["series_id"])


def change(ctx: Context, book: str, series_id: UUID, form: SeriesForm) -> None:
    """Ask for something else from now on; dates that somebody has decided stay as they are.

    A branch looks at it again, and whoever comes regularly is asked again where the time changes.
    """
    series = living_series(ctx, book, series_id)
    policy.require(ctx.actor, "series.change", subject_of(ctx, series))

    def do() -> dict[str, str]:
        elder = member_row(ctx.session, series.elder_id)
        before = (series.rrule, starts(series).time(), series.booked_minutes)
        first = _checked(ctx, form, elder, known=series)
        _fill(ctx, series, form, first)
        series.reviewed_at = series.reviewed_by_id = None
        series.sequence += 1
        concerned = regulars_of(series)
        if before != (series.rrule, starts(series).time(), series.booked_minutes):
            series.regular_agreed_at = series.substitute_agreed_at = None
            tell(ctx, series, concerned, say.ASK_AGAIN)
        ctx.session.flush()
        write_dates(ctx, series)
        _record(ctx, series, "series.change")
        tell(ctx, series, readers_of(series), say.SERIES_CHANGED)
        ask_near_dates(ctx, series)
        return {}

    once(ctx, book, "series.change", {"series_id": series_id, **form.content()}, do)


def pause(ctx: Context, book: str, series_id: UUID, reason: str = "") -> None:
    """Ask for no further dates for now; what has been asked for stays."""
    series = living_series(ctx, book, series_id)
    policy.require(ctx.actor, "series.change", subject_of(ctx, series))

    def do() -> dict[str, str]:
        if series.state is not SeriesState.ACTIVE:
            raise say.SeriesChanged
        _set(ctx, series, SeriesState.PAUSED, reason)
        tell(ctx, series, readers_of(series) | regulars_of(series), say.SERIES_PAUSED)
        return {}

    once(ctx, book, "series.pause", {"series_id": series_id, "reason": reason}, do)


def resume(ctx: Context, book: str, series_id: UUID) -> None:
    """Go on with a standing visit that was paused."""
    series = living_series(ctx, book, series_id)
    policy.require(ctx.actor, "series.change", subject_of(ctx, series))

    def do() -> dict[str, str]:
        if series.state is not SeriesState.PAUSED:
            raise say.SeriesChanged
        _set(ctx, series, SeriesState.ACTIVE, "")
        write_dates(ctx, series)
        tell(ctx, series, readers_of(series) | regulars_of(series), say.SERIES_RESUMED)
        ask_near_dates(ctx, series)
        return {}

    once(ctx, book, "series.resume", {"series_id": series_id}, do)


def end(ctx: Context, book: str, series_id: UUID, reason: str = "") -> None:
    """Stop for good: nothing more is asked for; what somebody has promised takes place."""
    series = living_series(ctx, book, series_id)
    policy.require(ctx.actor, "series.end", subject_of(ctx, series))

    def do() -> dict[str, str]:
        for row in _coming(ctx, series):
            _end_date(ctx, row)
        concerned = readers_of(series) | regulars_of(series)
        _set(ctx, series, SeriesState.ENDED, reason)
        series.ended_at = ctx.now
        tell(ctx, series, concerned, say.SERIES_ENDED)
        ctx.session.flush()
        return {}

    once(ctx, book, "series.end", {"series_id": series_id, "reason": reason}, do)


def review(ctx: Context, book: str, series_id: UUID) -> None:
    """The branch lets this and all further dates through, until what is asked changes."""
    series = living_series(ctx, book, series_id)
    policy.require(ctx.actor, "series.review", subject_of(ctx, series))

    def do() -> dict[str, str]:
        if series.reviewed_at is not None:
            raise say.SeriesChanged
        series.reviewed_at, series.reviewed_by_id = ctx.now, ctx.actor.id
        for row in _coming(ctx, series):
            if row.request_id is None:
                continue
            request = locked_request(ctx, book, row.request_id)
            if request.state is RequestState.SUBMITTED and request.starts_at > ctx.now:
                let_through(ctx, request)
        _record(ctx, series, "series.review")
        tell(ctx, series, readers_of(series), say.SERIES_REVIEWED)
        ctx.session.flush()
        return {}

    once(ctx, book, "series.review", {"series_id": series_id}, do)


def _coming(ctx: Context, series: Series) -> list[Occurrence]:
    """Every date that is still to come, the nearest first."""
    return list(
        ctx.session.scalars(
            sa.select(Occurrence)
            .where(Occurrence.book == series.book, Occurrence.series_id == series.id)
            .where(Occurrence.starts_at > ctx.now)
            .order_by(Occurrence.starts_at, Occurrence.rule_day)
            .execution_options(populate_existing=True)
        )
    )


def _end_date(ctx: Context, row: Occurrence) -> None:
    if row.request_id is None:
        row.state = OccurrenceState.CANCELLED
        return
    request = locked_request(ctx, row.book, row.request_id)
    if request.state in UNPROMISED and not promised(ctx, request):
        end_request(ctx, request, RequestState.CANCELLED, asked.REQUEST_CANCELLED)
        row.state = OccurrenceState.CANCELLED


def _checked(ctx: Context, form: SeriesForm, elder: Member, *, known: Series | None) -> datetime:
    """The first moment of the rule, unless something of the form cannot be."""
    rule = read(form.rrule)
    if form.holiday_policy not in tuple(HolidayPolicy):
        raise say.PolicyUnknown(field="holiday_policy")
    if form.starts_local.tzinfo is not None:
        raise say.ZoneUnknown(field="starts_local")
    first = first_date(rule.text(), form.starts_local)
    soonest = local(ctx.now + timedelta(minutes=ASK_NOTICE_MINUTES)).replace(tzinfo=None)
    # One that stands already begins in the past; what counts is its next date.
    probe = first if known is None else first_date(rule.text(), first, soonest)
    ask = AskForm(
        elder_id=elder.id,
        service_code=form.service_code,
        starts_at=moment(probe.date(), probe.time(), ZONE),
        booked_minutes=form.booked_minutes,
        remote=form.remote,
        address=form.address,
        note=form.note,
        risk_note=form.risk_note,
        wished_sex=form.wished_sex,
    )
    try:
        check(ctx, ask, elder, rates.rule_set_on(ctx.session, local_date(ctx.now)))
    except asked.AskedAlready:
        # What stands there may well be this visit's own date.
        if known is None:
            raise
    _require_new(ctx, form, rule.text(), first, elder, known)
    return first


def _require_new(
    ctx: Context,
    form: SeriesForm,
    rrule: str,
    first: datetime,
    elder: Member,
    known: Series | None,
) -> None:
    others = ctx.session.scalars(
        sa.select(Series).where(
            Series.book == elder.home_book,
            Series.elder_id == elder.id,
            Series.state != SeriesState.ENDED,
        )
    ).all()
    others = [each for each in others if known is None or each.id != known.id]
    if known is None and len(others) >= SERIES_MOST:
        raise say.TooManySeries(most=SERIES_MOST)
    for each in others:
        same = (each.service_code, each.rrule, starts(each).time())
        if same == (form.service_code, rrule, first.time()):
            raise say.SeriesAlready


def _consent(ctx: Context, form: SeriesForm) -> str:
    """Who agreed, and how: as with a single request."""
    if ctx.actor.id == form.elder_id:
        return "own"
    if "ask" in ctx.actor.kin.get(form.elder_id, ()):
        return "family"
    if form.consent not in ("voice", "signature"):
        raise asked.ConsentNeeded(field="consent")
    return form.consent


def _fill(ctx: Context, series: Series, form: SeriesForm, first: datetime) -> None:
    def sealed(name: str, text: str | None) -> str | None:
        clean = (text or "").strip()
        return ctx.vault.seal(f"series.{name}", clean) if clean else None

    series.service_code = form.service_code
    series.rrule = read(form.rrule).text()
    series.starts_local = first.isoformat(timespec="seconds")
    series.booked_minutes = form.booked_minutes
    series.remote = form.remote
    series.holiday_policy = HolidayPolicy(form.holiday_policy)
    series.address_sealed = sealed("address", None if form.remote else form.address)
    series.note_sealed = sealed("note", form.note)
    series.risk_note_sealed = sealed("risk", form.risk_note)
    series.wished_sex = form.wished_sex


def _set(ctx: Context, series: Series, state: SeriesState, reason: str) -> None:
    before = series.state
    series.state, series.reason = state, reason.strip() or None
    series.sequence += 1
    _record(ctx, series, f"series.{state.value}", before=before)
    ctx.session.flush()


def _record(ctx: Context, series: Series, act: str, *, before: SeriesState | None = None) -> None:
    after: dict[str, Any] = {
        "state": series.state.value,
        "rule": series.rrule,
        "starts": series.starts_local,
        "service": series.service_code,
        "policy": series.holiday_policy.value,
    }
    audit.record(
        ctx,
        act,
        "series",
        series.id,
        book=series.book,
        before=None if before is None else {"state": before.value},
        after=after,
        acting_for_id=None if ctx.actor.id == series.elder_id else series.elder_id,
    )
