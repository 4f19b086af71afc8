"""A volunteer's visits as lists: what is coming, what waits for somebody, what is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, RequestState, Visit, VisitState
from services import policy, rates
from services.context import Context
from services.people.texts import masked_name
from services.queries.volunteer.away import payer_away, place_away
from services.queries.volunteer.places import masked_address
from services.rules.names import Name

#: While a visit is in one of these the volunteer needs the door; before and after, nobody does.
COMING = (VisitState.ACCEPTED, VisitState.CHECKED_IN)
WAITING = (
    VisitState.CHECKED_OUT,
    VisitState.CONFIRMED,
    VisitState.IN_REVIEW,
    VisitState.DISPUTED,
    VisitState.MISSED,
)
PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class VisitCard:
    """A visit in a list; the name is masked, the place is the street."""

    id: UUID
    reference: str
    state: VisitState
    service: Name
    service_code: str
    starts_at: datetime
    booked_minutes: int
    actual_minutes: int | None
    remote: bool
    extra: bool
    elder: str
    street: str | None
    opens_at: datetime
    closes_at: datetime
    checked_in_at: datetime | None
    #: Everybody needed has accepted, so that it can begin.
    complete: bool
    #: The elder's book; its acts are done there.
    book: str
    #: The region in which it takes place, and that of the elder, where they are not the own.
    place: Name | None
    elders_region: Name | None

    def is_open(self, now: datetime) -> bool:
        """Whether check-in, or the report of a closed door, is possible now."""
        return (
            self.state is VisitState.ACCEPTED
            and self.complete
            and self.opens_at <= now <= self.closes_at
        )


@dataclass(frozen=True, slots=True)
class VisitList:
    """All of a volunteer's visits: coming ones by time, then waiting, then a page of old ones."""

    coming: tuple[VisitCard, ...]
    waiting: tuple[VisitCard, ...]
    past: tuple[VisitCard, ...]
    past_total: int


def visit_list(ctx: Context, page: int = 1) -> VisitList:
    """The volunteer's own visits; ``page`` turns the pages of the old ones."""
    policy.require(ctx.actor, "request.browse")
    old = [state for state in VisitState if state not in (*COMING, *WAITING)]
    total = ctx.session.scalar(
        sa.select(sa.func.count())
        .select_from(Visit)
        .where(
            Visit.book.in_(ctx.actor.books),
            Visit.provider_id == ctx.actor.id,
            Visit.state.in_(old),
        )
    )
    past = (
        promises(ctx, *old)
        .order_by(None)
        .order_by(Visit.starts_at.desc(), Visit.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return VisitList(
        coming=cards(ctx, promises(ctx, *COMING)),
        waiting=cards(ctx, promises(ctx, *WAITING)),
        past=cards(ctx, past),
        past_total=total or 0,
    )


def promises(ctx: Context, *states: VisitState) -> sa.Select[Request, Visit, Member]:
    """The actor's own visits in these states, with request and elder, earliest first."""
    return (
        sa.select(Request, Visit, Member)
        .join(Visit, sa.and_(Visit.book == Request.book, Visit.request_id == Request.id))
        .join(Member, Member.id == Visit.elder_id)
        .where(
            Visit.book.in_(ctx.actor.books),
            Visit.provider_id == ctx.actor.id,
            Visit.state.in_(states),
        )
        .order_by(Visit.starts_at, Visit.id)
    )


def coming_cards(ctx: Context) -> tuple[VisitCard, ...]:
    """What is promised or going on, the next first."""
    return cards(ctx, promises(ctx, *COMING))


def cards(ctx: Context, wanted: sa.Select[Request, Visit, Member]) -> tuple[VisitCard, ...]:
    """The cards of the visits a query finds, in its order."""
    return tuple(
        card_of(ctx, request, visit, elder) for request, visit, elder in ctx.session.execute(wanted)
    )


def card_of(ctx: Context, request: Request, visit: Visit, elder: Member) -> VisitCard:
    """The card of one visit."""
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    return VisitCard(
        id=visit.id,
        reference=request.reference,
        state=visit.state,
        service=rules.service(request.service_code).name,
        service_code=request.service_code,
        starts_at=visit.starts_at,
        booked_minutes=visit.booked_minutes,
        actual_minutes=visit.actual_minutes,
        remote=request.remote,
        extra=visit.extra,
        elder=masked_name(elder.name),
        street=masked_address(ctx, request),
        opens_at=visit.starts_at - timedelta(minutes=rules.check_in.opens_before_minutes),
        closes_at=visit.starts_at + timedelta(minutes=rules.check_in.closes_after_minutes),
        checked_in_at=visit.checked_in_at,
        complete=request.state is RequestState.FILLED,
        book=visit.book,
        place=place_away(ctx, request),
        elders_region=payer_away(ctx, visit),
    )
