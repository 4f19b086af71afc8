"""The pool of a book: its queue in the published order, and who signed what into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch, BatchState
from models.oversight import IssueAuthorisation
from models.places import Branch
from models.requests import Request
from services import policy, rates
from services.context import Context
from services.donations.drawing import open_funds, sources_of
from services.errors import NotFound
from services.ledger.accounts import fund_account, standing
from services.policy import Subject
from services.queries.admin.books import (
    PoolStanding,
    name_of_region,
    pool_standing,
    require_book,
    waiting_in,
)
from services.queries.branch.desks import name_of
from services.requests.funding import PUBLISHED_ORDER
from services.rules.names import Name

#: How many of the queue one page shows.
QUEUE_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Leave to issue, proposed by one administrator and signed by another."""

    id: UUID
    amount_minutes: int
    backing: str
    proposed_by: str
    proposed_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    transfer_id: UUID | None
    #: Whether the actor proposed it and so may not sign it.
    is_mine: bool
    #: The month of grants for which it is, as 2026-03; empty where it goes into the pool.
    month: str = ""
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A request that waits for the pool, in its published place. Minutes are standard minutes."""

    place: int
    reference: str
    service: Name
    branch: Name
    risk_tier: int
    grade: Name
    submitted_at: datetime
    starts_at: datetime
    #: What the pool has to give: funds that are for the elder come first.
    needed_minutes: int
    #: What the pool would lack with everything before this one served; 0 when it suffices.
    lacking_minutes: int


@dataclass(frozen=True, slots=True)
class IssueFile:
    """The pool of a book, its queue in the published order, and all authorisations."""

    book: str
    name: Name
    pool: PoolStanding
    queue: tuple[QueueLine, ...]
    queue_total: int
    needed_minutes: int
    authorisations: tuple[Authorisation, ...]


def issue_file(ctx: Context, book: str) -> IssueFile:
    """What an administrator looks at before proposing or signing an issue."""
    row = require_book(ctx, book)
    policy.require(ctx.actor, "region.work", Subject(book=book, region_code=row.region_code))
    pool = pool_standing(ctx, book)
    queue = _queue(ctx, book, pool.available_minutes)
    return IssueFile(
        book=book,
        name=name_of_region(ctx, row.region_code),
        pool=pool,
        queue=queue[:QUEUE_SHOWN],
        queue_total=len(queue),
        needed_minutes=sum(line.needed_minutes for line in queue),
        authorisations=_authorisations(ctx, book),
    )


def authorisation(ctx: Context, book: str, authorisation_id: UUID) -> Authorisation:
    """One authorisation of a book."""
    for each in issue_file(ctx, book).authorisations:
        if each.id == authorisation_id:
            return each
    raise NotFound


def _queue(ctx: Context, book: str, available_minutes: int) -> tuple[QueueLine, ...]:
    rows = ctx.session.execute(
        sa.select(Request, Branch)
        .join(Branch, Branch.id == Request.branch_id)
        .where(*waiting_in(book), Request.starts_at > ctx.now)
        .order_by(*PUBLISHED_ORDER)
    )
    lines: list[QueueLine] = []
    funds = open_funds(ctx, book)
    keys = [fund_account(book, each.id) for each in funds]
    left = {key: standing(ctx.session, book, key).available_minutes for key in keys}
    for place, (request, branch) in enumerate(rows, 1):
        missing = request.shortfall_minutes if request.pool_hold_id is None else 0
        for key in sources_of(ctx, request, funds)[:-1] if missing else ():
            part = min(missing, left[key])
            missing, left[key] = missing - part, left[key] - part
        needed = missing + request.pool_needed_minutes
        available_minutes -= needed
        rules = rates.rule_set(ctx.session, request.rule_set_version)
        lines.append(
            QueueLine(
                place=place,
                reference=request.reference,
                service=rules.service(request.service_code).name,
                branch=Name(branch.name, branch.name_en),
                risk_tier=request.risk_tier,
                grade=rules.grade(request.care_grade).name,
                submitted_at=request.submitted_at,
                starts_at=request.starts_at,
                needed_minutes=needed,
                lacking_minutes=max(0, -available_minutes),
            )
        )
    return tuple(lines)


def _authorisations(ctx: Context, book: str) -> tuple[Authorisation, ...]:
    of_grants = sa.and_(Batch.book == IssueAuthorisation.book, Batch.id == IssueAuthorisation.id)
    rows = ctx.session.execute(
        sa.select(IssueAuthorisation, Batch.terms, Batch.state)
        .outerjoin(Batch, of_grants)
        .where(IssueAuthorisation.book == book)
        .order_by(IssueAuthorisation.proposed_at.desc(), IssueAuthorisation.id.desc())
    ).all()
    return tuple(
        Authorisation(
            id=row.id,
            amount_minutes=row.amount_minutes,
            backing=row.backing,
            proposed_by=name_of(ctx, row.proposed_by_id) or "",
            proposed_at=row.proposed_at,
            signed_by=name_of(ctx, row.signed_by_id),
            signed_at=row.signed_at,
            transfer_id=row.transfer_id,
            is_mine=row.proposed_by_id == ctx.actor.id,
            month=terms["month"] if terms else "",
            is_withdrawn=state is BatchState.WITHDRAWN,
        )
        for row, terms, state in rows
    )
