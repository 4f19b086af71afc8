"""A visit's receipt: the elder, the volunteer and the auditor read the same facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, AccountKind, Entry, Transfer, ValuationRecord
from models.people import Member
from models.requests import Request, Visit, VisitState
from services import policy, rates
from services.context import Context
from services.errors import NotFound
from services.people.texts import masked_name
from services.policy import Subject
from services.rules.explanation import Line, explain
from services.rules.names import Name
from services.rules.valuation import Valuation
from services.visits.locating import subject_of
from services.visits.sentences import VisitUnknown

#: Relations to a visit that show both names in full; everybody else reads them masked.
NAMES_FOR = frozenset({"elder", "kin:see", "kin:confirm", "provider", "staff"})

#: Who reads the name of a relative who pays; others read that one does.
PAYER_FOR = frozenset({"elder", "staff", "region_admin", "auditor"})


class NoReceipt(NotFound):
    """这次服务还没有入账，入账以后才有收据。"""

    code = "no_receipt"


@dataclass(frozen=True, slots=True)
class BandLine:
    """Minutes of one day kind and one part of the day, and what they count for."""

    day: Name
    hour: Name
    minutes: int
    percent: int


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One leg of the transfer. ``side``: elder, payer, provider, pool or other."""

    side: str
    origin: AccountKind
    account_id: UUID
    amount_minutes: int
    balance_after_minutes: int


@dataclass(frozen=True, slots=True)
class Worth:
    """Why the visit is worth what it is: the stored valuation, and its factors in sentences."""

    valuation_id: UUID
    valuation: Valuation
    bands: tuple[BandLine, ...]
    tier: Name
    level: Name
    grade: Name
    rule_set: Name
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was asked, who came, how long, what it was worth, and how it was posted.

    ``worth`` is missing where nobody opened the door and the pool thanked the visitor;
    ``transfer_id`` where nothing was earned. Figures are standard minutes.
    """

    book: str
    visit_id: UUID
    request_id: UUID
    reference: str
    service_code: str
    service: Name
    elder_id: UUID
    elder_name: str
    provider_id: UUID
    provider_name: str
    masked: bool
    remote: bool
    state: VisitState
    starts_at: datetime
    booked_minutes: int
    came_at: datetime | None
    left_at: datetime | None
    actual_minutes: int | None
    confirmed_at: datetime | None
    confirmed_how: str | None
    earn_minutes: int
    elder_minutes: int
    pool_minutes: int
    #: Of the elder's part what a child or grandchild has paid from own coins, and who: the name
    #: is for the elder, the payer, and those who look after the books.
    payer_minutes: int
    payer_name: str | None
    worth: Worth | None
    transfer_id: UUID | None
    posted_at: datetime | None
    entries: tuple[EntryLine, ...]
    reversed_at: datetime | None
    reversal_id: UUID | None


def receipt_of(ctx: Context, book: str, visit_id: UUID) -> Receipt:
    """The receipt of a visit that has been posted.

    Raises ``VisitUnknown``, :class:`NoReceipt`, or a refusal where the policy says no. Auditors
    and administrators see both names masked.
    """
    request, visit = _rows(ctx, book, visit_id)
    subject = subject_of(request, visit)
    policy.require(ctx.actor, "visit.read", subject)
    if visit.valuation_id is None and visit.transfer_id is None:
        raise NoReceipt
    masked = not policy.relations(ctx.actor, subject) & NAMES_FOR
    worth = _worth(ctx, visit)
    transfer, reversal = _transfers(ctx, visit)
    entries = _entries(ctx, request, visit)
    by_payer, earned = -_sum_of(entries, "payer"), _sum_of(entries, "provider")
    return Receipt(
        book=book,
        visit_id=visit.id,
        request_id=request.id,
        reference=request.reference,
        service_code=request.service_code,
        service=_service(ctx, request, visit),
        elder_id=request.elder_id,
        elder_name=_name(ctx, request.elder_id, masked),
        provider_id=visit.provider_id,
        provider_name=_name(ctx, visit.provider_id, masked),
        masked=masked,
        remote=request.remote,
        state=visit.state,
        starts_at=visit.starts_at,
        booked_minutes=visit.booked_minutes,
        came_at=visit.checked_in_at,
        left_at=visit.checked_out_at,
        actual_minutes=visit.actual_minutes,
        confirmed_at=visit.confirmed_at,
        confirmed_how=visit.confirmed_how,
        earn_minutes=worth.valuation.earn_minutes if worth else earned,
        elder_minutes=worth.valuation.elder_minutes if worth else 0,
        pool_minutes=worth.valuation.pool_minutes if worth else earned,
        payer_minutes=by_payer,
        payer_name=_payer(ctx, request, subject, masked) if by_payer else None,
        worth=worth,
        transfer_id=visit.transfer_id,
        posted_at=transfer.posted_at if transfer else None,
        entries=entries,
        reversed_at=reversal.posted_at if reversal else None,
        reversal_id=reversal.id if reversal else None,
    )


def _rows(ctx: Context, book: str, visit_id: UUID) -> tuple[Request, Visit]:
    row = ctx.session.execute(
        sa.select(Request, Visit)
        .join(Visit, sa.and_(Visit.book == Request.book, Visit.request_id == Request.id))
        .where(Visit.book == book, Visit.id == visit_id)
    ).one_or_none()
    if row is None:
        raise VisitUnknown
    return row.Request, row.Visit


def _name(ctx: Context, member_id: UUID, masked: bool) -> str:
    name = ctx.session.get_one(Member, member_id).name
    return masked_name(name) if masked else name


def _service(ctx: Context, request: Request, visit: Visit) -> Name:
    return rates.rule_set(ctx.session, visit.rule_set_version).service(request.service_code).name


def _sum_of(entries: Iterable[EntryLine], side: str) -> int:
    return sum(each.amount_minutes for each in entries if each.side == side)


def _payer(ctx: Context, request: Request, subject: Subject, masked: bool) -> str | None:
    if request.payer_id is None:
        return None
    is_payer = ctx.actor.id == request.payer_id
    if not is_payer and not policy.relations(ctx.actor, subject) & PAYER_FOR:
        return None
    return _name(ctx, request.payer_id, masked)


def _worth(ctx: Context, visit: Visit) -> Worth | None:
    if visit.valuation_id is None:
        return None
    record = ctx.session.get_one(ValuationRecord, (visit.book, visit.valuation_id))
    valuation = Valuation.from_dict(record.content)
    rules = rates.rule_set(ctx.session, record.rule_set_version)
    hours = {band.code: band for band in rules.hour_bands}
    line = rules.service(valuation.facts.service)
    return Worth(
        valuation_id=record.id,
        valuation=valuation,
        bands=tuple(
            BandLine(
                day=rules.day_kinds[band.day_kind].name,
                hour=hours[band.hour_band].name,
                minutes=band.minutes,
                percent=band.percent,
            )
            for band in valuation.bands
        ),
        tier=rules.tiers[line.tier].name,
        level=rules.level(valuation.facts.provider_level).name,
        grade=rules.grade(valuation.facts.care_grade).name,
        rule_set=rules.title,
        lines=explain(valuation, rules),
    )


def _transfers(ctx: Context, visit: Visit) -> tuple[Transfer | None, Transfer | None]:
    """The posting, and the entry that took it back, if there is one."""
    if visit.transfer_id is None:
        return None, None
    transfer = ctx.session.get(Transfer, (visit.book, visit.transfer_id))
    reversal = ctx.session.scalar(
        sa.select(Transfer).where(
            Transfer.book == visit.book, Transfer.reverses_id == visit.transfer_id
        )
    )
    return transfer, reversal


def _side(row: Any, sides: Mapping[UUID, str]) -> str:
    """Whose side a leg is; over a clearing account comes what a payer elsewhere pays, and goes
    what a provider elsewhere earns.
    """
    if row.kind is AccountKind.POOL:
        return "pool"
    if row.kind is AccountKind.CLEARING:
        return "payer" if row.Entry.amount_minutes < 0 else "provider"
    return sides.get(row.owner_id, "other")


def _entries(ctx: Context, request: Request, visit: Visit) -> tuple[EntryLine, ...]:
    if visit.transfer_id is None:
        return ()
    rows = ctx.session.execute(
        sa.select(Entry, Account.kind, Account.owner_id)
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Entry.book == visit.book, Entry.transfer_id == visit.transfer_id)
        .order_by(Entry.leg)
    )
    sides = {request.elder_id: "elder", visit.provider_id: "provider"}
    if request.payer_id is not None:
        sides[request.payer_id] = "payer"
    return tuple(
        EntryLine(
            side=_side(row, sides),
            origin=row.kind,
            account_id=row.Entry.account_id,
            amount_minutes=row.Entry.amount_minutes,
            balance_after_minutes=row.Entry.balance_after_minutes,
        )
        for row in rows
    )
