"""Too many failed samples: the branch loses its entry rights by rule, and who gives them back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import BranchSuspension, Callback, CallbackResult
from models.places import Branch
from models.sheets import SheetKind
from services import audit, outbox, policy, rates
from services.acts import once
from services.callbacks import sentences as say
from services.callbacks.closing import DRAW
from services.callbacks.terms import terms
from services.claims import claim_row
from services.clock import local
from services.context import Context
from services.corridors.warning import administrators_of
from services.errors import Forbidden
from services.moving.receipt import staff_of
from services.people.texts import needed
from services.policy import STAFF, Subject
from services.rules.names import Name
from services.rules.sampling import Judged, Sampled, judge
from services.sheets.opening import open_sheet

ASKED = (CallbackResult.CONFIRMED, CallbackResult.FAILED)
LONGEST_REASON = 200


class OwnBranchSuspension(Forbidden):
    """不能恢复自己网点的权限，请交给别的管理员。"""

    code = "own_branch_suspension"


def samples(session: Session, book: str, until: datetime) -> dict[UUID, list[Sampled]]:
    """What was known until a moment of each branch's drawn visits, by the month of the draw.

    Flagged visits are left out: they were chosen because something was odd about them.
    """
    rows = session.execute(
        sa.select(Callback.branch_id, Callback.made_at, Callback.result)
        .where(Callback.book == book, Callback.draw_id.is_not(None))
        .where(Callback.result.in_(ASKED), Callback.done_at <= until)
    )
    counts: dict[UUID, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for branch_id, made_at, result in rows:
        found = counts[branch_id][f"{local(made_at):%Y-%m}"]
        found[0] += 1
        found[1] += result is CallbackResult.FAILED
    return {
        branch_id: [Sampled(month, *found) for month, found in sorted(months.items())]
        for branch_id, months in counts.items()
    }


def judged(months: list[Sampled], after: str, percent: int) -> Judged | None:
    """A branch's months after those it has been suspended for, held to the limit."""
    held_to = terms().suspension
    return judge(
        [each for each in months if each.month > after],
        percent=percent,
        sample=held_to.sample,
        most_months=held_to.months,
        failures=held_to.failures,
    )


def due_suspensions(ctx: Context, book: str) -> dict[UUID, Judged]:
    """Branches that are over the limit now and have not lost their rights for it."""
    percent = limit_percent(ctx)
    standing, last = _known(ctx.session, book)
    found = {}
    for branch_id, months in samples(ctx.session, book, ctx.now).items():
        result = judged(months, last.get(branch_id, ""), percent)
        if branch_id not in standing and result is not None and result.is_over:
            found[branch_id] = result
    return found


def limit_percent(ctx: Context) -> int:
    """How many failed samples of a hundred the rule set in force allows."""
    rules = rates.rule_set_on(ctx.session, local(ctx.now).date())
    return rules.penalties.failed_sample_percent


def _known(session: Session, book: str) -> tuple[set[UUID], Mapping[UUID, str]]:
    """Branches that are suspended, and the last month that each has been suspended for."""
    rows = session.execute(
        sa.select(
            BranchSuspension.branch_id, BranchSuspension.month, BranchSuspension.ended_at
        ).where(BranchSuspension.book == book)
    ).all()
    last: dict[UUID, str] = {}
    for row in rows:
        last[row.branch_id] = max(row.month, last.get(row.branch_id, ""))
    return {row.branch_id for row in rows if row.ended_at is None}, last


def suspend_by_rule(ctx: Context, book: str) -> int:
    """Suspend every branch that is over the limit; returns how many that were. By the job."""
    policy.require(ctx.actor, DRAW, Subject(book=book))
    return sum(
        _suspend(ctx, book, branch_id, found)
        for branch_id, found in sorted(due_suspensions(ctx, book).items())
    )


def _suspend(ctx: Context, book: str, branch_id: UUID, found: Judged) -> bool:
    branch = ctx.session.get_one(Branch, branch_id)
    row: dict[str, Any] = {
        "book": book,
        "id": ctx.new_id(),
        "branch_id": branch_id,
        "month": found.month,
        "asked": found.asked,
        "failed": found.failed,
        "limit_percent": limit_percent(ctx),
        "began_at": ctx.now,
    }
    if not claim_row(ctx.session, BranchSuspension, row):
        return False
    made = ctx.session.get_one(BranchSuspension, (book, row["id"]))
    figures = {"month": found.month, "asked": found.asked, "failed": found.failed}
    made.sheet_id = open_sheet(
        ctx,
        book=book,
        kind=SheetKind.SUPERVISION,
        about="branch_suspended",
        subject_kind="branch_suspension",
        subject_id=made.id,
        region_code=branch.region_code,
        branch_id=branch_id,
        facts={**figures, "first_month": found.first_month},
    )
    audit.record(
        ctx, "suspension.begin", "branch_suspension", made.id, book=book, after={**figures}
    )
    _tell(ctx, branch, book, say.SUSPENDED, percent=made.limit_percent, **figures)
    ctx.session.flush()
    return True


def end_suspension(ctx: Context, book: str, suspension_id: UUID, reason: str) -> None:
    """Give a branch its entry rights back, with a reason that stays on record.

    Raises SuspensionUnknown, SuspensionEnded, or OwnBranchSuspension for the branch's own staff.
    """
    row = ctx.session.scalar(
        sa.select(BranchSuspension)
        .where(BranchSuspension.book == book, BranchSuspension.id == suspension_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise say.SuspensionUnknown
    branch = ctx.session.get_one(Branch, row.branch_id)
    subject = Subject(book=book, region_code=branch.region_code, branch_id=branch.id)
    policy.require(ctx.actor, "suspension.end", subject)
    if any(role.name == STAFF and role.scope == str(branch.id) for role in ctx.actor.roles):
        raise OwnBranchSuspension
    words = needed(reason, "reason", LONGEST_REASON)

    def do() -> dict[str, str]:
        if row.ended_at is not None:
            raise say.SuspensionEnded
        row.ended_at, row.ended_by_id, row.end_reason = ctx.now, ctx.actor.id, words
        audit.record(ctx, "suspension.end", "branch_suspension", row.id, book=book)
        _tell(ctx, branch, book, say.RESTORED)
        ctx.session.flush()
        return {}

    once(ctx, book, "suspension.end", {"id": suspension_id, "reason": words}, do)


def _tell(ctx: Context, branch: Branch, book: str, sentence: str, **figures: Any) -> None:
    """The branch's staff and whoever administers the region."""
    readers = {*staff_of(ctx, branch.id), *administrators_of(ctx, book)} - {ctx.actor.id}
    figures.pop("month", None)
    for reader in sorted(readers):
        named = Name(branch.name, branch.name_en).params("branch")
        outbox.tell(ctx, book, reader, sentence, **named, **figures)
