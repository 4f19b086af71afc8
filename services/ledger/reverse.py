"""Reversal: the opposite legs, once, linked to what they undo, with a reason code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Entry, Transfer
from services.errors import Conflict, NotFound
from services.ledger.clearing import Crossing
from services.ledger.drafts import Draft, Leg, Posted, Stamp
from services.ledger.post import post


class ReversalOfReversal(Conflict):
    """冲正本身不能再冲正，请另记一笔。"""

    code = "reversal_of_reversal"


class HalfAlone(Conflict):
    """这笔往来在两个地区各有一半，只能一起冲正。"""

    code = "half_alone"


@dataclass(frozen=True, slots=True)
class Half:
    """One transfer of an act, in its book."""

    book: str
    transfer_id: UUID


def halves_of(session: Session, book: str, transfer_id: UUID) -> list[Half]:
    """Every transfer that was posted in one act with this one, by book and id; raises NotFound.

    One that is no half of anything stands alone. From book to book the clearing accounts lead.
    """
    found = session.execute(
        sa.select(Transfer.link_id).where(Transfer.book == book, Transfer.id == transfer_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    if found.link_id is None:
        return [Half(book, transfer_id)]
    halves: list[Half] = []
    seen, ahead = {book}, [book]
    while ahead:
        at = ahead.pop()
        halves += _of_link(session, at, found.link_id)
        for other in _across(session, at, found.link_id):
            if other not in seen:
                seen.add(other)
                ahead.append(other)
    return sorted(halves, key=lambda half: (half.book, half.transfer_id))


def _of_link(session: Session, book: str, link_id: UUID) -> list[Half]:
    keys = session.scalars(
        sa.select(Transfer.id).where(Transfer.book == book, Transfer.link_id == link_id)
    )
    return [Half(book, key) for key in keys]


def _across(session: Session, book: str, link_id: UUID) -> list[str]:
    """The books to which the clearing legs of a link lead from one of its books."""
    return [other for other, _ in _clearing(session, book, Transfer.link_id == link_id)]


def _clearing(session: Session, book: str, which: sa.ColumnElement[bool]) -> list[tuple[str, int]]:
    """The counter-books of some transfers' clearing legs, with the amounts."""
    rows = session.execute(
        sa.select(Account.period, Entry.amount_minutes)
        .join(Entry, sa.and_(Entry.book == Account.book, Entry.account_id == Account.id))
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Account.book == book, Account.kind == AccountKind.CLEARING, which)
        .order_by(Account.period)
    )
    return [(row.period, row.amount_minutes) for row in rows]


def crossings_back(session: Session, halves: Sequence[Half]) -> list[Crossing]:
    """What goes back between the books when these halves are reversed together."""
    back: dict[tuple[str, str], int] = defaultdict(int)
    for half in halves:
        for other, minutes in _clearing(session, half.book, Transfer.id == half.transfer_id):
            # What a book gave stands positive on its side; the mirror says the same once more.
            if minutes > 0:
                back[other, half.book] += minutes
    return [Crossing(*pair, minutes) for pair, minutes in sorted(back.items())]


def opposite(
    session: Session, half: Half, *, key: str, reason: str, effective_at: datetime
) -> Draft:
    """The draft that takes one transfer back. Raises NotFound or ReversalOfReversal."""
    original = session.execute(
        sa.select(Transfer.reverses_id).where(
            Transfer.book == half.book, Transfer.id == half.transfer_id
        )
    ).one_or_none()
    if original is None:
        raise NotFound
    if original.reverses_id is not None:
        raise ReversalOfReversal
    rows = session.execute(
        sa.select(Entry.account_id, Entry.amount_minutes)
        .where(Entry.book == half.book, Entry.transfer_id == half.transfer_id)
        .order_by(Entry.leg)
    )
    return Draft(
        book=half.book,
        kind="reversal",
        key=key,
        legs=tuple(Leg(row.account_id, -row.amount_minutes) for row in rows),
        effective_at=effective_at,
        reason=reason,
        reverses_id=half.transfer_id,
    )


def reverse(
    session: Session,
    book: str,
    transfer_id: UUID,
    *,
    key: str,
    reason: str,
    stamp: Stamp,
    effective_at: datetime,
) -> Posted:
    """Post the opposite of a transfer of one book. Raises NotFound, AlreadyReversed,
    ReversalOfReversal, or NotEnough when a holder has spent the minutes already: no floor is
    broken in silence. Half of an act across books is HalfAlone: the two books would disagree.
    """
    if len(halves_of(session, book, transfer_id)) > 1:
        raise HalfAlone
    half = Half(book, transfer_id)
    draft = opposite(session, half, key=key, reason=reason, effective_at=effective_at)
    return post(session, [draft], stamp)[0]
