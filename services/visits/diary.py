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
    return diaries_of(session, {provider_id: book}, days)[provider_id]


def diaries_of(
    session: Session, books: Mapping[UUID, str], days: Iterable[date]
) -> dict[UUID, Diary]:
    """The same for many providers, each with the home book."""
    wanted = sorted(days)
    if not wanted:
        return {each: Diary({}, {}, frozenset()) for each in books}
    first = min(date(wanted[0].year, 1, 1), week_of(wanted[0])[0])
    last = max(date(wanted[-1].year, 12, 31), week_of(wanted[-1])[1])
    credit: dict[UUID, dict[date, int]] = {each: {} for each in books}
    actual: dict[UUID, dict[date, int]] = {each: {} for each in books}
    for row in session.execute(
        sa.select(
            ProviderDay.book,
            ProviderDay.provider_id,
            ProviderDay.day,
            ProviderDay.credit_minutes,
            ProviderDay.actual_minutes,
        ).where(
            ProviderDay.book.in_(set(books.values())),
            ProviderDay.provider_id.in_(list(books)),
            ProviderDay.day >= first,
            ProviderDay.day <= last,
        )
    ):
        if row.book == books[row.provider_id]:
            credit[row.provider_id][row.day] = row.credit_minutes
            actual[row.provider_id][row.day] = row.actual_minutes
    promised = _promised(session, books, wanted[0], wanted[-1])
    return {each: Diary(credit[each], actual[each], frozenset(promised[each])) for each in books}


def _promised(
    session: Session, books: Mapping[UUID, str], first: date, last: date
) -> dict[UUID, set[int]]:
    """Quarters from the day before the first date to the second day after the last one."""
    # UTC midnights with a day to spare on both sides hold every Chinese day between them.
    begin = _quarter(first - timedelta(days=1))
    end = _quarter(last + timedelta(days=3))
    found: dict[UUID, set[int]] = {each: set() for each in books}
    for row in session.execute(
        sa.select(ProviderSlot.book, ProviderSlot.provider_id, ProviderSlot.quarter).where(
            ProviderSlot.book.in_(set(books.values())),
            ProviderSlot.provider_id.in_(list(books)),
            ProviderSlot.quarter >= begin,
            ProviderSlot.quarter < end,
        )
    ):
        if row.book == books[row.provider_id]:
            found[row.provider_id].add(row.quarter)
    return found


def _quarter(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 96
