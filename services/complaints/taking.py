"""What somebody who takes a complaint down needs: branches, and a member by his number."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.places import Branch
from services.context import Context
from services.people.errors import NotAMember
from services.policy import STAFF
from services.queries.two_hands.scope import books_for
from services.rules.names import Name

TAKE = "complaint.take"


@dataclass(frozen=True, slots=True)
class BranchChoice:
    """A branch whose affairs somebody may take down."""

    id: UUID
    book: str
    name: Name


def takeable_branches(ctx: Context) -> tuple[BranchChoice, ...]:
    """The branches at which the actor works, and those of the regions that he administers."""
    own = [UUID(role.scope) for role in ctx.actor.roles if role.name == STAFF]
    rows = ctx.session.execute(
        sa.select(Branch.id, Branch.book, Branch.name, Branch.name_en)
        .where(sa.or_(Branch.id.in_(own), Branch.book.in_(books_for(ctx, TAKE))))
        .where(Branch.closed_on.is_(None))
        .order_by(Branch.name, Branch.id)
        .limit(500)
    )
    return tuple(BranchChoice(row.id, row.book, Name(row.name, row.name_en)) for row in rows)


def member_of(ctx: Context, number: str | None, field: str) -> UUID | None:
    """The member with a volunteer number; None without one. Raises NotAMember."""
    if not number:
        return None
    found = ctx.session.scalar(sa.select(Member.id).where(Member.number == number))
    if found is None:
        raise NotAMember(field=field)
    return found
