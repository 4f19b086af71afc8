"""A month's service days over all branches of a region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

import sqlalchemy as sa

from models.places import Branch
from models.service_days import Round, RoundState, ServiceDay
from services import policy
from services.clock import at_local, local_date
from services.context import Context
from services.policy import Subject
from services.rules.names import Name
from services.rules.welfare import month_of
from services.service_days.reading import Count, counted, stop_lines


@dataclass(frozen=True, slots=True)
class BranchDays:
    """One branch's service days of a month."""

    branch_id: UUID
    name: Name
    held: int
    person_times: int
    minutes: int


def figures(ctx: Context, book: str, day: date | None = None) -> list[BranchDays]:
    """Every branch's dates of a month that are over, with person-times and actual minutes."""
    policy.require(ctx.actor, "service_day.read", Subject(book=book, region_code=book))
    first, following = month_of(day or local_date(ctx.now))
    begins, ends = (at_local(each, time()) for each in (first, following))
    rows = ctx.session.execute(
        sa.select(Round, ServiceDay.branch_id)
        .join(
            ServiceDay,
            sa.and_(ServiceDay.book == Round.book, ServiceDay.id == Round.service_day_id),
        )
        .where(Round.book == book, Round.starts_at >= begins, Round.starts_at < ends)
        .where(Round.state == RoundState.HELD)
    ).all()
    found: dict[UUID, list[Count]] = {}
    for row in rows:
        count = counted(ctx, row.Round, stop_lines(ctx, row.Round))
        found.setdefault(row.branch_id, []).append(count)
    branches = ctx.session.scalars(
        sa.select(Branch).where(Branch.book == book).order_by(Branch.name, Branch.id)
    )
    return [_figure(each, found[each.id]) for each in branches if each.id in found]


def _figure(branch: Branch, counts: Sequence[Count]) -> BranchDays:
    return BranchDays(
        branch.id,
        Name(branch.name, branch.name_en),
        len(counts),
        sum(each.person_times for each in counts),
        sum(each.minutes for each in counts),
    )
