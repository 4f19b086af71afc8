"""What did not reach its reader: a branch prints it or says it, and notes that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.notices import ContactPreference, Delivery
from models.oversight import OutboxMessage
from models.people import Member
from services import audit, policy
from services.acts import once
from services.context import Context
from services.notices.errors import HandledAlready, NoticeUnknown
from services.notices.ways import LETTER, reach_of
from services.outbox import Notice, opened
from services.people.reading import member_row, subject_of
from services.queries.branch.desks import Desk, desk

#: By letter, or said in person or on the telephone.
HOWS = ("letter", "said")


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One notice that no carrier could bring, with what the last attempt said."""

    notice: Notice
    name: str
    language: str
    #: Why: none (no way to the member at all), no_address, or the carrier's code.
    reason: str
    attempts: int
    since: datetime


@dataclass(frozen=True, slots=True)
class UndeliveredPage:
    """A page of what a branch has to tell by hand."""

    desk: Desk
    items: tuple[Undelivered, ...]
    total: int


def _open(now: datetime) -> sa.ColumnElement[bool]:
    """Listed (so no one-time codes), not handled yet, and not past the time when it helps."""
    return sa.and_(
        OutboxMessage.listed.is_(True),
        OutboxMessage.handled_at.is_(None),
        OutboxMessage.sent_at.is_(None),
        sa.or_(OutboxMessage.given_up_at.is_not(None), OutboxMessage.channel == LETTER),
        sa.or_(OutboxMessage.send_before.is_(None), OutboxMessage.send_before > now),
    )


def undelivered(
    ctx: Context, branch_id: UUID, *, limit: int = 20, offset: int = 0
) -> UndeliveredPage:
    """What did not reach the members of a branch, the oldest first."""
    here = desk(ctx, branch_id)
    query = (
        sa.select(OutboxMessage, Member.name, ContactPreference)
        .join(Member, Member.id == OutboxMessage.member_id)
        .join(ContactPreference, ContactPreference.member_id == Member.id, isouter=True)
        .where(Member.branch_id == here.id, _open(ctx.now))
        .execution_options(cross_book=True)
    )
    total = ctx.session.scalar(
        query.with_only_columns(sa.func.count()).execution_options(cross_book=True)
    )
    rows = ctx.session.execute(
        query.order_by(OutboxMessage.created_at, OutboxMessage.id).limit(limit).offset(offset)
    )
    items = tuple(_item(ctx, *row) for row in rows)
    return UndeliveredPage(here, items, total or 0)


def _item(
    ctx: Context, message: OutboxMessage, name: str, preference: ContactPreference | None
) -> Undelivered:
    last = ctx.session.scalar(
        sa.select(Delivery)
        .where(Delivery.book == message.book, Delivery.message_id == message.id)
        .order_by(Delivery.attempt.desc())
        .limit(1)
    )
    return Undelivered(
        notice=opened(message, ctx.vault),
        name=name,
        language=reach_of(preference).language,
        reason=(last.reason or last.outcome) if last else "none",
        attempts=message.attempts,
        since=message.given_up_at or message.created_at,
    )


def letter(ctx: Context, book: str, message_id: UUID) -> Undelivered:
    """One notice as a letter for the counter to print; the look is recorded."""
    message = _message(ctx, book, message_id)
    member = member_row(ctx.session, message.member_id)
    preference = ctx.session.get(ContactPreference, member.id)
    audit.record(ctx, "notice.letter", "notice", message.id, book=book, acting_for_id=member.id)
    return _item(ctx, message, member.name, preference)


def handle(ctx: Context, book: str, message_id: UUID, how: str) -> None:
    """Note that the member has it now: on paper, or by word of mouth."""
    message = _message(ctx, book, message_id)
    if how not in HOWS:
        raise NoticeUnknown

    def do() -> dict[str, str]:
        ctx.session.refresh(message, with_for_update=True)
        if message.handled_at is not None or message.sent_at is not None:
            raise HandledAlready
        message.handled_at = ctx.now
        if message.channel == LETTER:
            message.sent_at = ctx.now
        if how == "said":
            message.read_at = message.read_at or ctx.now
        audit.record(
            ctx,
            "notice.handle",
            "notice",
            message.id,
            book=book,
            after={"how": how},
            acting_for_id=message.member_id,
        )
        ctx.session.flush()
        return {}

    once(ctx, book, "notice.handle", {"message_id": message_id, "how": how}, do)


def _message(ctx: Context, book: str, message_id: UUID) -> OutboxMessage:
    message = ctx.session.get(OutboxMessage, (book, message_id))
    if message is None or not message.listed:
        raise NoticeUnknown
    policy.require(
        ctx.actor, "notice.handle", subject_of(member_row(ctx.session, message.member_id))
    )
    return message
