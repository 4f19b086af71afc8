"""A provider's day, in the home book: credit still to be had, and quarters already promised."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Member
from models.requests import ProviderDay, ProviderSlot, Visit
from services.claims import claim_row, claim_rows
from services.clock import local_date
from services.visits.sentences import Overlap

QUARTER_SECONDS = 900


def lock_members(session: Session, ids: set[UUID]) -> None:
    """Lock members' rows in key order and read them anew; rows that point at them may come."""
    session.flush()
    session.scalars(
        sa.select(Member)
        .where(Member.id.in_(ids))
        .order_by(Member.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def locked_day(session: Session, book: str, provider_id: UUID, day: date) -> ProviderDay:
    """The provider's row for a date, made when missing, under its lock."""
    session.flush()
    claim_row(
        session,
        ProviderDay,
        {
            "book": book,
            "provider_id": provider_id,
            "day": day,
            "credit_minutes": 0,
            "actual_minutes": 0,
        },
    )
    return session.scalars(
        sa.select(ProviderDay)
        .where(
            ProviderDay.book == book,
            ProviderDay.provider_id == provider_id,
            ProviderDay.day == day,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def minutes_between(
    session: Session, book: str, provider_id: UUID, first: date, last: date
) -> tuple[int, int]:
    """Credit and actual minutes over a span of dates, both ends counted."""
    row = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(ProviderDay.credit_minutes), 0),
            sa.func.coalesce(sa.func.sum(ProviderDay.actual_minutes), 0),
        ).where(
            ProviderDay.book == book,
            ProviderDay.provider_id == provider_id,
            ProviderDay.day >= first,
            ProviderDay.day <= last,
        )
    ).one()
    return int(row[0]), int(row[1])


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday around a date."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def quarters(start: datetime, minutes: int, buffer_minutes: int) -> range:
    """The quarters of an hour that a visit occupies, with the way there and back."""
    first = start - timedelta(minutes=buffer_minutes)
    last = start + timedelta(minutes=minutes + buffer_minutes)
    begin = int(first.timestamp()) // QUARTER_SECONDS
    end = -(-int(last.timestamp()) // QUARTER_SECONDS)
    return range(begin, end)


def is_free(
    session: Session, book: str, provider_id: UUID, start: datetime, minutes: int, buffer: int
) -> bool:
    """Whether none of the quarters is promised yet (a later claim may still lose)."""
    span = quarters(start, minutes, buffer)
    taken = session.scalar(
        sa.select(sa.func.count())
        .select_from(ProviderSlot)
        .where(
            ProviderSlot.book == book,
            ProviderSlot.provider_id == provider_id,
            ProviderSlot.quarter >= span.start,
            ProviderSlot.quarter < span.stop,
        )
    )
    return not taken


def claim_slots(session: Session, visit: Visit, buffer_minutes: int) -> None:
    """Claim the visit's quarters; the key lets nobody claim one twice. Raises Overlap."""
    span = quarters(visit.starts_at, visit.booked_minutes, buffer_minutes)
    rows = [
        {
            "book": visit.provider_book,
            "provider_id": visit.provider_id,
            "quarter": quarter,
            "visit_id": visit.id,
        }
        for quarter in span
    ]
    if claim_rows(session, ProviderSlot, rows) < len(rows):
        raise Overlap(buffer_minutes=buffer_minutes)


def free_slots(session: Session, visit: Visit, books: Iterable[str] = ()) -> None:
    """Give back the quarters of a visit that does not take place.

    ``books`` are further ones to look in: quarters go along with a provider who moves home.
    """
    session.execute(
        sa.delete(ProviderSlot).where(
            ProviderSlot.book.in_({visit.provider_book, *books}),
            ProviderSlot.visit_id == visit.id,
        )
    )


def settle_day(session: Session, visit: Visit, credited_minutes: int, actual_minutes: int) -> None:
    """Replace what a visit reserved on its date by what it came to (0 for one undone)."""
    day = locked_day(session, visit.provider_book, visit.provider_id, local_date(visit.starts_at))
    day.credit_minutes += credited_minutes - visit.reserved_minutes
    day.actual_minutes += actual_minutes - visit.booked_minutes
