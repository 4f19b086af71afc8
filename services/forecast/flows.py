"""What went over members' accounts, by period and by the owner's band in it. In minutes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance, Entry, Transfer, ValuationRecord
from models.people import Member
from services.forecast.crowd import SERVING
from services.forecast.periods import Periods
from services.forecast.population import Floats, age_index, band_of_age, bands
from services.ledger.rows import whole_sum

#: Accounts whose coins may still be drawn; grants end by themselves.
MEMBERS = (AccountKind.EARNED, AccountKind.RECEIVED)


class Holding(NamedTuple):
    """What one member holds on accounts of one kind."""

    owner_id: UUID
    kind: AccountKind
    minutes: int


def holdings(session: Session, books: tuple[str, ...]) -> Iterator[Holding]:
    """Every balance that is not zero: together they are the liability to the minute."""
    minutes = whole_sum(Balance.posted_minutes).label("minutes")
    rows = session.execute(
        sa.select(Account.owner_id, Account.kind, minutes)
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book.in_(books), Balance.book.in_(books), Account.kind.in_(MEMBERS))
        .group_by(Account.owner_id, Account.kind)
    )
    for row in rows:
        if row.minutes:
            yield Holding(row.owner_id, row.kind, row.minutes)


def earned_since(
    session: Session, books: tuple[str, ...], periods: Periods
) -> list[tuple[UUID, str, int]]:
    """What each member earned by serving in the newest period: (member, book, minutes), least
    first.
    """
    minutes = whole_sum(Entry.amount_minutes).label("minutes")
    rows = session.execute(
        periods.entries(books, Account.owner_id, Entry.book, minutes)
        .where(Account.kind == AccountKind.EARNED, Entry.amount_minutes > 0)
        .where(Transfer.kind.in_(SERVING), Transfer.posted_at > periods.starts[-1])
        .group_by(Account.owner_id, Entry.book)
        .order_by(minutes, Account.owner_id)
    )
    return [(row.owner_id, row.book, row.minutes) for row in rows]


def charged(session: Session, books: tuple[str, ...], periods: Periods) -> Floats:
    """What services cost the elders' side, whoever paid it, by period."""
    found = np.zeros(len(periods.ends))
    number = periods.column(ValuationRecord.created_at)
    rows = session.execute(
        sa.select(number, whole_sum(ValuationRecord.elder_minutes).label("minutes"))
        .where(ValuationRecord.book.in_(books), ValuationRecord.created_at >= periods.since)
        .where(ValuationRecord.created_at <= periods.ends[-1])
        .group_by(number)
    )
    for row in rows:
        found[row.number] = row.minutes
    return found


class Flows:
    """Sums over all periods: arrays are (periods, bands), or (periods,)."""

    def __init__(self, session: Session, books: tuple[str, ...], periods: Periods) -> None:
        shape = len(periods.ends), bands()
        self.earned, self.drawn, self.net = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.given, self.estates, self.inherited = (np.zeros(shape[0]) for _ in range(3))
        for row in session.execute(_statement(books, periods)):
            years = periods.middles[row.number].year - int(row.born_in)
            self._add(row, row.number, int(band_of_age()[age_index(years)]))

    def _add(self, row: Any, number: int, band: int) -> None:
        self.net[number, band] += row.minutes
        if row.kind in SERVING and row.comes:
            self.earned[number, band] += row.minutes
        elif row.kind in SERVING:
            self.drawn[number, band] -= row.minutes
        elif row.kind == "gift" and row.comes:
            self.given[number] += row.minutes
        elif row.kind == "estate" and not row.comes:
            self.estates[number] -= row.minutes
        elif row.kind == "inheritance" and row.comes:
            self.inherited[number] += row.minutes

    def average(self, number: int, now: Floats) -> Floats:
        """Mean of a period's first and last balance: from now's, what came later taken off."""
        end = now - self.net[number + 1 :].sum(axis=0)
        average: Floats = np.maximum(end - self.net[number] / 2, 0.0)
        return average


def _statement(books: tuple[str, ...], periods: Periods) -> sa.Select[Any]:
    number = periods.column(Transfer.posted_at)
    comes = sa.case((Entry.amount_minutes > 0, 1), else_=0).label("comes")
    born_in = sa.extract("year", Member.born_on).label("born_in")
    minutes = whole_sum(Entry.amount_minutes).label("minutes")
    return (
        periods.entries(books, number, Transfer.kind, comes, born_in, minutes)
        .join(Member, Member.id == Account.owner_id)
        .where(Account.kind.in_(MEMBERS))
        .group_by(number, Transfer.kind, comes, born_in)
    )
