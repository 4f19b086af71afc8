"""An entry that nobody has signed in time goes to the level above, and lapses at the last one."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.entries import EntryLevel, EntryState, ManualEntry
from services import audit, policy
from services.context import Context
from services.entries import sentences as say
from services.entries import terms
from services.entries.proposing import end, tell_signers
from services.entries.standing import after_branch, locked_entry


def due(ctx: Context) -> list[tuple[str, UUID]]:
    """Entries whose level has not answered in time, of every book."""
    policy.require(ctx.actor, "jobs.run")
    rows = ctx.session.execute(
        sa.select(ManualEntry.book, ManualEntry.id)
        .where(ManualEntry.state == EntryState.PROPOSED, ManualEntry.due_at <= ctx.now)
        .order_by(ManualEntry.due_at, ManualEntry.id)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def advance(ctx: Context, book: str, entry_id: UUID) -> bool:
    """Raise one entry by a level, or let it lapse; says whether it was still due."""
    policy.require(ctx.actor, "jobs.run")
    row = locked_entry(ctx, book, entry_id)
    if row.state is not EntryState.PROPOSED or row.due_at > ctx.now:
        return False
    if row.level is EntryLevel.COUNTY:
        end(ctx, row, EntryState.LAPSED, say.NOBODY_SIGNED)
        return True
    before = row.level
    row.level = after_branch(ctx, row) if before is EntryLevel.BRANCH else EntryLevel.COUNTY
    row.due_at = ctx.now + terms.waits(row.level)
    tell_signers(ctx, row)
    audit.record(
        ctx,
        "entry.escalate",
        "manual_entry",
        row.id,
        book=book,
        before={"level": before.value},
        after={"level": row.level.value},
    )
    ctx.session.flush()
    return True
