"""A member's inbox: what was told, newest first, and what has been read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.oversight import OutboxMessage
from services import audit, policy
from services.acts import once
from services.context import Context
from services.notices.private import PRIVATE
from services.outbox import Notice, opened
from services.people.reading import member_row, subject_of

#: Rows of a page of the inbox.
A_PAGE = 20
Mark = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of notices, the mark of where the next one begins, and how many are unread."""

    notices: tuple[Notice, ...]
    next: Mark | None
    unread: int


def _mine(member_id: UUID, *, whole: bool = True) -> sa.ColumnElement[bool]:
    mine = sa.and_(OutboxMessage.member_id == member_id, OutboxMessage.listed.is_(True))
    return mine if whole else sa.and_(mine, OutboxMessage.sentence.not_in(sorted(PRIVATE)))


def _reads_whole(ctx: Context, member_id: UUID) -> bool:
    """Whether the actor reads all of it: the member, and staff who are no kin of the member."""
    if member_id == ctx.actor.id:
        return True
    subject = subject_of(member_row(ctx.session, member_id))
    policy.require(ctx.actor, "notice.read", subject)
    at_counter = "staff" in policy.relations(ctx.actor, subject)
    return at_counter and member_id not in ctx.actor.relatives


def inbox(
    ctx: Context,
    member_id: UUID,
    *,
    after: Mark | None = None,
    limit: int = A_PAGE,
) -> Inbox:
    """A page of a member's inbox; one's own, or that of somebody whom one may see.

    One-time codes never stand in it, and for a relative nothing of PRIVATE.
    """
    whole = _reads_whole(ctx, member_id)
    query = sa.select(OutboxMessage).where(_mine(member_id, whole=whole))
    if after is not None:
        at, last = after
        query = query.where(
            sa.or_(
                OutboxMessage.created_at < at,
                sa.and_(OutboxMessage.created_at == at, OutboxMessage.id < last),
            )
        )
    rows = ctx.session.scalars(
        query.order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
        .limit(limit + 1)
        .execution_options(cross_book=True)
    ).all()
    shown = rows[:limit]
    return Inbox(
        notices=tuple(opened(row, ctx.vault) for row in shown),
        next=(shown[-1].created_at, shown[-1].id) if len(rows) > limit else None,
        unread=unread_of(ctx, member_id, whole=whole),
    )


def unread_of(ctx: Context, member_id: UUID, *, whole: bool = True) -> int:
    """How many notices a member has not read yet; not ``whole``: of those a relative reads."""
    unread = (_mine(member_id, whole=whole), OutboxMessage.read_at.is_(None))
    counted = sa.select(sa.func.count()).where(*unread)
    return ctx.session.scalar(counted.execution_options(cross_book=True)) or 0


def mark_read(ctx: Context, member_id: UUID, until: datetime) -> int:
    """All notices up to a moment have been read; returns how many were not before.

    The moment is that of the page on which they stood: what came in between stays unread. A
    helper reads along and leaves the marks alone, except at the counter, where it is read out.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "notice.mark", subject_of(member))

    def do() -> dict[str, int]:
        unread = (
            _mine(member_id),
            OutboxMessage.read_at.is_(None),
            OutboxMessage.created_at <= until,
        )
        books = ctx.session.scalars(
            sa.select(OutboxMessage.book)
            .where(*unread)
            .distinct()
            .execution_options(cross_book=True)
        ).all()
        marked = sum(_mark(ctx, book, unread) for book in sorted(books))
        if marked:
            after = {"read": marked}
            audit.record(
                ctx, "notice.mark", "member", member_id, book=member.home_book, after=after
            )
        return {"read": marked}

    content = {"member_id": member_id, "until": until}
    return int(once(ctx, member.home_book, "notice.mark", content, do)["read"])


def _mark(ctx: Context, book: str, unread: tuple[sa.ColumnElement[bool], ...]) -> int:
    change = sa.update(OutboxMessage).where(OutboxMessage.book == book, *unread)
    return ctx.session.connection().execute(change.values(read_at=ctx.now)).rowcount
