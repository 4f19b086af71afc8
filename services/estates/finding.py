"""Finding an estate under its lock, whom it concerns, and writing down what it moves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.estates import OPEN_ESTATES, Estate, EstateMove
from services.context import Context
from services.estates.sentences import EstateUnknown
from services.ledger.drafts import Posted
from services.people.reading import member_row
from services.policy import Subject


def locked_estate(ctx: Context, book: str, estate_id: UUID) -> Estate:
    """The estate as it stands, kept from changing; raises EstateUnknown.

    Members whom the act is about are locked before (services.visits.days.lock_members).
    """
    row = ctx.session.scalar(
        sa.select(Estate)
        .where(Estate.book == book, Estate.id == estate_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise EstateUnknown
    return row


def estate_row(session: Session, book: str, estate_id: UUID) -> Estate:
    """The same for readers, without a lock; raises EstateUnknown."""
    row = session.get(Estate, (book, estate_id))
    if row is None:
        raise EstateUnknown
    return row


def is_moment(died_at: datetime) -> bool:
    """Whether the time of day of a death is known: what is typed has whole minutes, and of
    whom only the day is known the last moment stands that can be.
    """
    return died_at.second == 0 and died_at.microsecond == 0


def subject_of(ctx: Context, estate: Estate) -> Subject:
    """The policy's view of an estate: the dead member's affair at the member's branch.

    Read before the estate is locked it may go into ``policy.require``: it never changes.
    """
    member = member_row(ctx.session, estate.member_id)
    return Subject(
        book=estate.book,
        region_code=member.region_code,
        branch_id=estate.branch_id,
        member_id=estate.member_id,
    )


def open_estate_of(session: Session, book: str, member_id: UUID) -> Estate | None:
    """The member's estate that is neither dismissed nor undone; there is one at most."""
    return session.scalar(
        sa.select(Estate).where(
            Estate.book == book,
            Estate.member_id == member_id,
            Estate.state.in_(OPEN_ESTATES),
        )
    )


def move(
    ctx: Context, estate: Estate, posted: Posted, what: str, heir_id: UUID | None = None
) -> None:
    """Write down that a transfer was made for the estate, and what for.

    ``what``: freeze, sweep, grants, share, remainder, claim, unclaimed, undo.
    """
    ctx.session.add(
        EstateMove(
            book=estate.book,
            estate_id=estate.id,
            transfer_id=posted.transfer_id,
            what=what,
            heir_id=heir_id,
            at=ctx.now,
        )
    )
    ctx.session.flush()
