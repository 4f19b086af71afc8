"""Putting a month's grants forward with what backs them, and the second signature under both.

The authorisation bears its batch's id. A batch that was taken back when some of it was posted is
followed by one over the rest: nobody is granted a month twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.batches import Batch, BatchKind, BatchLine, BatchState, LineState
from models.grants import GrantEntitlement, GrantRun
from models.people import Member
from services import audit, issuing, policy
from services.acts import once
from services.batches import signing
from services.batches.kinds.grants import ISSUED, SOURCE, Grants, is_issued
from services.batches.proposing import put_forward
from services.context import Context
from services.errors import NotFound
from services.grants.computing import run_id
from services.grants.errors import GrantsNotProposed, GrantsProposed, NobodyToGrant
from services.policy import Subject


def propose(ctx: Context, book: str, month: str, backing: str) -> UUID:
    """The first administrator names what backs a month's grants; returns their batch.

    Raises BackingNeeded, GrantsProposed, NobodyToGrant, or PeriodWrong for a month whose grants
    would have ended already.
    """
    policy.require(ctx.actor, "grant.propose", Subject(book=book, region_code=book))
    run = _locked(ctx, book, month)

    def do() -> dict[str, str]:
        if run.batch_id is not None:
            standing = signing.locked(ctx, book, run.batch_id)
            if standing.state is not BatchState.WITHDRAWN:
                raise GrantsProposed
        rows = _left(ctx, run)
        if not rows:
            raise NobodyToGrant
        total = sum(row.minutes for row in rows)
        terms = {
            **Grants().terms(ctx, book, {"period": run.period}),
            SOURCE: ISSUED,
            "month": month,
            "limit_minutes": total,
        }
        listed = "".join(f"{row.number},{row.minutes}\n" for row in rows)
        content = f"number,minutes\n{listed}".encode()
        batch_id = put_forward(ctx, book, BatchKind.GRANT, terms, content)
        issuing.put_forward(ctx, book, batch_id, total, backing)
        run.authorisation_id = run.batch_id = batch_id
        after = {"month": month, "lines": len(rows), "minutes": total, "batch_id": str(batch_id)}
        audit.record(ctx, "grant.propose", "grants", run_id(book, month), book=book, after=after)
        ctx.session.flush()
        return {"batch_id": str(batch_id)}

    asked = {"month": month, "backing": backing}
    return UUID(once(ctx, book, "grant.propose", asked, do)["batch_id"])


def sign(ctx: Context, book: str, month: str, content_hash: str) -> None:
    """Another administrator signs authorisation and list in one act; the job then issues.

    Raises GrantsNotProposed, BatchEnded, SecondSignature, ListChanged or PeriodWrong.
    """
    policy.require(ctx.actor, "grant.sign", Subject(book=book, region_code=book))
    run = _locked(ctx, book, month)

    def do() -> dict[str, str]:
        batch = _proposed(ctx, run)
        signing.put_signature(ctx, batch, content_hash)
        after = {"month": month, "batch_id": str(batch.id), "list": content_hash}
        audit.record(ctx, "grant.sign", "grants", run_id(book, month), book=book, after=after)
        ctx.session.flush()
        return {}

    once(ctx, book, "grant.sign", {"month": month, "list": content_hash}, do)


def withdraw(ctx: Context, book: str, month: str) -> None:
    """Take the proposal back; raises GrantsNotProposed, or BatchEnded when it is done."""
    run = ctx.session.get(GrantRun, (book, month))
    if run is None:
        raise NotFound
    if run.batch_id is None:
        raise GrantsNotProposed
    signing.withdraw(ctx, book, run.batch_id)


def batches_of(session: Session, run: GrantRun) -> list[UUID]:
    """Every batch that was put forward for a month, the oldest first."""
    rows = session.execute(
        sa.select(Batch.id, Batch.terms)
        .where(
            Batch.book == run.book,
            Batch.kind == BatchKind.GRANT,
            Batch.proposed_at >= run.computed_at,
        )
        .order_by(Batch.proposed_at, Batch.id)
    )
    return [row.id for row in rows if is_issued(row.terms) and row.terms["month"] == run.month]


def _locked(ctx: Context, book: str, month: str) -> GrantRun:
    row = ctx.session.scalar(
        sa.select(GrantRun)
        .where(GrantRun.book == book, GrantRun.month == month)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def _proposed(ctx: Context, run: GrantRun) -> Batch:
    if run.batch_id is None:
        raise GrantsNotProposed
    return signing.locked(ctx, run.book, run.batch_id)


def _left(ctx: Context, run: GrantRun) -> Sequence[Any]:
    """Number and minutes of everybody whom no earlier batch of the month has reached."""
    reached = sa.select(BatchLine.number).where(
        BatchLine.book == run.book,
        BatchLine.batch_id.in_(batches_of(ctx.session, run)),
        BatchLine.state == LineState.POSTED,
    )
    return ctx.session.execute(
        sa.select(Member.number, GrantEntitlement.minutes)
        .join(Member, Member.id == GrantEntitlement.member_id)
        .where(GrantEntitlement.book == run.book, GrantEntitlement.month == run.month)
        .where(Member.number.not_in(reached))
        .order_by(GrantEntitlement.member_id)
    ).all()
