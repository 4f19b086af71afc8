"""Designations as they stand. Nobody but the member and the staff at the record read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.estates import Designation, DesignationLine
from models.people import Member
from services import audit, policy
from services.context import Context
from services.designations.sentences import ClerkIsNamed
from services.errors import Forbidden
from services.papers.issuing import PaperKind, code_of
from services.people.reading import member_row, subject_of
from services.policy import OWN_AFFAIR

NAME, REFERENCE = "designation.name", "designation.reference"


@dataclass(frozen=True, slots=True)
class Named:
    """One beneficiary: a member, or by name somebody without an account."""

    beneficiary_id: UUID | None
    name: str
    relation: str
    parts: int = 1


@dataclass(frozen=True, slots=True)
class DesignationView:
    """A designation or will as its reader sees it."""

    id: UUID
    kind: str
    how: str
    reference: str | None
    made_at: datetime
    revoked_at: datetime | None
    lines: tuple[Named, ...]
    #: Of the paper that says so, while it holds.
    paper_code: str | None

    @property
    def parts(self) -> int:
        """All parts together."""
        return sum(line.parts for line in self.lines)


def designations(ctx: Context, member_id: UUID) -> tuple[DesignationView, ...]:
    """All of them, the one in force first, then the newest.

    The look of anybody but the member is recorded: call it in a unit of work. Staff do not see
    their own kin's: they may stand in it.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "designation.read", subject_of(member))
    if ctx.actor.id != member_id:
        at_arms_length(ctx, member, ())
        audit.record(
            ctx,
            "designation.read",
            "member",
            member.id,
            book=member.home_book,
            acting_for_id=member.id,
        )
    rows = ctx.session.scalars(
        sa.select(Designation)
        .where(Designation.member_id == member_id)
        .order_by(
            sa.desc(Designation.revoked_at.is_(None)),
            Designation.made_at.desc(),
            Designation.id.desc(),
        )
    ).all()
    return tuple(_view(ctx, member, row) for row in rows)


def in_force(session: Session, member_id: UUID, *, at: datetime) -> Designation | None:
    """The one that held at a moment; services only."""
    return session.scalar(
        sa.select(Designation)
        .where(
            Designation.member_id == member_id,
            Designation.made_at <= at,
            sa.or_(Designation.revoked_at.is_(None), Designation.revoked_at > at),
        )
        .order_by(Designation.made_at.desc(), Designation.id.desc())
        .limit(1)
    )


def lines_of(ctx: Context, row: Designation) -> tuple[Named, ...]:
    """Its beneficiaries as they were written; services only."""
    found = ctx.session.scalars(
        sa.select(DesignationLine)
        .where(DesignationLine.member_id == row.member_id, DesignationLine.designation_id == row.id)
        .order_by(DesignationLine.place)
    )
    return tuple(
        Named(
            each.beneficiary_id, ctx.vault.open(NAME, each.name_sealed), each.relation, each.parts
        )
        for each in found
    )


def at_arms_length(ctx: Context, member: Member, lines: tuple[Named, ...]) -> None:
    """Nobody sees or takes down kin's affairs, nor what favours himself or his kin."""
    near = {ctx.actor.id} | ctx.actor.relatives
    if member.id in near:
        raise Forbidden(OWN_AFFAIR)
    if near & {each.beneficiary_id for each in lines}:
        raise ClerkIsNamed


def _view(ctx: Context, member: Member, row: Designation) -> DesignationView:
    return DesignationView(
        id=row.id,
        kind=row.kind,
        how=row.how,
        reference=ctx.vault.open_or_none(REFERENCE, row.reference_sealed),
        made_at=row.made_at,
        revoked_at=row.revoked_at,
        lines=lines_of(ctx, row),
        paper_code=code_of(ctx, PaperKind.DESIGNATION, member.home_book, row.id),
    )
