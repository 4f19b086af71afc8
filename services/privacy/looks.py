"""Who looked at somebody's data: when, from which office, at what. Staff are offices, not names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate
from models.oversight import AuditRecord
from models.people import Kinship, Member, RoleAssignment
from models.places import Branch, Region
from models.requests import Request, Visit
from services.context import Context
from services.people.books import books_of
from services.people.reading import member_row
from services.policy import SYSTEM
from services.privacy.access import side_of
from services.rules.names import Name

#: How far back, and how many at most: the newest first.
DAYS, MOST = 365, 200
#: Of a member's requests and visits so many are looked through, the newest first.
MOST_THINGS = 300
#: Acts that only look. ``member.read`` and the like end so by the rule of the policy's table.
ENDINGS = (".read", ".find", ".export", ".browse", ".codes")
#: Looks that are called by another name.
FURTHER = ("request.address", "elder.look")
RELATIVE, STRANGER = "relative", "member"


@dataclass(frozen=True, slots=True)
class Look:
    """One look: ``role`` is an office, ``relative`` (then with the name) or ``member``."""

    at: datetime
    act: str
    role: str
    office: Name | None
    name: str | None


def looks_at(ctx: Context, member_id: UUID) -> tuple[Look, ...]:
    """Every recorded look of others at a member's data in the last year, the newest first."""
    member = member_row(ctx.session, member_id)
    side_of(ctx, member, "privacy.read")
    rows = sorted(_records(ctx, member), key=lambda row: row.at, reverse=True)[:MOST]
    return tuple(_looks(ctx, member, rows))


def _records(ctx: Context, member: Member) -> Iterator[AuditRecord]:
    things = [member.id, *_things(ctx, member)]
    endings = (AuditRecord.act.like(f"%{ending}") for ending in ENDINGS)
    is_look = sa.or_(*endings, AuditRecord.act.in_(FURTHER))
    for start in range(0, len(things), 100):
        yield from ctx.session.scalars(
            sa.select(AuditRecord)
            .where(
                AuditRecord.book.in_(books_of(member)),
                AuditRecord.subject_id.in_(things[start : start + 100]),
                AuditRecord.at >= ctx.now - timedelta(days=DAYS),
                AuditRecord.actor_id.not_in((member.id, SYSTEM.id)),
                is_look,
            )
            .order_by(AuditRecord.at.desc())
            .limit(MOST)
        )


def _things(ctx: Context, member: Member) -> Iterator[UUID]:
    """What else is about the member: what was asked, the visits of both sides, an estate."""
    books = books_of(member)
    for statement in (
        sa.select(Request.id)
        .where(Request.book.in_(books), Request.elder_id == member.id)
        .order_by(Request.submitted_at.desc()),
        sa.select(Visit.id)
        .where(
            Visit.book.in_(books),
            sa.or_(Visit.elder_id == member.id, Visit.provider_id == member.id),
        )
        .order_by(Visit.starts_at.desc()),
        sa.select(Estate.id).where(Estate.book.in_(books), Estate.member_id == member.id),
    ):
        yield from ctx.session.scalars(statement.limit(MOST_THINGS))


def _looks(ctx: Context, member: Member, rows: Sequence[AuditRecord]) -> Iterator[Look]:
    actors = {row.actor_id for row in rows}
    names = {
        row.id: row.name
        for row in ctx.session.execute(
            sa.select(Member.id, Member.name).where(Member.id.in_(actors))
        )
    }
    kin = set(
        ctx.session.scalars(sa.select(Kinship.other_id).where(Kinship.member_id == member.id))
    )
    roles = ctx.session.scalars(
        sa.select(RoleAssignment)
        .where(RoleAssignment.member_id.in_(actors))
        .order_by(RoleAssignment.granted_at)
    ).all()
    offices = _offices(ctx, roles)
    for row in rows:
        held = next((each for each in roles if _held(each, row)), None)
        if held is not None:
            yield Look(row.at, row.act, held.role, offices.get(held.scope), None)
        elif row.actor_id in kin:
            yield Look(row.at, row.act, RELATIVE, None, names.get(row.actor_id))
        else:
            yield Look(row.at, row.act, STRANGER, None, None)


def _held(role: RoleAssignment, row: AuditRecord) -> bool:
    """Whether it was the office of whoever looked, at that moment."""
    return (
        role.member_id == row.actor_id
        and role.granted_at <= row.at
        and (role.ended_at is None or role.ended_at > row.at)
    )


def _offices(ctx: Context, roles: Sequence[RoleAssignment]) -> dict[str, Name]:
    """The names of the branches and regions of some offices, by their scope."""
    branches = [UUID(each.scope) for each in roles if each.scope_kind == "branch"]
    codes = [each.scope for each in roles if each.scope_kind == "region"]
    found = {
        str(row.id): Name(row.name, row.name_en)
        for row in ctx.session.execute(
            sa.select(Branch.id, Branch.name, Branch.name_en).where(Branch.id.in_(branches))
        )
    }
    regions = sa.select(Region.code, Region.name, Region.name_en).where(Region.code.in_(codes))
    for row in ctx.session.execute(regions):
        found[row.code] = Name(row.name, row.name_en)
    return found
