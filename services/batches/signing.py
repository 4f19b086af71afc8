"""The second signature under a batch, and taking one back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch, BatchState
from models.oversight import IssueAuthorisation
from services import audit, policy
from services.acts import once
from services.batches import errors
from services.batches.kinds.grants import is_issued
from services.context import Context
from services.errors import NotFound
from services.issuing import SecondSignature, put_under
from services.policy import Subject


def sign(ctx: Context, book: str, batch_id: UUID, content_hash: str) -> None:
    """Another administrator signs the list that he has seen; the job then works it off.

    Raises BatchEnded, SecondSignature (the proposer may not sign), ListChanged, or PeriodWrong for
    a grant whose time is over.
    """
    policy.require(ctx.actor, "batch.sign", Subject(book=book, region_code=book))
    row = locked(ctx, book, batch_id)

    def do() -> dict[str, str]:
        put_signature(ctx, row, content_hash)
        return {}

    asked = {"batch_id": batch_id, "list": content_hash}
    once(ctx, book, "batch.sign", asked, do)


def put_signature(ctx: Context, row: Batch, content_hash: str) -> None:
    """The second signature under a locked batch and, where it issues, its authorisation.

    For acts that have asked for their own right; refuses as :func:`sign` does.
    """
    if row.state is not BatchState.PROPOSED:
        raise errors.BatchEnded
    if row.proposed_by_id == ctx.actor.id:
        raise SecondSignature
    if content_hash != row.content_hash:
        raise errors.ListChanged
    ends = row.terms.get("expires_at")
    if ends is not None and ctx.now >= datetime.fromisoformat(ends):
        # Nobody is given what has already run out, whenever it was proposed.
        raise errors.PeriodWrong(field="period")
    row.state = BatchState.SIGNED
    row.signed_by_id, row.signed_at = ctx.actor.id, ctx.now
    after = {"kind": row.kind.value, "lines": row.lines, "list": row.content_hash}
    audit.record(ctx, "batch.sign", "batch", row.id, book=row.book, after=after)
    if is_issued(row.terms):
        put_under(ctx, ctx.session.get_one(IssueAuthorisation, (row.book, row.id)))
    ctx.session.flush()


def withdraw(ctx: Context, book: str, batch_id: UUID) -> None:
    """Take a batch back: what has not been posted by now never will be.

    Raises BatchEnded when it is done or withdrawn already.
    """
    policy.require(ctx.actor, "batch.withdraw", Subject(book=book, region_code=book))
    row = locked(ctx, book, batch_id)

    def do() -> dict[str, str]:
        if row.state not in (BatchState.PROPOSED, BatchState.SIGNED):
            raise errors.BatchEnded
        before = {"state": row.state.value, "posted": row.posted, "refused": row.refused}
        row.state, row.ended_at = BatchState.WITHDRAWN, ctx.now
        after = {"state": row.state.value}
        audit.record(ctx, "batch.withdraw", "batch", row.id, book=book, before=before, after=after)
        ctx.session.flush()
        return {}

    once(ctx, book, "batch.withdraw", {"batch_id": batch_id}, do)


def locked(ctx: Context, book: str, batch_id: UUID) -> Batch:
    """The batch, as it is now, kept from changing; raises NotFound."""
    row = ctx.session.scalar(
        sa.select(Batch)
        .where(Batch.book == book, Batch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row
