"""The visits behind a member's transfers: in the own book, or by the link in another one.

A service by somebody of another book is posted in two halves. The half in the member's book says
nothing of the visit; the link leads to the other one, in a book that holds rows about the member.
No other book is ever looked into.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Transfer
from models.people import Member
from models.requests import Request, Visit
from services.context import Context
from services.people.books import books_of


def visits_behind(
    ctx: Context, member: Member, transfer_ids: Collection[UUID]
) -> dict[UUID, tuple[Request, Visit]]:
    """By transfer of a member's statement, the visit that it was posted for."""
    books = books_of(member)
    found = _posted_for(ctx, books, transfer_ids)
    missing = set(transfer_ids) - found.keys()
    if len(books) > 1 and missing:
        halves = _other_halves(ctx, books, missing)
        far = _posted_for(ctx, books, halves.keys())
        found |= {own: far[other] for other, own in halves.items() if other in far}
    return found


def _posted_for(
    ctx: Context, books: tuple[str, ...], transfer_ids: Collection[UUID]
) -> dict[UUID, tuple[Request, Visit]]:
    if not transfer_ids:
        return {}
    rows = ctx.session.execute(
        sa.select(Visit.transfer_id, Request, Visit)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(Visit.book.in_(books), Visit.transfer_id.in_(transfer_ids))
    )
    return {transfer: (request, visit) for transfer, request, visit in rows if transfer}


def _other_halves(
    ctx: Context, books: tuple[str, ...], transfer_ids: Collection[UUID]
) -> dict[UUID, UUID]:
    """Transfers in other books, with the one of the statement that they are linked to."""
    links = {
        row.link_id: row.id
        for row in ctx.session.execute(
            sa.select(Transfer.link_id, Transfer.id).where(
                Transfer.book.in_(books),
                Transfer.id.in_(transfer_ids),
                Transfer.link_id.is_not(None),
            )
        )
    }
    if not links:
        return {}
    rows = ctx.session.execute(
        sa.select(Transfer.id, Transfer.link_id).where(
            Transfer.book.in_(books),
            Transfer.link_id.in_(links),
            Transfer.id.not_in(links.values()),
        )
    )
    return {row.id: links[row.link_id] for row in rows}
