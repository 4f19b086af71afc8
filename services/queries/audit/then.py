"""The books as they were at the end of a day: regions, one book, one account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from services.clock import at_local
from services.context import Context
from services.ledger.as_of import balance_at, effective_balances_at
from services.ledger.trial import (
    ClearingPair,
    TrialThen,
    Watermark,
    clearing_at,
    together,
    trials_at,
    watermark,
)

#: The smallest step of time that the books know.
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class BooksThen:
    """Some books at a watermark: each, all together, and their clearing with each other."""

    watermark: Watermark
    trials: dict[str, TrialThen]
    whole: TrialThen
    pairs: tuple[ClearingPair, ...]

    @property
    def agrees(self) -> bool:
        """Whether every book sums to zero and every pair cancels out."""
        balanced = all(each.total_minutes == 0 for each in self.trials.values())
        return balanced and all(pair.agrees for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class AccountThen:
    """An account at a moment: as it was recorded then, and by what is known today. Minutes."""

    at: datetime
    recorded_minutes: int
    effective_minutes: int


def end_of(day: date) -> datetime:
    """The last moment of a day in China."""
    return at_local(day + timedelta(days=1), time()) - TICK


def books_then(ctx: Context, books: Collection[str], wanted: datetime | None) -> BooksThen:
    """The trial balances of some books at a watermark; who may see them is the caller's to ask."""
    mark = watermark(ctx.now, wanted)
    trials = trials_at(ctx.session, books, mark.at)
    pairs = clearing_at(ctx.session, trials, mark.at)
    return BooksThen(mark, trials, together(trials.values()), pairs)


def account_then(ctx: Context, book: str, account_id: UUID, at: datetime) -> AccountThen:
    """One account at a moment; who may see it is the caller's to ask."""
    return AccountThen(
        at=at,
        recorded_minutes=balance_at(ctx.session, book, account_id, at),
        effective_minutes=effective_balances_at(ctx.session, book, [account_id], at)[account_id],
    )
