"""The street of the main path, with a standing visit and the jobs that keep its dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.requests import Request
from models.schedule import Occurrence, Reschedule, Series
from services.policy import SYSTEM
from services.rules.recurrence import weekly
from services.schedule import materialising
from services.schedule.locating import SeriesForm
from services.schedule.series import make
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import Street, street

__all__ = ["street"]

#: Every Friday at nine, from 13 March 2026.
FRIDAYS = SeriesForm(
    elder_id=UUID(int=0),
    service_code="A04",
    rrule=weekly([4]).text(),
    starts_local=datetime(2026, 3, 13, 9),
    booked_minutes=60,
)


def standing(street: Street, now: datetime = NOW, **overrides: object) -> UUID:
    """A standing visit of the elder."""
    form = replace(FRIDAYS, **{"elder_id": street.elder, **overrides})
    return street.act(form.elder_id, lambda ctx: make(ctx, form), now)


def series_of(street: Street, key: UUID) -> Series:
    """The stored standing visit."""
    return street.look(lambda session: session.get_one(Series, (LONGWAN, key)))


def rows_of(street: Street, key: UUID) -> dict[date, Occurrence]:
    """The stored dates, by the rule's day."""

    def look(session: sa.orm.Session) -> Sequence[Occurrence]:
        found = sa.select(Occurrence).where(Occurrence.book == LONGWAN, Occurrence.series_id == key)
        return session.scalars(found.order_by(Occurrence.rule_day)).all()

    return {row.rule_day: row for row in street.look(look)}


def request_on(street: Street, key: UUID, day: date) -> Request:
    """The request that was made of a date."""
    found = rows_of(street, key)[day].request_id
    assert found is not None
    return street.request(found)


def proposal(street: Street, key: UUID) -> Reschedule:
    """A stored proposal."""
    return street.look(lambda session: session.get_one(Reschedule, (LONGWAN, key)))


def sweep(street: Street, now: datetime) -> None:
    """What the jobs do: dates ahead, then the requests of those that are near."""
    due = street.act(SYSTEM, materialising.due_for_dates, now)
    for book, key in due:
        street.act(
            SYSTEM,
            lambda ctx, book=book, key=key: materialising.materialise(ctx, book, key),
            now,
        )
    for book, key, day in street.act(SYSTEM, materialising.due_dates, now):
        street.act(
            SYSTEM,
            lambda ctx, book=book, key=key, day=day: materialising.ask_for(ctx, book, key, day),
            now,
        )


def weeks(first: datetime, last: datetime) -> list[datetime]:
    """One moment a week."""
    return [first + timedelta(days=7 * i) for i in range((last - first).days // 7 + 1)]
