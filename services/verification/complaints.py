"""What complaints and appeals set aside: there, of the right person, and no longer than due."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.complaints import Complaint, ComplaintState
from models.entries import Reversal, ReversalState
from models.ledger import AccountKind, Hold, HoldLeg, HoldOutcome
from models.oversight import Dispute
from models.requests import Visit
from services.complaints.holding import DISPUTE, PURPOSE
from services.context import Context
from services.ledger.accounts import account_id
from services.ledger.breaches import Breach, Tally
from services.ledger.rows import whole_sum
from services.ledger.streams import rows_of

AT_ONCE = 400
_OPEN = (ComplaintState.OPEN, ComplaintState.APPEALED)
_WAITING = (ReversalState.PROPOSED, ReversalState.SIGNED)


def check_complaints(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Holds of complaints, those that they name and those that name them; and of appeals."""
    yield from _check_named(ctx, book, tally)
    yield from _check_left_over(ctx, book)
    yield from _check_disputes(ctx, book)


def _check_named(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Every hold that a complaint names stands as it says, while it may."""
    same = sa.and_(Reversal.book == Complaint.book, Reversal.id == Complaint.reversal_id)
    statement = (
        sa.select(
            Complaint.id,
            Complaint.reference,
            Complaint.state,
            Complaint.against_id,
            Complaint.hold_id,
            Complaint.hold_book,
            Complaint.held_minutes,
            Reversal.state.label("reversal_state"),
        )
        .outerjoin(Reversal, same)
        .where(Complaint.book == book, Complaint.hold_id.is_not(None))
        .order_by(Complaint.hold_book, Complaint.id)
    )
    rows = rows_of(ctx.session, statement)
    while some := list(islice(rows, AT_ONCE)):
        tally.add("complaints", len(some))
        for hold_book in sorted({row.hold_book or "" for row in some}):
            of_book = [row for row in some if row.hold_book == hold_book]
            holds = _holds(ctx, hold_book, [row.hold_id for row in of_book])
            for row in of_book:
                yield from _breaches(book, hold_book, row, holds.get(row.hold_id))


def _breaches(book: str, hold_book: str, row: Any, held: Any) -> Iterator[Breach]:
    where = f"complaint {row.reference}"
    earned = account_id(hold_book, AccountKind.EARNED, row.against_id)
    said = None if held is None else (held.subject_id, held.account_id, held.minutes)
    if said != (row.id, earned, row.held_minutes) or held.ended:
        yield Breach("complaint_hold_differs", book, where)
    elif row.state not in _OPEN and row.reversal_state not in _WAITING:
        yield Breach("complaint_still_held", book, where)


def _holds(ctx: Context, book: str, keys: list[UUID]) -> dict[UUID, Any]:
    """What these holds keep, of whom, and whether they have ended."""
    ended = sa.and_(HoldOutcome.book == Hold.book, HoldOutcome.hold_id == Hold.id)
    rows = ctx.session.execute(
        sa.select(
            Hold.id,
            Hold.subject_id,
            HoldLeg.account_id,
            whole_sum(HoldLeg.amount_minutes).label("minutes"),
            sa.func.count(HoldOutcome.hold_id).label("ended"),
        )
        .join(HoldLeg, sa.and_(HoldLeg.book == Hold.book, HoldLeg.hold_id == Hold.id))
        .outerjoin(HoldOutcome, ended)
        .where(Hold.book == book, Hold.id.in_(keys))
        .group_by(Hold.id, Hold.subject_id, HoldLeg.account_id)
    )
    return {row.id: row for row in rows}


def _open_holds(book: str, purpose: str) -> sa.Select[Any, Any]:
    over = sa.select(HoldOutcome.hold_id).where(
        HoldOutcome.book == Hold.book, HoldOutcome.hold_id == Hold.id
    )
    return (
        sa.select(Hold.id, Hold.subject_id)
        .where(Hold.book == book, Hold.purpose == purpose, ~over.exists())
        .order_by(Hold.id)
    )


def _check_left_over(ctx: Context, book: str) -> Iterator[Breach]:
    """No hold in this book is for a complaint, in whichever book, that does not name it."""
    rows = rows_of(ctx.session, _open_holds(book, PURPOSE))
    while some := list(islice(rows, AT_ONCE)):
        named = set(
            ctx.session.scalars(
                sa.select(Complaint.hold_id)
                .where(Complaint.id.in_([row.subject_id for row in some]))
                .where(Complaint.hold_id.is_not(None))
                # A provider's home may be elsewhere than the service was.
                .execution_options(cross_book=True)
            )
        )
        for row in some:
            if row.id not in named:
                yield Breach("hold_without_complaint", book, f"hold {row.id}")


def _check_disputes(ctx: Context, book: str) -> Iterator[Breach]:
    """An appeal of a dispute holds nothing once it is dismissed, or the visit taken back."""
    rows = rows_of(ctx.session, _open_holds(book, DISPUTE))
    while some := list(islice(rows, AT_ONCE)):
        same = sa.and_(Visit.book == Dispute.book, Visit.id == Dispute.visit_id)
        standing = set(
            ctx.session.scalars(
                sa.select(Dispute.id)
                .join(Visit, same)
                .where(Dispute.id.in_([row.subject_id for row in some]))
                .where(Dispute.appealed_at.is_not(None), Visit.reversed_at.is_(None))
                .where(sa.func.coalesce(Dispute.appeal_decision, "upheld") == "upheld")
                .execution_options(cross_book=True)
            )
        )
        for row in some:
            if row.subject_id not in standing:
                yield Breach("hold_without_complaint", book, f"hold {row.id}")
