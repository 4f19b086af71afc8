"""Who is granted what by which facts, and what relatives pay, as auditors list them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch
from models.grants import GrantEntitlement, GrantRun
from models.ledger import Account, AccountKind, HoldLeg, HoldOutcome, Outcome
from models.requests import Request, RequestState
from services import audit, rates
from services.context import Context
from services.grants.computing import run_id
from services.ledger.rows import whole_sum
from services.queries.audit.accounts import owner_of
from services.queries.audit.across import books_with, elsewhere
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

#: Nobody has put the month forward yet.
OPEN = "open"


@dataclass(frozen=True, slots=True)
class GrantFilter:
    """Which entitlements: of a month (as 2026-03), of an elder by volunteer number."""

    month: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One elder's grant of a month. ``state``: open, or that of the month's batch."""

    month: str
    period: str
    elder: Person | None
    kind: Name
    minutes: int
    #: The recorded facts as they stood when the month was worked out.
    facts: Mapping[str, Any]
    state: str
    authorisation_id: UUID | None


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments. ``number`` is the payer's or the elder's; days are those of asking."""

    number: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """What a relative pays of one request, in standard minutes.

    ``outcome``: held, captured, or how the minutes went back; as holds end.
    """

    request_id: UUID
    reference: str
    asked_at: datetime
    payer: Person | None
    elder: Person | None
    service: Name
    state: RequestState
    minutes: int
    outcome: str
    transfer_id: UUID | None
    #: Whose book keeps the request, whose the transfer, and the region of the other side.
    book: str
    transfer_book: str
    elsewhere: Name | None


def grants(ctx: Context, book: str, wanted: GrantFilter, want: Want) -> Page[GrantLine]:
    """Entitlements that fit the filter, the newest month first.

    Whoever looks sees facts about health and hardship: call it in a unit of work that commits.
    """
    require_book(ctx, book, "grant.read")
    audit.record(
        ctx, "grant.read", "grants", run_id(book, wanted.month), book=book, after=asdict(wanted)
    )
    statement = (
        sa.select(
            GrantEntitlement.month,
            GrantEntitlement.member_id,
            GrantEntitlement.kind,
            GrantEntitlement.minutes,
            GrantEntitlement.facts,
            GrantRun.period,
            GrantRun.rule_set_version,
            GrantRun.authorisation_id,
            Batch.state,
        )
        .join(
            GrantRun,
            sa.and_(
                GrantRun.book == GrantEntitlement.book, GrantRun.month == GrantEntitlement.month
            ),
        )
        .outerjoin(Batch, sa.and_(Batch.book == GrantRun.book, Batch.id == GrantRun.batch_id))
        .where(*_wanted_grants(ctx, book, wanted))
    )
    columns = {"month": GrantEntitlement.month, "amount": GrantEntitlement.minutes}
    statement = ordered(statement, want, columns, "-month", GrantEntitlement.member_id)
    rows, page, total, added = cut(
        ctx, statement, want, {"minutes": lambda c: whole_sum(c.minutes)}
    )
    who = people(ctx, (row.member_id for row in rows))
    lines = tuple(
        GrantLine(
            month=row.month,
            period=row.period,
            elder=who.get(row.member_id),
            kind=rates.rule_set(ctx.session, row.rule_set_version).grants.kinds[row.kind].name,
            minutes=row.minutes,
            facts=row.facts,
            state=OPEN if row.state is None else row.state.value,
            authorisation_id=row.authorisation_id,
        )
        for row in rows
    )
    return Page(lines, page, want.size, total, added)


def _wanted_grants(ctx: Context, book: str, wanted: GrantFilter) -> list[sa.ColumnElement[bool]]:
    conditions = [GrantEntitlement.book == book]
    if wanted.month:
        conditions.append(GrantEntitlement.month == wanted.month)
    if wanted.number:
        conditions.append(GrantEntitlement.member_id == owner_of(ctx, wanted.number))
    return conditions


def payments(ctx: Context, book: str, wanted: PaymentFilter, want: Want) -> Page[PaymentLine]:
    """What relatives pay of requests that fit the filter, the newest first.

    Payers who live elsewhere stand in the list, and so do elders elsewhere whom somebody pays for.
    """
    require_book(ctx, book, "payment.read")
    books = books_with(ctx, book)
    conditions = [
        sa.or_(Request.book == book, Request.payer_book == book),
        *from_day(Request.submitted_at, wanted.first),
        *to_day(Request.submitted_at, wanted.last),
    ]
    if wanted.number:
        side = owner_of(ctx, wanted.number)
        conditions.append(sa.or_(Request.payer_id == side, Request.elder_id == side))
    columns = {"asked": Request.submitted_at, "starts": Request.starts_at}
    statement = ordered(_paid(books).where(*conditions), want, columns, "-asked", Request.id)
    sums = {"minutes": lambda c: whole_sum(c.minutes)}
    rows, page, total, added = cut(ctx, statement, want, sums)
    who = people(ctx, (each for row in rows for each in (row.payer_id, row.elder_id)))
    lines = tuple(
        PaymentLine(
            request_id=row.id,
            reference=row.reference,
            asked_at=row.submitted_at,
            payer=who.get(row.payer_id),
            elder=who.get(row.elder_id),
            service=rates.rule_set(ctx.session, row.rule_set_version)
            .service(row.service_code)
            .name,
            state=row.state,
            minutes=row.minutes,
            outcome="held" if row.outcome is None else row.outcome.value,
            transfer_id=row.transfer_id,
            book=row.book,
            transfer_book=row.payer_book or row.book,
            elsewhere=elsewhere(ctx, book, row.book, row.payer_book),
        )
        for row in rows
    )
    return Page(lines, page, want.size, total, added)


_REQUEST_COLUMNS = (
    "book",
    "payer_book",
    "id",
    "reference",
    "submitted_at",
    "payer_id",
    "elder_id",
    "service_code",
    "rule_set_version",
    "state",
)


def _paid(books: Collection[str]) -> sa.Select[*tuple[Any, ...]]:
    """The payer's own leg of each request's present hold: set aside, or what of it was taken."""
    taken = sa.case(
        (HoldOutcome.captured_minutes < HoldLeg.amount_minutes, HoldOutcome.captured_minutes),
        else_=HoldLeg.amount_minutes,
    )
    minutes = sa.case(
        (HoldOutcome.outcome.is_(None), HoldLeg.amount_minutes),
        (HoldOutcome.outcome == Outcome.CAPTURED, taken),
        else_=0,
    )
    payer_book = sa.func.coalesce(Request.payer_book, Request.book)
    hold_id = sa.case((Request.payer_book.is_(None), Request.hold_id), else_=Request.payer_hold_id)
    return (
        sa.select(
            *(getattr(Request, name) for name in _REQUEST_COLUMNS),
            minutes.label("minutes"),
            HoldOutcome.outcome,
            HoldOutcome.transfer_id,
        )
        .join(
            HoldLeg,
            sa.and_(
                HoldLeg.book.in_(books), HoldLeg.book == payer_book, HoldLeg.hold_id == hold_id
            ),
        )
        .join(
            Account,
            sa.and_(
                Account.book.in_(books),
                Account.book == HoldLeg.book,
                Account.id == HoldLeg.account_id,
                Account.owner_id == Request.payer_id,
                Account.kind == AccountKind.EARNED,
            ),
        )
        .outerjoin(
            HoldOutcome,
            sa.and_(
                HoldOutcome.book.in_(books),
                HoldOutcome.book == HoldLeg.book,
                HoldOutcome.hold_id == HoldLeg.hold_id,
            ),
        )
        .where(Request.book.in_(books), Request.payer_id.is_not(None))
    )
