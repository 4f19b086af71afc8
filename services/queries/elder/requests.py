"""An elder's requests: the list, and one of them with everything that its page says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.requests import Request, RequestState, Visit, VisitState
from services import policy
from services.context import Context
from services.corridors.finding import region_words
from services.ledger.holds import held_minutes
from services.ledger.rows import read_holds
from services.people.books import books_of
from services.people.reading import member_row
from services.places import BranchView, branch
from services.queries.elder.home import VisitRow, visit_rows
from services.queries.elder.near import (
    ElderView,
    names_of,
    near,
    require_near,
    service_name,
    view_of,
)
from services.queries.receipts import PAYER_FOR
from services.requests.ending import BEGUN, CANCELLABLE
from services.requests.pauses import Pause, pause_of
from services.requests.payers import payer_part
from services.requests.reviewing import subject_of
from services.requests.sentences import RequestUnknown
from services.rules.names import Name

PAGE = 20
#: States in which somebody is or will be looked for.
SEEKING = (RequestState.SUBMITTED, RequestState.WAITING_POOL, RequestState.OPEN)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request in a list."""

    book: str
    id: UUID
    reference: str
    service: Name
    starts_at: datetime
    booked_minutes: int
    #: The request's own state, or its visit's once somebody is on the way: what a reader asks.
    state: RequestState | VisitState


@dataclass(frozen=True, slots=True)
class RequestList:
    """A page of an elder's requests, the newest first."""

    elder: ElderView
    rows: tuple[RequestRow, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Everything that an elder's page about a request says. Standard minutes.

    ``held_minutes`` is what is set aside now; ``ahead`` how many are before it in the pool's
    queue, None when it does not wait there.
    """

    elder: ElderView
    branch: BranchView
    book: str
    id: UUID
    reference: str
    service_code: str
    service: Name
    state: RequestState
    starts_at: datetime
    booked_minutes: int
    people_needed: int
    remote: bool
    address: str | None
    #: The county where the elder stays; None at home.
    stays_in: Name | None
    #: Why nobody there can be asked just now, while the request still looks for somebody.
    pause: Pause | None
    note: str | None
    risk_note: str | None
    wished_sex: str | None
    consent: str
    asked_by_name: str
    submitted_at: datetime
    decided_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    share_minutes: int
    shortfall_minutes: int
    held_minutes: int
    #: Of it what a child or grandchild pays, and who.
    payer_minutes: int
    payer_name: str
    ahead: int | None
    visits: tuple[VisitRow, ...]
    may_cancel: bool


def requests_of(ctx: Context, elder_id: UUID, page: int = 1) -> RequestList:
    """An elder's requests, newest first; a page beyond the last shows the last."""
    member = near(ctx, elder_id)
    mine = sa.and_(Request.book.in_(books_of(member)), Request.elder_id == member.id)
    total = ctx.session.scalar(sa.select(sa.func.count()).select_from(Request).where(mine)) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    rows = ctx.session.scalars(
        sa.select(Request)
        .where(mine)
        .order_by(Request.submitted_at.desc(), Request.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    told = _told_by_visits(ctx, books_of(member), rows)
    return RequestList(
        elder=view_of(ctx, member),
        rows=tuple(request_row(ctx, row, told.get(row.id)) for row in rows),
        total=total,
        page=page,
        pages=pages,
    )


#: What a visit of a filled request may say instead of the request, the most pressing first.
TELLING = (
    VisitState.DISPUTED,
    VisitState.CHECKED_OUT,
    VisitState.MISSED,
    VisitState.IN_REVIEW,
    VisitState.CHECKED_IN,
)


def _told_by_visits(
    ctx: Context, books: Sequence[str], rows: Sequence[Request]
) -> dict[UUID, VisitState]:
    """For filled requests, the state of the visit that matters most to the reader."""
    filled = [row.id for row in rows if row.state is RequestState.FILLED]
    found: dict[UUID, VisitState] = {}
    for request_id, state in ctx.session.execute(
        sa.select(Visit.request_id, Visit.state).where(
            Visit.book.in_(books), Visit.request_id.in_(filled), Visit.state.in_(TELLING)
        )
    ):
        known = found.get(request_id, state)
        found[request_id] = min(known, state, key=TELLING.index)
    return found


def request_row(ctx: Context, row: Request, visit_state: VisitState | None = None) -> RequestRow:
    """A stored request as a line of a list."""
    return RequestRow(
        book=row.book,
        id=row.id,
        reference=row.reference,
        service=service_name(ctx, row),
        starts_at=row.starts_at,
        booked_minutes=row.booked_minutes,
        state=visit_state or row.state,
    )


def request_page(ctx: Context, book: str, request_id: UUID) -> RequestPage:
    """One request of an elder. Raises ``RequestUnknown`` or a refusal."""
    row = ctx.session.get(Request, (book, request_id))
    if row is None:
        raise RequestUnknown
    subject = subject_of(row)
    require_near(ctx, "request.read", subject)
    member = member_row(ctx.session, row.elder_id)
    visits = visit_rows(
        ctx, member, Visit.request_id == row.id, Visit.state != VisitState.CANCELLED
    )
    return RequestPage(
        elder=view_of(ctx, member, subject),
        branch=branch(ctx.session, row.branch_id),
        book=row.book,
        id=row.id,
        reference=row.reference,
        service_code=row.service_code,
        service=service_name(ctx, row),
        state=row.state,
        starts_at=row.starts_at,
        booked_minutes=row.booked_minutes,
        people_needed=row.people_needed,
        remote=row.remote,
        address=ctx.vault.open_or_none("request.address", row.address_sealed),
        stays_in=Name(*region_words(ctx, row.place_book)) if row.place_book else None,
        pause=pause_of(ctx, row) if row.state in SEEKING else None,
        note=ctx.vault.open_or_none("request.note", row.note_sealed),
        risk_note=ctx.vault.open_or_none("request.risk", row.risk_note_sealed),
        wished_sex=row.wished_sex,
        consent=row.consent,
        asked_by_name=names_of(ctx, [row.asked_by_id]).get(row.asked_by_id, ""),
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        ended_at=row.ended_at,
        reason=row.reason,
        share_minutes=row.elder_share_minutes,
        shortfall_minutes=row.shortfall_minutes,
        held_minutes=_held(ctx, row),
        payer_minutes=payer_part(ctx.session, row),
        payer_name=_payer_name(ctx, row),
        ahead=_ahead(ctx.session, row),
        visits=visits,
        may_cancel=row.state in CANCELLABLE
        and all(visit.state not in BEGUN for visit in visits)
        and policy.can(ctx.actor, "request.cancel", subject).allowed,
    )


def _payer_name(ctx: Context, row: Request) -> str:
    """Who pays; empty for other relatives, who read that one of them does."""
    known = ctx.actor.id == row.payer_id or PAYER_FOR & policy.relations(ctx.actor, subject_of(row))
    return names_of(ctx, [row.payer_id])[row.payer_id] if row.payer_id and known else ""


def _held(ctx: Context, row: Request) -> int:
    """What is set aside of the elder's coins now; nothing once the hold has ended."""
    if row.hold_id is None:
        return 0
    found = read_holds(ctx.session, row.book, [row.hold_id]).get(row.hold_id)
    return 0 if found is None or found.ended else held_minutes(found)


def _ahead(session: Session, row: Request) -> int | None:
    """How many stand before a request in the pool's published order."""
    if row.state is not RequestState.WAITING_POOL:
        return None
    same_risk = Request.risk_tier == row.risk_tier
    same_need = sa.and_(same_risk, Request.care_grade == row.care_grade)
    same_time = sa.and_(same_need, Request.submitted_at == row.submitted_at)
    return session.scalar(
        sa.select(sa.func.count())
        .select_from(Request)
        .where(
            Request.book == row.book,
            Request.state == RequestState.WAITING_POOL,
            sa.or_(
                Request.risk_tier > row.risk_tier,
                sa.and_(same_risk, Request.care_grade > row.care_grade),
                sa.and_(same_need, Request.submitted_at < row.submitted_at),
                sa.and_(same_time, Request.id < row.id),
            ),
        )
    )
