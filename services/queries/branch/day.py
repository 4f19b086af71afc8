"""A branch's day: every visit to its elders by the hour, who comes, and what needs somebody now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, RequestState, Visit, VisitState
from services.clock import at_local, local, local_date
from services.context import Context
from services.queries.branch.desks import Desk, books_of, desk, homes_of, service_name
from services.rules.names import Name

#: A branch's day is a page; more than this is more than a branch can see to.
MOST = 300
#: Requests that will not take place any more are not of this day.
OVER = (
    RequestState.REFUSED,
    RequestState.CANCELLED,
    RequestState.EXPIRED,
)
UNFILLED = (RequestState.SUBMITTED, RequestState.WAITING_POOL, RequestState.OPEN)
GONE = (VisitState.CANCELLED,)
#: How long before its start somebody should have said yes, so that nobody has to worry.
SOON = timedelta(hours=24)
#: Somebody who has not checked in by then is called.
GRACE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Comer:
    """Somebody who has said yes, and how the visit stands."""

    book: str
    visit_id: UUID
    name: str
    number: str
    state: VisitState
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    #: Nobody has checked in though the time for it is here.
    is_late: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One request of the day with whoever comes."""

    book: str
    request_id: UUID
    reference: str
    state: RequestState
    service: Name
    starts_at: datetime
    booked_minutes: int
    remote: bool
    elder_name: str
    #: Where the elder is at home who only stays here.
    home: Name | None
    people_needed: int
    comers: tuple[Comer, ...]
    #: Nobody, or not everybody needed, has said yes.
    missing: int
    #: And it begins within a day.
    is_pressing: bool

    @property
    def is_late(self) -> bool:
        """Whether somebody should have checked in by now."""
        return any(comer.is_late for comer in self.comers)


@dataclass(frozen=True, slots=True)
class Hour:
    """What begins within one hour of the day."""

    begins_at: datetime
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class DayBoard:
    """A branch's day. ``late`` and ``unfilled`` stand on top, and in their hours as well."""

    desk: Desk
    day: date
    is_today: bool
    before: date
    after: date
    hours: tuple[Hour, ...]
    late: tuple[Line, ...]
    unfilled: tuple[Line, ...]
    total: int
    is_cut: bool


def day_board(ctx: Context, branch_id: UUID, day: date | None = None) -> DayBoard:
    """All that takes place for the branch's elders on a day; today without one."""
    here = desk(ctx, branch_id)
    today = local_date(ctx.now)
    wanted = day or today
    lines = _lines(ctx, here, wanted)
    shown = lines[:MOST]
    return DayBoard(
        desk=here,
        day=wanted,
        is_today=wanted == today,
        before=wanted - timedelta(days=1),
        after=wanted + timedelta(days=1),
        hours=_hours(shown),
        late=tuple(line for line in shown if line.is_late),
        unfilled=tuple(line for line in shown if line.missing and line.starts_at > ctx.now),
        total=len(shown),
        is_cut=len(lines) > MOST,
    )


def _lines(ctx: Context, here: Desk, day: date) -> list[Line]:
    midnight = at_local(day, time())
    books = books_of(ctx, here, midnight)
    rows = ctx.session.execute(
        sa.select(Request, Member.name)
        .join(Member, Member.id == Request.elder_id)
        .where(
            Request.book.in_(books),
            Request.branch_id == here.id,
            Request.starts_at >= midnight,
            Request.starts_at < midnight + timedelta(days=1),
            Request.state.not_in(OVER),
        )
        .order_by(Request.starts_at, Request.id)
        .limit(MOST + 1)
    ).all()
    comers = _comers(ctx, books, [request.id for request, _ in rows])
    homes = homes_of(ctx, here, {request.book for request, _ in rows})
    return [
        _line(ctx, request, name, homes.get(request.book), comers.get(request.id, ()))
        for request, name in rows
    ]


def _comers(
    ctx: Context, books: Sequence[str], request_ids: Sequence[UUID]
) -> Mapping[UUID, tuple[Comer, ...]]:
    found: dict[UUID, tuple[Comer, ...]] = {}
    rows = ctx.session.execute(
        sa.select(Visit, Member.name, Member.number)
        .join(Member, Member.id == Visit.provider_id)
        .where(Visit.book.in_(books), Visit.request_id.in_(request_ids), Visit.state.not_in(GONE))
        .order_by(Visit.accepted_at, Visit.id)
    )
    for visit, name, number in rows:
        comer = Comer(
            book=visit.book,
            visit_id=visit.id,
            name=name,
            number=number,
            state=visit.state,
            checked_in_at=visit.checked_in_at,
            checked_out_at=visit.checked_out_at,
            is_late=_is_late(visit, ctx.now),
        )
        found[visit.request_id] = (*found.get(visit.request_id, ()), comer)
    return found


def _is_late(visit: Visit, now: datetime) -> bool:
    """Whether the start is past by more than a moment and nobody has checked in."""
    if visit.state is VisitState.MISSED:
        return True
    return visit.state is VisitState.ACCEPTED and now > visit.starts_at + GRACE


def _line(
    ctx: Context, request: Request, elder: str, home: Name | None, comers: tuple[Comer, ...]
) -> Line:
    coming = sum(comer.state is not VisitState.NO_SHOW for comer in comers)
    missing = max(0, request.people_needed - coming) if request.state in UNFILLED else 0
    return Line(
        book=request.book,
        request_id=request.id,
        reference=request.reference,
        state=request.state,
        service=service_name(ctx, request.rule_set_version, request.service_code),
        starts_at=request.starts_at,
        booked_minutes=request.booked_minutes,
        remote=request.remote,
        elder_name=elder,
        home=home,
        people_needed=request.people_needed,
        comers=comers,
        missing=missing,
        is_pressing=missing > 0 and request.starts_at - ctx.now < SOON,
    )


def _hours(lines: Sequence[Line]) -> tuple[Hour, ...]:
    found: dict[datetime, list[Line]] = {}
    for line in lines:
        begins = local(line.starts_at).replace(minute=0, second=0, microsecond=0)
        found.setdefault(begins, []).append(line)
    return tuple(Hour(begins, tuple(rows)) for begins, rows in found.items())
