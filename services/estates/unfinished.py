"""What must be over before a dead member's coins are divided: services, sessions and holds."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate
from models.ledger import Account, Balance
from models.requests import Visit, VisitState
from models.service_days import GroupSession, GroupState
from services.context import Context
from services.ledger.rows import whole_sum
from services.people.books import books_of
from services.people.reading import member_row

#: A visit in one of these may still move coins of either side.
UNDECIDED = (
    VisitState.ACCEPTED,
    VisitState.CHECKED_IN,
    VisitState.CHECKED_OUT,
    VisitState.CONFIRMED,
    VisitState.IN_REVIEW,
    VisitState.DISPUTED,
    VisitState.MISSED,
)


def unfinished_visits(ctx: Context, estate: Estate) -> tuple[UUID, ...]:
    """Visits to the dead, or by the dead, on which nobody has decided yet."""
    concerned = sa.or_(Visit.elder_id == estate.member_id, Visit.provider_id == estate.member_id)
    books = {estate.book, *books_of(member_row(ctx.session, estate.member_id))}
    found = ctx.session.scalars(
        sa.select(Visit.id)
        .where(Visit.book.in_(books), concerned, Visit.state.in_(UNDECIDED))
        .order_by(Visit.starts_at, Visit.id)
    )
    return tuple(found)


def unfinished_sessions(ctx: Context, estate: Estate) -> tuple[UUID, ...]:
    """Group sessions led by the dead whose minutes are not posted yet."""
    found = ctx.session.scalars(
        sa.select(GroupSession.id).where(
            GroupSession.book == estate.book,
            GroupSession.provider_id == estate.member_id,
            GroupSession.state != GroupState.CANCELLED,
            GroupSession.settled_at.is_(None),
        )
    )
    return tuple(found)


def held_minutes(ctx: Context, estate: Estate) -> int:
    """Coins of the dead that an open hold still keeps."""
    held = sa.select(whole_sum(Balance.held_minutes)).join(
        Account, sa.and_(Account.book == Balance.book, Account.id == Balance.account_id)
    )
    owned = held.where(Account.book == estate.book, Account.owner_id == estate.member_id)
    return ctx.session.scalar(owned) or 0
