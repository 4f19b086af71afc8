"""The appeal of a dispute as it is read: by both sides, and by the county that decides it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.oversight import Dispute
from models.requests import Request, Visit
from services import policy
from services.clock import local_date
from services.context import Context
from services.policy import Subject
from services.queries.audit.listing import Person, people
from services.queries.two_hands.scope import books_for
from services.visits.appealing import appeal_until, lost_by_provider
from services.visits.locating import subject_of
from services.visits.sentences import VisitUnknown

MOST = 50


@dataclass(frozen=True, slots=True)
class DisputeAppeal:
    """What was decided of a dispute, and what came of an appeal against it."""

    book: str
    dispute_id: UUID
    visit_id: UUID
    reference: str
    decision: str
    reason: str | None
    until: date | None
    appealed_at: datetime | None
    appealed_by: Person | None
    text: str | None
    appeal_decision: str | None
    appeal_reason: str | None
    may_appeal: bool
    may_decide: bool


def appeal_of(ctx: Context, book: str, visit_id: UUID) -> DisputeAppeal | None:
    """The last decided dispute of a visit with its appeal; None where nothing was decided."""
    row = ctx.session.execute(
        _statement()
        .where(Dispute.book == book, Dispute.visit_id == visit_id)
        .where(Dispute.decided_at.is_not(None))
        .order_by(Dispute.decided_at.desc(), Dispute.appealed_at.is_(None), Dispute.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else _read(ctx, *row)


def dispute_appeal(ctx: Context, book: str, dispute_id: UUID) -> DisputeAppeal:
    """One appeal, for whoever may read the visit; raises VisitUnknown."""
    row = ctx.session.execute(
        _statement()
        .where(Dispute.book == book, Dispute.id == dispute_id)
        .where(Dispute.appealed_at.is_not(None))
    ).one_or_none()
    if row is None:
        raise VisitUnknown
    policy.require(ctx.actor, "visit.read", subject_of(row[1], row[2]))
    return _read(ctx, *row)


def open_appeals(ctx: Context) -> tuple[DisputeAppeal, ...]:
    """Appeals that wait for the actor's county, the oldest first."""
    books = books_for(ctx, "dispute.decide_appeal")
    rows = ctx.session.execute(
        _statement()
        .where(Dispute.book.in_(books), Dispute.appealed_at.is_not(None))
        .where(Dispute.appeal_decided_at.is_(None))
        .order_by(Dispute.appealed_at, Dispute.id)
        .limit(MOST)
        .execution_options(cross_book=True)
    ).all()
    return tuple(_read(ctx, *row) for row in rows)


def _statement() -> sa.Select[Dispute, Request, Visit]:
    of_visit = sa.and_(Visit.book == Dispute.book, Visit.id == Dispute.visit_id)
    of_request = sa.and_(Request.book == Visit.book, Request.id == Visit.request_id)
    return (
        sa.select(Dispute, Request, Visit)
        .select_from(Dispute)
        .join(Visit, of_visit)
        .join(Request, of_request)
    )


def _read(ctx: Context, dispute: Dispute, request: Request, visit: Visit) -> DisputeAppeal:
    known = people(ctx, [dispute.appealed_by_id])
    subject = subject_of(request, visit)
    is_provider = ctx.actor.id == visit.provider_id
    until = appeal_until(ctx, dispute)
    in_time = until is not None and local_date(ctx.now) <= until
    is_loser = lost_by_provider(dispute) == is_provider
    mine = dispute.appealed_by_id == ctx.actor.id or _reads_all(ctx, subject)
    sealed = dispute.appeal_text_sealed if mine else None
    return DisputeAppeal(
        book=dispute.book,
        dispute_id=dispute.id,
        visit_id=visit.id,
        reference=request.reference,
        decision=dispute.decision or "",
        reason=dispute.decision_reason,
        until=until,
        appealed_at=dispute.appealed_at,
        appealed_by=known.get(dispute.appealed_by_id) if dispute.appealed_by_id else None,
        text=ctx.vault.open("dispute.text", sealed) if sealed else None,
        appeal_decision=dispute.appeal_decision,
        appeal_reason=dispute.appeal_reason,
        may_appeal=is_loser
        and in_time
        and dispute.appealed_at is None
        and policy.can(ctx.actor, "dispute.appeal", subject).allowed,
        may_decide=dispute.appealed_at is not None
        and dispute.appeal_decided_at is None
        and dispute.decided_by_id not in {ctx.actor.id, *ctx.actor.relatives}
        and policy.can(ctx.actor, "dispute.decide_appeal", subject).allowed,
    )


def _reads_all(ctx: Context, subject: Subject) -> bool:
    held = policy.relations(ctx.actor, subject)
    return bool(held & {"staff", policy.REGION_ADMIN, policy.AUDITOR})
