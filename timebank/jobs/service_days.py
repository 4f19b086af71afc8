"""Jobs of service days, group sessions and welfare visits."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from services.groups import closing, settling
from services.service_days import making
from services.welfare import listing, warning
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def keep_service_days(held: Timebank) -> int:
    """Dates of the next twelve weeks, and those that are over."""

    def keep(running: tuple[str, UUID]) -> int:
        book, day_id = running
        return as_system(held, partial(making.keep, book=book, day_id=day_id))

    held_past = as_system(held, making.hold_past)
    return held_past + each_alone(peek(held, making.running), keep)


def close_sessions(held: Timebank) -> int:
    """Close bookings whose time has come, one session to a unit of work."""

    def close(due: tuple[str, UUID]) -> int:
        book, session_id = due
        return as_system(held, partial(closing.close, book=book, session_id=session_id))

    return each_alone(peek(held, closing.due_to_close), close)


def settle_sessions(held: Timebank) -> int:
    """Count the hours of sessions whose list has been worked off."""

    def settle(due: tuple[str, UUID]) -> int:
        book, session_id = due
        return as_system(held, partial(settling.settle, book=book, session_id=session_id))

    return each_alone(peek(held, settling.due_to_settle), settle)


def list_welfare(held: Timebank) -> int:
    """Put every elder where the facts put them, some hundreds to a unit of work."""

    def refresh(book: str) -> int:
        chunks, after, more = 0, None, True
        while more:
            after = as_system(held, partial(listing.refresh, book=book, after=after))
            more, chunks = after is not None, chunks + 1
        return chunks

    return each_alone(peek(held, listing.books), refresh)


def warn_welfare(held: Timebank) -> int:
    """In a month's last days, tell branches whom nobody has seen."""
    return each_alone(
        peek(held, listing.books), lambda book: as_system(held, partial(warning.warn, book=book))
    )


JOBS = (
    Job("service-days", timedelta(hours=6), keep_service_days),
    Job("close-sessions", timedelta(minutes=1), close_sessions),
    Job("settle-sessions", timedelta(minutes=1), settle_sessions),
    Job("welfare-list", timedelta(hours=6), list_welfare),
    Job("welfare-warning", timedelta(hours=6), warn_welfare),
)
