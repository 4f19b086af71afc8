"""The years of a history, counted backwards from now, in Python and in SQL."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from models.ledger import Account, Entry, Transfer
from services.clock import local_date

#: How far back a history goes: what was usual before says little about tomorrow.
MOST_YEARS = 10
YEAR = timedelta(days=365)
#: A platform that was opened a moment ago has at least this much of a history.
_LEAST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Periods:
    """From ``since`` to now; all are whole years but perhaps the first."""

    since: datetime
    #: When each period ends, the oldest first; the last one ends now.
    ends: tuple[datetime, ...]

    @classmethod
    def before(cls, now: datetime, opened: datetime | None) -> Periods:
        """The periods of a ledger that was opened then."""
        since = min(max(opened or now, now - MOST_YEARS * YEAR), now - _LEAST)
        ends = [now]
        while ends[0] - YEAR > since:
            ends.insert(0, ends[0] - YEAR)
        return cls(since, tuple(ends))

    @property
    def starts(self) -> tuple[datetime, ...]:
        """When each period begins."""
        return (self.since, *self.ends[:-1])

    @property
    def lengths(self) -> tuple[float, ...]:
        """How many years each period has."""
        return tuple(
            (end - start) / YEAR for start, end in zip(self.starts, self.ends, strict=True)
        )

    @property
    def middles(self) -> tuple[date, ...]:
        """The day in the middle of each period: how old everybody is in it."""
        both = zip(self.starts, self.ends, strict=True)
        return tuple(local_date(start + (end - start) / 2) for start, end in both)

    def number(self, moment: datetime | None) -> int | None:
        """The period in which a moment lies; None before all of them, and for no moment."""
        if moment is None or moment < self.since:
            return None
        return min(bisect_left(self.ends, moment), len(self.ends) - 1)

    def column(self, moment: Any) -> Any:
        """The same of a column, in SQL."""
        last = len(self.ends) - 1
        if not last:
            return sa.literal(0).label("number")
        earlier = ((moment <= end, number) for number, end in enumerate(self.ends[:-1]))
        return sa.case(*earlier, else_=last).label("number")

    def entries(self, books: tuple[str, ...], *columns: Any) -> sa.Select[Any]:
        """What was posted in these periods, with accounts and transfers."""
        return (
            sa.select(*columns)
            .select_from(Entry)
            .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
            .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
            .where(Entry.book.in_(books), Account.book.in_(books), Transfer.book.in_(books))
            .where(Transfer.posted_at >= self.since, Transfer.posted_at <= self.ends[-1])
        )
