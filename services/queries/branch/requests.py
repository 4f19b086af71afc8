"""A request as the branch reviews it: everything that decides, and nothing that does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Assessment, Member, Sex
from models.requests import Request, RequestState, Visit, VisitState
from services import audit, policy, rates
from services.clock import age_on, local_date
from services.context import Context
from services.ledger.accounts import available_minutes, standings
from services.ledger.holds import held_minutes
from services.ledger.rows import read_holds
from services.people.reading import member_row
from services.people.texts import masked_digits
from services.policy import Decision
from services.queries.branch.desks import home_of, masked_address, name_of, require_desk
from services.requests.ending import BEGUN, CANCELLABLE
from services.requests.funding import PUBLISHED_ORDER
from services.requests.pauses import Pause, pause_of
from services.requests.payers import payer_part
from services.requests.reviewing import subject_of
from services.requests.sentences import RequestUnknown
from services.rules.names import Name

#: What the page lets somebody do, where the policy agrees.
ACTS = ("request.review", "request.cancel")


@dataclass(frozen=True, slots=True)
class Elder:
    """Whom a request is for, as far as a reviewer needs it. ``grade`` holds today."""

    member_id: UUID
    number: str
    name: str
    sex: Sex
    age_years: int
    grade: Name
    #: None when nobody has assessed the person yet.
    assessed_on: date | None
    lives_alone: bool
    in_hardship: bool
    phone: str | None


@dataclass(frozen=True, slots=True)
class Shares:
    """Who bears the booked minutes, in standard minutes."""

    elder_share_minutes: int
    held_minutes: int
    #: What the pool covers of the elder's share; ``is_covered`` once it is set aside.
    shortfall_minutes: int
    is_covered: bool
    pool_needed_minutes: int
    #: None where the elder only stays: the balance is the home's to see.
    available_minutes: int | None
    #: What a child or grandchild pays of the elder's share, and who.
    payer_minutes: int
    payer_name: str


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One volunteer's promise under a request."""

    id: UUID
    provider_name: str
    provider_number: str
    state: VisitState
    accepted_at: datetime
    is_extra: bool


@dataclass(frozen=True, slots=True)
class RequestFile:
    """A request with all that its review rests on."""

    book: str
    id: UUID
    reference: str
    state: RequestState
    service: Name
    limits: Name | None
    starts_at: datetime
    booked_minutes: int
    people_needed: int
    remote: bool
    wished_sex: str | None
    #: What is wished beside it, and who is wished for by name.
    preferred_sex: str | None
    languages: tuple[str, ...]
    language_must: bool
    wished_person: str | None
    consent: str
    asked_by: str
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    note: str | None
    risk_note: str | None
    address: str | None
    is_address_whole: bool
    #: Where the elder is at home who only stays here.
    home: Name | None
    #: Why nobody of this county can be asked for somebody who only stays here.
    pause: Pause | None
    pinned_grade: Name
    risk_tier: int
    #: The place in the pool's queue, 1 is next; None for a request that does not wait.
    queue_place: int | None
    elder: Elder
    shares: Shares
    visits: tuple[VisitLine, ...]
    #: Whether its state lets it be reviewed, or called off; the policy has its own say.
    is_reviewable: bool
    is_cancellable: bool
    may: Mapping[str, Decision]


def request_file(
    ctx: Context, book: str, request_id: UUID, *, whole_address: bool = False
) -> RequestFile:
    """A request for those who work at its branch.

    The look is recorded, a look at the whole address as such: call it in a unit of work that
    commits.
    """
    row = _row(ctx, book, request_id)
    subject = subject_of(row)
    require_desk(ctx, subject)
    act = "request.address" if whole_address else "request.read"
    audit.record(ctx, act, "request", row.id, book=book, acting_for_id=row.elder_id)
    elder = member_row(ctx.session, row.elder_id)
    rules = rates.rule_set(ctx.session, row.rule_set_version)
    line = rules.service(row.service_code)
    visits = visits_of(ctx, row)
    address = ctx.vault.open_or_none("request.address", row.address_sealed)
    return RequestFile(
        book=book,
        id=row.id,
        reference=row.reference,
        state=row.state,
        service=line.name,
        limits=line.limits,
        starts_at=row.starts_at,
        booked_minutes=row.booked_minutes,
        people_needed=row.people_needed,
        remote=row.remote,
        **_wishes(ctx, row),
        consent=row.consent,
        asked_by=name_of(ctx, row.asked_by_id) or "",
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        decided_by=name_of(ctx, row.decided_by_id),
        reason=row.reason,
        note=ctx.vault.open_or_none("request.note", row.note_sealed),
        risk_note=ctx.vault.open_or_none("request.risk", row.risk_note_sealed),
        address=address if whole_address else masked_address(address),
        is_address_whole=whole_address,
        pinned_grade=rules.grade(row.care_grade).name,
        risk_tier=row.risk_tier,
        queue_place=_queue_place(ctx, row),
        elder=elder_view(ctx, elder, "staff" in policy.relations(ctx.actor, subject)),
        shares=_shares(ctx, row),
        visits=tuple(visits),
        is_reviewable=row.state is RequestState.SUBMITTED and row.starts_at > ctx.now,
        is_cancellable=row.state in CANCELLABLE and not any(v.state in BEGUN for v in visits),
        may={act: policy.can(ctx.actor, act, subject) for act in ACTS},
    )


def _wishes(ctx: Context, row: Request) -> dict[str, Any]:
    """Who is wished for, and what is particular to a stay."""
    looks = row.state is RequestState.OPEN
    return {
        "home": home_of(ctx, row),
        "pause": pause_of(ctx, row) if looks else None,
        "wished_sex": row.wished_sex,
        "preferred_sex": row.preferred_sex,
        "languages": tuple(row.wished_languages),
        "language_must": row.language_must,
        "wished_person": name_of(ctx, row.wished_provider_id),
    }


def _row(ctx: Context, book: str, request_id: UUID) -> Request:
    row = ctx.session.get(Request, (book, request_id))
    if row is None:
        raise RequestUnknown
    return row


def elder_view(ctx: Context, elder: Member, whole: bool) -> Elder:
    """The elder as a reviewer sees one."""
    today = local_date(ctx.now)
    latest = ctx.session.execute(
        sa.select(Assessment.grade, Assessment.assessed_on)
        .where(Assessment.member_id == elder.id, Assessment.assessed_on <= today)
        .order_by(
            Assessment.assessed_on.desc(), Assessment.recorded_at.desc(), Assessment.id.desc()
        )
        .limit(1)
    ).one_or_none()
    rules = rates.rule_set_on(ctx.session, today)
    phone = ctx.vault.open_or_none("member.phone", elder.phone_sealed)
    return Elder(
        member_id=elder.id,
        number=elder.number,
        name=elder.name,
        sex=elder.sex,
        age_years=age_on(elder.born_on, today),
        grade=rules.grade(latest.grade if latest else 0).name,
        assessed_on=latest.assessed_on if latest else None,
        lives_alone=elder.lives_alone,
        in_hardship=elder.in_hardship,
        phone=phone if whole else masked_digits(phone, 3, 4),
    )


def _shares(ctx: Context, row: Request) -> Shares:
    held = 0
    if row.hold_id is not None:
        found = read_holds(ctx.session, row.book, [row.hold_id])[row.hold_id]
        held = 0 if found.ended else held_minutes(found)
    by_payer = min(payer_part(ctx.session, row), row.elder_share_minutes)
    return Shares(
        payer_minutes=by_payer,
        payer_name=member_row(ctx.session, row.payer_id).name if row.payer_id else "",
        elder_share_minutes=row.elder_share_minutes,
        held_minutes=held,
        shortfall_minutes=row.shortfall_minutes,
        is_covered=row.pool_hold_id is not None,
        pool_needed_minutes=row.pool_needed_minutes,
        available_minutes=None if row.place_book is not None else _available(ctx, row),
    )


def _available(ctx: Context, row: Request) -> int:
    return available_minutes(standings(ctx.session, row.book, row.elder_id, now=ctx.now))


def visits_of(ctx: Context, row: Request) -> list[VisitLine]:
    """The promises under a request, the earliest first."""
    rows = ctx.session.execute(
        sa.select(Visit, Member.name, Member.number)
        .join(Member, Member.id == Visit.provider_id)
        .where(Visit.book == row.book, Visit.request_id == row.id)
        .order_by(Visit.accepted_at, Visit.id)
    )
    return [
        VisitLine(visit.id, name, number, visit.state, visit.accepted_at, visit.extra)
        for visit, name, number in rows
    ]


def _queue_place(ctx: Context, row: Request) -> int | None:
    if row.state is not RequestState.WAITING_POOL:
        return None
    waiting = ctx.session.scalars(
        sa.select(Request.id)
        .where(Request.book == row.book, Request.state == RequestState.WAITING_POOL)
        .where(Request.starts_at > ctx.now)
        .order_by(*PUBLISHED_ORDER)
    ).all()
    return waiting.index(row.id) + 1 if row.id in waiting else None
