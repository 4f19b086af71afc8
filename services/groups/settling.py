"""A session whose list has been worked off: the hours count, and everybody is told."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch, BatchLine, BatchState, LineState
from models.people import Handle
from models.service_days import GroupSession, GroupState
from services import audit, policy
from services.batches.kinds.sessions import PROVIDER, RECIPIENT
from services.context import Context
from services.groups import sentences as say
from services.groups.finding import locked_session, tell
from services.matching.marks import mark
from services.people.reading import member_row
from services.visits.days import lock_members


def due_to_settle(ctx: Context) -> list[tuple[str, UUID]]:
    """Sessions whose list is done and was posted."""
    group = GroupSession
    rows = ctx.session.execute(
        sa.select(group.book, group.id)
        .join(Batch, sa.and_(Batch.book == group.book, Batch.id == group.batch_id))
        .where(group.state == GroupState.HELD, group.settled_at.is_(None))
        .where(Batch.state == BatchState.DONE, Batch.posted > 0)
        .order_by(group.starts_at, group.id)
        .limit(500)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def settle(ctx: Context, book: str, session_id: UUID) -> bool:
    """Count the leader's hours once, and tell both sides what was paid."""
    policy.require(ctx.actor, "jobs.run")
    row = locked_session(ctx, book, session_id)
    if row.state is not GroupState.HELD or row.settled_at is not None or row.batch_id is None:
        return False
    batch = ctx.session.get_one(Batch, (book, row.batch_id), populate_existing=True)
    if batch.state is not BatchState.DONE or not batch.posted:
        return False
    count_hours(ctx, row)
    _tell(ctx, row)
    row.settled_at = ctx.now
    after = {"batch": str(batch.id), "actual_minutes": row.actual_minutes}
    audit.record(ctx, "group.settle", "group_session", row.id, book=book, after=after)
    ctx.session.flush()
    return True


def count_hours(ctx: Context, row: GroupSession) -> None:
    """Actual minutes are equal for everybody and go to the leader's hours."""
    assert row.provider_id is not None
    lock_members(ctx.session, {row.provider_id})
    provider = member_row(ctx.session, row.provider_id)
    provider.served_minutes += row.actual_minutes or 0
    mark(ctx.session, [provider.id], ctx.now)


def _tell(ctx: Context, row: GroupSession) -> None:
    line = BatchLine
    rows = ctx.session.execute(
        sa.select(line.number, line.minutes, line.params)
        .where(line.book == row.book, line.batch_id == row.batch_id)
        .where(line.state == LineState.POSTED)
    ).all()
    found = ctx.session.execute(
        sa.select(Handle.value, Handle.member_id).where(
            Handle.kind == "number", Handle.value.in_([each.number for each in rows])
        )
    )
    people = {each.value: each.member_id for each in found}
    for each in rows:
        reader = people.get(each.number)
        if reader is None:
            continue
        if each.params["part"] == PROVIDER:
            tell(ctx, row, reader, say.SETTLED_LEADER, earn_minutes=each.minutes)
        elif each.params["part"] == RECIPIENT:
            paid = each.params.get("paid_minutes", 0)
            tell(ctx, row, reader, say.SETTLED_ELDER, paid_minutes=paid)
