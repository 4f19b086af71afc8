"""Whose death a relative may report, and what has been reported already."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.estates import OPEN_ESTATES, Estate, EstateReport
from models.people import Kinship, Member, MemberStatus
from services import policy
from services.context import Context
from services.errors import NotFound
from services.places.branches import branch_row
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody whose death the reader may report. ``relation`` is what that one is to the reader.

    None where the reader only acts for that one.
    """

    member_id: UUID
    name: str
    relation: str | None
    #: The reader has said it already.
    is_reported: bool
    #: Where the papers are brought: the branch of that one.
    branch: Name
    phone: str


def relatives(ctx: Context) -> tuple[Relative, ...]:
    """Living relatives on record and those whom the reader acts for, by name."""
    policy.require(ctx.actor, "estate.report")
    known = {
        row.other_id: row.relation
        for row in ctx.session.execute(
            sa.select(Kinship.other_id, Kinship.relation).where(Kinship.member_id == ctx.actor.id)
        )
    }
    wanted = {*known, *ctx.actor.kin} - {ctx.actor.id}
    rows = ctx.session.scalars(
        sa.select(Member)
        .where(Member.id.in_(wanted), Member.status != MemberStatus.CLOSED)
        .order_by(Member.name, Member.id)
    )
    return tuple(_relative(ctx, row, known.get(row.id)) for row in rows)


def relative(ctx: Context, member_id: UUID) -> Relative:
    """One of them; NotFound for anybody else."""
    found = next((each for each in relatives(ctx) if each.member_id == member_id), None)
    if found is None:
        raise NotFound
    return found


def _relative(ctx: Context, member: Member, relation: str | None) -> Relative:
    mine = (
        sa.select(EstateReport.id)
        .join(
            Estate,
            sa.and_(Estate.book == EstateReport.book, Estate.id == EstateReport.estate_id),
        )
        .where(
            EstateReport.book == member.home_book,
            EstateReport.reported_by_id == ctx.actor.id,
            Estate.member_id == member.id,
            Estate.state.in_(OPEN_ESTATES),
        )
    )
    branch = branch_row(ctx.session, member.branch_id)
    return Relative(
        member_id=member.id,
        name=member.name,
        relation=relation,
        is_reported=ctx.session.scalar(mine.limit(1)) is not None,
        branch=Name(branch.name, branch.name_en),
        phone=branch.phone,
    )
