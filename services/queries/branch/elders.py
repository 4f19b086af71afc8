"""The elders of a branch, to choose one of them for something."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.people import Member, MemberStatus
from services.context import Context
from services.queries.branch.desks import desk

#: A list to choose from holds no more.
MOST = 500


def elders_of(ctx: Context, branch_id: UUID) -> list[tuple[str, str]]:
    """The active recipients of a branch: id and name with the last figures of the number."""
    here = desk(ctx, branch_id)
    rows = ctx.session.execute(
        sa.select(Member.id, Member.name, Member.number)
        .where(Member.home_book == here.book, Member.branch_id == here.id)
        .where(Member.is_recipient, Member.status == MemberStatus.ACTIVE)
        .order_by(Member.name, Member.id)
        .limit(MOST)
    )
    return [(str(row.id), f"{row.name}（{row.number[-4:]}）") for row in rows]
