"""Jobs of service days, group sessions and welfare visits."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from services.groups import closing, settling
from services.service_days import making
from services.welfare import listing, warning
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, peek


def keep_service_days(held: Timebank) -> int:
    """Dates of the next twelve weeks, and those that are over."""
    made = sum(
        as_system(held, partial(making.keep, book=book, day_id=day_id))
        for book, day_id in peek(held, making.running)
    )
    return made + as_system(held, making.hold_past)


def close_sessions(held: Timebank) -> int:
    """Close bookings whose time has come, one session to a unit of work."""
    return sum(
        as_system(held, partial(closing.close, book=book, session_id=session_id))
        for book, session_id in peek(held, closing.due_to_close)
    )


def settle_sessions(held: Timebank) -> int:
    """Count the hours of sessions whose list has been worked off."""
    return sum(
        as_system(held, partial(settling.settle, book=book, session_id=session_id))
        for book, session_id in peek(held, settling.due_to_settle)
    )


def list_welfare(held: Timebank) -> int:
    """Put every elder where the facts put them, some hundreds to a unit of work."""
    chunks = 0
    for book in peek(held, listing.books):
        after, more = None, True
        while more:
            after = as_system(held, partial(listing.refresh, book=book, after=after))
            more, chunks = after is not None, chunks + 1
    return chunks


def warn_welfare(held: Timebank) -> int:
    """In a month's last days, tell branches whom nobody has seen."""
    books = peek(held, listing.books)
    return sum(as_system(held, partial(warning.warn, book=book)) for book in books)


JOBS = (
    Job("service-days", timedelta(hours=6), keep_service_days),
    Job("close-sessions", timedelta(minutes=1), close_sessions),
    Job("settle-sessions", timedelta(minutes=1), settle_sessions),
    Job("welfare-list", timedelta(hours=6), list_welfare),
    Job("welfare-warning", timedelta(hours=6), warn_welfare),
)
