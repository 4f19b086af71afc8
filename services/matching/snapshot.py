"""The volunteers' columns as a copy that follows the database. It is never the truth.

Acts that change where somebody fits leave a mark; the copy reads those members anew whose mark
has moved. Marks carry the moment of their act and may be committed after later ones, so each look
goes back a minute and compares versions. With a new day or new rules everything is read anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.matching import MatchingMark
from services import rates
from services.clock import local_date
from services.matching.columns import Columns
from services.matching.volunteers import CHUNK, all_volunteers, volunteers
from services.rules.rule_set import RuleSet

#: How far a look goes back behind the latest mark: no act takes longer to be committed.
OVERLAP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Columns, and up to where the marks have been followed."""

    columns: Columns
    #: The moment of the latest mark; None before the first one.
    until: datetime | None
    #: Versions of the marks of the last minute before it.
    versions: Mapping[UUID, int]


def load(session: Session, now: datetime) -> Snapshot:
    """Everybody who serves, as of now."""
    rules, today = rates.rule_set_on(session, local_date(now)), local_date(now)
    # The marks come first: what changes while people are read is read once more.
    until = session.scalar(sa.select(sa.func.max(MatchingMark.at)))
    versions = _versions(_marks(session, until), until)
    columns = Columns.build((), today, rules)
    for some in all_volunteers(session, now, rules):
        columns = columns.replaced(some)
    return Snapshot(columns, until, versions)


def follow(session: Session, known: Snapshot, now: datetime) -> Snapshot:
    """The snapshot with what has changed since; the same one when nothing has."""
    rules, today = rates.rule_set_on(session, local_date(now)), local_date(now)
    if _is_of_another_day(known.columns, rules, today):
        return load(session, now)
    marks = _marks(session, known.until)
    changed = {row.member_id for row in marks if known.versions.get(row.member_id) != row.version}
    if not changed:
        return known
    if len(changed) > CHUNK:
        return load(session, now)
    found = volunteers(session, now, rules, changed)
    columns = known.columns.replaced(found, changed - {each.id for each in found})
    until = max(row.at for row in marks)
    return Snapshot(columns, until, _versions(marks, until))


def _is_of_another_day(columns: Columns, rules: RuleSet, today: date) -> bool:
    return columns.base_day != today or columns.rules.content_hash != rules.content_hash


def _marks(session: Session, until: datetime | None) -> list[Any]:
    """Marks from a minute before a moment on; all of them without one."""
    statement = sa.select(MatchingMark.member_id, MatchingMark.version, MatchingMark.at)
    if until is not None:
        statement = statement.where(MatchingMark.at >= until - OVERLAP)
    return list(session.execute(statement))


def _versions(marks: Iterable[Any], until: datetime | None) -> dict[UUID, int]:
    if until is None:
        return {}
    return {row.member_id: row.version for row in marks if row.at >= until - OVERLAP}
