"""The months of a member's history: which there are, and where each begins and ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account
from services.clock import at_local, local_date
from services.context import Context
from services.ledger.statement import ALWAYS, Period


def after(month: date) -> date:
    """The first day of the month that follows."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def period_of(month: date | None) -> Period:
    """A month, from its first moment in China; without one the whole history."""
    if month is None:
        return ALWAYS
    return Period(at_local(month, time()), at_local(after(month), time()))


def months_of(
    ctx: Context, book: str, owner_id: UUID, left: Sequence[str] = ()
) -> tuple[date, ...]:
    """Every month since the member's first account was opened, the newest first.

    ``left`` are books that the member has left.
    """
    opened = ctx.session.scalar(
        sa.select(sa.func.min(Account.opened_at, type_=Account.opened_at.type)).where(
            Account.book.in_((book, *left)), Account.owner_id == owner_id
        )
    )
    today = local_date(ctx.now)
    month = local_date(opened or ctx.now).replace(day=1)
    found = []
    while month <= today:
        found.append(month)
        month = after(month)
    return tuple(reversed(found))
