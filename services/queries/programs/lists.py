"""What a program reads for somebody: lists that are walked by a mark, and one's side of a thing.

A list gives its rows newest first and the mark of the last one; the next call begins after it,
so that rows which come in between are neither given twice nor lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.people import Member
from models.requests import Request, RequestState, Visit, VisitState
from services import policy
from services.context import Context
from services.people.books import books_of as member_books
from services.people.texts import masked_name
from services.queries.branch.desks import books_of, desk, service_name
from services.queries.elder.near import near
from services.rules.names import Name

#: Where a list was left: the moment it is ordered by, and the id of the last row.
Mark = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows, and where to go on; ``mark`` is None at the end."""

    items: tuple[Any, ...]
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request in a list."""

    book: str
    id: UUID
    reference: str
    elder_id: UUID
    elder_name: str
    branch_id: UUID
    service_code: str
    service: Name
    state: RequestState
    starts_at: datetime
    booked_minutes: int
    people_needed: int
    remote: bool
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit in a list; the elder's name is masked for the provider. Actual minutes."""

    book: str
    id: UUID
    request_id: UUID
    reference: str
    service_code: str
    service: Name
    state: VisitState
    elder_name: str
    provider_name: str
    starts_at: datetime
    booked_minutes: int
    remote: bool
    extra: bool
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    actual_minutes: int | None


def requests(
    ctx: Context,
    *,
    elder_id: UUID | None = None,
    branch_id: UUID | None = None,
    state: str | None = None,
    after: Mark | None = None,
    limit: int = 20,
) -> Slice:
    """An elder's requests, or those of a branch for its staff, the newest first."""
    wanted = _of_requests(ctx, elder_id, branch_id)
    if state is not None:
        wanted.append(Request.state == RequestState(state))
    rows = ctx.session.execute(
        sa.select(Request, Member.name)
        .join(Member, Member.id == Request.elder_id)
        .where(*wanted, *_after(Request.submitted_at, Request.id, after))
        .order_by(Request.submitted_at.desc(), Request.id.desc())
        .limit(limit + 1)
    ).all()
    lines = [_request_line(ctx, row, name) for row, name in rows]
    return _slice(lines, limit, [(row.submitted_at, row.id) for row, _ in rows])


def visits(
    ctx: Context,
    *,
    elder_id: UUID | None = None,
    branch_id: UUID | None = None,
    state: str | None = None,
    after: Mark | None = None,
    limit: int = 20,
) -> Slice:
    """The actor's own promises, or an elder's visits, or a branch's; the latest start first."""
    if elder_id is None and branch_id is None:
        policy.require(ctx.actor, "request.browse")
        wanted = [Visit.book.in_(ctx.actor.books), Visit.provider_id == ctx.actor.id]
    else:
        wanted = [*_of_requests(ctx, elder_id, branch_id), Visit.book == Request.book]
    if state is not None:
        wanted.append(Visit.state == VisitState(state))
    elder, provider = aliased(Member), aliased(Member)
    rows = ctx.session.execute(
        sa.select(Visit, Request, elder.name, provider.name)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(elder, elder.id == Visit.elder_id)
        .join(provider, provider.id == Visit.provider_id)
        .where(*wanted, *_after(Visit.starts_at, Visit.id, after))
        .order_by(Visit.starts_at.desc(), Visit.id.desc())
        .limit(limit + 1)
    ).all()
    lines = [_visit_line(ctx, *row) for row in rows]
    return _slice(lines, limit, [(row[0].starts_at, row[0].id) for row in rows])


def _of_requests(
    ctx: Context, elder_id: UUID | None, branch_id: UUID | None
) -> list[sa.ColumnElement[bool]]:
    """Whose requests: refused unless the actor stands near enough, or works at the branch."""
    wanted: list[sa.ColumnElement[bool]] = []
    if branch_id is not None:
        here = desk(ctx, branch_id)
        wanted += [Request.book.in_(books_of(ctx, here)), Request.branch_id == here.id]
    if elder_id is not None or branch_id is None:
        member = near(ctx, elder_id or ctx.actor.id)
        wanted += [Request.book.in_(member_books(member)), Request.elder_id == member.id]
    return wanted


def _after(
    moment: InstrumentedAttribute[datetime], key: InstrumentedAttribute[UUID], mark: Mark | None
) -> list[sa.ColumnElement[bool]]:
    if mark is None:
        return []
    at, last = mark
    return [sa.or_(moment < at, sa.and_(moment == at, key < last))]


def _slice(lines: Sequence[Any], limit: int, marks: Sequence[Mark]) -> Slice:
    more = len(lines) > limit
    return Slice(tuple(lines[:limit]), marks[limit - 1] if more else None)


def _request_line(ctx: Context, row: Request, elder_name: str) -> RequestLine:
    return RequestLine(
        book=row.book,
        id=row.id,
        reference=row.reference,
        elder_id=row.elder_id,
        elder_name=elder_name,
        branch_id=row.branch_id,
        service_code=row.service_code,
        service=service_name(ctx, row.rule_set_version, row.service_code),
        state=row.state,
        starts_at=row.starts_at,
        booked_minutes=row.booked_minutes,
        people_needed=row.people_needed,
        remote=row.remote,
        submitted_at=row.submitted_at,
    )


def _visit_line(
    ctx: Context, visit: Visit, request: Request, elder_name: str, provider_name: str
) -> VisitLine:
    own = visit.provider_id == ctx.actor.id
    return VisitLine(
        book=visit.book,
        id=visit.id,
        request_id=request.id,
        reference=request.reference,
        service_code=request.service_code,
        service=service_name(ctx, request.rule_set_version, request.service_code),
        state=visit.state,
        elder_name=masked_name(elder_name) if own else elder_name,
        provider_name=provider_name,
        starts_at=visit.starts_at,
        booked_minutes=visit.booked_minutes,
        remote=request.remote,
        extra=visit.extra,
        checked_in_at=visit.checked_in_at,
        checked_out_at=visit.checked_out_at,
        actual_minutes=visit.actual_minutes,
    )
