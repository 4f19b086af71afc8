"""Finding a call-back under its lock, and who may make it."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.callbacks import Callback
from models.entries import ManualEntry
from models.requests import Request, Visit
from services import policy
from services.callbacks.sentences import CallbackUnknown, OwnBranchCallback, OwnWorkCallback
from services.context import Context
from services.policy import STAFF, Subject

MAKE = "callback.make"


def locked_callback(ctx: Context, book: str, callback_id: UUID) -> Callback:
    """A call-back under its lock; CallbackUnknown."""
    row = ctx.session.scalar(
        sa.select(Callback)
        .where(Callback.book == book, Callback.id == callback_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise CallbackUnknown
    return row


def visit_of(ctx: Context, row: Callback) -> tuple[Request, Visit]:
    """The visit that a call-back is about, with its request."""
    visit = ctx.session.get_one(Visit, (row.book, row.visit_id))
    return ctx.session.get_one(Request, (row.book, visit.request_id)), visit


def subject_of(row: Callback, request: Request) -> Subject:
    """The policy's view of a call-back."""
    return Subject(
        book=row.book,
        region_code=request.region_code,
        branch_id=row.branch_id,
        elder_id=row.elder_id,
        provider_id=row.provider_id,
    )


def require_caller(ctx: Context, row: Callback, request: Request, visit: Visit) -> None:
    """Who calls has nothing to do with the visit: not his branch's, not his kin's, not his work.

    Raises Forbidden, OwnBranchCallback or OwnWorkCallback.
    """
    policy.require(ctx.actor, MAKE, subject_of(row, request))
    own = {role.scope for role in ctx.actor.roles if role.name == STAFF}
    if str(row.branch_id) in own:
        raise OwnBranchCallback
    hands = {visit.confirmed_by_id, request.decided_by_id}
    if visit.manual_entry_id is not None:
        entry = ctx.session.get_one(ManualEntry, (row.book, visit.manual_entry_id))
        hands |= {entry.proposed_by_id, entry.decided_by_id}
    if ctx.actor.id in hands:
        raise OwnWorkCallback
