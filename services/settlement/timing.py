"""How long settling takes as things are, and when a cap is expected to leave room again."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.settlement import SettlementWindow, WindowState
from services.clock import at_local, local_date
from services.policy import NATION
from services.rules.clearing import SETTLED_AFTER

#: How many of the last settled windows tell how long it takes.
LOOKED_AT = 10


def expected_room_at(session: Session, now: datetime) -> datetime:
    """When the window that is open now is expected to be settled.

    Its watermark (or this moment, where that has passed) and as long behind it as the middle one
    of the last windows took; a day before there are any.
    """
    watermark = session.scalar(
        sa.select(sa.func.max(SettlementWindow.watermark))
        .where(SettlementWindow.book == NATION, SettlementWindow.state == WindowState.OPEN)
        .limit(1)
    )
    if watermark is None:
        watermark = at_local(local_date(now) + timedelta(days=1), time())
    return max(watermark, now) + usual_length(session)


def usual_length(session: Session) -> timedelta:
    """From a window's watermark until everybody had acknowledged it, as a rule."""
    rows = session.execute(
        sa.select(SettlementWindow.watermark, SettlementWindow.settled_at)
        .where(
            SettlementWindow.book == NATION,
            SettlementWindow.state == WindowState.SETTLED,
            SettlementWindow.settled_at > SettlementWindow.closed_at,
        )
        .order_by(SettlementWindow.number.desc())
        .limit(LOOKED_AT)
    ).all()
    lengths = sorted(row.settled_at - row.watermark for row in rows)
    return lengths[len(lengths) // 2] if lengths else SETTLED_AFTER
