"""What other rooms ask about call-backs: who passed one, and what the branches' results are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import Callback, CallbackResult


def passed_pairs(
    session: Session, book: str, since: datetime, until: datetime
) -> frozenset[tuple[UUID, UUID]]:
    """(elder, provider) of whom a visit was confirmed by a call-back in that time."""
    rows = session.execute(
        sa.select(Callback.elder_id, Callback.provider_id)
        .where(Callback.book == book, Callback.result == CallbackResult.CONFIRMED)
        .where(Callback.done_at >= since, Callback.done_at < until)
        .distinct()
    )
    return frozenset((row.elder_id, row.provider_id) for row in rows)
