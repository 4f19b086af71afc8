"""Reversal: the opposite legs, once, linked to what they undo, with a reason code."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Entry, Transfer
from services.errors import Conflict, NotFound
from services.ledger.drafts import Draft, Leg, Posted, Stamp
from services.ledger.post import post


class ReversalOfReversal(Conflict):
    """冲正本身不能再冲正，请另记一笔。"""

    code = "reversal_of_reversal"


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
    """Post the opposite of a transfer. Raises NotFound, AlreadyReversed, ReversalOfReversal,
    or NotEnough when a holder has spent the minutes already: no floor is broken in silence.
    """
    original = session.execute(
        sa.select(Transfer.reverses_id).where(Transfer.book == book, Transfer.id == transfer_id)
    ).one_or_none()
    if original is None:
        raise NotFound
    if original.reverses_id is not None:
        raise ReversalOfReversal
    rows = session.execute(
        sa.select(Entry.account_id, Entry.amount_minutes)
        .where(Entry.book == book, Entry.transfer_id == transfer_id)
        .order_by(Entry.leg)
    )
    draft = Draft(
        book=book,
        kind="reversal",
        key=key,
        legs=tuple(Leg(row.account_id, -row.amount_minutes) for row in rows),
        effective_at=effective_at,
        reason=reason,
        reverses_id=transfer_id,
    )
    return post(session, [draft], stamp)[0]
