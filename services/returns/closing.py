"""Closing the return of a month: after the tenth working day of the next, once, signed.

The watermark is the end of that day, whenever the job comes to it: two closings at once, or one
that comes late, say the same figures of the ledger.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.places import Book
from models.returns import MonthlyReturn
from services import audit, outbox, policy, rates
from services.claims import claim_row
from services.clock import at_local
from services.context import Context
from services.corridors.warning import administrators_of
from services.ids import derived
from services.ledger.as_of import month_of
from services.ledger.closings import month_after, watermark_of
from services.ledger.seals.canonical import canonical_json
from services.ledger.seals.signing import SigningKey
from services.policy import Subject
from services.returns import sentences as say
from services.returns.figures import Span, figures
from services.rules.calendar import Calendar

#: Working days of the next month before a month's return is closed.
WORKING_DAYS = 10
#: How long after its watermark: whoever was still posting has long finished.
WAIT = timedelta(hours=1)
#: A return that is closed later than this tells nobody: many come at once then.
FRESH = timedelta(days=31)
#: Four bytes begin what is signed: three letters and the version.
MARK = b"TBM\x01"
KIND, VERSION = "timebank-monthly-return", 1


def watermark(calendar: Calendar, month: str) -> datetime:
    """The end of the tenth working day after a month, in China."""
    last_day = date.fromisoformat(f"{month_after(month)}-01") - timedelta(days=1)
    tenth = calendar.add_working_days(last_day, WORKING_DAYS)
    return at_local(tenth + timedelta(days=1), time())


def due(ctx: Context) -> list[tuple[str, str]]:
    """Every book and month whose return can be closed and is not, in order."""
    calendar = rates.calendar_on(ctx.session)
    books = ctx.session.execute(sa.select(Book.book, Book.opened_at).order_by(Book.book))
    return [
        (row.book, month)
        for row in books
        for month in _months(ctx.session, row.book, row.opened_at, ctx.now, calendar)
    ]


def _months(
    session: Session, book: str, opened_at: datetime, now: datetime, calendar: Calendar
) -> list[str]:
    """Months from the one in which the book was opened; those before it never were."""
    last = session.scalar(
        sa.select(sa.func.max(MonthlyReturn.month)).where(MonthlyReturn.book == book)
    )
    month = month_of(opened_at) if last is None else month_after(last)
    found = []
    while watermark_of(month) <= now and watermark(calendar, month) + WAIT <= now:
        found.append(month)
        month = month_after(month)
    return found


def message(content: str) -> bytes:
    """What the operator signs of a return."""
    return MARK + hashlib.sha256(content.encode()).digest()


def close(ctx: Context, book: str, month: str, key: SigningKey) -> bool:
    """Close a month's return; False when it is closed already, by whomever.

    Raises ValueError for a month whose turn it is not.
    """
    policy.require(ctx.actor, "return.close", Subject(book=book))
    session = ctx.session
    done = sa.select(MonthlyReturn.id).where(
        MonthlyReturn.book == book, MonthlyReturn.month == month
    )
    if session.scalar(done) is not None:
        return False
    calendar = rates.calendar_on(session)
    if (book, month) not in due(ctx):
        raise ValueError(f"the return of {month} of {book} is not the next one to close")
    span = Span(book, month, watermark(calendar, month))
    row = _row(ctx, span, calendar, key)
    if not claim_row(session, MonthlyReturn, row):
        return False
    after = {"month": month, "content_hash": row["content_hash"]}
    audit.record(
        ctx,
        "return.close",
        "monthly_return",
        derived("return", book, month),
        book=book,
        after=after,
    )
    if ctx.now - span.watermark < FRESH:
        for member_id in administrators_of(ctx, book):
            outbox.tell(ctx, book, member_id, say.CLOSED, month=month)
    session.flush()
    return True


def _row(ctx: Context, span: Span, calendar: Calendar, key: SigningKey) -> dict[str, Any]:
    """The return as it is written, its figures signed."""
    content = canonical_json(
        {
            "kind": KIND,
            "version": VERSION,
            "book": span.book,
            "month": span.month,
            "watermark": span.watermark,
            **figures(ctx.session, span, calendar),
        }
    )
    return {
        "book": span.book,
        "id": derived("return", span.book, span.month),
        "month": span.month,
        "watermark_at": span.watermark,
        "calendar_version": calendar.version,
        "content": content,
        "content_hash": hashlib.sha256(content.encode()).hexdigest(),
        "key_id": key.key_id,
        "signature": key.sign(message(content)),
        "closed_at": ctx.now,
        "signed_by_id": None,
        "signed_at": None,
    }
