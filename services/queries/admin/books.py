"""The books that a person administers, and one of them at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch
from models.ledger import AccountKind
from models.oversight import IssueAuthorisation
from models.people import Member, MemberStatus
from models.places import Book, Branch
from models.requests import Request, RequestState, Visit, VisitState
from services import policy, rates
from services.availability.incidents import IncidentView, open_incidents
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden, NotFound
from services.ledger.accounts import Standing, account_id, pool_of, standing
from services.places.regions import full_name
from services.policy import NATION, NATIONAL_ADMIN, NO_RIGHT, REGION_ADMIN, Subject, covers
from services.queries.branch.desks import service_name
from services.queries.estate_division import estates_waiting
from services.queries.grants import waiting_months
from services.rules.names import Name

#: How many disputes the page shows.
DISPUTES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class BookLine:
    """A book in a list."""

    book: str
    name: Name
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Members:
    """How many members a book has; a person may be counted in both of the last two."""

    active: int
    pending: int
    providers: int
    recipients: int


@dataclass(frozen=True, slots=True)
class PoolStanding:
    """What the pool has, in standard minutes; ``issued_minutes`` is all that ever came in."""

    posted_minutes: int
    held_minutes: int
    available_minutes: int
    issued_minutes: int


@dataclass(frozen=True, slots=True)
class Dispute:
    """A visit in dispute; a region's administrator may decide it."""

    visit_id: UUID
    reference: str
    service: Name
    starts_at: datetime
    branch: Name


@dataclass(frozen=True, slots=True)
class Overview:
    """A region's book at a glance."""

    book: str
    name: Name
    members: Members
    pool: PoolStanding
    waiting: int
    unsigned: int
    #: Months whose grants wait to be put forward or signed.
    unsigned_grants: int
    #: Estates that wait for a decision, an appeal's or the division.
    estates: int
    branches: int
    disputes: tuple[Dispute, ...]
    incidents: tuple[IncidentView, ...]
    rule_set: Name
    rule_set_version: str
    effective_from: date


def my_books(ctx: Context) -> tuple[BookLine, ...]:
    """The books of the regions that the actor administers, in order of code."""
    scopes = [
        NATION if role.scope_kind == "nation" else role.scope
        for role in ctx.actor.roles
        if role.name in (REGION_ADMIN, NATIONAL_ADMIN)
    ]
    if not scopes:
        raise Forbidden(NO_RIGHT)
    rows = ctx.session.scalars(sa.select(Book).order_by(Book.region_code))
    return tuple(
        BookLine(row.book, name_of_region(ctx, row.region_code), row.opened_at)
        for row in rows
        if any(covers(scope, row.region_code) for scope in scopes)
    )


def name_of_region(ctx: Context, code: str) -> Name:
    """A region's name from the largest tier down, as of today; an older code as it stands."""
    try:
        return Name(*full_name(ctx.session, code, local_date(ctx.now)))
    except NotFound:
        return Name(code, code)


def require_book(ctx: Context, book: str) -> Book:
    """The book, for whoever administers its region or the nation."""
    row = ctx.session.get(Book, book)
    if row is None:
        raise NotFound
    subject = Subject(book=book, region_code=row.region_code)
    if not policy.relations(ctx.actor, subject) & {REGION_ADMIN, NATIONAL_ADMIN}:
        raise Forbidden(NO_RIGHT)
    return row


def overview(ctx: Context, book: str) -> Overview:
    """One book's members, pool, queue and what waits for an administrator."""
    row = require_book(ctx, book)
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return Overview(
        book=book,
        name=name_of_region(ctx, row.region_code),
        members=_members(ctx, book),
        pool=pool_standing(ctx, book),
        waiting=count_of(ctx, Request, *waiting_in(book)),
        unsigned=_unsigned(ctx, book),
        unsigned_grants=waiting_months(ctx, book),
        estates=estates_waiting(ctx, book),
        branches=count_of(ctx, Branch, Branch.book == book, Branch.closed_on.is_(None)),
        disputes=_disputes(ctx, book),
        incidents=open_incidents(ctx, book, DISPUTES_SHOWN),
        rule_set=rules.title,
        rule_set_version=rules.version,
        effective_from=rules.effective_from,
    )


def count_of(ctx: Context, table: type[Any], *wanted: Any) -> int:
    """How many rows fit."""
    return ctx.session.scalar(sa.select(sa.func.count()).select_from(table).where(*wanted)) or 0


def waiting_in(book: str) -> tuple[Any, ...]:
    """The condition that a request of the book waits for the pool."""
    return (Request.book == book, Request.state == RequestState.WAITING_POOL)


def _unsigned(ctx: Context, book: str) -> int:
    """Authorisations for the pool that wait for a second name; those of grants have a batch."""
    of_grants = sa.select(Batch.id).where(
        Batch.book == IssueAuthorisation.book, Batch.id == IssueAuthorisation.id
    )
    return count_of(
        ctx,
        IssueAuthorisation,
        IssueAuthorisation.book == book,
        IssueAuthorisation.signed_at.is_(None),
        ~of_grants.exists(),
    )


def _members(ctx: Context, book: str) -> Members:
    here = Member.home_book == book
    active = Member.status == MemberStatus.ACTIVE
    return Members(
        active=count_of(ctx, Member, here, active),
        pending=count_of(ctx, Member, here, Member.status == MemberStatus.PENDING),
        providers=count_of(ctx, Member, here, active, Member.is_provider),
        recipients=count_of(ctx, Member, here, active, Member.is_recipient),
    )


def pool_standing(ctx: Context, book: str) -> PoolStanding:
    """The pool's minutes, and how many were ever authorised."""
    pool: Standing = standing(ctx.session, book, pool_of(book))
    issue = standing(ctx.session, book, account_id(book, AccountKind.ISSUE))
    return PoolStanding(
        posted_minutes=pool.posted_minutes,
        held_minutes=pool.held_minutes,
        available_minutes=pool.available_minutes,
        issued_minutes=-issue.posted_minutes,
    )


def _disputes(ctx: Context, book: str) -> tuple[Dispute, ...]:
    rows = ctx.session.execute(
        sa.select(Visit, Request, Branch)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(Branch, Branch.id == Request.branch_id)
        .where(Visit.book == book, Visit.state == VisitState.DISPUTED)
        .order_by(Visit.starts_at, Visit.id)
        .limit(DISPUTES_SHOWN)
    )
    return tuple(
        Dispute(
            visit_id=visit.id,
            reference=request.reference,
            service=service_name(ctx, request.rule_set_version, request.service_code),
            starts_at=visit.starts_at,
            branch=Name(branch.name, branch.name_en),
        )
        for visit, request, branch in rows
    )
