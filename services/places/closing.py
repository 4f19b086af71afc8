"""Closing a branch: somebody takes over first, and the region keeps the records."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.oversight import SafetySheet
from models.people import Member, RoleAssignment
from models.places import Branch, SuccessorRule
from models.requests import Request
from services import audit, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.places.branches import branch_row
from services.places.errors import BranchClosed, NoSuccessor, SuccessorNeeded
from services.policy import Subject
from services.requests.hosted import books_at


@dataclass(frozen=True, slots=True)
class Closing:
    """Who took over, and how many members and open requests went with it."""

    successor_id: UUID
    members: int
    requests: int


def close_branch(ctx: Context, branch_id: UUID, successor_id: UUID | None = None) -> Closing:
    """Close a branch today; its members and open affairs go to the successor.

    Who that is follows from the branch's rule: the branch it named, another branch of the same
    operator in the book (``successor_id`` chooses where there are several), or whichever open
    branch of the book the administrator names. Without one it stays open:
    :class:`NoSuccessor`. The book and region of every record stay as they were: the region is
    the holder of record. Staff roles at the closed branch end.
    """
    row = branch_row(ctx.session, branch_id)
    policy.require(
        ctx.actor,
        "place.manage",
        Subject(book=row.book, region_code=row.region_code, branch_id=row.id),
    )
    content = {"branch_id": branch_id, "successor_id": successor_id}
    result = once(ctx, row.book, "branch.close", content, lambda: _close(ctx, row, successor_id))
    return Closing(UUID(result["successor_id"]), result["members"], result["requests"])


def _close(ctx: Context, row: Branch, chosen: UUID | None) -> dict[str, str | int]:
    ctx.session.refresh(row, with_for_update=True)
    if row.closed_on is not None:
        raise BranchClosed
    heir = _successor(ctx, row, chosen)
    members = _moved(
        ctx, sa.update(Member).where(Member.home_book == row.book, Member.branch_id == row.id), heir
    )
    requests = 0
    # Whoever stays near the branch is seen to by the heir as well.
    for book in books_at(ctx.session, row.book):
        requests += _moved(
            ctx,
            sa.update(Request).where(
                Request.book == book, Request.branch_id == row.id, Request.ended_at.is_(None)
            ),
            heir,
        )
        _moved(
            ctx,
            sa.update(SafetySheet).where(
                SafetySheet.book == book,
                SafetySheet.branch_id == row.id,
                SafetySheet.closed_at.is_(None),
            ),
            heir,
        )
    ctx.session.execute(
        sa.update(RoleAssignment)
        .where(
            RoleAssignment.scope_kind == "branch",
            RoleAssignment.scope == str(row.id),
            RoleAssignment.ended_at.is_(None),
        )
        .values(ended_at=ctx.now)
    )
    row.closed_on = local_date(ctx.now)
    row.successor_branch_id = heir.id
    audit.record(
        ctx,
        "branch.close",
        "branch",
        row.id,
        book=row.book,
        before={"rule": row.successor_rule.value},
        after={"successor": str(heir.id), "members": members, "requests": requests},
    )
    ctx.session.flush()
    return {"successor_id": str(heir.id), "members": members, "requests": requests}


def _moved(ctx: Context, statement: sa.Update, heir: Branch) -> int:
    ctx.session.flush()
    done = ctx.session.connection().execute(statement.values(branch_id=heir.id)).rowcount
    # Rows that this session has read already must not keep the old branch.
    ctx.session.expire_all()
    return int(done)


def _successor(ctx: Context, row: Branch, chosen: UUID | None) -> Branch:
    """The branch that takes over, or a refusal."""
    fitting = [
        other
        for other in ctx.session.scalars(
            sa.select(Branch)
            .where(Branch.book == row.book, Branch.id != row.id, Branch.closed_on.is_(None))
            .order_by(Branch.opened_on, Branch.id)
        )
        if may_follow(row, other)
    ]
    if not fitting:
        raise NoSuccessor
    if chosen is not None:
        for other in fitting:
            if other.id == chosen:
                return other
        raise NoSuccessor(field="successor_id")
    if row.successor_rule is SuccessorRule.REGION:
        raise SuccessorNeeded(field="successor_id")
    return fitting[0]


def may_follow(row: Branch, other: Branch) -> bool:
    """Whether a branch's own rule lets the other one take over."""
    if row.successor_rule is SuccessorRule.NAMED_BRANCH:
        return other.id == row.successor_branch_id
    if row.successor_rule is SuccessorRule.SAME_OPERATOR:
        return other.operator_id == row.operator_id
    return True
