"""Other times that wait for an answer: found, and closed when what they are about has gone."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, Visit, VisitState
from models.schedule import Reschedule
from services.context import Context
from services.jobs import due

OPEN, DONE, REFUSED, LAPSED = "open", "done", "refused", "lapsed"
#: The kind of the task that ends a proposal which nobody answered.
LAPSE = "reschedule.lapse"


def open_of(ctx: Context, book: str, request_id: UUID) -> Reschedule | None:
    """The request's proposal that still waits; there is never more than one."""
    found: Reschedule | None = ctx.session.scalar(
        sa.select(Reschedule)
        .where(Reschedule.book == book, Reschedule.request_id == request_id)
        .where(Reschedule.state == OPEN)
        .execution_options(populate_existing=True)
    )
    return found


def close(ctx: Context, proposal: Reschedule, state: str) -> None:
    """End a proposal."""
    proposal.state, proposal.ended_at = state, ctx.now
    due.drop(ctx, LAPSE, proposal.id)


def close_open(ctx: Context, request: Request) -> None:
    """What the request's open proposal was about has gone."""
    proposal = open_of(ctx, request.book, request.id)
    if proposal is not None:
        close(ctx, proposal, LAPSED)


def promised(ctx: Context, request: Request) -> list[Visit]:
    """Everybody's promise that has not begun, the earliest first."""
    return list(
        ctx.session.scalars(
            sa.select(Visit)
            .where(Visit.book == request.book, Visit.request_id == request.id)
            .where(Visit.state == VisitState.ACCEPTED)
            .order_by(Visit.accepted_at, Visit.id)
            .execution_options(populate_existing=True)
        )
    )
