"""Estates of a book as auditors list them: who died, who verified it, and what was divided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateCheck, EstateState
from services.clock import local_date
from services.context import Context
from services.ledger.rows import whole_sum
from services.queries.audit.accounts import owner_of
from services.queries.audit.listing import (
    Page,
    Person,
    Want,
    cut,
    from_day,
    ordered,
    people,
    to_day,
)
from services.queries.audit.scope import require_book

READ = "estate.read"


@dataclass(frozen=True, slots=True)
class EstateFilter:
    """Which estates. ``number`` is the dead member's; days are those of the first report."""

    state: EstateState | None = None
    number: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class EstateRow:
    """One estate; figures in standard minutes, None before the division."""

    id: UUID
    reference: str
    dead: Person | None
    state: EstateState
    died_on: date
    reported_at: datetime
    officials: tuple[Person, ...]
    frozen_at: datetime | None
    divided_at: datetime | None
    estate_minutes: int | None
    remainder_minutes: int | None


def estates(ctx: Context, book: str, wanted: EstateFilter, want: Want) -> Page[EstateRow]:
    """Estates that fit the filter, the newest report first."""
    require_book(ctx, book, READ)
    conditions = [
        Estate.book == book,
        *from_day(Estate.reported_at, wanted.first),
        *to_day(Estate.reported_at, wanted.last),
    ]
    if wanted.state is not None:
        conditions.append(Estate.state == wanted.state)
    if wanted.number:
        conditions.append(Estate.member_id == owner_of(ctx, wanted.number))
    shown = [getattr(Estate, name) for name in _COLUMNS]
    columns = {"reported": Estate.reported_at, "state": Estate.state, "died": Estate.died_at}
    statement = ordered(sa.select(*shown).where(*conditions), want, columns, "-reported", Estate.id)
    sums = {
        "estate_minutes": lambda c: whole_sum(c.estate_minutes),
        "remainder_minutes": lambda c: whole_sum(c.remainder_minutes),
    }
    rows, page, total, added = cut(ctx, statement, want, sums)
    officials = _officials(ctx, book, [row.id for row in rows])
    ids = {each for those in officials.values() for each in those}
    who = people(ctx, [*(row.member_id for row in rows), *ids])
    lines = tuple(
        EstateRow(
            id=row.id,
            reference=row.reference,
            dead=who.get(row.member_id),
            state=row.state,
            died_on=local_date(row.died_at),
            reported_at=row.reported_at,
            officials=tuple(who[each] for each in officials.get(row.id, ()) if each in who),
            frozen_at=row.frozen_at,
            divided_at=row.divided_at,
            estate_minutes=row.estate_minutes,
            remainder_minutes=row.remainder_minutes,
        )
        for row in rows
    )
    return Page(lines, page, want.size, total, added)


_COLUMNS = (
    "id",
    "reference",
    "member_id",
    "state",
    "died_at",
    "reported_at",
    "frozen_at",
    "divided_at",
    "estate_minutes",
    "remainder_minutes",
)


def _officials(ctx: Context, book: str, ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """Who has verified each, the first one first."""
    found: dict[UUID, list[UUID]] = {}
    for start in range(0, len(ids), 500):
        rows = ctx.session.execute(
            sa.select(EstateCheck.estate_id, EstateCheck.official_id)
            .where(EstateCheck.book == book, EstateCheck.estate_id.in_(ids[start : start + 500]))
            .order_by(EstateCheck.at, EstateCheck.official_id)
        )
        for row in rows:
            found.setdefault(row.estate_id, []).append(row.official_id)
    return found
