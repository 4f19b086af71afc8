"""Who must not meet whom: avoided by either side, or apart since an incident. Never said why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import Avoidance, Incident, IncidentState

#: The two do not meet while a review is open, nor after it has kept them apart.
APART = (IncidentState.OPEN, IncidentState.KEPT_APART)


def barred_for(session: Session, elder_id: UUID) -> frozenset[UUID]:
    """Providers who may not come to an elder."""
    return barred_by_elder(session, [elder_id])[elder_id]


def barred_elders_for(session: Session, provider_id: UUID) -> frozenset[UUID]:
    """Elders to whom a provider may not go."""
    kept = session.scalars(
        sa.select(Incident.elder_id)
        .where(Incident.provider_id == provider_id, Incident.state.in_(APART))
        .execution_options(cross_book=True)
    )
    return frozenset(_avoided(session, [provider_id])[provider_id] | set(kept))


def barred_by_elder(session: Session, elder_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The same for many elders at once; every one of them has an entry."""
    found = _avoided(session, elder_ids)
    rows = session.execute(
        sa.select(Incident.elder_id, Incident.provider_id)
        .where(Incident.elder_id.in_(list(found)), Incident.state.in_(APART))
        .execution_options(cross_book=True)
    )
    for row in rows:
        found[row.elder_id].add(row.provider_id)
    return {elder_id: frozenset(others) for elder_id, others in found.items()}


def is_barred(session: Session, elder_id: UUID, provider_id: UUID) -> bool:
    """Whether the two must not meet."""
    return provider_id in barred_for(session, elder_id)


def _avoided(session: Session, member_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Whom members avoid, and who avoids them."""
    found: dict[UUID, set[UUID]] = {each: set() for each in member_ids}
    rows = session.execute(
        sa.select(Avoidance.member_id, Avoidance.other_id).where(
            sa.or_(Avoidance.member_id.in_(list(found)), Avoidance.other_id.in_(list(found))),
            Avoidance.ended_at.is_(None),
        )
    )
    for row in rows:
        if row.member_id in found:
            found[row.member_id].add(row.other_id)
        if row.other_id in found:
            found[row.other_id].add(row.member_id)
    return found
