"""Where a pair of clearing accounts is cut, and what moved between two cuts.

A cut names the last entry of each balance row of an account, as slot -> version. Versions have no
gaps, so that what lies between two cuts is the same whoever adds it up, and whenever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance, Entry
from models.settlement import WindowPair
from services.ledger.clearing import clearing_account
from services.ledger.rows import lock_rows, whole_sum
from services.policy import NATION

Cut = Mapping[int, int]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Moved:
    """What an account's entries between two cuts come to, gross by sign, and how many they are."""

    in_minutes: int
    out_minutes: int
    entries: int

    @property
    def net_minutes(self) -> int:
        """What its book came to owe."""
        return self.in_minutes - self.out_minutes


def stored_cut(cut: Cut) -> dict[str, int]:
    """A cut as JSON, rows without an entry left out."""
    return {str(slot): version for slot, version in sorted(cut.items()) if version}


def read_cut(stored: Mapping[str, int] | None) -> dict[int, int]:
    """A cut from JSON; None is the one before the first entry."""
    return {int(slot): int(version) for slot, version in (stored or {}).items()}


def locked_cut(session: Session, book: str, counter_book: str) -> dict[int, int]:
    """Where an account stands now; nobody posts on it until the end of the unit of work.

    Lock the accounts of a pair in the order of their books, as everybody who posts does: whoever
    has both has no half of an act between them.
    """
    key = clearing_account(book, counter_book)
    found = lock_rows(session, book, [key]).get(key)
    rows = found.rows if found else {}
    return {slot: row.version for slot, row in rows.items() if row.version}


def moved(session: Session, book: str, counter_book: str, before: Cut, after: Cut) -> Moved:
    """Add up an account's entries behind one cut and up to another."""
    ranges = [
        sa.and_(Entry.slot == slot, Entry.version > before.get(slot, 0), Entry.version <= version)
        for slot, version in sorted(after.items())
        if version != before.get(slot, 0)
    ]
    if not ranges:
        return Moved(0, 0, 0)
    amount = Entry.amount_minutes
    row = session.execute(
        sa.select(
            whole_sum(sa.case((amount > 0, amount), else_=0)),
            whole_sum(sa.case((amount < 0, -amount), else_=0)),
            sa.func.count(),
        ).where(
            Entry.book == book,
            Entry.account_id == clearing_account(book, counter_book),
            sa.or_(*ranges),
        )
    ).one()
    return Moved(*row)


def expected_entries(before: Cut, after: Cut) -> int:
    """How many entries lie between two cuts."""
    return sum(after.values()) - sum(before.values())


def last_cuts(session: Session, pair: Pair, before: int) -> tuple[dict[int, int], dict[int, int]]:
    """Where a pair was cut by the last window before one of this number."""
    row = session.execute(
        sa.select(WindowPair.one_cut, WindowPair.other_cut)
        .where(
            WindowPair.book == NATION,
            WindowPair.one_book == pair[0],
            WindowPair.other_book == pair[1],
            WindowPair.window_number < before,
        )
        .order_by(WindowPair.window_number.desc())
        .limit(1)
    ).one_or_none()
    return (read_cut(row.one_cut), read_cut(row.other_cut)) if row else ({}, {})


def moved_pairs(session: Session) -> list[Pair]:
    """Pairs of books with entries behind their last cut, in order, read without a lock."""
    last = (
        sa.select(
            WindowPair.one_book,
            WindowPair.other_book,
            sa.func.max(WindowPair.window_number).label("number"),
        )
        .where(WindowPair.book == NATION)
        .group_by(WindowPair.one_book, WindowPair.other_book)
        .subquery()
    )
    cuts = {
        (row.one_book, row.other_book): (row.one_cut, row.other_cut)
        for row in session.execute(
            sa.select(
                WindowPair.one_book, WindowPair.other_book, WindowPair.one_cut, WindowPair.other_cut
            )
            .join(
                last,
                sa.and_(
                    last.c.one_book == WindowPair.one_book,
                    last.c.other_book == WindowPair.other_book,
                    last.c.number == WindowPair.window_number,
                ),
            )
            .where(WindowPair.book == NATION)
        )
    }
    found: set[Pair] = set()
    for book, counter_book, entries in _entries_by_account(session):
        pair = (book, counter_book) if book < counter_book else (counter_book, book)
        stored = cuts.get(pair, ({}, {}))[book > counter_book]
        if entries != sum(read_cut(stored).values()):
            found.add(pair)
    return sorted(found)


def _entries_by_account(session: Session) -> Iterable[tuple[str, str, int]]:
    """How many entries every clearing account of the country has had."""
    rows = session.execute(
        sa.select(Account.book, Account.period, whole_sum(Balance.version))
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.kind == AccountKind.CLEARING)
        .group_by(Account.book, Account.period)
        .execution_options(cross_book=True)
    )
    return [(book, counter, entries) for book, counter, entries in rows]


def anything_crosses(session: Session) -> UUID | None:
    """Any clearing account at all: before the first one there is nothing to settle."""
    return session.scalar(
        sa.select(Account.id)
        .where(Account.kind == AccountKind.CLEARING)
        .limit(1)
        .execution_options(cross_book=True)
    )
