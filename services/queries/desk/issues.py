"""Leave to issue minutes: who proposed it, who signed it, and what backs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch, BatchState
from models.oversight import IssueAuthorisation
from services.context import Context
from services.ledger.rows import whole_sum
from services.queries.audit.listing import (
    Page,
    Person,
    Want,
    cut,
    from_day,
    ordered,
    people,
    to_day,
)
from services.queries.audit.scope import require_book

STATES = ("waiting", "signed", "withdrawn")


@dataclass(frozen=True, slots=True)
class IssueFilter:
    """Which authorisations: by state, and by the day of the proposal."""

    state: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class IssueLine:
    """One authorisation; ``amount_minutes`` are standard minutes."""

    id: UUID
    amount_minutes: int
    backing: str
    proposed_by: Person | None
    proposed_at: datetime
    signed_by: Person | None
    signed_at: datetime | None
    transfer_id: UUID | None
    state: str


def issues(ctx: Context, book: str, wanted: IssueFilter, want: Want) -> Page[IssueLine]:
    """Authorisations of a book that fit the filter, the newest first."""
    require_book(ctx, book)
    row = IssueAuthorisation
    withdrawn = sa.and_(Batch.state == BatchState.WITHDRAWN, row.signed_at.is_(None))
    state = sa.case(
        (row.signed_at.is_not(None), "signed"), (withdrawn, "withdrawn"), else_="waiting"
    )
    conditions = [*from_day(row.proposed_at, wanted.first), *to_day(row.proposed_at, wanted.last)]
    if wanted.state:
        conditions.append(state == wanted.state)
    statement = (
        sa.select(
            row.id,
            row.amount_minutes,
            row.backing,
            row.proposed_by_id,
            row.proposed_at,
            row.signed_by_id,
            row.signed_at,
            row.transfer_id,
            state.label("state"),
        )
        .outerjoin(Batch, sa.and_(Batch.book == row.book, Batch.id == row.id))
        .where(row.book == book, *conditions)
    )
    columns = {"proposed": row.proposed_at, "amount": row.amount_minutes}
    statement = ordered(statement, want, columns, "-proposed", row.id)
    sums = {"amount_minutes": lambda c: whole_sum(c.amount_minutes)}
    rows, page, total, added = cut(ctx, statement, want, sums)
    who = people(ctx, (each for r in rows for each in (r.proposed_by_id, r.signed_by_id)))
    lines = tuple(
        IssueLine(
            r.id,
            r.amount_minutes,
            r.backing,
            who.get(r.proposed_by_id),
            r.proposed_at,
            who.get(r.signed_by_id) if r.signed_by_id else None,
            r.signed_at,
            r.transfer_id,
            r.state,
        )
        for r in rows
    )
    return Page(lines, page, want.size, total, added)
