"""What others ask about flags: which visits are flagged."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.flags import Flag, FlagState, FlagVisit


def flagged_visits(session: Session, book: str, since: datetime, until: datetime) -> list[UUID]:
    """Visits of a book with a flag that was found from ``since`` to before ``until``.

    Whatever was looked into and found harmless is not among them. In the order of their ids.
    """
    found = (
        sa.select(FlagVisit.visit_id)
        .join(Flag, sa.and_(Flag.book == FlagVisit.book, Flag.id == FlagVisit.flag_id))
        .where(FlagVisit.book == book, Flag.state != FlagState.CLEARED)
        .where(Flag.found_at >= since, Flag.found_at < until)
        .distinct()
        .order_by(FlagVisit.visit_id)
    )
    return list(session.scalars(found))
