"""One date of a standing visit: left out, moved, asked for again. A person's word stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.requests import RequestState
from models.schedule import Occurrence, OccurrenceState, Series
from services import audit, policy
from services.acts import once
from services.context import Context
from services.requests import sentences as asked
from services.requests.ending import cancel as cancel_request
from services.rules.booking import ASK_NOTICE_MINUTES, on_quarter
from services.schedule import sentences as say
from services.schedule.locating import (
    living_series,
    occurrence_of,
    readers_of,
    regulars_of,
    request_of,
    subject_of,
    tell,
)
from services.schedule.materialising import ask_near_dates, make_request
from services.schedule.rescheduling import Outcome, propose

#: A person may still decide these without anybody else.
UNDECIDED = (OccurrenceState.PLANNED, OccurrenceState.SKIPPED, OccurrenceState.REFUSED)
ENDED = (
    RequestState.REFUSED,
    RequestState.CLOSED,
    RequestState.CANCELLED,
    RequestState.EXPIRED,
)


def cancel_date(ctx: Context, book: str, series_id: UUID, rule_day: date, reason: str = "") -> None:
    """Leave one date out; a request that was made of it is called off.

    Raises DateUnknown, DateDecided, and what calling a request off raises.
    """
    series, row = _located(ctx, book, series_id, rule_day)

    def do() -> dict[str, str]:
        if row.starts_at <= ctx.now or row.state is OccurrenceState.CANCELLED:
            raise say.DateDecided
        if row.request_id is not None and row.state is OccurrenceState.ASKED:
            _call_off(ctx, row, reason)
        row.state, row.exception = OccurrenceState.CANCELLED, "cancelled"
        row.reason = None
        _record(ctx, series, row, "series.cancel_date")
        concerned = readers_of(series) | regulars_of(series)
        tell(ctx, series, concerned, say.DATE_CANCELLED, day_at=row.starts_at)
        return {}

    content = {"series_id": series_id, "rule_day": rule_day, "reason": reason}
    once(ctx, book, "series.cancel_date", content, do)


def _call_off(ctx: Context, row: Occurrence, reason: str) -> None:
    request = request_of(ctx, row)
    assert request is not None, "a date that was asked for has its request"
    if request.state not in ENDED:
        # The key is claimed by this act; the act inside is part of it.
        cancel_request(_inside(ctx), row.book, request.id, reason)


def move_date(ctx: Context, book: str, series_id: UUID, rule_day: date, to_at: datetime) -> Outcome:
    """Have one date at another time. Where somebody has promised, it is a proposal to them.

    Raises DateUnknown, DateDecided, DateTaken, OffQuarter, TooSoon and what a proposal raises.
    """
    series, row = _located(ctx, book, series_id, rule_day)

    def do() -> dict[str, Any]:
        if row.state is OccurrenceState.ASKED and row.request_id is not None:
            outcome = propose(_inside(ctx), book, row.request_id, to_at)
            made = outcome.proposal_id
            return {"moved": outcome.is_moved, "proposal_id": str(made) if made else None}
        _check(ctx, series, row, to_at)
        row.starts_at, row.state, row.exception = to_at, OccurrenceState.PLANNED, "moved"
        row.reason = None
        _record(ctx, series, row, "series.move_date")
        concerned = readers_of(series) | regulars_of(series)
        tell(ctx, series, concerned, say.DATE_MOVED, day_at=to_at)
        ask_near_dates(ctx, series)
        return {"moved": True, "proposal_id": None}

    content = {"series_id": series_id, "rule_day": rule_day, "to_at": to_at}
    result = once(ctx, book, "series.move_date", content, do)
    made = result["proposal_id"]
    return Outcome(bool(result["moved"]), UUID(made) if made else None)


def ask_again(ctx: Context, book: str, series_id: UUID, rule_day: date) -> UUID | None:
    """Try a date once more whose request could not be made; None where it still cannot."""
    series, row = _located(ctx, book, series_id, rule_day)

    def do() -> dict[str, Any]:
        if row.state is not OccurrenceState.REFUSED or row.starts_at <= ctx.now:
            raise say.DateDecided
        made = make_request(ctx, series, row)
        _record(ctx, series, row, "series.ask_again")
        return {"request_id": str(made) if made else None}

    content = {"series_id": series_id, "rule_day": rule_day}
    found = once(ctx, book, "series.ask_again", content, do)["request_id"]
    return UUID(found) if found else None


def _located(ctx: Context, book: str, series_id: UUID, rule_day: date) -> tuple[Series, Occurrence]:
    series = living_series(ctx, book, series_id)
    policy.require(ctx.actor, "series.change", subject_of(ctx, series))
    return series, occurrence_of(ctx, series, rule_day)


def _inside(ctx: Context) -> Context:
    """The same act without its key, for an act that is part of it."""
    return replace(ctx, key=None)


def _check(ctx: Context, series: Series, row: Occurrence, to_at: datetime) -> None:
    if row.state not in UNDECIDED or row.starts_at <= ctx.now:
        raise say.DateDecided
    if not on_quarter(to_at):
        raise asked.OffQuarter(field="to_at")
    if to_at < ctx.now + timedelta(minutes=ASK_NOTICE_MINUTES):
        raise asked.TooSoon(field="to_at", notice_minutes=ASK_NOTICE_MINUTES)
    if to_at == row.starts_at and row.state is OccurrenceState.PLANNED:
        raise say.SameTime(field="to_at")
    same = ctx.session.scalar(
        sa.select(Occurrence.rule_day).where(
            Occurrence.book == series.book,
            Occurrence.series_id == series.id,
            Occurrence.rule_day != row.rule_day,
            Occurrence.starts_at == to_at,
            Occurrence.state.in_((OccurrenceState.PLANNED, OccurrenceState.ASKED)),
        )
    )
    if same is not None:
        raise say.DateTaken(field="to_at")


def _record(ctx: Context, series: Series, row: Occurrence, act: str) -> None:
    audit.record(
        ctx,
        act,
        "series",
        series.id,
        book=series.book,
        after={
            "day": row.rule_day.isoformat(),
            "state": row.state.value,
            "starts_at": row.starts_at.isoformat(),
        },
        acting_for_id=None if ctx.actor.id == series.elder_id else series.elder_id,
    )
    ctx.session.flush()
