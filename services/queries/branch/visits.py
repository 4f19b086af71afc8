"""A visit on the counter's desk: the evidence, both sides' words, and what may be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.oversight import Dispute, SafetySheet
from models.requests import Request, RequestState, Visit, VisitCode, VisitState
from services import audit, policy, rates
from services.context import Context
from services.people.reading import member_row
from services.people.texts import masked_digits
from services.policy import OWN_AFFAIR
from services.queries.branch.desks import home_of, name_of, require_desk
from services.queries.receipts import Receipt, receipt_of
from services.rules.names import Name
from services.visits.complaints import Side
from services.visits.confirming import UNCONFIRMED
from services.visits.disputes import DISPUTABLE
from services.visits.locating import subject_of
from services.visits.sentences import VisitUnknown
from services.visits.voice import unanswered_calls

#: What can be done with a visit at the counter -> the act of the policy that allows it.
ACTS = {
    "print_slip": "visit.slip",
    "enter_slip": "visit.slip",
    "withdraw": "visit.cancel",
    "closed_door": "visit.closed_door",
    "missed": "visit.review",
    "voice": "visit.voice",
    "left": "visit.voice",
    "complaint": "visit.review",
    "reject": "visit.review",
    "stand": "visit.review",
    "words": "dispute.decide",
    "decide": "dispute.decide",
}


@dataclass(frozen=True, slots=True)
class Person:
    """One side of a visit; the telephone is whole for staff, who have to ring."""

    member_id: UUID
    number: str
    name: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Presence:
    """How coming or going was shown; ``distance_m`` is None where no place was given."""

    at: datetime
    how: str
    distance_m: int | None


@dataclass(frozen=True, slots=True)
class Words:
    """What one side said about a visit, and who wrote it down."""

    id: UUID
    side: Side
    text: str
    written_by: str
    at: datetime
    decision: str | None
    decision_reason: str | None
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class VisitFile:
    """A visit with its evidence. Minutes are actual minutes; ``acts`` is what may be done."""

    book: str
    id: UUID
    request_id: UUID
    reference: str
    service: Name
    remote: bool
    state: VisitState
    starts_at: datetime
    booked_minutes: int
    elder: Person
    #: Where the elder is at home who only stays here.
    home: Name | None
    provider: Person
    provider_level: Name
    is_extra: bool
    came: Presence | None
    left: Presence | None
    breaks: tuple[tuple[datetime, datetime], ...]
    actual_minutes: int | None
    confirmed_at: datetime | None
    confirmed_how: str | None
    confirmed_by: str | None
    reason: str | None
    unanswered_calls: int
    has_slip: bool
    sheet_id: UUID | None
    words: tuple[Words, ...]
    receipt: Receipt | None
    acts: frozenset[str]
    #: The policy's sentence where staff may not act because it is their own or kin's affair.
    blocked: str

    @property
    def open_dispute_id(self) -> UUID | None:
        """The words with which the undecided dispute began."""
        return next((each.id for each in self.words if each.decided_at is None), None)


def visit_file(ctx: Context, book: str, visit_id: UUID) -> VisitFile:
    """A visit for those who work at its branch, or administer its region, in a dispute.

    The look is recorded: call it in a unit of work that commits.
    """
    request, visit = rows_of(ctx, book, visit_id)
    subject = subject_of(request, visit)
    require_desk(ctx, subject)
    audit.record(ctx, "visit.read", "visit", visit.id, book=book, acting_for_id=visit.elder_id)
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    acts, blocked = _acts(ctx, request, visit)
    whole = "staff" in policy.relations(ctx.actor, subject)
    is_posted = visit.valuation_id is not None or visit.transfer_id is not None
    return VisitFile(
        book=book,
        id=visit.id,
        request_id=request.id,
        reference=request.reference,
        service=rules.service(request.service_code).name,
        remote=request.remote,
        state=visit.state,
        starts_at=visit.starts_at,
        booked_minutes=visit.booked_minutes,
        elder=person(ctx, visit.elder_id, whole),
        home=home_of(ctx, request),
        provider=person(ctx, visit.provider_id, whole),
        provider_level=rules.level(visit.provider_level).name,
        is_extra=visit.extra,
        came=_presence(visit.checked_in_at, visit.checked_in_by, visit.checked_in_distance_m),
        left=_presence(visit.checked_out_at, visit.checked_out_by, visit.checked_out_distance_m),
        breaks=tuple(
            (datetime.fromisoformat(begin), datetime.fromisoformat(end))
            for begin, end in visit.breaks
        ),
        actual_minutes=visit.actual_minutes,
        confirmed_at=visit.confirmed_at,
        confirmed_how=visit.confirmed_how,
        confirmed_by=name_of(ctx, visit.confirmed_by_id),
        reason=visit.reason,
        unanswered_calls=unanswered_calls(ctx, book, visit.id),
        has_slip=_has_slip(ctx, visit),
        sheet_id=_sheet_id(ctx, visit),
        words=_words(ctx, visit),
        receipt=receipt_of(ctx, book, visit.id) if is_posted else None,
        acts=acts,
        blocked=blocked,
    )


def rows_of(ctx: Context, book: str, visit_id: UUID) -> tuple[Request, Visit]:
    """A visit with its request, or VisitUnknown; for the queries beside."""
    row = ctx.session.execute(
        sa.select(Request, Visit)
        .join(Visit, sa.and_(Visit.book == Request.book, Visit.request_id == Request.id))
        .where(Visit.book == book, Visit.id == visit_id)
    ).one_or_none()
    if row is None:
        raise VisitUnknown
    return row.Request, row.Visit


def _acts(ctx: Context, request: Request, visit: Visit) -> tuple[frozenset[str], str]:
    """What the state of things allows, less what the policy forbids; and why it forbids."""
    possible = _possible(ctx, request, visit)
    subject = subject_of(request, visit)
    decisions = {act: policy.can(ctx.actor, ACTS[act], subject) for act in possible}
    blocked = any(each.reason == OWN_AFFAIR for each in decisions.values())
    allowed = frozenset(act for act, each in decisions.items() if each.allowed)
    return allowed, OWN_AFFAIR if blocked else ""


def _possible(ctx: Context, request: Request, visit: Visit) -> frozenset[str]:
    found: set[str] = set()
    state, home = visit.state, not request.remote
    check_in = rates.rule_set(ctx.session, visit.rule_set_version).check_in
    has_opened = ctx.now >= visit.starts_at - timedelta(minutes=check_in.opens_before_minutes)
    if state is VisitState.ACCEPTED and home:
        found.add("print_slip")
    if state is VisitState.ACCEPTED and visit.starts_at > ctx.now:
        found.add("withdraw")
    if state in (VisitState.ACCEPTED, VisitState.MISSED) and home and has_opened:
        found.add("enter_slip")
        if request.state is RequestState.FILLED:
            found.add("closed_door")
    if state is VisitState.MISSED:
        found.add("missed")
    if state in (VisitState.CHECKED_IN, VisitState.IN_REVIEW) and visit.checked_out_at is None:
        found.add("enter_slip")
        if ctx.now > request.ends_at:
            found.add("left")
    if visit.checked_out_at is not None:
        found |= _said_by_elder(ctx, request, state)
    if state in DISPUTABLE:
        found.add("complaint")
    if state is VisitState.IN_REVIEW:
        found.add("reject")
    if state is VisitState.DISPUTED:
        found.update(("words", "decide"))
    return frozenset(found)


def _said_by_elder(ctx: Context, request: Request, state: VisitState) -> set[str]:
    """Nobody asks the dead: then the branch looks at what is on record."""
    if member_row(ctx.session, request.elder_id).died_at is not None:
        return {"stand"} if state is VisitState.IN_REVIEW else set()
    return {"voice"} if state in UNCONFIRMED else set()


def person(ctx: Context, member_id: UUID, whole: bool = True) -> Person:
    """One side as the counter shows it."""
    member = member_row(ctx.session, member_id)
    phone = ctx.vault.open_or_none("member.phone", member.phone_sealed)
    shown = phone if whole else masked_digits(phone, 3, 4)
    return Person(member.id, member.number, member.name, shown)


def _presence(at: datetime | None, how: str | None, distance_m: int | None) -> Presence | None:
    return None if at is None else Presence(at, how or "", distance_m)


def _has_slip(ctx: Context, visit: Visit) -> bool:
    found = ctx.session.scalar(
        sa.select(VisitCode.visit_id).where(
            VisitCode.book == visit.book,
            VisitCode.visit_id == visit.id,
            VisitCode.channel == "slip",
            VisitCode.used_at.is_(None),
        )
    )
    return found is not None


def _sheet_id(ctx: Context, visit: Visit) -> UUID | None:
    """The safety sheet of this visit, or of the one of the two that opened it."""
    return ctx.session.scalar(
        sa.select(SafetySheet.id)
        .join(Visit, sa.and_(Visit.book == SafetySheet.book, Visit.id == SafetySheet.visit_id))
        .where(SafetySheet.book == visit.book, Visit.request_id == visit.request_id)
        .order_by(SafetySheet.opened_at)
        .limit(1)
    )


def _words(ctx: Context, visit: Visit) -> tuple[Words, ...]:
    rows = ctx.session.scalars(
        sa.select(Dispute)
        .where(Dispute.book == visit.book, Dispute.visit_id == visit.id)
        .order_by(Dispute.opened_at, Dispute.id)
    )
    return tuple(
        Words(
            id=row.id,
            side=_side(row, visit),
            text=ctx.vault.open("dispute.text", row.text_sealed),
            written_by=name_of(ctx, row.opened_by_id) or "",
            at=row.opened_at,
            decision=row.decision,
            decision_reason=row.decision_reason,
            decided_by=name_of(ctx, row.decided_by_id),
            decided_at=row.decided_at,
        )
        for row in rows
    )


def _side(row: Dispute, visit: Visit) -> Side:
    """Whose words these are: the speaker's, whoever wrote them down."""
    speaker = row.acting_for_id or row.opened_by_id
    return "provider" if speaker == visit.provider_id else "elder"
