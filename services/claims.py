"""Claiming a row by its key: of two who try at once exactly one is first, on every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.base import Base


def claim_row(session: Session, model: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert a row unless its key is taken; says whether it was inserted."""
    return claim_rows(session, model, [values]) == 1


def claim_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those rows whose keys are free; returns how many that were.

    The insert waits for a rival transaction, so the loser finds what the winner has written.
    """
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    # Drivers do not agree on the count of inserted rows; what comes back is beyond doubt.
    # The rows are parameters, not part of the statement: so it is compiled once.
    claimed = insert(model).on_conflict_do_nothing().returning(sa.literal(1))
    return len(session.connection().execute(claimed, [dict(row) for row in rows]).all())
