"""One visit on the elder's side: who comes, by which word and codes, and what was said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.oversight import Dispute
from models.people import Sex
from models.requests import Request, RequestState, Visit, VisitState
from services import policy, rates
from services.context import Context
from services.people.reading import member_row
from services.places import BranchView, branch
from services.queries.elder.home import VisitRow, visit_rows
from services.queries.elder.near import ElderView, require_near, service_name, view_of
from services.rules.names import Name
from services.visits.codes import codes_of
from services.visits.confirming import UNCONFIRMED
from services.visits.disputes import DISPUTABLE
from services.visits.locating import subject_of
from services.visits.sentences import VisitUnknown


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes: enough to know the person at the door."""

    name: str
    sex: Sex
    level: Name
    served_minutes: int
    in_training: bool


@dataclass(frozen=True, slots=True)
class DisputeView:
    """What was said against a visit and how it was decided; the text only to the elder's side."""

    opened_at: datetime
    by_elder_side: bool
    text: str | None
    decision: str | None
    decision_reason: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class VisitPage:
    """Everything that an elder's page about a visit says.

    ``codes`` holds the unused digits by purpose (in, out) while they are of use; a remote
    service has none, because nobody should read digits out to a caller.
    """

    elder: ElderView
    branch: BranchView
    book: str
    id: UUID
    request_id: UUID
    reference: str
    request_state: RequestState
    service: Name
    service_code: str
    visitor: Visitor
    state: VisitState
    starts_at: datetime
    booked_minutes: int
    remote: bool
    door_word: str | None
    codes: Mapping[str, str]
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    actual_minutes: int | None
    confirmed_at: datetime | None
    confirmed_how: str | None
    reason: str | None
    dispute: DisputeView | None
    companions: tuple[VisitRow, ...]
    has_receipt: bool
    may_confirm: bool
    may_dispute: bool


def visit_page(ctx: Context, book: str, visit_id: UUID) -> VisitPage:
    """One visit of an elder. Raises ``VisitUnknown`` or a refusal."""
    visit = ctx.session.get(Visit, (book, visit_id))
    if visit is None:
        raise VisitUnknown
    request = ctx.session.get_one(Request, (book, visit.request_id))
    subject = subject_of(request, visit)
    require_near(ctx, "visit.read", subject)
    member = member_row(ctx.session, request.elder_id)

    def may(act: str) -> bool:
        return policy.can(ctx.actor, act, subject).allowed

    return VisitPage(
        elder=view_of(ctx, member),
        branch=branch(ctx.session, request.branch_id),
        book=book,
        id=visit.id,
        request_id=request.id,
        reference=request.reference,
        request_state=request.state,
        service=service_name(ctx, request),
        service_code=request.service_code,
        visitor=_visitor(ctx, visit),
        state=visit.state,
        starts_at=visit.starts_at,
        booked_minutes=visit.booked_minutes,
        remote=request.remote,
        door_word=member.door_word,
        codes=_codes(ctx, request, visit) if may("visit.codes") else {},
        checked_in_at=visit.checked_in_at,
        checked_out_at=visit.checked_out_at,
        actual_minutes=visit.actual_minutes,
        confirmed_at=visit.confirmed_at,
        confirmed_how=visit.confirmed_how,
        reason=visit.reason,
        dispute=_dispute(ctx, visit),
        companions=visit_rows(
            ctx,
            member,
            Visit.request_id == request.id,
            Visit.id != visit.id,
            Visit.state != VisitState.CANCELLED,
        ),
        has_receipt=visit.state is VisitState.CREDITED,
        may_confirm=visit.state in UNCONFIRMED
        and visit.checked_out_at is not None
        and may("visit.confirm"),
        may_dispute=visit.state in DISPUTABLE and may("dispute.open"),
    )


def _visitor(ctx: Context, visit: Visit) -> Visitor:
    provider = member_row(ctx.session, visit.provider_id)
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    return Visitor(
        name=provider.name,
        sex=provider.sex,
        level=rules.level(visit.provider_level).name,
        served_minutes=provider.served_minutes,
        in_training=visit.extra,
    )


def _codes(ctx: Context, request: Request, visit: Visit) -> Mapping[str, str]:
    if request.remote or visit.state not in (VisitState.ACCEPTED, VisitState.CHECKED_IN):
        return {}
    return codes_of(ctx, visit.book, visit.id, "digits")


def _dispute(ctx: Context, visit: Visit) -> DisputeView | None:
    row = ctx.session.scalar(
        sa.select(Dispute)
        .where(Dispute.book == visit.book, Dispute.visit_id == visit.id)
        .order_by(Dispute.opened_at.desc(), Dispute.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    own = row.opened_by_id != visit.provider_id
    return DisputeView(
        opened_at=row.opened_at,
        by_elder_side=own,
        text=ctx.vault.open("dispute.text", row.text_sealed) if own else None,
        decision=row.decision,
        decision_reason=row.decision_reason,
        decided_at=row.decided_at,
    )
