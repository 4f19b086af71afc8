"""What every format tells: a book's accounts, its transfers in order, what stood before and after.

Everything comes as a stream in an order that the content alone decides, so that the same ledger
gives the same bytes and memory does not grow with it. Read it in a session of
:func:`services.ledger.streams.snapshot`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance, Entry, Transfer
from services.clock import at_local, local_date
from services.ledger.rows import whole_sum
from services.ledger.streams import grouped, rows_of


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in China by the moment of posting, both included; None where it is open."""

    first: date | None = None
    last: date | None = None

    @property
    def start(self) -> datetime | None:
        """The first moment of the period."""
        return None if self.first is None else at_local(self.first, time())

    @property
    def end(self) -> datetime | None:
        """The first moment after the period."""
        return None if self.last is None else at_local(self.last + timedelta(days=1), time())


WHOLE = Period()


@dataclass(frozen=True, slots=True)
class AccountName:
    """What names an account: its book, its kind and its id."""

    book: str
    kind: AccountKind
    id: UUID


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account as it was opened."""

    name: AccountName
    period: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StandingLine:
    """What stood on an account at a moment."""

    name: AccountName
    minutes: int


@dataclass(frozen=True, slots=True)
class LegLine:
    """One leg of a transfer."""

    name: AccountName
    leg: int
    minutes: int


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A transfer with its legs; codes, ids and moments only."""

    id: UUID
    kind: str
    posted_at: datetime
    effective_at: datetime
    reason: str
    reverses_id: UUID | None
    link_id: UUID | None
    valuation_id: UUID | None
    legs: tuple[LegLine, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One book in one session, over a period."""

    session: Session
    book: str
    period: Period = WHOLE

    def count(self) -> int:
        """How many transfers :meth:`transfers` will give."""
        counted = sa.select(sa.func.count()).select_from(Transfer).where(*self._within())
        return self.session.scalars(counted).one()

    def accounts(self) -> Iterator[AccountLine]:
        """Every account of the book, in order of its id."""
        statement = (
            sa.select(Account.kind, Account.id, Account.period, Account.opened_at)
            .add_columns(Account.closed_at)
            .where(Account.book == self.book)
            .order_by(Account.id)
        )
        for row in rows_of(self.session, statement):
            name = AccountName(self.book, row.kind, row.id)
            yield AccountLine(name, row.period, row.opened_at, row.closed_at)

    def opening(self) -> Iterator[StandingLine]:
        """What stood on each account as the period began; nothing when it began with the book."""
        if self.period.start is not None:
            for line in self._standing(self.period.start):
                if line.minutes:
                    yield line

    def closing(self) -> Iterator[StandingLine]:
        """What stood on every account at the period's end, by the kept running balances."""
        return self._kept() if self.period.end is None else self._standing(self.period.end)

    def last_day(self) -> date | None:
        """The day of the closing balances: the period's last, else that of the last posting."""
        if self.period.last is not None:
            return self.period.last
        latest = sa.select(sa.func.max(Transfer.posted_at)).where(Transfer.book == self.book)
        moment = self.session.scalar(latest)
        days = [local_date(moment)] if moment is not None else []
        return max([*days, self.period.first]) if self.period.first else max(days, default=None)

    def transfers(self) -> Iterator[TransferLine]:
        """The period's transfers by the moment of posting, then by id."""
        for _key, legs in grouped(self._entries(), lambda row: row.id):
            yield _transfer(self.book, list(legs))

    def _within(self) -> list[sa.ColumnElement[bool]]:
        limits = [Transfer.book == self.book]
        if self.period.start is not None:
            limits.append(Transfer.posted_at >= self.period.start)
        if self.period.end is not None:
            limits.append(Transfer.posted_at < self.period.end)
        return limits

    def _entries(self) -> Iterator[Any]:
        return rows_of(
            self.session,
            sa.select(
                Transfer.id,
                Transfer.kind,
                Transfer.posted_at,
                Transfer.effective_at,
                Transfer.reason,
                Transfer.reverses_id,
                Transfer.link_id,
                Transfer.valuation_id,
                Entry.leg,
                Entry.amount_minutes,
                Account.id.label("account_id"),
                Account.kind.label("account_kind"),
            )
            .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
            .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
            .where(*self._within())
            .order_by(Transfer.posted_at, Transfer.id, Entry.leg),
        )

    def _kept(self) -> Iterator[StandingLine]:
        """What is kept beside the entries: they are compared by whoever adds them up."""
        posted = whole_sum(Balance.posted_minutes)
        statement = (
            sa.select(Account.kind, Account.id, posted.label("minutes"))
            .outerjoin(
                Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id)
            )
            .where(Account.book == self.book)
            .group_by(Account.kind, Account.id)
            .order_by(Account.id)
        )
        return self._standings(statement)

    def _standing(self, moment: datetime) -> Iterator[StandingLine]:
        """The running balance of the last entry before a moment, over the slots of an account."""
        last = (
            sa.select(Entry.account_id, Entry.slot, sa.func.max(Entry.version).label("version"))
            .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
            .where(Entry.book == self.book, Transfer.posted_at < moment)
            .group_by(Entry.account_id, Entry.slot)
            .subquery()
        )
        of_last = sa.and_(
            Entry.book == self.book,
            Entry.account_id == last.c.account_id,
            Entry.slot == last.c.slot,
            Entry.version == last.c.version,
        )
        statement = (
            sa.select(
                Account.kind, Account.id, whole_sum(Entry.balance_after_minutes).label("minutes")
            )
            .outerjoin(last, last.c.account_id == Account.id)
            .outerjoin(Entry, of_last)
            .where(Account.book == self.book)
            .group_by(Account.kind, Account.id)
            .order_by(Account.id)
        )
        return self._standings(statement)

    def _standings(self, statement: sa.Executable) -> Iterator[StandingLine]:
        for row in rows_of(self.session, statement):
            yield StandingLine(AccountName(self.book, row.kind, row.id), row.minutes)


def _transfer(book: str, rows: list[Any]) -> TransferLine:
    first = rows[0]
    return TransferLine(
        id=first.id,
        kind=first.kind,
        posted_at=first.posted_at,
        effective_at=first.effective_at,
        reason=first.reason,
        reverses_id=first.reverses_id,
        link_id=first.link_id,
        valuation_id=first.valuation_id,
        legs=tuple(
            LegLine(
                AccountName(book, row.account_kind, row.account_id), row.leg, row.amount_minutes
            )
            for row in rows
        ),
    )
