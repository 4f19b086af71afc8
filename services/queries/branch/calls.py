"""The branch's call sheet as it is read: whom to ring next, who else waits, what is left to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.notices import CallItem, ContactPreference
from models.oversight import OutboxMessage
from models.people import Member
from models.requests import Request, Visit
from services import audit, policy
from services.context import Context
from services.notices.calls import item_subject
from services.notices.errors import NotOnTheSheet
from services.notices.ways import reach_of
from services.outbox import params_of
from services.people.reading import member_row
from services.people.texts import masked_digits
from services.queries.branch.desks import Desk, desk, service_name
from services.rules.names import Name

#: Lines of each part of the sheet that are shown at once.
A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One call: whom, what is said in which language, and how often it was tried."""

    book: str
    id: UUID
    member_id: UUID
    name: str
    phone_masked: str | None
    sentence: str
    params: dict[str, Any]
    language: str
    urgent: bool
    attempts: int
    call_after: datetime
    call_before: datetime | None
    answer: str | None
    answered_at: datetime | None
    request_id: UUID | None
    visit_id: UUID | None


@dataclass(frozen=True, slots=True)
class Coming:
    """Who comes and when: what is read out on the telephone."""

    service: Name
    starts_at: datetime
    booked_minutes: int
    visitor: str
    door_word: str | None


@dataclass(frozen=True, slots=True)
class Open:
    """The call that is being made: the number is whole, and the look at it is recorded."""

    line: Line
    phone: str | None
    coming: Coming | None
    note: str | None


@dataclass(frozen=True, slots=True)
class CallSheet:
    """A branch's sheet: the most urgent first; ``later`` are those that come again."""

    desk: Desk
    now: Open | None
    waiting: tuple[Line, ...]
    total: int
    later: int
    left_to_do: tuple[Line, ...]


def call_sheet(ctx: Context, branch_id: UUID, chosen: UUID | None = None) -> CallSheet:
    """The sheet with one call open: the chosen one, or the most urgent. Call it in a unit of work.

    A call about a visit that has begun meanwhile is not on it any more.
    """
    here = desk(ctx, branch_id)
    policy.require(ctx.actor, "call.work", policy.Subject(book=here.book, branch_id=here.id))
    unanswered = (CallItem.branch_id == here.id, CallItem.settled_at.is_(None))
    in_time = sa.or_(CallItem.call_before.is_(None), CallItem.call_before > ctx.now)
    open_now = (
        *unanswered,
        CallItem.answered_at.is_(None),
        in_time,
        CallItem.call_after <= ctx.now,
    )
    waiting = _lines(
        ctx,
        open_now,
        (
            CallItem.urgent.desc(),
            CallItem.call_before.is_(None),
            CallItem.call_before,
            CallItem.call_after,
            CallItem.id,
        ),
    )
    later = (*unanswered, CallItem.answered_at.is_(None), in_time, CallItem.call_after > ctx.now)
    picked = next((line for line in waiting if line.id == chosen), None)
    first = picked or (waiting[0] if waiting else None)
    return CallSheet(
        desk=here,
        now=_opened(ctx, first) if first else None,
        waiting=tuple(line for line in waiting if first is None or line.id != first.id),
        total=_count(ctx, open_now),
        later=_count(ctx, later),
        left_to_do=_lines(
            ctx,
            (*unanswered, CallItem.answered_at.is_not(None)),
            (CallItem.answered_at, CallItem.id),
        ),
    )


def call_line(ctx: Context, book: str, item_id: UUID) -> Open:
    """One call, whatever became of it; the look is recorded."""
    item = ctx.session.get(CallItem, (book, item_id))
    if item is None:
        raise NotOnTheSheet
    policy.require(ctx.actor, "call.work", item_subject(ctx, item))
    [line] = _lines(ctx, (CallItem.book == book, CallItem.id == item_id), (CallItem.id,))
    return _opened(ctx, line)


def _lines(ctx: Context, where: tuple[Any, ...], order: tuple[Any, ...]) -> tuple[Line, ...]:
    rows = ctx.session.execute(
        sa.select(CallItem, OutboxMessage, Member, ContactPreference)
        .join(
            OutboxMessage,
            sa.and_(OutboxMessage.book == CallItem.book, OutboxMessage.id == CallItem.id),
        )
        .join(Member, Member.id == CallItem.member_id)
        .join(ContactPreference, ContactPreference.member_id == Member.id, isouter=True)
        .where(*where)
        .order_by(*order)
        .limit(A_PAGE)
        .execution_options(cross_book=True)
    )
    return tuple(_line(ctx, *row) for row in rows)


def _line(
    ctx: Context,
    item: CallItem,
    message: OutboxMessage,
    member: Member,
    preference: ContactPreference | None,
) -> Line:
    phone = ctx.vault.open_or_none("member.phone", member.phone_sealed)
    return Line(
        book=item.book,
        id=item.id,
        member_id=member.id,
        name=member.name,
        phone_masked=masked_digits(phone, 3, 4),
        sentence=message.sentence,
        params=params_of(message, ctx.vault),
        language=reach_of(preference).language,
        urgent=item.urgent,
        attempts=item.attempts,
        call_after=item.call_after,
        call_before=item.call_before,
        answer=item.answer.value if item.answer else None,
        answered_at=item.answered_at,
        request_id=item.request_id,
        visit_id=item.visit_id,
    )


def _count(ctx: Context, where: tuple[Any, ...]) -> int:
    counted = sa.select(sa.func.count()).select_from(CallItem).where(*where)
    return ctx.session.scalar(counted.execution_options(cross_book=True)) or 0


def _opened(ctx: Context, line: Line) -> Open:
    item = ctx.session.get_one(CallItem, (line.book, line.id))
    member = member_row(ctx.session, line.member_id)
    audit.record(ctx, "call.read", "call", line.id, book=line.book, acting_for_id=line.member_id)
    return Open(
        line=line,
        phone=ctx.vault.open_or_none("member.phone", member.phone_sealed),
        coming=_coming(ctx, item),
        note=ctx.vault.open_or_none("call.note", item.note_sealed),
    )


def _coming(ctx: Context, item: CallItem) -> Coming | None:
    """Who comes, for the elder of the visit alone; a volunteer on the sheet knows where to go."""
    visit = ctx.session.get(Visit, (item.book, item.visit_id)) if item.visit_id else None
    if visit is None or visit.elder_id != item.member_id:
        return None
    request = ctx.session.get_one(Request, (item.book, visit.request_id))
    return Coming(
        service=service_name(ctx, request.rule_set_version, request.service_code),
        starts_at=visit.starts_at,
        booked_minutes=visit.booked_minutes,
        visitor=member_row(ctx.session, visit.provider_id).name,
        door_word=member_row(ctx.session, visit.elder_id).door_word,
    )
