"""One visit of a volunteer's own, from acceptance to receipt, and the list to take along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.oversight import Dispute
from models.people import Member
from models.requests import Request, Visit, VisitCode, VisitState
from services import audit, policy, rates
from services.context import Context
from services.people.reading import member_row
from services.people.texts import masked_name
from services.places import BranchView, branch
from services.queries.volunteer.cards import COMING, VisitCard, card_of, promises
from services.queries.volunteer.places import address_of
from services.rules.names import Name
from services.rules.rule_set import RuleSet
from services.visits.codes import MAX_ATTEMPTS
from services.visits.disputes import DISPUTABLE
from services.visits.fitness import coming_to
from services.visits.locating import subject_of
from services.visits.sentences import DOOR_WORD, VisitUnknown


@dataclass(frozen=True, slots=True)
class Partner:
    """Somebody else who comes, masked; ``extra`` comes to learn."""

    name: str
    extra: bool


@dataclass(frozen=True, slots=True)
class DisputeNote:
    """What is said of a visit; the text is shown to whoever wrote it."""

    opened_at: datetime
    is_mine: bool
    text: str | None
    decision: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Door:
    """What a volunteer needs to find the elder and be let in."""

    elder_name: str
    address: str | None
    door_word: str
    note: str | None
    risk_note: str | None


@dataclass(frozen=True, slots=True)
class VisitPage:
    """One visit. ``door`` is there only while it is coming or going on."""

    card: VisitCard
    branch: BranchView
    limits: Name | None
    level: Name
    reserved_minutes: int
    accepted_at: datetime
    checked_in_by: str | None
    checked_out_at: datetime | None
    breaks: tuple[tuple[datetime, datetime], ...]
    confirmed_at: datetime | None
    #: Until then the elder's word is waited for; afterwards the branch looks.
    word_due_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    partners: tuple[Partner, ...]
    people_needed: int
    disputes: tuple[DisputeNote, ...]
    door: Door | None
    #: What the pool gives for a way in vain.
    closed_door_minutes: int
    #: The six digits were wrong too often: only the card or the branch helps now.
    digits_locked: bool
    has_receipt: bool
    #: check_in, check_out, withdraw, closed_door, dispute.
    can: frozenset[str]


def own_visit(ctx: Context, visit_id: UUID) -> tuple[Request, Visit]:
    """A visit of the actor's own with its request, unlocked; raises VisitUnknown or Forbidden."""
    row = ctx.session.execute(
        sa.select(Request, Visit)
        .join(Visit, sa.and_(Visit.book == Request.book, Visit.request_id == Request.id))
        .where(Visit.book.in_(ctx.actor.books), Visit.id == visit_id)
    ).one_or_none()
    if row is None or row.Visit.provider_id != ctx.actor.id:
        raise VisitUnknown
    policy.require(ctx.actor, "visit.read", subject_of(row.Request, row.Visit))
    return row.Request, row.Visit


def visit_page(ctx: Context, visit_id: UUID) -> VisitPage:
    """One visit of one's own; call it in a unit of work, since a look at an address is recorded."""
    request, visit = own_visit(ctx, visit_id)
    elder = member_row(ctx.session, visit.elder_id)
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    card = card_of(ctx, request, visit, elder)
    locked = _locked(ctx, visit)
    return VisitPage(
        card=card,
        branch=branch(ctx.session, request.branch_id),
        limits=rules.service(request.service_code).limits,
        level=rules.level(visit.provider_level).name,
        reserved_minutes=visit.reserved_minutes,
        accepted_at=visit.accepted_at,
        checked_in_by=visit.checked_in_by,
        checked_out_at=visit.checked_out_at,
        breaks=tuple(
            (datetime.fromisoformat(start), datetime.fromisoformat(end))
            for start, end in visit.breaks
        ),
        confirmed_at=visit.confirmed_at,
        word_due_at=_word_due(visit, rules),
        ended_at=visit.ended_at,
        reason=visit.reason,
        partners=_partners(ctx, request),
        people_needed=request.people_needed,
        disputes=_disputes(ctx, visit),
        door=_door(ctx, request, visit, elder) if visit.state in COMING else None,
        closed_door_minutes=rules.closed_door_minutes,
        digits_locked=locked,
        has_receipt=visit.valuation_id is not None or visit.transfer_id is not None,
        can=_can(ctx, card),
    )


def _word_due(visit: Visit, rules: RuleSet) -> datetime | None:
    if visit.checked_out_at is None:
        return None
    return visit.checked_out_at + timedelta(hours=rules.silence_hours)


def _can(ctx: Context, card: VisitCard) -> frozenset[str]:
    acts = {
        "check_in": card.is_open(ctx.now),
        "check_out": card.state is VisitState.CHECKED_IN,
        "withdraw": card.state is VisitState.ACCEPTED and ctx.now < card.starts_at,
        "closed_door": card.is_open(ctx.now) and not card.remote,
        "dispute": card.state in DISPUTABLE,
    }
    return frozenset(act for act, possible in acts.items() if possible)


def _door(ctx: Context, request: Request, visit: Visit, elder: Member) -> Door:
    """The elder's door in clear, and the record of who has read it."""
    audit.record(
        ctx,
        "visit.read",
        "visit",
        visit.id,
        book=visit.book,
        after={"shown": "address"},
    )
    return Door(
        elder_name=elder.name,
        address=address_of(ctx, request),
        door_word=elder.door_word or DOOR_WORD,
        note=ctx.vault.open_or_none("request.note", request.note_sealed),
        risk_note=ctx.vault.open_or_none("request.risk", request.risk_note_sealed),
    )


def _partners(ctx: Context, request: Request) -> tuple[Partner, ...]:
    others = [
        visit
        for visit in coming_to(ctx, [request]).get(request.id, ())
        if visit.provider_id != ctx.actor.id
    ]
    return tuple(
        Partner(masked_name(member_row(ctx.session, visit.provider_id).name), visit.extra)
        for visit in others
    )


def _disputes(ctx: Context, visit: Visit) -> tuple[DisputeNote, ...]:
    rows = ctx.session.scalars(
        sa.select(Dispute)
        .where(Dispute.book == visit.book, Dispute.visit_id == visit.id)
        .order_by(Dispute.opened_at, Dispute.id)
    )
    return tuple(
        DisputeNote(
            opened_at=row.opened_at,
            is_mine=row.opened_by_id == ctx.actor.id,
            text=ctx.vault.open("dispute.text", row.text_sealed)
            if row.opened_by_id == ctx.actor.id
            else None,
            decision=row.decision,
            reason=row.decision_reason,
        )
        for row in rows
    )


def _locked(ctx: Context, visit: Visit) -> bool:
    """Whether the digits for the next step can no longer be tried."""
    purpose = "in" if visit.state is VisitState.ACCEPTED else "out"
    attempts = ctx.session.scalar(
        sa.select(VisitCode.attempts).where(
            VisitCode.book == visit.book,
            VisitCode.visit_id == visit.id,
            VisitCode.purpose == purpose,
            VisitCode.channel == "digits",
        )
    )
    return attempts is not None and attempts >= MAX_ATTEMPTS


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """A visit on the list that is printed and taken along."""

    card: VisitCard
    elder_name: str
    address: str | None
    branch: BranchView


def calendar(ctx: Context) -> tuple[CalendarLine, ...]:
    """What is promised, with the addresses; every address shown is on record."""
    policy.require(ctx.actor, "request.browse")
    found = ctx.session.execute(promises(ctx, VisitState.ACCEPTED)).all()
    lines = []
    for request, visit, elder in found:
        door = _door(ctx, request, visit, elder)
        lines.append(
            CalendarLine(
                card=card_of(ctx, request, visit, elder),
                elder_name=masked_name(elder.name),
                address=door.address,
                branch=branch(ctx.session, request.branch_id),
            )
        )
    return tuple(lines)
