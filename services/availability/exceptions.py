"""Days on which the week does not hold: away, there in addition, or a pause of one's own."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.availability import AvailabilityException, ExceptionKind
from models.people import Member
from services.availability import errors as say
from services.availability.stating import change
from services.clock import local_date
from services.context import Context
from services.people.trail import note
from services.rules.availability import (
    AHEAD_DAYS,
    AWAY,
    DAY_MINUTES,
    MOST_EXCEPTIONS,
    DayException,
)


def add_exception(ctx: Context, member_id: UUID, stated: DayException) -> UUID | None:
    """Away on some days, or there when the week says otherwise; returns its id."""
    today = local_date(ctx.now)
    if not 0 <= stated.from_minute < stated.to_minute <= DAY_MINUTES:
        raise say.HoursWrong(field="from_minute")
    if stated.last_day < max(stated.first_day, today):
        raise say.DaysWrong(field="last_day")
    if stated.last_day > today + timedelta(days=AHEAD_DAYS):
        raise say.DaysTooFar(field="last_day", days=AHEAD_DAYS)

    def do(member: Member) -> UUID:
        if len(exceptions_of(ctx, member.id)) >= MOST_EXCEPTIONS:
            raise say.TooManyHours(most=MOST_EXCEPTIONS)
        row = AvailabilityException(
            member_id=member.id,
            id=ctx.new_id(),
            kind=ExceptionKind(stated.kind),
            first_day=stated.first_day,
            last_day=stated.last_day,
            from_minute=stated.from_minute,
            to_minute=stated.to_minute,
        )
        ctx.session.add(row)
        note(ctx, "availability.exception", member, after=_said(row))
        ctx.session.flush()
        return row.id

    return change(ctx, member_id, "exception", asdict(stated), do)


def end_exception(ctx: Context, member_id: UUID, exception_id: UUID) -> None:
    """Take one back: the week holds again on those days."""

    def do(member: Member) -> None:
        row = ctx.session.get(AvailabilityException, (member.id, exception_id))
        if row is None:
            raise say.ExceptionUnknown
        note(ctx, "availability.exception", member, before=_said(row))
        _delete(ctx, row)
        ctx.session.flush()

    change(ctx, member_id, "exception_end", {"exception_id": exception_id}, do)


def pause(ctx: Context, member_id: UUID, last_day: date) -> None:
    """Not to be asked from today through a day; easily taken back."""
    add_exception(ctx, member_id, DayException(AWAY, local_date(ctx.now), last_day))


def resume(ctx: Context, member_id: UUID) -> None:
    """End the pause that holds today."""
    today = local_date(ctx.now)

    def do(member: Member) -> None:
        running = [
            row
            for row in exceptions_of(ctx, member.id)
            if row.kind is ExceptionKind.AWAY
            and row.first_day <= today
            and (row.from_minute, row.to_minute) == (0, DAY_MINUTES)
        ]
        if not running:
            raise say.NotPaused
        for row in running:
            note(ctx, "availability.resume", member, before=_said(row))
            _delete(ctx, row)
        ctx.session.flush()

    change(ctx, member_id, "resume", {}, do)


def _delete(ctx: Context, row: AvailabilityException) -> None:
    ctx.session.execute(
        sa.delete(AvailabilityException).where(
            AvailabilityException.member_id == row.member_id, AvailabilityException.id == row.id
        )
    )


def exceptions_of(ctx: Context, member_id: UUID) -> list[AvailabilityException]:
    """Exceptions that are not over yet, the first day first; services only."""
    return list(
        ctx.session.scalars(
            sa.select(AvailabilityException)
            .where(
                AvailabilityException.member_id == member_id,
                AvailabilityException.last_day >= local_date(ctx.now),
            )
            .order_by(AvailabilityException.first_day, AvailabilityException.id)
        )
    )


def _said(row: AvailabilityException) -> dict[str, object]:
    return {
        "kind": row.kind.value,
        "first_day": str(row.first_day),
        "last_day": str(row.last_day),
        "minutes": [row.from_minute, row.to_minute],
    }
