"""A flag about the paid visit, made as a scan makes it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.flags import Flag
from models.requests import Visit, VisitState
from services.flags import scanning
from services.flags.collecting import seconds
from services.policy import SYSTEM
from services.rules.flags.rows import Finding
from tests.factories import LONGWAN, NOW, make_ctx


def raise_flag(session: Session, code: str = "overlap", **changed: Any) -> UUID:
    """Write down what a rule might have found about the visit that was credited."""
    visit = session.scalars(
        sa.select(Visit).where(Visit.book == LONGWAN, Visit.state == VisitState.CREDITED)
    ).one()
    told: dict[str, Any] = {
        "code": code,
        "subject_kind": "member",
        "subject_id": visit.provider_id,
        "happened": seconds(NOW),
        "visits": (visit.id,),
        "people": (visit.provider_id, visit.elder_id),
        "figures": {"common_minutes": 47, "role": "provider"},
        "held_to": {"least_seconds": 900},
    }
    return _noted(session, Finding(**{**told, **changed}))


def raise_burst(session: Session, clerk: UUID) -> UUID:
    """A clerk keyed in hours that nobody has signed yet."""
    entries = tuple(UUID(int=number) for number in range(1, 6))
    figures = {"entries": 5, "minutes": 300, "seconds": 100}
    held = {"within_seconds": 180, "entries": 4, "minutes": 180}
    finding = Finding(
        "entry_burst",
        "administrator",
        clerk,
        seconds(NOW),
        (),
        (clerk,),
        figures,
        held,
        None,
        entries,
    )
    return _noted(session, finding)


def _noted(session: Session, finding: Finding) -> UUID:
    ctx = make_ctx(session, SYSTEM)
    held = scanning.thresholds(ctx)
    looked = scanning.Looked(LONGWAN, NOW, held, (finding,), frozenset(finding.visits), 1)
    assert scanning.note(ctx, looked) == 1
    return session.scalars(
        sa.select(Flag.id).where(Flag.book == LONGWAN).order_by(Flag.id.desc()).limit(1)
    ).one()
