"""Finding an objection, and whether anything of an estate is still undecided."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateObjection
from services.context import Context
from services.estates.notice_sentences import ObjectionUnknown

UPHELD, DISMISSED = "upheld", "dismissed"
OBJECTION = EstateObjection

#: Waits for a decision, or for that on its appeal.
IS_OPEN = sa.or_(
    OBJECTION.decided_at.is_(None),
    sa.and_(OBJECTION.appealed_at.is_not(None), OBJECTION.appeal_decided_at.is_(None)),
)


def has_open_objection(ctx: Context, estate: Estate) -> bool:
    """Whether an objection or an appeal waits for its decision. Ask under the estate's lock."""
    ctx.session.flush()
    found = sa.select(OBJECTION.id).where(
        OBJECTION.book == estate.book, OBJECTION.estate_id == estate.id, IS_OPEN
    )
    return ctx.session.scalar(found.limit(1)) is not None


def objection_row(ctx: Context, book: str, estate_id: UUID, objection_id: UUID) -> EstateObjection:
    """The objection as it is now; raises ObjectionUnknown. Its estate's lock is its lock."""
    row = ctx.session.get(OBJECTION, (book, objection_id), populate_existing=True)
    if row is None or row.estate_id != estate_id:
        raise ObjectionUnknown
    return row
