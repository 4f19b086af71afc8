"""Another time that waits for an answer, as each side reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, Visit, VisitState
from models.schedule import Reschedule
from services import policy, rates
from services.context import Context
from services.people.reading import member_row
from services.requests.reviewing import subject_of
from services.requests.sentences import RequestUnknown
from services.rules.names import Name
from services.rules.valuation import elder_share
from services.schedule.proposals import OPEN, promised
from services.schedule.rescheduling import lapses_at, may_move


@dataclass(frozen=True, slots=True)
class ProposalView:
    """What is proposed, by whom, until when, and whose answer is still missing."""

    id: UUID
    book: str
    request_id: UUID
    from_at: datetime
    to_at: datetime
    lapses_at: datetime
    proposed_by: str
    #: The elder's price now and then; the hold is never lowered.
    share_minutes: int
    share_then_minutes: int
    waits_for: int
    may_answer: bool
    may_take_back: bool


@dataclass(frozen=True, slots=True)
class Times:
    """Whether another time can be asked for now, and the proposal that waits, if any."""

    request_id: UUID
    starts_at: datetime
    may_propose: bool
    proposal: ProposalView | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Another time that somebody has asked for, and that waits for this person's word."""

    book: str
    request_id: UUID
    service: Name
    from_at: datetime
    to_at: datetime


def asked_of_volunteer(ctx: Context, book: str, member_id: UUID) -> tuple[Unanswered, ...]:
    """What waits for a volunteer's yes or no, the visit that comes first before the others."""
    promised_to = sa.select(Visit.request_id).where(
        Visit.book == book, Visit.provider_id == member_id, Visit.state == VisitState.ACCEPTED
    )
    return _unanswered(ctx, book, member_id, promised_to)


def asked_of_elder(ctx: Context, book: str, member_id: UUID) -> tuple[Unanswered, ...]:
    """What waits for the yes or no of an elder, or of whoever acts for him."""
    own = sa.select(Request.id).where(Request.book == book, Request.elder_id == member_id)
    return _unanswered(ctx, book, member_id, own)


def _unanswered(
    ctx: Context, book: str, member_id: UUID, requests: sa.Select[Any]
) -> tuple[Unanswered, ...]:
    rows = ctx.session.execute(
        sa.select(Reschedule, Request)
        .join(
            Request, sa.and_(Request.book == Reschedule.book, Request.id == Reschedule.request_id)
        )
        .where(
            Reschedule.book == book,
            Reschedule.state == OPEN,
            Reschedule.request_id.in_(requests),
        )
        .order_by(Reschedule.from_at, Reschedule.id)
    ).all()
    who = str(member_id)
    return tuple(
        Unanswered(row.book, request.id, _service(ctx, request), row.from_at, row.to_at)
        for row, request in rows
        if who in row.asked and who not in row.agreed and ctx.now < lapses_at(row)
    )


def _service(ctx: Context, request: Request) -> Name:
    return rates.rule_set(ctx.session, request.rule_set_version).service(request.service_code).name


def times_of(ctx: Context, book: str, request_id: UUID) -> Times:
    """How a request stands with other times, for whoever looks at it."""
    request = ctx.session.get(Request, (book, request_id))
    if request is None:
        raise RequestUnknown
    party = _party(ctx, request)
    visits = ctx.session.scalars(
        sa.select(Visit).where(Visit.book == book, Visit.request_id == request_id)
    ).all()
    if party is None:
        # Whoever has come reads on the visit's page that its time no longer moves.
        came = any(each.provider_id == ctx.actor.id for each in visits)
        policy.require(
            ctx.actor, "request.read", subject_of(request, ctx.actor.id if came else None)
        )
    row = ctx.session.scalar(
        sa.select(Reschedule).where(
            Reschedule.book == book,
            Reschedule.request_id == request_id,
            Reschedule.state == OPEN,
        )
    )
    if row is not None and ctx.now < lapses_at(row):
        return Times(request_id, request.starts_at, False, _view(ctx, request, row, party))
    possible = party is not None and may_move(request, visits, ctx.now)
    return Times(request_id, request.starts_at, possible, None)


def _party(ctx: Context, request: Request) -> UUID | None:
    """Whose word the reader's would be."""
    if any(visit.provider_id == ctx.actor.id for visit in promised(ctx, request)):
        return ctx.actor.id
    allowed = policy.can(ctx.actor, "visit.move", subject_of(request)).allowed
    return request.elder_id if allowed else None


def _view(ctx: Context, request: Request, row: Reschedule, party: UUID | None) -> ProposalView:
    rules = rates.rule_set(ctx.session, request.rule_set_version)
    then = elder_share(
        request.service_code,
        row.to_at,
        request.booked_minutes,
        rules,
        rates.calendar_on(ctx.session),
    )
    proposer = row.acting_for_id or row.proposed_by_id
    missing = set(row.asked) - set(row.agreed)
    return ProposalView(
        id=row.id,
        book=row.book,
        request_id=request.id,
        from_at=row.from_at,
        to_at=row.to_at,
        lapses_at=lapses_at(row),
        proposed_by=member_row(ctx.session, proposer).name,
        share_minutes=request.elder_share_minutes,
        share_then_minutes=then,
        waits_for=len(missing),
        may_answer=str(party) in missing,
        may_take_back=party == proposer,
    )
