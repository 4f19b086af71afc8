"""A region that nears its cap hears of it in time, once for each threshold."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.corridors import Exposure
from models.people import RoleAssignment
from services import outbox
from services.clock import local_date
from services.context import Context
from services.corridors.sentences import CAP_WARNING
from services.places.keeping import keepers
from services.policy import REGION_ADMIN
from services.rules.clearing import Room, threshold_passed


def warn(ctx: Context, book: str, row: Exposure, room: Room) -> None:
    """Tell a region's administrators when a threshold has just been passed."""
    reached = threshold_passed(room.used_percent)
    if reached > row.warned_percent:
        for member_id in administrators_of(ctx, book):
            outbox.tell(
                ctx,
                book,
                member_id,
                CAP_WARNING,
                percent=room.used_percent,
                cap_minutes=room.cap_minutes,
            )
    row.warned_percent = reached


def administrators_of(ctx: Context, book: str) -> list[UUID]:
    """Whoever administers the region that keeps a book, in the order of their ids."""
    rows = ctx.session.scalars(
        sa.select(RoleAssignment.member_id)
        .where(
            RoleAssignment.role == REGION_ADMIN,
            RoleAssignment.scope_kind == "region",
            RoleAssignment.scope == keepers(ctx.session, local_date(ctx.now)).get(book, book),
            RoleAssignment.ended_at.is_(None),
        )
        .order_by(RoleAssignment.member_id)
        .distinct()
    )
    return list(rows)
