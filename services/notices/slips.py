"""The appointment slip: who comes to an elder and when, for the kitchen wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.notices import ContactPreference
from models.people import Member
from models.requests import Request, Visit, VisitState
from services import audit, places
from services.context import Context
from services.notices.ways import reach_of
from services.places import BranchView
from services.queries.elder.near import near, service_name
from services.rules.names import Name

#: More than these do not fit on a sheet that can be read from a chair.
MOST = 8


@dataclass(frozen=True, slots=True)
class Appointment:
    """Somebody comes."""

    starts_at: datetime
    booked_minutes: int
    service: Name
    visitor: str
    remote: bool


@dataclass(frozen=True, slots=True)
class AppointmentSlip:
    """The next visits of an elder, the word at the door, and whom to ring."""

    member_id: UUID
    name: str
    door_word: str | None
    language: str
    branch: BranchView
    printed_at: datetime
    appointments: tuple[Appointment, ...]


def appointment_slip(ctx: Context, elder_id: UUID) -> AppointmentSlip:
    """The slip of one elder; the look of anybody but the elder is recorded."""
    member = near(ctx, elder_id, "visit.read")
    rows = ctx.session.execute(
        sa.select(Visit, Request, Member.name)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(Member, Member.id == Visit.provider_id)
        .where(
            Visit.book == member.home_book,
            Visit.elder_id == member.id,
            Visit.state == VisitState.ACCEPTED,
            Visit.starts_at > ctx.now,
        )
        .order_by(Visit.starts_at, Visit.id)
        .limit(MOST)
    )
    if ctx.actor.id != elder_id:
        audit.record(
            ctx,
            "visit.slip_printed",
            "member",
            elder_id,
            book=member.home_book,
            acting_for_id=elder_id,
        )
    return AppointmentSlip(
        member_id=member.id,
        name=member.name,
        door_word=member.door_word,
        language=reach_of(ctx.session.get(ContactPreference, member.id)).language,
        branch=places.branch(ctx.session, member.branch_id),
        printed_at=ctx.now,
        appointments=tuple(
            Appointment(
                starts_at=visit.starts_at,
                booked_minutes=visit.booked_minutes,
                service=service_name(ctx, request),
                visitor=visitor,
                remote=request.remote,
            )
            for visit, request, visitor in rows
        ),
    )
