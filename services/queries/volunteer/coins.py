"""A volunteer's coins like a bank's statement, and what still waits for somebody's word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.ledger import ValuationRecord
from models.people import Member
from models.requests import Request, Visit, VisitState
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.ledger.statement import Mark, PendingHold, StatementLine, statement
from services.moving.reading import LeftAccount, left_accounts
from services.origins import Origin, accounts_by_origin
from services.people.books import books_of
from services.people.reading import member_row, subject_of
from services.people.texts import masked_name
from services.queries.behind import MOVE, Behind, HeldFor, behind, held_for
from services.queries.linked import visits_behind
from services.queries.months import months_of, period_of
from services.queries.volunteer.away import payer_away
from services.queries.volunteer.cards import VisitCard, card_of, promises
from services.rules.names import Name
from services.visits.crediting import valued
from services.visits.days import minutes_between
from services.visits.disputes import DISPUTABLE

PAGE_SIZE = 20
#: Ended visits whose minutes are not booked yet.
UNBOOKED = (
    VisitState.CHECKED_OUT,
    VisitState.CONFIRMED,
    VisitState.IN_REVIEW,
    VisitState.DISPUTED,
)


@dataclass(frozen=True, slots=True)
class CoinLine:
    """One entry: when, for what, with whom, by which rule. Figures in standard minutes."""

    book: str
    transfer_id: UUID
    at: datetime
    kind: str
    period: str
    about: Behind
    takes_back: bool
    service: Name | None
    #: The other side, masked; empty where there is none.
    other: str
    rule: str
    amount_minutes: int
    total_after_minutes: int
    #: The visit behind it, when the reader was its provider: its receipt can be opened.
    visit_id: UUID | None
    #: The elder's region, where the service was in another one than the reader's.
    region: Name | None = None


@dataclass(frozen=True, slots=True)
class PendingVisit:
    """An ended visit, what it would bring as recorded, and whether it can be disputed."""

    card: VisitCard
    earn_minutes: int
    disputable: bool


@dataclass(frozen=True, slots=True)
class Coins:
    """What there is, what is set aside, what is to come, and a page of what happened."""

    total_minutes: int
    available_minutes: int
    held_minutes: int
    pending_minutes: int
    #: Every account in the order in which it is spent; empty ones are left out.
    origins: tuple[Origin, ...]
    #: What is set aside, and for what where it is no request of the member's own.
    holds: tuple[tuple[PendingHold, HeldFor | None], ...]
    pending: tuple[PendingVisit, ...]
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


def coins(ctx: Context, *, month: date | None = None, after: Mark | None = None) -> Coins:
    """The actor's own statement, of a month or whole; it goes on after a mark."""
    member = member_row(ctx.session, ctx.actor.id)
    policy.require(ctx.actor, "statement.read", subject_of(member))
    book = member.home_book
    found = statement(
        ctx.session,
        book,
        member.id,
        now=ctx.now,
        limit=PAGE_SIZE,
        after=after,
        period=period_of(month),
        left=books_of(member)[1:],
    )
    waiting = _pending(ctx, member)
    held = held_for(ctx, member, found.pending)
    return Coins(
        total_minutes=found.total_minutes,
        available_minutes=found.available_minutes,
        held_minutes=found.held_minutes,
        pending_minutes=sum(each.earn_minutes for each in waiting),
        origins=accounts_by_origin(ctx, member),
        holds=tuple((each, held.get(each.hold_id)) for each in found.pending),
        pending=waiting,
        lines=_lines(ctx, member, found.lines),
        next=found.next,
        month=month,
        opening_minutes=found.opening_minutes,
        closing_minutes=found.closing_minutes,
        months=months_of(ctx, book, member.id, books_of(member)[1:]),
        left=left_accounts(ctx, member),
    )


def _pending(ctx: Context, member: Member) -> tuple[PendingVisit, ...]:
    """What ended visits would bring if they were booked as they stand."""
    rows = ctx.session.execute(promises(ctx, *UNBOOKED))
    return tuple(
        PendingVisit(
            card=card_of(ctx, request, visit, elder),
            earn_minutes=_expected(ctx, member, request, visit),
            disputable=visit.state in DISPUTABLE,
        )
        for request, visit, elder in rows
    )


def _expected(ctx: Context, member: Member, request: Request, visit: Visit) -> int:
    if visit.checked_in_at is None or visit.checked_out_at is None:
        return 0
    day = local_date(visit.starts_at)
    taken, _ = minutes_between(ctx.session, member.home_book, member.id, day, day)
    return valued(ctx, request, visit, taken).earn_minutes


def _lines(ctx: Context, member: Member, found: Iterable[StatementLine]) -> tuple[CoinLine, ...]:
    lines = list(found)
    visits = visits_behind(ctx, member, {line.reverses_id or line.transfer_id for line in lines})
    rules = _rules(ctx, books_of(member), lines)
    about = behind(ctx, member, lines)
    shown: list[CoinLine] = []
    for each in lines:
        line = _line(ctx, each, about[each.transfer_id], visits, rules)
        if shown and shown[-1].kind == line.kind == MOVE:
            # Every leg of both halves of a move is one line for its reader.
            amount = shown[-1].amount_minutes + line.amount_minutes
            shown[-1] = replace(shown[-1], amount_minutes=amount)
        else:
            shown.append(line)
    return tuple(shown)


def _line(
    ctx: Context,
    line: StatementLine,
    about: Behind,
    visits: dict[UUID, tuple[Request, Visit]],
    rules: dict[UUID, str],
) -> CoinLine:
    request, visit = visits.get(line.reverses_id or line.transfer_id, (None, None))
    service, other, mine = None, "", False
    if request is not None and visit is not None and about.paid_for is None:
        used = rates.rule_set(ctx.session, visit.rule_set_version)
        service = used.service(request.service_code).name
        mine = visit.provider_id == ctx.actor.id
        other_id = visit.elder_id if mine else visit.provider_id
        other = masked_name(member_row(ctx.session, other_id).name)
    return CoinLine(
        book=line.book,
        transfer_id=line.transfer_id,
        at=line.posted_at,
        kind=line.kind,
        period=line.period,
        about=about,
        takes_back=line.reverses_id is not None,
        service=service,
        other=other,
        rule=rules.get(line.valuation_id, "") if line.valuation_id else "",
        amount_minutes=line.amount_minutes,
        total_after_minutes=line.total_after_minutes,
        visit_id=visit.id if visit is not None and mine else None,
        region=payer_away(ctx, visit) if visit is not None and mine else None,
    )


def _rules(ctx: Context, books: tuple[str, ...], lines: list[StatementLine]) -> dict[UUID, str]:
    """The version of the rules behind each valuation."""
    wanted = {line.valuation_id for line in lines if line.valuation_id is not None}
    rows = ctx.session.execute(
        sa.select(ValuationRecord.id, ValuationRecord.rule_set_version).where(
            ValuationRecord.book.in_(books), ValuationRecord.id.in_(wanted)
        )
    )
    return {row.id: row.rule_set_version for row in rows}
