"""A member's coins like a bank book's rows: when, with whom and for what, and what was left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, Visit
from models.service_days import GroupSession
from services.context import Context
from services.groups.finding import rules_of
from services.ledger.statement import Mark, PendingHold, StatementLine, statement
from services.moving.reading import LeftAccount, left_accounts
from services.origins import Origin, accounts_by_origin
from services.people.books import books_of
from services.queries.behind import MOVE, NOTHING, Behind, HeldFor, behind, held_for
from services.queries.elder.near import ElderView, names_of, near, service_name, view_of
from services.queries.months import months_of, period_of
from services.rules.names import Name

PAGE = 20


@dataclass(frozen=True, slots=True)
class CoinLine:
    """A transfer as its owner reads it; one that drew on several accounts is one line."""

    book: str
    transfer_id: UUID
    kind: str
    at: datetime
    amount_minutes: int
    total_after_minutes: int
    takes_back: bool
    #: The account's period: a grant's quarter.
    period: str
    about: Behind = NOTHING
    service: Name | None = None
    other_name: str | None = None
    visit_id: UUID | None = None
    has_receipt: bool = False


@dataclass(frozen=True, slots=True)
class PendingLine:
    """Minutes set aside for a request that is still on its way, or for a group session."""

    amount_minutes: int
    created_at: datetime
    request_id: UUID | None
    reference: str
    service: Name | None
    starts_at: datetime | None
    session_id: UUID | None = None
    #: A gift on its way, or somebody else's service; None for what is the member's own.
    held_for: HeldFor | None = None


@dataclass(frozen=True, slots=True)
class Coins:
    """A member's coins now, and a page of what happened. Standard minutes."""

    elder: ElderView
    total_minutes: int
    available_minutes: int
    held_minutes: int
    #: Every account in the order in which it is spent; empty ones are left out.
    origins: tuple[Origin, ...]
    pending: tuple[PendingLine, ...]
    lines: tuple[CoinLine, ...]
    #: Where an older page goes on.
    next: Mark | None
    #: The month that is shown, by its first day, with the totals before it and at its end.
    month: date | None
    opening_minutes: int
    closing_minutes: int
    #: Every month there is, the newest first.
    months: tuple[date, ...]
    #: Accounts of books that the member has moved from: to be read, and pointing on.
    left: tuple[LeftAccount, ...]


def coins_of(
    ctx: Context, elder_id: UUID, *, month: date | None = None, after: Mark | None = None
) -> Coins:
    """An elder's coins. Raises ``NotAMember`` or a refusal."""
    member = near(ctx, elder_id, "statement.read")
    found = statement(
        ctx.session,
        member.home_book,
        member.id,
        now=ctx.now,
        limit=PAGE,
        after=after,
        period=period_of(month),
        left=books_of(member)[1:],
    )
    return Coins(
        elder=view_of(ctx, member),
        total_minutes=found.total_minutes,
        available_minutes=found.available_minutes,
        held_minutes=found.held_minutes,
        origins=accounts_by_origin(ctx, member),
        pending=_pending(ctx, member, found.pending),
        lines=lines_of(ctx, member, found.lines),
        next=found.next,
        month=month,
        opening_minutes=found.opening_minutes,
        closing_minutes=found.closing_minutes,
        months=months_of(ctx, member.home_book, member.id, books_of(member)[1:]),
        left=left_accounts(ctx, member),
    )


def _pending(
    ctx: Context, member: Member, holds: tuple[PendingHold, ...]
) -> tuple[PendingLine, ...]:
    book = member.home_book
    others = held_for(ctx, member, holds)
    wanted = [hold.subject_id for hold in holds if hold.hold_id not in others]
    rows = ctx.session.scalars(
        sa.select(Request).where(Request.book == book, Request.id.in_(wanted))
    )
    requests = {row.id: row for row in rows}
    sessions = ctx.session.scalars(
        sa.select(GroupSession).where(GroupSession.book == book, GroupSession.id.in_(wanted))
    )
    groups = {row.id: row for row in sessions}
    return tuple(
        _pending_group(ctx, hold, groups[hold.subject_id])
        if hold.subject_id in groups
        else _pending_line(ctx, hold, requests.get(hold.subject_id), others.get(hold.hold_id))
        for hold in holds
    )


def _pending_group(ctx: Context, hold: PendingHold, row: GroupSession) -> PendingLine:
    name = rules_of(ctx, row).service(row.service_code).name
    return PendingLine(
        hold.amount_minutes, hold.created_at, None, "", name, row.starts_at, session_id=row.id
    )


def _pending_line(
    ctx: Context, hold: PendingHold, request: Request | None, other: HeldFor | None
) -> PendingLine:
    if request is None:
        return PendingLine(
            hold.amount_minutes, hold.created_at, None, "", None, None, held_for=other
        )
    return PendingLine(
        amount_minutes=hold.amount_minutes,
        created_at=hold.created_at,
        request_id=request.id,
        reference=request.reference,
        service=service_name(ctx, request),
        starts_at=request.starts_at,
    )


def lines_of(
    ctx: Context, member: Member, found: tuple[StatementLine, ...]
) -> tuple[CoinLine, ...]:
    """Entries as their owner reads them, in the order in which they came."""
    about = behind(ctx, member, found)
    merged = [
        (replace(line, about=about[line.transfer_id]), posting) for line, posting in _merged(found)
    ]
    posted_by = [line.reverses_id or line.transfer_id for line in found]
    rows = ctx.session.execute(
        sa.select(Visit, Request)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(Visit.book.in_(books_of(member)), Visit.transfer_id.in_(posted_by))
    ).all()
    visits = {row.Visit.transfer_id: (row.Visit, row.Request) for row in rows}
    names = names_of(ctx, [_other(member, *pair) for pair in visits.values()])
    lines = []
    for line, posting in merged:
        pair = visits.get(posting)
        if pair is None or line.about.paid_for is not None:
            lines.append(line)
            continue
        visit, request = pair
        lines.append(
            replace(
                line,
                service=service_name(ctx, request),
                other_name=names.get(_other(member, visit, request)),
                visit_id=visit.id,
                has_receipt=True,
            )
        )
    return tuple(lines)


def _other(member: Member, visit: Visit, request: Request) -> UUID:
    return visit.provider_id if request.elder_id == member.id else request.elder_id


def _merged(found: Iterable[StatementLine]) -> list[tuple[CoinLine, UUID]]:
    """One line for each transfer, with the transfer that the visit knows."""
    merged: list[tuple[CoinLine, UUID]] = []
    for line in found:
        if merged and _is_same(merged[-1][0], line):
            last, posting = merged[-1]
            amount = last.amount_minutes + line.amount_minutes
            merged[-1] = (replace(last, amount_minutes=amount), posting)
            continue
        coin_line = CoinLine(
            book=line.book,
            transfer_id=line.transfer_id,
            kind=line.kind,
            at=line.posted_at,
            amount_minutes=line.amount_minutes,
            total_after_minutes=line.total_after_minutes,
            takes_back=line.reverses_id is not None,
            period=line.period,
        )
        merged.append((coin_line, line.reverses_id or line.transfer_id))
    return merged


def _is_same(newer: CoinLine, line: StatementLine) -> bool:
    """Whether two lines are one for their reader: legs of a transfer, or both halves of a move."""
    return newer.transfer_id == line.transfer_id or newer.kind == line.kind == MOVE
