"""The elder's front page: what wants attention, who comes today and who comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, RequestState, Visit, VisitState
from services.clock import at_local, local_date
from services.context import Context
from services.ledger.accounts import available_minutes, standings
from services.queries.elder.near import ElderView, near, service_name, view_of
from services.queries.schedule.proposals import Unanswered, asked_of_elder
from services.rules.names import Name
from services.visits.confirming import UNCONFIRMED

#: Requests that still wait for somebody.
WAITING = (RequestState.SUBMITTED, RequestState.WAITING_POOL, RequestState.OPEN)
#: Visits that somebody may still come to, or is at.
COMING = (VisitState.ACCEPTED, VisitState.CHECKED_IN)
UNDONE = (VisitState.CANCELLED, VisitState.NO_SHOW)
#: A visit that nobody came to stands on top of the page for so many days.
MISSED_DAYS = 3


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit in a list."""

    book: str
    id: UUID
    request_id: UUID
    reference: str
    service: Name
    starts_at: datetime
    booked_minutes: int
    remote: bool
    state: VisitState
    provider_name: str
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    actual_minutes: int | None


@dataclass(frozen=True, slots=True)
class Home:
    """The elder's front page. Figures are standard minutes."""

    elder: ElderView
    available_minutes: int
    held_minutes: int
    to_confirm: tuple[VisitRow, ...]
    missed: tuple[VisitRow, ...]
    #: Other times that volunteers have asked for.
    moves: tuple[Unanswered, ...]
    today: tuple[VisitRow, ...]
    next_visit: VisitRow | None
    waiting_requests: int


@dataclass(frozen=True, slots=True)
class Days:
    """Who comes today and who comes later."""

    elder: ElderView
    today: tuple[VisitRow, ...]
    later: tuple[VisitRow, ...]


def home_of(ctx: Context, elder_id: UUID) -> Home:
    """The front page of an elder."""
    member = near(ctx, elder_id, "statement.read")
    found = standings(ctx.session, member.home_book, member.id, now=ctx.now)
    days = days_of(ctx, elder_id)
    upcoming = [row for row in (*days.today, *days.later) if row.state in COMING]
    since = ctx.now - timedelta(days=MISSED_DAYS)
    waiting = ctx.session.scalar(
        sa.select(sa.func.count())
        .select_from(Request)
        .where(
            Request.book == member.home_book,
            Request.elder_id == member.id,
            Request.state.in_(WAITING),
        )
    )
    return Home(
        elder=days.elder,
        available_minutes=available_minutes(found),
        held_minutes=sum(each.held_minutes for each in found),
        to_confirm=to_confirm(ctx, member),
        missed=visit_rows(ctx, member, Visit.state == VisitState.MISSED, Visit.starts_at > since),
        moves=asked_of_elder(ctx, member.home_book, member.id),
        today=days.today,
        next_visit=upcoming[0] if upcoming else None,
        waiting_requests=waiting or 0,
    )


def to_confirm(ctx: Context, member: Member) -> tuple[VisitRow, ...]:
    """Visits that have ended and wait for the elder's word, oldest first."""
    return visit_rows(ctx, member, Visit.state.in_(UNCONFIRMED), Visit.checked_out_at.is_not(None))


def days_of(ctx: Context, elder_id: UUID, later: int = 20) -> Days:
    """Today's visits, and those to come."""
    member = near(ctx, elder_id)
    today = local_date(ctx.now)
    midnight = at_local(today, time())
    tomorrow = at_local(today + timedelta(days=1), time())
    return Days(
        elder=view_of(ctx, member),
        today=visit_rows(
            ctx,
            member,
            Visit.starts_at >= midnight,
            Visit.starts_at < tomorrow,
            Visit.state.not_in(UNDONE),
        ),
        later=visit_rows(
            ctx, member, Visit.starts_at >= tomorrow, Visit.state.in_(COMING), limit=later
        ),
    )


def visit_rows(
    ctx: Context, member: Member, *wanted: sa.ColumnElement[bool], limit: int = 50
) -> tuple[VisitRow, ...]:
    """An elder's visits that fit, in the order in which they take place."""
    rows = ctx.session.execute(
        sa.select(Visit, Request, Member.name)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(Member, Member.id == Visit.provider_id)
        .where(
            Visit.book == member.home_book,
            Request.book == member.home_book,
            Request.elder_id == member.id,
            *wanted,
        )
        .order_by(Visit.starts_at, Visit.accepted_at, Visit.id)
        .limit(limit)
    ).all()
    return tuple(_visit_row(ctx, row.Visit, row.Request, row.name) for row in rows)


def _visit_row(ctx: Context, visit: Visit, request: Request, provider: str) -> VisitRow:
    return VisitRow(
        book=visit.book,
        id=visit.id,
        request_id=request.id,
        reference=request.reference,
        service=service_name(ctx, request),
        starts_at=visit.starts_at,
        booked_minutes=visit.booked_minutes,
        remote=request.remote,
        state=visit.state,
        provider_name=provider,
        checked_in_at=visit.checked_in_at,
        checked_out_at=visit.checked_out_at,
        actual_minutes=visit.actual_minutes,
    )
