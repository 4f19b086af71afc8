"""Adding up what has come since the last time: a job, a month of a book to a unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import Base
from models.ledger import Transfer
from models.places import Book
from models.requests import Request
from models.tallies import MonthHelp, MonthMove, MonthWait, TallyMark
from services import policy
from services.claims import claim_row
from services.context import Context
from services.ledger.as_of import month_of
from services.ledger.closings import month_start, watermark_of
from services.ledger.trial import LAG
from services.policy import Subject
from services.tallies.counting import Counts, Span, count


def due(ctx: Context) -> list[str]:
    """Every book."""
    return list(ctx.session.scalars(sa.select(Book.book).order_by(Book.book)))


def keep(ctx: Context, book: str) -> bool:
    """Add up what came since, to the end of its month at most; whether there is more to do.

    Whatever is younger than a minute is left for the next time: who was writing has finished.
    """
    policy.require(ctx.actor, "jobs.run", Subject(book=book))
    until = ctx.now - LAG
    mark = _mark(ctx.session, book, until)
    if mark is None or mark.at >= until:
        return False
    month = month_of(mark.at)
    ends_at = min(until, watermark_of(month))
    found = count(ctx.session, Span([book], mark.at, ends_at), Counts())
    _add(ctx.session, book, month, found)
    mark.at = ends_at
    ctx.session.flush()
    return ends_at < until


def _mark(session: Session, book: str, until: datetime) -> TallyMark | None:
    """The book's mark, locked; a book in which nothing has happened has none."""
    wanted = (
        sa.select(TallyMark)
        .where(TallyMark.book == book)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    mark = session.scalar(wanted)
    if mark is not None:
        return mark
    first = _first(session, book)
    if first is None or first >= until:
        return None
    claim_row(session, TallyMark, {"book": book, "at": month_start(month_of(first))})
    return session.scalar(wanted)


def _first(session: Session, book: str) -> datetime | None:
    """When the book's first transfer was posted, or its first request made."""
    moments: Iterable[tuple[Any, Any]] = (
        (Transfer, Transfer.posted_at),
        (Request, Request.submitted_at),
    )
    found = [
        session.scalar(sa.select(at).where(model.book == book).order_by(at).limit(1))
        for model, at in moments
    ]
    return min((each for each in found if each is not None), default=None)


def _add(session: Session, book: str, month: str, found: Counts) -> None:
    _put(session, MonthMove, book, month, found.moves)
    _put(session, MonthHelp, book, month, found.help)
    waits = {key: {"visits": visits} for key, visits in found.waits.items()}
    _put(session, MonthWait, book, month, waits)


def _put(
    session: Session,
    model: Any,
    book: str,
    month: str,
    found: Mapping[Any, Mapping[str, int]],
) -> None:
    """Add figures to the rows of a month, or make the rows."""
    if not found:
        return
    keys = [column.name for column in model.__table__.primary_key]
    figures = [column.name for column in model.__table__.c if column.name not in keys]
    there = session.scalars(sa.select(model).where(model.book == book, model.month == month))
    known: dict[Any, Base] = {tuple(getattr(row, name) for name in keys): row for row in there}
    for key, values in found.items():
        row = known.get(key)
        if row is None:
            named = dict(zip(keys, key, strict=True))
            session.add(model(**named, **{name: values.get(name, 0) for name in figures}))
            continue
        for name, value in values.items():
            setattr(row, name, getattr(row, name) + value)
