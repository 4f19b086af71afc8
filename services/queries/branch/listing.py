"""The branch's requests as a list: by day, by state, by the reference that somebody reads out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, RequestState, Visit, VisitState
from services.clock import at_local
from services.context import Context
from services.queries.branch.desks import Desk, books_of, desk, homes_of, service_name
from services.rules.names import Name

#: Requests on a page.
PAGE = 25


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request in the branch's list."""

    book: str
    id: UUID
    reference: str
    state: RequestState
    service: Name
    starts_at: datetime
    booked_minutes: int
    elder_name: str
    #: Where the elder is at home who only stays here.
    home: Name | None
    provider_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestList:
    """A page of the branch's requests, and how many there are in all."""

    desk: Desk
    lines: tuple[RequestLine, ...]
    total: int


def request_list(
    ctx: Context,
    branch_id: UUID,
    *,
    day: date | None = None,
    state: str | None = None,
    reference: str | None = None,
    offset: int = 0,
) -> RequestList:
    """The branch's requests, the latest start first; of one day, one state, or one reference."""
    here = desk(ctx, branch_id)
    midnight = None if day is None else at_local(day, time())
    books = books_of(ctx, here, midnight)
    wanted = [Request.book.in_(books), Request.branch_id == here.id]
    if midnight is not None:
        wanted += [Request.starts_at >= midnight, Request.starts_at < midnight + timedelta(days=1)]
    if state in {each.value for each in RequestState}:
        wanted.append(Request.state == RequestState(state))
    if reference:
        digits = "".join(c for c in reference if c.isdigit())
        wanted.append(Request.reference == f"{digits[:4]}-{digits[4:]}")
    total = ctx.session.scalar(sa.select(sa.func.count()).select_from(Request).where(*wanted))
    rows = ctx.session.execute(
        sa.select(Request, Member.name)
        .join(Member, Member.id == Request.elder_id)
        .where(*wanted)
        .order_by(Request.starts_at.desc(), Request.id)
        .limit(PAGE)
        .offset(offset)
    ).all()
    providers = _providers(ctx, books, [row.id for row, _ in rows])
    homes = homes_of(ctx, here, {row.book for row, _ in rows})
    return RequestList(
        here,
        tuple(
            _line(ctx, row, name, homes.get(row.book), providers.get(row.id, ()))
            for row, name in rows
        ),
        total or 0,
    )


def _providers(
    ctx: Context, books: Sequence[str], request_ids: list[UUID]
) -> Mapping[UUID, tuple[str, ...]]:
    """Who comes to each of these requests."""
    found: dict[UUID, tuple[str, ...]] = {}
    gone = (VisitState.CANCELLED, VisitState.NO_SHOW)
    rows: Any = ctx.session.execute(
        sa.select(Visit.request_id, Member.name)
        .join(Member, Member.id == Visit.provider_id)
        .where(Visit.book.in_(books), Visit.request_id.in_(request_ids), Visit.state.not_in(gone))
        .order_by(Visit.accepted_at, Visit.id)
    )
    for request_id, name in rows:
        found[request_id] = (*found.get(request_id, ()), name)
    return found


def _line(
    ctx: Context, row: Request, name: str, home: Name | None, providers: tuple[str, ...]
) -> RequestLine:
    return RequestLine(
        book=row.book,
        id=row.id,
        reference=row.reference,
        state=row.state,
        service=service_name(ctx, row.rule_set_version, row.service_code),
        starts_at=row.starts_at,
        booked_minutes=row.booked_minutes,
        elder_name=name,
        home=home,
        provider_names=providers,
    )
