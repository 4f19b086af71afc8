"""Finding a service day and one of its dates, and whom they concern."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.service_days import Round, RoundMember, RoundState, RoundStop, ServiceDay
from services import outbox
from services.context import Context
from services.places.branches import branch_row
from services.policy import Subject
from services.service_days.sentences import DayUnknown, RoundOver


def day_row(ctx: Context, book: str, day_id: UUID) -> ServiceDay:
    """The service day; raises DayUnknown."""
    row = ctx.session.get(ServiceDay, (book, day_id))
    if row is None:
        raise DayUnknown
    return row


def locked_round(ctx: Context, book: str, day_id: UUID, rule_day: date) -> tuple[ServiceDay, Round]:
    """One date of a service day, kept from changing; raises DayUnknown."""
    day = day_row(ctx, book, day_id)
    row = ctx.session.scalar(
        sa.select(Round)
        .where(Round.book == book, Round.service_day_id == day_id, Round.rule_day == rule_day)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise DayUnknown
    return day, row


def require_ahead(ctx: Context, row: Round) -> None:
    """Raise RoundOver unless the date is still to come."""
    if row.state is not RoundState.PLANNED or row.ends_at <= ctx.now:
        raise RoundOver


def subject_of(ctx: Context, day: ServiceDay, member_id: UUID | None = None) -> Subject:
    """The policy's view of a service day."""
    branch = branch_row(ctx.session, day.branch_id)
    return Subject(
        book=day.book, region_code=branch.region_code, branch_id=branch.id, member_id=member_id
    )


def members_of(ctx: Context, row: Round) -> list[RoundMember]:
    """The team of a date, whatever each has answered."""
    return list(
        ctx.session.scalars(
            sa.select(RoundMember)
            .where(
                RoundMember.book == row.book,
                RoundMember.service_day_id == row.service_day_id,
                RoundMember.rule_day == row.rule_day,
            )
            .order_by(RoundMember.member_id)
            .execution_options(populate_existing=True)
        )
    )


def stops_of(ctx: Context, row: Round) -> list[RoundStop]:
    """The stops of a date, in the order of the way."""
    return list(
        ctx.session.scalars(
            sa.select(RoundStop)
            .where(
                RoundStop.book == row.book,
                RoundStop.service_day_id == row.service_day_id,
                RoundStop.rule_day == row.rule_day,
            )
            .order_by(RoundStop.place, RoundStop.request_id)
            .execution_options(populate_existing=True)
        )
    )


def tell(
    ctx: Context,
    day: ServiceDay,
    row: Round,
    readers: Iterable[UUID],
    sentence: str,
    *,
    channel: str = "inbox",
    **params: Any,
) -> None:
    """A notice about one date."""
    for reader in sorted(readers):
        outbox.tell(
            ctx,
            day.book,
            reader,
            sentence,
            channel=channel,
            name=day.name,
            start_at=row.starts_at,
            **params,
        )
