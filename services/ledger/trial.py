"""Trial balances at a watermark: of one book, of a city, of a province, of the nation.

The closed months say what had come in and gone out until the last closing before the watermark;
what was posted since is read by (book, posted_at). A watermark lies at least a minute back, so
that whoever was committing has finished: two reads of the same watermark agree for ever.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Closing, ClosingKind, Transfer
from services.ledger.as_of import balances_at
from services.ledger.closings import KindSums, moved_by_kind
from services.ledger.overview import Sums

#: How far back a watermark lies at least.
LAG = timedelta(minutes=1)
#: Reads several books, each by its own index; see the statement guard.
CROSS_BOOK = {"cross_book": True}


@dataclass(frozen=True, slots=True)
class Watermark:
    """A moment behind which nothing changes; ``moved`` when a later one was asked for."""

    at: datetime
    moved: bool = False


@dataclass(frozen=True, slots=True)
class TrialThen(Sums):
    """One book, or several together, by kind of account at a watermark. Sums to zero."""

    books: int
    kinds: tuple[KindSums, ...]

    @property
    def in_minutes(self) -> int:
        """All that ever came in."""
        return sum(each.in_minutes for each in self.kinds)

    @property
    def out_minutes(self) -> int:
        """All that ever went out."""
        return sum(each.out_minutes for each in self.kinds)

    @property
    def accounts(self) -> int:
        """Accounts opened by then."""
        return sum(each.accounts for each in self.kinds)

    @property
    def total_minutes(self) -> int:
        """The sum that must be zero."""
        return self.in_minutes - self.out_minutes

    def of(self, *kinds: AccountKind) -> int:
        """What some kinds held together, in standard minutes."""
        return sum(each.balance_minutes for each in self.kinds if each.kind in kinds)


@dataclass(frozen=True, slots=True)
class ClearingPair:
    """Two books' accounts with each other at a watermark: one owes what the other is owed."""

    book: str
    counter_book: str
    book_minutes: int
    counter_minutes: int

    @property
    def agrees(self) -> bool:
        """Whether the two sides cancel out."""
        return self.book_minutes + self.counter_minutes == 0


def watermark(now: datetime, wanted: datetime | None = None) -> Watermark:
    """The wanted moment, or the latest one that is safe to read when it is later than that."""
    latest = now - LAG
    if wanted is None:
        return Watermark(latest)
    return Watermark(latest, moved=True) if wanted > latest else Watermark(wanted)


def trials_at(session: Session, books: Collection[str], at: datetime) -> dict[str, TrialThen]:
    """The trial balance of each book at a watermark (see :func:`watermark`)."""
    sums: dict[str, _Sums] = {book: _Sums() for book in books}
    for month, (since, some) in _closed_groups(session, books, at).items():
        if month is not None:
            _add_closed(session, some, month, sums)
        _add_moved(session, some, since, at, sums)
        _add_opened(session, some, since, at, sums)
    return {book: TrialThen(1, found.kinds()) for book, found in sums.items()}


def together(trials: Iterable[TrialThen]) -> TrialThen:
    """Several trial balances as one: what a city, a province or the nation comes to."""
    sums, books = _Sums(), 0
    for trial in trials:
        books += trial.books
        for each in trial.kinds:
            sums.add(each.kind, each.accounts, each.in_minutes, each.out_minutes)
    return TrialThen(books, sums.kinds())


class _Sums:
    """Accounts, in and out by kind, while they are added up."""

    def __init__(self) -> None:
        self.figures: defaultdict[AccountKind, Counter[str]] = defaultdict(Counter)

    def add(self, kind: AccountKind, accounts: int = 0, came: int = 0, went: int = 0) -> None:
        self.figures[kind].update(accounts=accounts, came=came, went=went)

    def kinds(self) -> tuple[KindSums, ...]:
        return tuple(
            KindSums(kind, found["accounts"], found["came"], found["went"])
            for kind in AccountKind
            if (found := self.figures.get(kind)) is not None
        )


def _closed_groups(
    session: Session, books: Collection[str], at: datetime
) -> dict[str | None, tuple[datetime | None, list[str]]]:
    """The books by the last month closed before the watermark: nearly always all in one."""
    rows = session.execute(
        sa.select(
            Closing.book,
            sa.func.max(Closing.month).label("month"),
            sa.func.max(Closing.watermark, type_=Closing.watermark.type).label("watermark"),
        )
        .where(Closing.book.in_(books), Closing.watermark <= at)
        .group_by(Closing.book),
        execution_options=CROSS_BOOK,
    )
    last = {row.book: (row.month, row.watermark) for row in rows}
    groups: dict[str | None, tuple[datetime | None, list[str]]] = {}
    for book in sorted(set(books)):
        month, since = last.get(book, (None, None))
        groups.setdefault(month, (since, []))[1].append(book)
    return groups


def _add_closed(session: Session, books: list[str], month: str, sums: Mapping[str, _Sums]) -> None:
    rows = session.execute(
        sa.select(
            ClosingKind.book,
            ClosingKind.kind,
            ClosingKind.accounts,
            ClosingKind.in_minutes,
            ClosingKind.out_minutes,
        ).where(ClosingKind.book.in_(books), ClosingKind.month == month),
        execution_options=CROSS_BOOK,
    )
    for row in rows:
        sums[row.book].add(row.kind, row.accounts, row.in_minutes, row.out_minutes)


def _add_moved(
    session: Session,
    books: list[str],
    since: datetime | None,
    at: datetime,
    sums: Mapping[str, _Sums],
) -> None:
    statement = moved_by_kind().add_columns(Transfer.book).group_by(Transfer.book)
    statement = statement.where(Transfer.book.in_(books), Transfer.posted_at <= at)
    if since is not None:
        statement = statement.where(Transfer.posted_at >= since)
    for row in session.execute(statement, execution_options=CROSS_BOOK):
        sums[row.book].add(row.kind, 0, row.came_in, row.went_out)


def _add_opened(
    session: Session,
    books: list[str],
    since: datetime | None,
    at: datetime,
    sums: Mapping[str, _Sums],
) -> None:
    statement = (
        sa.select(Account.book, Account.kind, sa.func.count(Account.id).label("accounts"))
        .where(Account.book.in_(books), Account.opened_at <= at)
        .group_by(Account.book, Account.kind)
    )
    if since is not None:
        statement = statement.where(Account.opened_at >= since)
    for row in session.execute(statement, execution_options=CROSS_BOOK):
        sums[row.book].add(row.kind, row.accounts)


def clearing_at(
    session: Session, trials: Mapping[str, TrialThen], at: datetime
) -> tuple[ClearingPair, ...]:
    """Every pair of these books that clear with each other, both sides at the same watermark."""
    sides: dict[tuple[str, str], int] = {}
    for book, trial in trials.items():
        if not any(each.kind is AccountKind.CLEARING for each in trial.kinds):
            continue
        rows = session.execute(
            sa.select(Account.id, Account.period).where(
                Account.book == book, Account.kind == AccountKind.CLEARING
            )
        )
        counter = {row.id: row.period for row in rows}
        for account_id, minutes in balances_at(session, book, counter, at).items():
            sides[book, counter[account_id]] = minutes
    pairs = {tuple(sorted(pair)) for pair in sides if pair[1] in trials}
    return tuple(
        ClearingPair(one, other, sides.get((one, other), 0), sides.get((other, one), 0))
        for one, other in sorted(pairs)
    )
