"""Whether a branch may still enter hours by hand: too many failed samples take that right away."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import BranchSuspension
from services.errors import Conflict


class EntryRightsSuspended(Conflict):
    """这个网点因为回访不合格，已暂停补录和代办确认，请由街道或区县办理。"""

    code = "entry_rights_suspended"
    is_answer = False


def require_entry_rights(session: Session, book: str, branch_id: UUID) -> None:
    """Raise EntryRightsSuspended while a suspension of the branch has not ended."""
    if is_suspended(session, book, branch_id):
        raise EntryRightsSuspended


def is_suspended(session: Session, book: str, branch_id: UUID) -> bool:
    """Whether a suspension of the branch stands."""
    found = sa.select(BranchSuspension.id).where(
        BranchSuspension.book == book,
        BranchSuspension.branch_id == branch_id,
        BranchSuspension.ended_at.is_(None),
    )
    return session.scalar(found.limit(1)) is not None
