"""Marks of change: a snapshot reads those volunteers anew whose mark has moved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.matching import MatchingMark
from services.claims import claim_rows


def mark(session: Session, member_ids: Iterable[UUID], at: datetime) -> None:
    """Say that something of these members has changed which decides where they fit."""
    ids = sorted(set(member_ids))
    if not ids:
        return
    session.flush()
    claim_rows(session, MatchingMark, [{"member_id": i, "version": 0, "at": at} for i in ids])
    session.execute(
        sa.update(MatchingMark)
        .where(MatchingMark.member_id.in_(ids))
        .values(version=MatchingMark.version + 1, at=at)
    )
