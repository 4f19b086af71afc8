"""The jobs of flags: every night through every book, every hour where something was credited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from services.context import Context
from services.flags import scanning
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def scan_all(held: Timebank) -> int:
    """Look through every book: deaths, closings and gifts count as well as visits."""
    return _scan(held, peek(held, scanning.books))


def scan_news(held: Timebank) -> int:
    """Look through the books in which something was credited since the last look."""
    return _scan(held, peek(held, _with_news))


def _with_news(ctx: Context) -> list[str]:
    return [book for book in scanning.books(ctx) if scanning.has_news(ctx, book)]


def _scan(held: Timebank, books: Iterable[str]) -> int:
    write, read = partial(as_system, held), partial(peek, held)
    return each_alone(books, lambda book: scanning.scan_book(write, read, book))


JOBS = (
    Job("flags-nightly", timedelta(days=1), scan_all),
    Job("flags", timedelta(hours=1), scan_news),
)
