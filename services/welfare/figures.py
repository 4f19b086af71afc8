"""Every branch's month of welfare visits, for administrators and for the warning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from models.places import Branch
from models.service_days import WelfareSubject
from services import policy
from services.clock import local_date
from services.context import Context
from services.policy import Subject
from services.rules.names import Name
from services.welfare.reading import Month, SubjectLine, month_around, progress_of, subject_lines


@dataclass(frozen=True, slots=True)
class BranchFigure:
    """One branch's month, for an administrator."""

    branch_id: UUID
    name: Name
    total: int
    seen: int
    planned: int
    made: int


def figures(ctx: Context, book: str, day: date | None = None) -> tuple[Month, list[BranchFigure]]:
    """Every branch's month, for whoever administers or audits the region."""
    policy.require(ctx.actor, "welfare.read", Subject(book=book, region_code=book))
    month = month_around(day or local_date(ctx.now), ctx.now)
    return month, figures_of(ctx, book, month)


def figures_of(ctx: Context, book: str, month: Month) -> list[BranchFigure]:
    """The same without asking who wants to know: the warning job does."""
    by_branch: dict[UUID, list[SubjectLine]] = {}
    where = dict(
        ctx.session.execute(
            sa.select(WelfareSubject.elder_id, WelfareSubject.branch_id).where(
                WelfareSubject.book == book
            )
        ).all()
    )
    for line in subject_lines(ctx, book, month):
        by_branch.setdefault(where[line.elder_id], []).append(line)
    branches = list(
        ctx.session.scalars(sa.select(Branch).where(Branch.book == book).order_by(Branch.name))
    )
    return [
        _figure(each, by_branch.get(each.id, []))
        for each in branches
        if each.closed_on is None or each.id in by_branch
    ]


def _figure(branch: Branch, lines: Sequence[SubjectLine]) -> BranchFigure:
    whole = progress_of(lines)
    return BranchFigure(
        branch.id,
        Name(branch.name, branch.name_en),
        sum(each.total for each in whole),
        sum(each.seen for each in whole),
        sum(each.planned for each in whole),
        sum(each.made for each in whole),
    )
