"""The whole ledger of a book recomputed from its entries, in steady memory.

Nothing kept is believed: sums, versions, running balances, kept balances, holds, floors and
reversals are worked out again and every difference is named. The database tests every row and
names what is not plainly in order; that is walked here, row by row
(``services.ledger.verify.suspects``). ``services.verification`` adds what needs the rules and
the visits.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, Balance, Entry, Hold, HoldLeg, HoldOutcome, Transfer
from models.oversight import AuditRecord
from models.places import Book
from models.seals import BlockLeaf, Unsealed
from services.ledger.breaches import Breach, Tally
from services.ledger.verify.accounts import check_accounts
from services.ledger.verify.closings import check_closings
from services.ledger.verify.holds import check_holds
from services.ledger.verify.keys import check_keys
from services.ledger.verify.records import check_records
from services.ledger.verify.reversals import check_reversals
from services.ledger.verify.seals import check_seals
from services.ledger.verify.transfers import check_transfers

__all__ = ["Breach", "Tally", "books", "rows_to_check", "verify_book"]


def books(session: Session) -> list[str]:
    """Every book that is open, or that somebody wrote into all the same."""
    found = sa.union(
        sa.select(Book.book),
        sa.select(Account.book),
        sa.select(Transfer.book),
        sa.select(Entry.book),
    ).subquery()
    every = sa.select(found.c.book).order_by(found.c.book).execution_options(cross_book=True)
    return list(session.scalars(every))


def rows_to_check(session: Session, book: str) -> int:
    """About how many rows :func:`verify_book` will look at, for a progress bar."""
    ledger = (Transfer, Entry, Account, Balance, Hold, HoldLeg)
    counted = _counts(session, book, *ledger, Unsealed, BlockLeaf, AuditRecord)
    return sum(counted) + counted[1]  # entries are looked at twice


def verify_book(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """Every breach of one book as it is found; ``tally`` counts what was looked at.

    Meant for a session of :func:`services.ledger.streams.snapshot`, so that writers who are at
    work meanwhile are not taken for breaches.
    """
    for what, check in _CHECKS.items():
        try:
            yield from check(session, book, tally)
        except (ValueError, TypeError, LookupError, struct.error):
            # A value that is no UUID, number or moment: the check cannot go on behind it.
            yield Breach("unreadable", book, what)


def _counts(session: Session, book: str, *models: Any) -> list[int]:
    counts = [
        sa.select(sa.func.count()).select_from(model).where(model.book == book).scalar_subquery()
        for model in models
    ]
    return list(session.execute(sa.select(*counts)).one())


def _check_transfers(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    yield from check_transfers(session, book, tally)
    (entries,) = _counts(session, book, Entry)
    tally.add("entries", entries)


def _check_accounts(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    yield from check_accounts(session, book, tally)
    accounts, balances, entries = _counts(session, book, Account, Balance, Entry)
    tally.add("accounts", accounts)
    tally.add("balances", balances)
    tally.add("running balances", entries)


def _check_holds(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    yield from check_holds(session, book, tally)
    ended = sa.exists().where(
        HoldOutcome.book == HoldLeg.book, HoldOutcome.hold_id == HoldLeg.hold_id
    )
    legs = sa.select(sa.func.count()).select_from(HoldLeg).where(HoldLeg.book == book, ~ended)
    tally.add("open hold legs", session.scalars(legs).one())


_CHECKS: dict[str, Callable[[Session, str, Tally], Iterator[Breach]]] = {
    "keys": check_keys,
    "transfers": _check_transfers,
    "accounts": _check_accounts,
    "holds": _check_holds,
    "reversals": check_reversals,
    "closings": check_closings,
    "seals": check_seals,
    "audit records": check_records,
}
