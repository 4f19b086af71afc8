"""Reversals: exactly the opposite of what they reverse, and once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Entry, Transfer
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import rows_of

#: Reversals that are read together with what they reverse.
AT_ONCE = 200

Legs = list[tuple[UUID, int]]


def check_reversals(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """A reversal has exactly the opposite legs of a transfer that no other one reverses."""
    statement = (
        sa.select(Transfer.id, Transfer.reverses_id)
        .where(Transfer.book == book, Transfer.reverses_id.is_not(None))
        .order_by(Transfer.reverses_id, Transfer.id)
    )
    rows = rows_of(session, statement)
    last, times = None, 0
    while some := list(islice(rows, AT_ONCE)):
        tally.add("reversals", len(some))
        yield from _check_some(session, book, some)
        for row in some:
            times = times + 1 if row.reverses_id == last else 1
            last = row.reverses_id
            if times > 1:
                yield Breach("reversed_twice", book, f"transfer {last}", {"times": times})


def _check_some(session: Session, book: str, some: Sequence[Any]) -> Iterator[Breach]:
    ids = {key for row in some for key in (row.id, row.reverses_id)}
    known = {
        row.id: row.reverses_id
        for row in session.execute(
            sa.select(Transfer.id, Transfer.reverses_id).where(
                Transfer.book == book, Transfer.id.in_(ids)
            )
        )
    }
    legs: dict[UUID, Legs] = {}
    for row in session.execute(
        sa.select(Entry.transfer_id, Entry.account_id, Entry.amount_minutes).where(
            Entry.book == book, Entry.transfer_id.in_(ids)
        )
    ):
        legs.setdefault(row.transfer_id, []).append((row.account_id, row.amount_minutes))
    for row in some:
        place = f"transfer {row.id}"
        if row.reverses_id not in known:
            yield Breach("reversal_of_unknown", book, place)
            continue
        if known[row.reverses_id] is not None:
            yield Breach("reversal_of_reversal", book, place)
        if _signed(legs.get(row.id, ()), -1) != _signed(legs.get(row.reverses_id, ()), 1):
            yield Breach("reversal_not_opposite", book, place)


def _signed(legs: Iterable[tuple[UUID, int]], sign: int) -> Legs:
    return sorted((account_id, sign * minutes) for account_id, minutes in legs)
