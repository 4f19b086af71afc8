"""The mark that stays for ever: which lines of a statement pay services entered by hand."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from models.ledger import ValuationRecord
from models.places import Book
from models.requests import Visit
from services.context import Context
from services.ledger.statement import StatementLine


def by_hand(ctx: Context, lines: Iterable[StatementLine]) -> frozenset[UUID]:
    """The transfers among these lines that pay a service entered by hand.

    A provider of another book is credited by a half of its own: the valuation leads to the visit.
    """
    valued = {(each.book, each.valuation_id): each.transfer_id for each in lines}
    wanted = {key for _, key in valued if key is not None}
    if not wanted:
        return frozenset()
    rows = ctx.session.execute(
        sa.select(ValuationRecord.book, ValuationRecord.id)
        .join(Visit, Visit.id == ValuationRecord.visit_id)
        .where(
            ValuationRecord.book.in_({book for book, _ in valued}),
            ValuationRecord.id.in_(wanted),
            Visit.book.in_(sa.select(Book.book)),
            Visit.manual_entry_id.is_not(None),
        )
        .execution_options(cross_book=True)
    )
    return frozenset(valued[row.book, row.id] for row in rows if (row.book, row.id) in valued)


def entry_behind(ctx: Context, book: str, visit_id: UUID | None) -> UUID | None:
    """The entry by hand behind a visit, if there is one."""
    visit = None if visit_id is None else ctx.session.get(Visit, (book, visit_id))
    return None if visit is None else visit.manual_entry_id
