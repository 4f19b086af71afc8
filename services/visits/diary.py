"""What a provider has served and promised, read once for any number of requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.requests import ProviderDay, ProviderSlot
from services.rules.booking import TRAVEL_BUFFER_MINUTES
from services.visits.days import quarters, week_of


@dataclass(frozen=True, slots=True)
class Diary:
    """Minutes by day and promised quarters of an hour, from the provider's home book."""

    credit_by_day: Mapping[date, int]
    actual_by_day: Mapping[date, int]
    promised: frozenset[int]

    def is_free(self, start: datetime, minutes: int) -> bool:
        """Whether a visit fits, with the way there and back (a later claim may still lose)."""
        return self.promised.isdisjoint(quarters(start, minutes, TRAVEL_BUFFER_MINUTES))

    def day_actual_minutes(self, day: date) -> int:
        """Actual minutes served or promised on a date."""
        return self.actual_by_day.get(day, 0)

    def week_actual_minutes(self, day: date) -> int:
        """The same from Monday to Sunday around a date."""
        return self._between(*week_of(day))

    def year_actual_minutes(self, day: date) -> int:
        """The same in the date's calendar year."""
        return self._between(date(day.year, 1, 1), date(day.year, 12, 31))

    def day_credit_minutes(self, day: date) -> int:
        """Minutes of credit reserved or given on a date."""
        return self.credit_by_day.get(day, 0)

    def _between(self, first: date, last: date) -> int:
        return sum(m for day, m in self.actual_by_day.items() if first <= day <= last)


def diary_of(session: Session, book: str, provider_id: UUID, days: Iterable[date]) -> Diary:
    """The diary that answers for visits on ``days``, with their weeks and years."""
    wanted = sorted(days)
    if not wanted:
        return Diary({}, {}, frozenset())
    first = min(date(wanted[0].year, 1, 1), week_of(wanted[0])[0])
    last = max(date(wanted[-1].year, 12, 31), week_of(wanted[-1])[1])
    rows = session.execute(
        sa.select(ProviderDay.day, ProviderDay.credit_minutes, ProviderDay.actual_minutes).where(
            ProviderDay.book == book,
            ProviderDay.provider_id == provider_id,
            ProviderDay.day >= first,
            ProviderDay.day <= last,
        )
    ).all()
    return Diary(
        credit_by_day={row.day: row.credit_minutes for row in rows},
        actual_by_day={row.day: row.actual_minutes for row in rows},
        promised=_promised(session, book, provider_id, wanted[0], wanted[-1]),
    )


def _promised(
    session: Session, book: str, provider_id: UUID, first: date, last: date
) -> frozenset[int]:
    """Quarters from the day before the first date to the second day after the last one."""
    # UTC midnights with a day to spare on both sides hold every Chinese day between them.
    begin = _quarter(first - timedelta(days=1))
    end = _quarter(last + timedelta(days=3))
    return frozenset(
        session.scalars(
            sa.select(ProviderSlot.quarter).where(
                ProviderSlot.book == book,
                ProviderSlot.provider_id == provider_id,
                ProviderSlot.quarter >= begin,
                ProviderSlot.quarter < end,
            )
        )
    )


def _quarter(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 96
