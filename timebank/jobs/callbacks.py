"""The jobs of call-backs: close last week's lists, draw what has its seed, suspend by the rule."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from models.places import Book
from services.callbacks.closing import books_to_close, close_list
from services.callbacks.drawing import (
    books_with_flagged,
    call_flagged,
    draw,
    ready_draws,
)
from services.callbacks.suspending import due_suspensions, suspend_by_rule
from services.clock import local_date
from services.context import Context
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


def _books(ctx: Context) -> list[str]:
    return list(ctx.session.scalars(sa.select(Book.book).order_by(Book.book)))


def call_back(held: Timebank) -> int:
    """Close, draw, and put what is flagged on the callers' lists; a book a unit of work.

    A process that dies between closing and drawing leaves a draw that waits, as any other does.
    """
    to_close = peek(held, lambda ctx: books_to_close(ctx.session, _books(ctx), local_date(ctx.now)))
    done = each_alone(
        to_close, lambda book: as_system(held, lambda ctx: close_list(ctx, book)) is not None
    )
    ready = peek(held, lambda ctx: ready_draws(ctx, _books(ctx)))
    done += each_alone(ready, lambda each: as_system(held, lambda ctx: draw(ctx, *each)))
    flagged = peek(held, lambda ctx: books_with_flagged(ctx.session, _books(ctx)))
    done += each_alone(flagged, lambda book: as_system(held, lambda ctx: call_flagged(ctx, book)))
    return done


def suspend(held: Timebank) -> int:
    """Branches over the limit lose their entry rights."""
    due = peek(held, lambda ctx: [book for book in _books(ctx) if due_suspensions(ctx, book)])
    return each_alone(due, lambda book: as_system(held, lambda ctx: suspend_by_rule(ctx, book)))


JOBS = (
    Job("call-back", timedelta(minutes=15), call_back),
    Job("suspend-branches", timedelta(hours=1), suspend),
)
