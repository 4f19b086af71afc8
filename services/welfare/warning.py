"""In a month's last ten days branches are told whom nobody has seen, once a day."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import RoleAssignment
from services import audit, outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.places.keeping import keepers
from services.policy import REGION_ADMIN, STAFF
from services.rules.welfare import days_left, is_warning_time
from services.welfare import sentences as say
from services.welfare.figures import BranchFigure, figures_of
from services.welfare.reading import month_around

#: The region's administrators hear of it in the last days only.
REGION_DAYS = 3


def warn(ctx: Context, book: str) -> int:
    """Tell the branches of a book that have somebody unseen; once a day, however often it runs."""
    policy.require(ctx.actor, "jobs.run")
    today = local_date(ctx.now)
    if not is_warning_time(today):
        return 0
    keyed = replace(ctx, key=f"welfare:{book}:{today.isoformat()}")
    return int(once(keyed, book, "welfare.warn", {"day": today}, lambda: _warn(ctx, book))["told"])


def _warn(ctx: Context, book: str) -> dict[str, int]:
    today = local_date(ctx.now)
    left = days_left(today)
    found = figures_of(ctx, book, month_around(today, ctx.now))
    behind = [each for each in found if each.seen < each.total]
    for figure in behind:
        for reader in _holders(ctx, STAFF, "branch", str(figure.branch_id)):
            outbox.tell(ctx, book, reader, say.UNSEEN_BRANCH, days=left, **_counts([figure]))
    if behind and left <= REGION_DAYS:
        keeper = keepers(ctx.session, today).get(book, book)
        for reader in _holders(ctx, REGION_ADMIN, "region", keeper):
            outbox.tell(ctx, book, reader, say.UNSEEN_REGION, days=left, **_counts(found))
    for figure in behind:
        after = {"day": today.isoformat(), **_counts([figure])}
        audit.record(ctx, "welfare.warn", "branch", figure.branch_id, book=book, after=after)
    ctx.session.flush()
    return {"told": len(behind)}


def _counts(found: list[BranchFigure]) -> dict[str, Any]:
    return {
        "unseen": sum(each.total - each.seen for each in found),
        "total": sum(each.total for each in found),
    }


def _holders(ctx: Context, role: str, kind: str, scope: str) -> list[UUID]:
    return list(
        ctx.session.scalars(
            sa.select(RoleAssignment.member_id)
            .where(
                RoleAssignment.role == role,
                RoleAssignment.scope_kind == kind,
                RoleAssignment.scope == scope,
                RoleAssignment.ended_at.is_(None),
            )
            .distinct()
        )
    )
