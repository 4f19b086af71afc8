"""Requests of elders who stay elsewhere for a time: asked at home, served where they stay.

The request stands in the elder's home book, where the coins are held and the pool pays. Its region
and branch are the host's, and a pointer stands in the host's book, by which whoever works or
serves there finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import HostedRequest
from models.people import Member
from models.places import Branch
from models.requests import Request
from services.context import Context


def point_at(ctx: Context, request: Request) -> None:
    """Let the host's book know of a request; once, and again when its time moves."""
    if request.place_book is None:
        return
    key = (request.place_book, request.id)
    row = ctx.session.get(HostedRequest, key)
    if row is not None:
        row.ends_at = request.ends_at
        return
    ctx.session.add(
        HostedRequest(
            book=request.place_book,
            request_id=request.id,
            request_book=request.book,
            ends_at=request.ends_at,
        )
    )


def books_at(session: Session, book: str, since: datetime | None = None) -> tuple[str, ...]:
    """The book itself, and the books of requests that take place there and end after ``since``.

    With it a reader names the few books that may hold something, by the place's own book alone.
    """
    wanted = sa.select(HostedRequest.request_book).where(HostedRequest.book == book).distinct()
    if since is not None:
        wanted = wanted.where(HostedRequest.ends_at >= since)
    return (book, *sorted(set(session.scalars(wanted)) - {book}))


def place_book_of(request: Request) -> str:
    """The book of the county in which a service takes place."""
    return request.place_book or request.book


def takes_place_in(book: str) -> sa.ColumnElement[bool]:
    """The condition that a request takes place in a book's county, whoever pays for it.

    Beside it a statement still names the books: see ``books_at``.
    """
    return sa.or_(
        Request.place_book == book, sa.and_(Request.place_book.is_(None), Request.book == book)
    )


def doors(
    session: Session, requests: Sequence[Request]
) -> dict[UUID, tuple[int | None, int | None]]:
    """By request, where to go: the elder's own door, or near the branch where the elder stays."""
    away = {each.branch_id for each in requests if each.place_book is not None}
    at_home = {each.elder_id for each in requests if each.place_book is None}
    branches = _placed(session, Branch, away)
    homes = _placed(session, Member, at_home)
    return {
        each.id: homes[each.elder_id] if each.place_book is None else branches[each.branch_id]
        for each in requests
    }


def _placed(
    session: Session, table: type[Branch | Member], ids: Iterable[UUID]
) -> dict[UUID, tuple[int | None, int | None]]:
    rows = session.execute(
        sa.select(table.id, table.latitude_e6, table.longitude_e6).where(table.id.in_(sorted(ids)))
    )
    return {row.id: (row.latitude_e6, row.longitude_e6) for row in rows}
