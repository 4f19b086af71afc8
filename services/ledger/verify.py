"""The whole ledger of a book recomputed from its entries, row by row, in steady memory.

Nothing kept is believed: sums, versions, running balances, kept balances, holds, floors and
reversals are worked out again and every difference is named. ``services.verification`` adds
what needs the rules and the visits.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, ActKey, Balance, Entry, Hold, HoldLeg, Transfer
from models.places import Book
from services.ledger.breaches import Breach, Tally
from services.ledger.verify_accounts import check_accounts
from services.ledger.verify_holds import check_holds
from services.ledger.verify_transfers import check_reversals, check_transfers

__all__ = ["Breach", "Tally", "books", "rows_to_check", "verify_book"]

#: Tables that carry a key which must be there once; the key's column beside them.
_KEYED = ((Transfer, Transfer.idem_key), (Hold, Hold.idem_key), (ActKey, ActKey.key))


def books(session: Session) -> list[str]:
    """Every book that is open, or that somebody wrote into all the same."""
    found = sa.union(
        sa.select(Book.book),
        sa.select(Account.book),
        sa.select(Transfer.book),
        sa.select(Entry.book),
    ).subquery()
    return list(session.scalars(sa.select(found.c.book).order_by(found.c.book)))


def rows_to_check(session: Session, book: str) -> int:
    """About how many rows :func:`verify_book` will walk over, for a progress bar."""
    once = (Transfer, Entry, Account, Balance, Hold, HoldLeg)
    counts = [
        sa.select(sa.func.count()).select_from(model).where(model.book == book).scalar_subquery()
        for model in once
    ]
    row = session.execute(sa.select(*counts)).one()
    return sum(row) + int(row[1])  # entries are walked twice


def verify_book(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """Every breach of one book as it is found; ``tally`` counts what was looked at.

    Meant for a session of :func:`services.ledger.streams.snapshot`, so that writers who are at
    work meanwhile are not taken for breaches.
    """
    for what, check in _CHECKS.items():
        try:
            yield from check(session, book, tally)
        except (ValueError, TypeError, LookupError):
            # A value that is no UUID, number or moment: the check cannot go on behind it.
            yield Breach("unreadable", book, what)


def _check_keys(session: Session, book: str, _tally: Tally) -> Iterator[Breach]:
    """An act, a transfer and a hold have one key, and nobody else has it."""
    for model, column in _KEYED:
        times = sa.func.count()
        twice = session.execute(
            sa.select(column.label("key"), times.label("times"))
            .where(model.book == book)
            .group_by(column)
            .having(times > 1)
        )
        for row in twice:
            place = f"{model.__tablename__} {row.key}"
            yield Breach("key_used_twice", book, place, {"times": row.times})


_CHECKS = {
    "transfers": check_transfers,
    "accounts": check_accounts,
    "holds": check_holds,
    "reversals": check_reversals,
    "keys": _check_keys,
}
