"""One elder's page of welfare visits: the tier, why, and every look-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.service_days import WelfareSubject, WelfareVisit
from services import audit, policy
from services.context import Context
from services.people.reading import member_row
from services.welfare.listing import elder_subject
from services.welfare.reading import PAGE


@dataclass(frozen=True, slots=True)
class LookInLine:
    """One look-in as it was written down."""

    at: datetime
    how: str
    finding: str
    by: str
    note: str | None
    sheet_id: UUID | None


@dataclass(frozen=True, slots=True)
class SubjectFile:
    """One elder: tier, why, and the look-ins of the last months."""

    elder_id: UUID
    book: str
    name: str
    tier: str | None
    facts: tuple[str, ...]
    raised_reason: str | None
    raised_by: str | None
    raised_at: datetime | None
    look_ins: tuple[LookInLine, ...]


def subject_file(ctx: Context, elder_id: UUID) -> SubjectFile:
    """One elder's welfare page, for the branch; raises NotAMember or a refusal.

    Notes tell how somebody is, so the look is recorded: call it in a unit of work.
    """
    elder = member_row(ctx.session, elder_id)
    policy.require(ctx.actor, "welfare.read", elder_subject(elder))
    audit.record(
        ctx,
        "welfare.read",
        "member",
        elder.id,
        book=elder.home_book,
        acting_for_id=elder.id,
    )
    row = ctx.session.get(WelfareSubject, (elder.home_book, elder_id))
    listed = row is not None and row.ended_on is None
    return SubjectFile(
        elder_id=elder.id,
        book=elder.home_book,
        name=elder.name,
        tier=row.tier.value if row is not None and listed else None,
        facts=tuple(row.facts) if row is not None and listed else (),
        raised_reason=ctx.vault.open_or_none("welfare.reason", row.raise_reason_sealed)
        if row is not None
        else None,
        raised_by=_name(ctx, row.raised_by_id) if row is not None else None,
        raised_at=row.raised_at if row is not None else None,
        look_ins=_lines_of(ctx, elder),
    )


def _name(ctx: Context, member_id: UUID | None) -> str | None:
    row = ctx.session.get(Member, member_id) if member_id is not None else None
    return row.name if row is not None else None


def _lines_of(ctx: Context, elder: Member) -> tuple[LookInLine, ...]:
    rows = ctx.session.execute(
        sa.select(WelfareVisit, Member.name)
        .outerjoin(Member, Member.id == WelfareVisit.by_id)
        .where(WelfareVisit.book == elder.home_book, WelfareVisit.elder_id == elder.id)
        .order_by(WelfareVisit.at.desc(), WelfareVisit.id.desc())
        .limit(PAGE)
    ).all()
    return tuple(
        LookInLine(
            row.WelfareVisit.at,
            row.WelfareVisit.how,
            row.WelfareVisit.finding,
            row.name or "",
            ctx.vault.open_or_none("welfare.note", row.WelfareVisit.note_sealed),
            row.WelfareVisit.sheet_id,
        )
        for row in rows
    )
