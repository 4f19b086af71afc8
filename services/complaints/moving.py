"""Whoever moves home takes along what a complaint has set aside: it goes on being set aside there.

Nobody is kept from moving, and no district from being divided, because of a complaint; and nobody
gets at the coins by moving.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.complaints import Complaint
from models.ledger import AccountKind, Hold, HoldOutcome
from models.oversight import Dispute
from models.people import Member
from models.requests import Visit
from services import audit
from services.complaints.holding import DISPUTE, PURPOSE
from services.context import Context
from services.ledger.accounts import account_id
from services.ledger.drafts import HoldDraft, Stamp
from services.ledger.holds import held_minutes, hold_account, release
from services.ledger.rows import read_holds
from services.people.books import books_of
from services.policy import SYSTEM


@dataclass(frozen=True, slots=True)
class Aside:
    """Minutes that were set aside where the member has lived, and for what."""

    purpose: str
    subject_id: UUID
    minutes: int
    complaint: Complaint | None = None


def free_for_move(ctx: Context, member: Member, from_book: str) -> list[Aside]:
    """Release what complaints and disputes hold of the member's coins; services only.

    The member is locked, and :func:`set_aside_again` is called in the same unit of work, after
    the coins have come.
    """
    rows = [row for book in sorted(books_of(member)) for row in _held(ctx, member, book, from_book)]
    found = [Aside(PURPOSE, row.id, row.held_minutes or 0, row) for row in rows if row.held_minutes]
    disputed = _disputed(ctx, member, from_book)
    held = read_holds(ctx.session, from_book, list(disputed))
    found += [Aside(DISPUTE, disputed[key], held_minutes(each)) for key, each in held.items()]
    holds = [row.hold_id for row in rows if row.hold_id is not None]
    stamp = Stamp(ctx.now, SYSTEM.id)
    release(ctx.session, from_book, [*holds, *disputed], stamp)
    return found


def _held(ctx: Context, member: Member, book: str, from_book: str) -> Sequence[Complaint]:
    """The complaints of a book that hold coins where the member has lived, locked."""
    return ctx.session.scalars(
        sa.select(Complaint)
        .where(Complaint.book == book, Complaint.against_id == member.id)
        .where(Complaint.hold_id.is_not(None), Complaint.hold_book == from_book)
        .order_by(Complaint.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _disputed(ctx: Context, member: Member, from_book: str) -> dict[UUID, UUID]:
    """The open holds of disputes about the member's services, each with its dispute."""
    disputes = (
        sa.select(Dispute.id)
        .join(Visit, sa.and_(Visit.book == Dispute.book, Visit.id == Dispute.visit_id))
        .where(Dispute.book.in_(books_of(member)), Visit.book.in_(books_of(member)))
        .where(Visit.provider_id == member.id, Dispute.appealed_at.is_not(None))
    )
    ended = sa.exists().where(HoldOutcome.book == from_book, HoldOutcome.hold_id == Hold.id)
    rows = ctx.session.execute(
        sa.select(Hold.id, Hold.subject_id).where(
            Hold.book == from_book,
            Hold.purpose == DISPUTE,
            Hold.subject_id.in_(ctx.session.scalars(disputes).all()),
            ~ended,
        )
    )
    return {row.id: row.subject_id for row in rows}


def set_aside_again(ctx: Context, member: Member, found: Sequence[Aside]) -> None:
    """Hold the same minutes where the coins are now; services only."""
    book, stamp = member.home_book, Stamp(ctx.now, SYSTEM.id)
    account = account_id(book, AccountKind.EARNED, member.id)
    for each in found:
        key = f"{each.purpose}:{each.subject_id}:{ctx.new_id()}"
        draft = HoldDraft(book, each.purpose, each.subject_id, key, ())
        hold_id, held = hold_account(ctx.session, book, account, each.minutes, draft, stamp)
        row = each.complaint
        if row is None:
            continue
        row.hold_id, row.hold_book = hold_id, book if hold_id else None
        row.held_minutes = held
        after = {"held_minutes": held}
        audit.record(
            ctx.as_actor(SYSTEM), "complaint.hold", "complaint", row.id, book=row.book, after=after
        )
    ctx.session.flush()
