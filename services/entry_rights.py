"""Whether a branch may still enter hours by hand: too many failed samples take that right away.

What is entered by hand: slips, what elders say on the telephone, who came to a group session, and
a branch's own decision that a visit counts.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import BranchSuspension
from services.context import Context
from services.errors import Conflict
from services.policy import STAFF, Subject, covers


class EntryRightsSuspended(Conflict):
    """这个网点因为回访不合格，已暂停补录和代办确认，请由街道或区县办理。"""

    code = "entry_rights_suspended"
    is_answer = False


def require_entry_rights(session: Session, book: str, branch_id: UUID) -> None:
    """Raise EntryRightsSuspended while a suspension of the branch has not ended."""
    if is_suspended(session, book, branch_id):
        raise EntryRightsSuspended


def require_hand(ctx: Context, subject: Subject) -> None:
    """Raise EntryRightsSuspended when the actor would enter hours for such a branch.

    A clerk of the street or the county, whose role holds for more than one branch, goes on for it:
    elders without a telephone of their own are still heard.
    """
    assert subject.book is not None
    assert subject.branch_id is not None
    from_above = any(
        role.name == STAFF
        and role.scope_kind == "region"
        and covers(role.scope, subject.region_code)
        for role in ctx.actor.roles
    )
    if not from_above:
        require_entry_rights(ctx.session, subject.book, subject.branch_id)


def is_suspended(session: Session, book: str, branch_id: UUID) -> bool:
    """Whether a suspension of the branch stands."""
    found = sa.select(BranchSuspension.id).where(
        BranchSuspension.book == book,
        BranchSuspension.branch_id == branch_id,
        BranchSuspension.ended_at.is_(None),
    )
    return session.scalar(found.limit(1)) is not None
