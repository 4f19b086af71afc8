"""Requests and visits of a book, in lists that an auditor can narrow down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import ValuationRecord
from models.requests import Request, RequestState, Visit, VisitState
from services import rates
from services.clock import local_date
from services.context import Context
from services.ledger.rows import whole_sum
from services.queries.audit.accounts import owner_of
from services.queries.audit.listing import (
    Page,
    Person,
    Want,
    cut,
    from_day,
    ordered,
    people,
    to_day,
)
from services.queries.audit.scope import require_book
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests, by state, service, consent, and the day for which help is asked."""

    state: RequestState | None = None
    service_code: str = ""
    consent: str = ""
    reference: str = ""
    branch_id: UUID | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request in a list. Shares are standard minutes."""

    id: UUID
    reference: str
    service: Name
    service_code: str
    state: RequestState
    consent: str
    elder: Person | None
    asked_by: Person | None
    decided_by: Person | None
    starts_at: datetime
    submitted_at: datetime
    booked_minutes: int
    people_needed: int
    elder_share_minutes: int
    shortfall_minutes: int


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """Which visits, by state, service, one person of either side, and the booked day."""

    state: VisitState | None = None
    service_code: str = ""
    number: str = ""
    reference: str = ""
    confirmed_how: str = ""
    branch_id: UUID | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit in a list. ``actual_minutes`` is time given; the rest are standard minutes."""

    id: UUID
    request_id: UUID
    reference: str
    service: Name
    service_code: str
    state: VisitState
    elder: Person | None
    provider: Person | None
    starts_at: datetime
    came_by: str
    left_by: str
    confirmed_how: str
    actual_minutes: int | None
    earn_minutes: int | None
    elder_minutes: int | None
    pool_minutes: int | None
    valuation_id: UUID | None
    transfer_id: UUID | None


def services_of(ctx: Context, book: str) -> tuple[tuple[str, Name], ...]:
    """The services that a filter offers: those of the rules in force."""
    require_book(ctx, book)
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return tuple((line.code, line.name) for line in rules.services.values())


def requests(ctx: Context, book: str, wanted: RequestFilter, want: Want) -> Page[RequestLine]:
    """Requests of a book that fit the filter."""
    require_book(ctx, book)
    conditions = [
        Request.book == book,
        *from_day(Request.starts_at, wanted.first),
        *to_day(Request.starts_at, wanted.last),
    ]
    if wanted.state is not None:
        conditions.append(Request.state == wanted.state)
    for column, value in (
        (Request.service_code, wanted.service_code),
        (Request.consent, wanted.consent),
        (Request.reference, wanted.reference),
        (Request.branch_id, wanted.branch_id),
    ):
        if value:
            conditions.append(column == value)
    columns = {
        "starts": Request.starts_at,
        "submitted": Request.submitted_at,
        "share": Request.elder_share_minutes,
    }
    shown = [getattr(Request, name) for name in _REQUEST_COLUMNS]
    plain = sa.select(*shown).where(*conditions)
    latest = ordered(plain, Want(), columns, "-starts", Request.id.desc())
    statement = ordered(plain, want, columns, "-starts", Request.id.desc())
    sums = {
        "booked_minutes": lambda c: whole_sum(c.booked_minutes),
        "elder_share_minutes": lambda c: whole_sum(c.elder_share_minutes),
        "shortfall_minutes": lambda c: whole_sum(c.shortfall_minutes),
    }
    rows, page, total, added = cut(ctx, statement, want, sums, latest)
    who = people(ctx, (each for r in rows for each in (r.elder_id, r.asked_by_id, r.decided_by_id)))
    lines = tuple(_request_line(ctx, row, who) for row in rows)
    return Page(lines, page, want.size, total, added)


_REQUEST_COLUMNS = (
    "id",
    "reference",
    "service_code",
    "rule_set_version",
    "state",
    "consent",
    "elder_id",
    "asked_by_id",
    "decided_by_id",
    "starts_at",
    "submitted_at",
    "booked_minutes",
    "people_needed",
    "elder_share_minutes",
    "shortfall_minutes",
)


def _request_line(ctx: Context, row: Any, who: dict[UUID, Person]) -> RequestLine:
    return RequestLine(
        id=row.id,
        reference=row.reference,
        service=service_name(ctx, row.rule_set_version, row.service_code),
        service_code=row.service_code,
        state=row.state,
        consent=row.consent,
        elder=who.get(row.elder_id),
        asked_by=who.get(row.asked_by_id),
        decided_by=who.get(row.decided_by_id) if row.decided_by_id else None,
        starts_at=row.starts_at,
        submitted_at=row.submitted_at,
        booked_minutes=row.booked_minutes,
        people_needed=row.people_needed,
        elder_share_minutes=row.elder_share_minutes,
        shortfall_minutes=row.shortfall_minutes,
    )


def service_name(ctx: Context, version: str, code: str) -> Name:
    """What a service is called in the rule set of its request."""
    return rates.rule_set(ctx.session, version).service(code).name


def visits(ctx: Context, book: str, wanted: VisitFilter, want: Want) -> Page[VisitLine]:
    """Visits of a book that fit the filter."""
    require_book(ctx, book)
    valued = sa.and_(ValuationRecord.book == Visit.book, ValuationRecord.id == Visit.valuation_id)
    statement = (
        sa.select(
            *(getattr(Visit, name) for name in _VISIT_COLUMNS),
            Request.reference,
            Request.service_code,
            ValuationRecord.earn_minutes,
            ValuationRecord.elder_minutes,
            ValuationRecord.pool_minutes,
        )
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .outerjoin(ValuationRecord, valued)
        .where(Visit.book == book, Request.book == book, *_visit_conditions(ctx, wanted))
    )
    columns = {
        "starts": Visit.starts_at,
        "actual": Visit.actual_minutes,
        "earn": ValuationRecord.earn_minutes,
    }
    latest = ordered(statement, Want(), columns, "-starts", Visit.id.desc())
    statement = ordered(statement, want, columns, "-starts", Visit.id.desc())
    sums = {
        name: (lambda c, name=name: whole_sum(c[name]))
        for name in ("actual_minutes", "earn_minutes", "elder_minutes", "pool_minutes")
    }
    rows, page, total, added = cut(ctx, statement, want, sums, latest)
    who = people(ctx, (each for row in rows for each in (row.elder_id, row.provider_id)))
    lines = tuple(_visit_line(ctx, row, who) for row in rows)
    return Page(lines, page, want.size, total, added)


_VISIT_COLUMNS = (
    "id",
    "request_id",
    "state",
    "elder_id",
    "provider_id",
    "starts_at",
    "checked_in_by",
    "checked_out_by",
    "confirmed_how",
    "actual_minutes",
    "valuation_id",
    "transfer_id",
    "rule_set_version",
)


def _visit_conditions(ctx: Context, wanted: VisitFilter) -> list[sa.ColumnElement[bool]]:
    found = [*from_day(Visit.starts_at, wanted.first), *to_day(Visit.starts_at, wanted.last)]
    if wanted.state is not None:
        found.append(Visit.state == wanted.state)
    if wanted.number:
        member = owner_of(ctx, wanted.number)
        found.append(sa.or_(Visit.elder_id == member, Visit.provider_id == member))
    for column, value in (
        (Request.service_code, wanted.service_code),
        (Request.reference, wanted.reference),
        (Request.branch_id, wanted.branch_id),
        (Visit.confirmed_how, wanted.confirmed_how),
    ):
        if value:
            found.append(column == value)
    return found


def _visit_line(ctx: Context, row: Any, who: dict[UUID, Person]) -> VisitLine:
    return VisitLine(
        id=row.id,
        request_id=row.request_id,
        reference=row.reference,
        service=service_name(ctx, row.rule_set_version, row.service_code),
        service_code=row.service_code,
        state=row.state,
        elder=who.get(row.elder_id),
        provider=who.get(row.provider_id),
        starts_at=row.starts_at,
        came_by=row.checked_in_by or "",
        left_by=row.checked_out_by or "",
        confirmed_how=row.confirmed_how or "",
        actual_minutes=row.actual_minutes,
        earn_minutes=row.earn_minutes,
        elder_minutes=row.elder_minutes,
        pool_minutes=row.pool_minutes,
        valuation_id=row.valuation_id,
        transfer_id=row.transfer_id,
    )
