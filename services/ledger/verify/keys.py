"""Keys: every transfer and hold follows from its own, no key stands twice, none was refused too."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import ActKey, Hold, Refusal, Transfer
from services.ids import NAMESPACE
from services.ledger import streams
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import rows_of
from services.ledger.verify.suspects import unsearched

#: Tables that carry a key which must be there once; the key's column beside them.
_KEYED = ((Transfer, Transfer.idem_key), (Hold, Hold.idem_key), (ActKey, ActKey.key))
#: Tables whose id follows from the key, and the word it is derived with.
_DERIVED: tuple[tuple[Any, str], ...] = ((Transfer, "transfer"), (Hold, "hold"))


def check_keys(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """An act, a transfer and a hold have one key, nobody else has it, and it was not refused."""
    for model, what in _DERIVED:
        yield from _check_derived(session, book, model, what, tally)
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
    for model, _ in _DERIVED:
        refused = sa.select(Refusal.idem_key).where(Refusal.book == book)
        statement = (
            sa.select(model.id)
            .where(model.book == book, model.idem_key.in_(refused))
            .order_by(model.idem_key)
        )
        for row in rows_of(session, statement):
            what = model.__tablename__.removesuffix("s")
            yield Breach("refused_and_posted", book, f"{what} {row.id}")


def _check_derived(
    session: Session, book: str, model: Any, what: str, tally: Tally
) -> Iterator[Breach]:
    """Every id, compared as text with what its key gives: nothing is made of an honest row."""
    statement = sa.select(sa.cast(model.id, sa.String(36)).label("digits"), model.idem_key).where(
        unsearched(model.book) == book
    )
    expected = _Derived(what, book)
    rows = rows_of(session, statement)
    while some := list(islice(rows, streams.AT_ONCE)):
        tally.add(model.__tablename__, len(some))
        yield from _differing(book, what, expected, some)


def _differing(book: str, what: str, expected: _Derived, rows: Sequence[Any]) -> Iterator[Breach]:
    for row_id, key in rows:
        if row_id.replace("-", "") != expected.digits(key):
            place = f"{what} {UUID(row_id)}"
            yield Breach(f"{what}_key_differs", book, place)


class _Derived:
    """What :func:`services.ids.derived` gives for keys of one kind in one book, as digits."""

    def __init__(self, what: str, book: str) -> None:
        start = NAMESPACE.bytes + f"{what}\x1f{book}\x1f".encode()
        self._begun = hashlib.sha1(start, usedforsecurity=False)

    def digits(self, key: object) -> str:
        """The 32 hexadecimal digits of the id; a UUID of version 5 fixes six of its bits."""
        whole = self._begun.copy()
        whole.update(str(key).encode())
        found = whole.hexdigest()
        return f"{found[:12]}5{found[13:16]}{_VARIANT[found[16]]}{found[17:32]}"


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
