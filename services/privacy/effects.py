"""What a consent that was taken back means at once: the data goes, and nobody writes it again."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import ServingPlace
from models.people import Assessment, Consent, Member
from services.context import Context

HEALTH, PLACE = "health", "place"
#: What may be refused without leaving: each is asked for by itself.
SEPARATE = (HEALTH, PLACE)
#: The text that is agreed to at present; its words are ``CONSENT_TEXTS`` of the pages.
TEXT_VERSION = "consent-2026-1"
GIVEN, WITHDRAWN, UNASKED = "given", "withdrawn", "unasked"


def answer_of(session: Session, member_id: UUID, kind: str) -> str:
    """The member's newest word on a separate consent: given, withdrawn, or never asked."""
    row = session.execute(
        sa.select(Consent.withdrawn_at)
        .where(Consent.member_id == member_id, Consent.kind == kind)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return UNASKED
    return GIVEN if row.withdrawn_at is None else WITHDRAWN


def has_refused(session: Session, member_id: UUID, kind: str) -> bool:
    """Whether the member's newest word is no. Whoever was never asked has not said no."""
    return answer_of(session, member_id, kind) == WITHDRAWN


def take_away(ctx: Context, member: Member, kind: str) -> None:
    """Delete what rested on a consent that is no more.

    Without health there is no grade: help goes on, found and valued as for somebody without one;
    what was valued before keeps its facts. Without place there is no point on the map, and the
    member is matched by branch alone.
    """
    connection = ctx.session.connection()
    if kind == HEALTH:
        connection.execute(sa.delete(Assessment).where(Assessment.member_id == member.id))
    elif kind == PLACE:
        member.latitude_e6 = member.longitude_e6 = None
        connection.execute(sa.delete(ServingPlace).where(ServingPlace.member_id == member.id))
