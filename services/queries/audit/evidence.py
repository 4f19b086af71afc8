"""One visit with all its evidence: asked, agreed, come, gone, confirmed, valued, on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.ledger import ValuationRecord
from models.oversight import Dispute, SafetySheet
from models.places import Branch
from models.requests import Request, RequestState, Visit, VisitCode, VisitState
from services import audit, rates
from services.context import Context
from services.errors import NotFound
from services.queries.audit.listing import Person, people
from services.queries.audit.records import RecordLine, about
from services.queries.audit.scope import Place, require_book
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class Presence:
    """How coming or going was shown; ``distance_m`` is None where no place was given."""

    at: datetime | None
    how: str
    distance_m: int | None


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A one-use code: when it was used and how often it was tried; never the code itself."""

    purpose: str
    channel: str
    attempts: int
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute and how it was decided. What was said stays sealed."""

    opened_by: Person | None
    acting_for: Person | None
    opened_at: datetime
    decision: str | None
    decided_by: Person | None
    decided_at: datetime | None
    decision_reason: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The request behind a visit. ``elder_share_minutes`` is in standard minutes."""

    id: UUID
    reference: str
    state: RequestState
    branch: Name
    consent: str
    asked_by: Person | None
    submitted_at: datetime
    decided_by: Person | None
    decided_at: datetime | None
    people_needed: int
    remote: bool
    elder_share_minutes: int
    shortfall_minutes: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Shares:
    """What the visit came to, in standard minutes."""

    earn_minutes: int
    elder_minutes: int
    pool_minutes: int


@dataclass(frozen=True, slots=True)
class VisitPage:
    """A visit's evidence; names are whole, so the look is recorded."""

    place: Place
    id: UUID
    asked: Asked
    service: Name
    state: VisitState
    elder: Person | None
    provider: Person | None
    level: Name
    accepted_at: datetime
    starts_at: datetime
    booked_minutes: int
    came: Presence
    left: Presence
    breaks: tuple[tuple[datetime, datetime], ...]
    actual_minutes: int | None
    confirmed_at: datetime | None
    confirmed_by: Person | None
    confirmed_how: str
    reason: str | None
    shares: Shares | None
    valuation_id: UUID | None
    transfer_id: UUID | None
    codes: tuple[CodeLine, ...]
    disputes: tuple[DisputeLine, ...]
    sheets: int
    records: tuple[RecordLine, ...]


def visit_page(ctx: Context, book: str, visit_id: UUID) -> VisitPage:
    """A visit of a book with its evidence; raises NotFound.

    It shows names in full, so the look is recorded: call it in a unit of work.
    """
    place = require_book(ctx, book)
    row = ctx.session.execute(
        sa.select(Visit, Request)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(Visit.book == book, Visit.id == visit_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    visit, request = row.Visit, row.Request
    disputes = _disputes(ctx, visit)
    named = [visit.elder_id, visit.provider_id, visit.confirmed_by_id]
    named += [request.asked_by_id, request.decided_by_id]
    named += [who for d in disputes for who in (d.opened_by_id, d.acting_for_id, d.decided_by_id)]
    who = people(ctx, named, whole=True)
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    audit.record(ctx, "visit.read", "visit", visit.id, book=book)
    ctx.session.flush()
    return VisitPage(
        place=place,
        id=visit.id,
        asked=_asked(ctx, request, who),
        service=rules.service(request.service_code).name,
        state=visit.state,
        elder=who.get(visit.elder_id),
        provider=who.get(visit.provider_id),
        level=rules.level(visit.provider_level).name,
        accepted_at=visit.accepted_at,
        starts_at=visit.starts_at,
        booked_minutes=visit.booked_minutes,
        came=Presence(visit.checked_in_at, *_shown(visit, "in")),
        left=Presence(visit.checked_out_at, *_shown(visit, "out")),
        breaks=_breaks(visit),
        actual_minutes=visit.actual_minutes,
        confirmed_at=visit.confirmed_at,
        confirmed_by=_of(who, visit.confirmed_by_id),
        confirmed_how=visit.confirmed_how or "",
        reason=visit.reason,
        shares=_shares(ctx, visit),
        valuation_id=visit.valuation_id,
        transfer_id=visit.transfer_id,
        codes=_codes(ctx, visit),
        disputes=tuple(_dispute(each, who) for each in disputes),
        sheets=_sheets(ctx, visit),
        records=about(ctx, book, visit.id, request.id),
    )


@dataclass(frozen=True, slots=True)
class VisitOfRequest:
    """A promise to come, in the list under its request."""

    id: UUID
    state: VisitState
    provider: Person | None
    accepted_at: datetime
    actual_minutes: int | None


@dataclass(frozen=True, slots=True)
class RequestPage:
    """A request with whoever answered it; names are whole, so the look is recorded."""

    place: Place
    asked: Asked
    service: Name
    elder: Person | None
    starts_at: datetime
    ends_at: datetime
    booked_minutes: int
    visits: tuple[VisitOfRequest, ...]
    records: tuple[RecordLine, ...]


def request_page(ctx: Context, book: str, request_id: UUID) -> RequestPage:
    """A request of a book; raises NotFound. The look is recorded: call it in a unit of work."""
    place = require_book(ctx, book)
    request = ctx.session.get(Request, (book, request_id))
    if request is None:
        raise NotFound
    visits = ctx.session.scalars(
        sa.select(Visit)
        .where(Visit.book == book, Visit.request_id == request_id)
        .order_by(Visit.accepted_at, Visit.id)
    ).all()
    named = [request.elder_id, request.asked_by_id, request.decided_by_id]
    who = people(ctx, [*named, *(visit.provider_id for visit in visits)], whole=True)
    rules = rates.rule_set(ctx.session, request.rule_set_version)
    audit.record(ctx, "request.read", "request", request.id, book=book)
    ctx.session.flush()
    return RequestPage(
        place=place,
        asked=_asked(ctx, request, who),
        service=rules.service(request.service_code).name,
        elder=who.get(request.elder_id),
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        booked_minutes=request.booked_minutes,
        visits=tuple(
            VisitOfRequest(
                visit.id,
                visit.state,
                who.get(visit.provider_id),
                visit.accepted_at,
                visit.actual_minutes,
            )
            for visit in visits
        ),
        records=about(ctx, book, request.id, *(visit.id for visit in visits)),
    )


def _shown(visit: Visit, purpose: str) -> tuple[str, int | None]:
    """How coming or going was shown, and how far from the door."""
    if purpose == "in":
        return visit.checked_in_by or "", visit.checked_in_distance_m
    return visit.checked_out_by or "", visit.checked_out_distance_m


def _breaks(visit: Visit) -> tuple[tuple[datetime, datetime], ...]:
    return tuple(
        (datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in visit.breaks
    )


def _of(who: dict[UUID, Person], member_id: UUID | None) -> Person | None:
    return None if member_id is None else who.get(member_id)


def _asked(ctx: Context, request: Request, who: dict[UUID, Person]) -> Asked:
    branch = ctx.session.get_one(Branch, request.branch_id)
    return Asked(
        id=request.id,
        reference=request.reference,
        state=request.state,
        branch=Name(branch.name, branch.name_en),
        consent=request.consent,
        asked_by=_of(who, request.asked_by_id),
        submitted_at=request.submitted_at,
        decided_by=_of(who, request.decided_by_id),
        decided_at=request.decided_at,
        people_needed=request.people_needed,
        remote=request.remote,
        elder_share_minutes=request.elder_share_minutes,
        shortfall_minutes=request.shortfall_minutes,
        reason=request.reason,
    )


def _shares(ctx: Context, visit: Visit) -> Shares | None:
    if visit.valuation_id is None:
        return None
    row = ctx.session.get(ValuationRecord, (visit.book, visit.valuation_id))
    if row is None:
        return None
    return Shares(row.earn_minutes, row.elder_minutes, row.pool_minutes)


def _codes(ctx: Context, visit: Visit) -> tuple[CodeLine, ...]:
    rows = ctx.session.scalars(
        sa.select(VisitCode)
        .where(VisitCode.book == visit.book, VisitCode.visit_id == visit.id)
        .order_by(VisitCode.channel, VisitCode.purpose)
    )
    return tuple(CodeLine(r.purpose, r.channel, r.attempts, r.used_at) for r in rows)


def _disputes(ctx: Context, visit: Visit) -> list[Dispute]:
    return list(
        ctx.session.scalars(
            sa.select(Dispute)
            .where(Dispute.book == visit.book, Dispute.visit_id == visit.id)
            .order_by(Dispute.opened_at, Dispute.id)
        )
    )


def _dispute(row: Dispute, who: dict[UUID, Person]) -> DisputeLine:
    return DisputeLine(
        opened_by=who.get(row.opened_by_id),
        acting_for=_of(who, row.acting_for_id),
        opened_at=row.opened_at,
        decision=row.decision,
        decided_by=_of(who, row.decided_by_id),
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
    )


def _sheets(ctx: Context, visit: Visit) -> int:
    return (
        ctx.session.scalar(
            sa.select(sa.func.count())
            .select_from(SafetySheet)
            .where(SafetySheet.book == visit.book, SafetySheet.visit_id == visit.id)
        )
        or 0
    )
