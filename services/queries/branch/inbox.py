"""What a branch has to do: one list of work, the most pressing first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.availability import Incident, IncidentState
from models.complaints import Complaint, ComplaintState
from models.errands import ErrandMoney
from models.estates import Estate, EstateState
from models.oversight import Dispute, SafetySheet
from models.people import Member, MemberStatus
from models.requests import Request, RequestState, Visit, VisitState
from models.sheets import SheetState, WorkSheet
from services.complaints.terms import kinds
from services.context import Context
from services.queries.branch.desks import Desk, books_of, desk, homes_of, service_name
from services.requests.funding import PUBLISHED_ORDER
from services.rules.errands import terms
from services.rules.names import Name

#: Kinds of work, the most pressing first; what lies longest comes first within a kind.
KINDS = (
    "safety",
    "incident",
    "dispute",
    "sheet",
    "complaint",
    "missed",
    "review",
    "in_review",
    "money",
    "identity",
    "estate",
    "unconfirmed",
    "pool",
)


@dataclass(frozen=True, slots=True)
class Work:
    """One thing to do. ``since`` is when it began to wait, ``starts_at`` when help is due."""

    kind: str
    book: str
    subject_id: UUID
    name: str
    since: datetime
    reference: str = ""
    service: Name | None = None
    starts_at: datetime | None = None
    #: Where the elder is at home who only stays here.
    home: Name | None = None
    #: What a work sheet is about, by its code.
    about: str = ""


@dataclass(frozen=True, slots=True)
class Pile:
    """How much work of a kind there is, and since when the oldest of it waits."""

    kind: str
    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """The work of a branch: every pile counted, and some of each, or a page of one."""

    desk: Desk
    piles: tuple[Pile, ...]
    works: tuple[Work, ...]
    total: int


def inbox(
    ctx: Context, branch_id: UUID, kind: str | None = None, *, limit: int = 20, offset: int = 0
) -> Inbox:
    """The branch's work: ``limit`` of each kind, or a page of one kind."""
    here = desk(ctx, branch_id)
    shown_after = timedelta(hours=terms().shown_open_after_hours)
    at = _At(here.id, here.book, books_of(ctx, here), ctx.now - shown_after)
    sources = {name: source(at) for name, source in _SOURCES.items()}
    piles = tuple(_pile(ctx, name, sources[name]) for name in KINDS)
    counts = {pile.kind: pile.count for pile in piles}
    chosen = (kind,) if kind in KINDS else tuple(name for name in KINDS if counts[name])
    found = [
        work
        for name in chosen
        for work in _works(ctx, name, sources[name], limit, offset if kind else 0)
    ]
    homes = homes_of(ctx, here, {work.book for work in found if work.reference})
    works = tuple(
        replace(work, home=homes.get(work.book)) if work.reference else work for work in found
    )
    return Inbox(here, piles, works, counts.get(kind or "", sum(counts.values())))


@dataclass(frozen=True, slots=True)
class _At:
    """A branch, its book, the books with work of it, and since when open money is told."""

    id: UUID
    book: str
    books: tuple[str, ...]
    money_before: datetime


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a kind of work is found: the rows, and what says since when they wait."""

    query: sa.Select[Any]
    since: sa.ColumnElement[datetime]
    subject: sa.ColumnElement[UUID]
    order: tuple[Any, ...] = ()
    is_service: bool = True
    #: In which book it is, where that is not the person's home.
    book: sa.ColumnElement[str] | None = None
    #: What a sheet is about, by its code.
    about: sa.ColumnElement[str] | None = None


def _pile(ctx: Context, kind: str, source: _Source) -> Pile:
    counted = source.query.with_only_columns(
        sa.func.count().label("many"), sa.func.min(source.since, type_=source.since.type)
    )
    row = ctx.session.execute(counted).one()
    return Pile(kind, row[0], row[1])


def _works(ctx: Context, kind: str, source: _Source, limit: int, offset: int) -> Iterable[Work]:
    columns: list[Any] = [
        source.subject.label("subject_id"),
        source.since.label("since"),
        Member.name.label("who"),
        (Member.home_book if source.book is None else source.book).label("book"),
    ]
    if source.is_service:
        columns += [
            Request.book.label("request_book"),
            Request.reference,
            Request.service_code,
            Request.rule_set_version,
            Request.starts_at,
        ]
    if source.about is not None:
        columns.append(source.about.label("about"))
    rows = ctx.session.execute(
        source.query.with_only_columns(*columns)
        .order_by(*source.order, source.since, source.subject)
        .limit(limit)
        .offset(offset)
    )
    for row in rows:
        if not source.is_service or row.reference is None:
            about = row.about if source.about is not None else ""
            yield Work(kind, row.book, row.subject_id, row.who or "", row.since, about=about)
            continue
        yield Work(
            kind,
            row.request_book,
            row.subject_id,
            row.who,
            row.since,
            row.reference,
            service_name(ctx, row.rule_set_version, row.service_code),
            row.starts_at,
        )


def _requests(here: _At, *states: RequestState) -> sa.Select[Any]:
    return (
        sa.select(Request.id)
        .join(Member, Member.id == Request.elder_id)
        .where(Request.book.in_(here.books), Request.branch_id == here.id)
        .where(Request.state.in_(states))
    )


def _visits(here: _At, state: VisitState) -> sa.Select[Any]:
    return (
        sa.select(Visit.id)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(Member, Member.id == Request.elder_id)
        .where(Visit.book.in_(here.books), Request.branch_id == here.id, Visit.state == state)
    )


def _safety(here: _At) -> _Source:
    query = (
        sa.select(SafetySheet.id)
        .outerjoin(Visit, sa.and_(Visit.book == SafetySheet.book, Visit.id == SafetySheet.visit_id))
        .outerjoin(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(Member, Member.id == SafetySheet.elder_id)
        .where(SafetySheet.book.in_(here.books), SafetySheet.branch_id == here.id)
        .where(SafetySheet.closed_at.is_(None))
    )
    return _Source(query, SafetySheet.opened_at.expression, SafetySheet.id.expression)


def _dispute(here: _At) -> _Source:
    # The later words of the other side are no further dispute.
    first = (
        sa.select(sa.func.min(Dispute.opened_at, type_=Dispute.opened_at.type))
        .where(
            Dispute.book == Visit.book, Dispute.visit_id == Visit.id, Dispute.decided_at.is_(None)
        )
        .correlate(Visit)
        .scalar_subquery()
    )
    since = sa.func.coalesce(first, Visit.starts_at, type_=Visit.starts_at.type)
    return _Source(_visits(here, VisitState.DISPUTED), since, Visit.id.expression)


def _incident(here: _At) -> _Source:
    query = (
        sa.select(Incident.id)
        .join(Visit, sa.and_(Visit.book == Incident.book, Visit.id == Incident.visit_id))
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(Member, Member.id == Incident.elder_id)
        .where(Incident.book.in_(here.books), Incident.branch_id == here.id)
        .where(Incident.state == IncidentState.OPEN)
    )
    return _Source(query, Incident.reported_at.expression, Incident.id.expression)


def _ended(here: _At, state: VisitState) -> _Source:
    since = sa.func.coalesce(Visit.checked_out_at, Visit.starts_at, type_=Visit.starts_at.type)
    return _Source(_visits(here, state), since, Visit.id.expression)


def _money(here: _At) -> _Source:
    """Errand money to which the elder's side has said neither yes nor no for a while."""
    query = (
        sa.select(ErrandMoney.id)
        .join(Visit, sa.and_(Visit.book == ErrandMoney.book, Visit.id == ErrandMoney.visit_id))
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(Member, Member.id == ErrandMoney.elder_id)
        .where(ErrandMoney.book.in_(here.books), ErrandMoney.branch_id == here.id)
        .where(ErrandMoney.closed_at.is_(None), ErrandMoney.disputed_at.is_(None))
        .where(ErrandMoney.handed_at <= here.money_before)
    )
    return _Source(query, ErrandMoney.handed_at.expression, Visit.id.expression)


def _identity(here: _At) -> _Source:
    query = sa.select(Member.id).where(
        Member.home_book == here.book,
        Member.branch_id == here.id,
        Member.status == MemberStatus.PENDING,
    )
    return _Source(query, Member.joined_at.expression, Member.id.expression, is_service=False)


def _estate(here: _At) -> _Source:
    """Deaths to verify, and estates whose heirs are to be found and published."""
    query = (
        sa.select(Estate.id)
        .join(Member, Member.id == Estate.member_id)
        .where(Estate.book == here.book, Estate.branch_id == here.id)
        .where(Estate.state.in_((EstateState.REPORTED, EstateState.FROZEN)))
    )
    since = sa.func.coalesce(Estate.frozen_at, Estate.reported_at, type_=Estate.reported_at.type)
    return _Source(query, since, Estate.id.expression, is_service=False)


def _sheet(here: _At) -> _Source:
    """Work sheets that are open, with their owner's name if somebody has taken them."""
    query = (
        sa.select(WorkSheet.id)
        .outerjoin(Member, Member.id == WorkSheet.owner_id)
        .where(WorkSheet.book.in_(here.books), WorkSheet.branch_id == here.id)
        .where(WorkSheet.state == SheetState.OPEN)
    )
    return _Source(
        query,
        WorkSheet.opened_at.expression,
        WorkSheet.id.expression,
        (WorkSheet.due_on,),
        is_service=False,
        book=WorkSheet.book.expression,
        about=WorkSheet.about.expression,
    )


def _complaint(here: _At) -> _Source:
    """Complaints that the branch may read and that wait for words or a decision."""
    query = (
        sa.select(Complaint.id)
        .outerjoin(Member, Member.id == Complaint.by_id)
        .where(Complaint.book.in_(here.books), Complaint.branch_id == here.id)
        .where(Complaint.state.in_((ComplaintState.OPEN, ComplaintState.APPEALED)))
        .where(Complaint.kind.in_([code for code, kind in kinds().items() if kind.branch_reads]))
    )
    return _Source(
        query,
        Complaint.opened_at.expression,
        Complaint.id.expression,
        is_service=False,
        book=Complaint.book.expression,
    )


def _asked(here: _At, state: RequestState, *order: Any) -> _Source:
    return _Source(
        _requests(here, state), Request.submitted_at.expression, Request.id.expression, order
    )


_SOURCES: Mapping[str, Any] = {
    "safety": _safety,
    "incident": _incident,
    "dispute": _dispute,
    "sheet": _sheet,
    "complaint": _complaint,
    "missed": lambda here: _ended(here, VisitState.MISSED),
    "review": lambda here: _asked(here, RequestState.SUBMITTED),
    "in_review": lambda here: _ended(here, VisitState.IN_REVIEW),
    "money": _money,
    "identity": _identity,
    "estate": _estate,
    "unconfirmed": lambda here: _ended(here, VisitState.CHECKED_OUT),
    # Shown in the order in which the pool serves them: nobody picks.
    "pool": lambda here: _asked(here, RequestState.WAITING_POOL, *PUBLISHED_ORDER),
}
