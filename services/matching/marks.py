"""Marks of change: a snapshot reads those volunteers anew whose mark has moved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.matching import MatchingMark


def mark(session: Session, member_ids: Iterable[UUID], at: datetime) -> None:
    """Say that something of these members has changed which decides where they fit.

    One statement, its rows in the order of their keys: two acts wait for one another, and never
    in a circle.
    """
    rows = [{"member_id": each, "version": 1, "at": at} for each in sorted(set(member_ids))]
    if not rows:
        return
    session.flush()
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    new = insert(MatchingMark)
    moved = new.on_conflict_do_update(
        index_elements=["member_id"],
        set_={"version": MatchingMark.version + 1, "at": new.excluded.at},
    )
    session.connection().execute(moved, rows)
