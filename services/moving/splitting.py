"""A part of a county has gone to another one: its members move home, one unit of work each.

A member's house stays where it is. Whoever cannot move yet (a service under way, no branch or no
corridor there) is tried again the next day, so that nobody is forgotten and nothing is hurried.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.moving import Succession
from models.people import Member, MemberStatus
from models.places import Branch, Region
from services import policy
from services.clock import local_date
from services.context import Context
from services.corridors.sentences import CapReached, CorridorShut, NotJoined
from services.errors import NotFound
from services.jobs import due
from services.moving.acting import SPLIT, MoveForm, carry, lock_with_partners
from services.moving.sentences import MoveHindered
from services.people.reading import member_row
from services.places.books import book_of
from services.places.regions import current_code, within

#: A due task about one member.
MEMBER = "move.member"
AGAIN = timedelta(days=1)
#: What passes: it is tried again.
PASSING = (MoveHindered, NotJoined, CorridorShut, CapReached)


def plan_members(ctx: Context, book: str) -> int:
    """Plan a move for every member of a book who lives in a part that went elsewhere."""
    policy.require(ctx.actor, "jobs.run")
    planned = 0
    for township in _parts(ctx, book):
        rows = ctx.session.scalars(
            sa.select(Member.id)
            .where(
                Member.home_book == book,
                Member.region_code.startswith(within(township), autoescape=True),
                Member.status == MemberStatus.ACTIVE,
            )
            .order_by(Member.id)
        )
        for member_id in rows:
            due.plan(ctx, MEMBER, book, member_id, ctx.now)
            planned += 1
    return planned


def move_member(ctx: Context, book: str, member_id: UUID) -> bool:
    """Move one of them; False when it has to wait, or is not to be done any more."""
    policy.require(ctx.actor, "jobs.run")
    member = member_row(ctx.session, member_id)
    lock_with_partners(ctx, member)
    if member.home_book != book or member.status is not MemberStatus.ACTIVE:
        return False
    form = _where(ctx, member)
    if form is not None:
        try:
            with ctx.session.begin_nested():
                carry(ctx, member, form, SPLIT)
            return True
        except PASSING:
            pass
    due.plan(ctx, MEMBER, book, member_id, ctx.now + AGAIN)
    return False


def _parts(ctx: Context, book: str) -> list[str]:
    """Townships of the book's county that ended with it and have a code elsewhere."""
    today = local_date(ctx.now)
    rows = ctx.session.execute(
        sa.select(Region.code)
        .join(
            Succession,
            sa.and_(
                Succession.old_code == Region.parent_code, Succession.from_day == Region.valid_to
            ),
        )
        .where(
            Succession.book == book,
            Succession.from_day <= today,
            Region.successor_code.is_not(None),
        )
        .order_by(Region.code)
    )
    return [row.code for row in rows]


def _where(ctx: Context, member: Member) -> MoveForm | None:
    """The code that stands for the old one, and the branch there; None while there is none."""
    today = local_date(ctx.now)
    try:
        code = current_code(ctx.session, member.region_code, today)
        book = book_of(ctx.session, code, today)
    except NotFound:
        return None
    branches = ctx.session.scalars(
        sa.select(Branch)
        .where(Branch.book == book, Branch.closed_on.is_(None))
        .order_by(Branch.opened_on, Branch.id)
    ).all()
    nearest = sorted(branches, key=lambda each: each.region_code != code)
    if not nearest or book == member.home_book:
        return None
    return MoveForm(member.id, nearest[0].id, region_code=code)
