"""Jobs of asking: the waves and standbys that are due, offers that have run out, the batch."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

import sqlalchemy as sa

from models.places import Book
from models.requests import Request
from services.asking import batching, expiring, standby, waves
from services.asking.beginning import STANDBY, WAVE
from services.context import Context
from services.matching.batch import match
from services.matching.columns import Columns
from services.matching.suggesting import suggest
from services.matching.tasks import Ranking
from timebank.edge import Timebank
from timebank.jobs.base import Handler, Job, as_system, each_alone, peek
from timebank.snapshots import columns

#: A search whose wave is so late has lost its task: it is taken up again.
LATE = timedelta(minutes=5)


def next_wave(held: Timebank, book: str, request_id: UUID) -> int:
    """Ask the next people for a request."""
    rank = partial(_suggested, columns(held))
    return as_system(held, partial(waves.ask_next, book=book, request_id=request_id, rank=rank))


def seek_standbys(held: Timebank, book: str, request_id: UUID) -> int:
    """Ask people to stand by a visit."""
    rank = partial(_beside, columns(held))
    return as_system(held, partial(standby.seek, book=book, request_id=request_id, others=rank))


def take_up_late(held: Timebank) -> int:
    """Go on with searches whose task was lost or given up; none of them is asked twice for."""

    def take_up(late: tuple[str, UUID]) -> int:
        next_wave(held, *late)
        return 1

    return each_alone(peek(held, lambda ctx: waves.due_waves(ctx, ctx.now - LATE)), take_up)


def run_out(held: Timebank) -> int:
    """Close offers that have run out, and let go whoever stood by a visit that has begun."""

    def release(begun: tuple[str, UUID]) -> int:
        book, request_id = begun
        work = partial(expiring.release_standbys, book=book, request_id=request_id)
        return as_system(held, work)

    closed = as_system(held, expiring.run_out)
    return closed + each_alone(peek(held, expiring.begun), release)


def match_open(held: Timebank) -> int:
    """Match all open requests nobody's answer is waited for, book by book; returns the offers."""
    if not batching.takes_place(held.clock()):
        return 0
    snapshot = columns(held)
    books = peek(held, lambda ctx: list(ctx.session.scalars(sa.select(Book.book))))
    return each_alone(books, lambda book: _match_book(held, snapshot, book))


def _match_book(held: Timebank, snapshot: Columns, book: str) -> int:
    tasks = peek(held, partial(batching.tasks_without_an_answer, book=book))
    if not tasks:
        return 0
    result = match(snapshot, tasks, now=held.clock())
    offered = 0
    for request_id, people in result.by_request.items():
        propose = partial(batching.propose, book=book, request_id=request_id, people=people)
        offered += as_system(held, propose)
    counts = batching.Counts(requests=len(tasks), volunteers=len(snapshot), offered=offered)
    as_system(held, partial(batching.record, book=book, counts=counts, result=result))
    return offered


def _suggested(snapshot: Columns, ctx: Context, request: Request, limit: int) -> Ranking:
    return suggest(ctx, snapshot, request, limit)


def _beside(snapshot: Columns, ctx: Context, request: Request, limit: int) -> Ranking:
    return standby.beside(ctx, snapshot, request, limit)


HANDLERS: dict[str, Handler] = {WAVE: next_wave, STANDBY: seek_standbys}
JOBS = (
    Job("take-up-searches", timedelta(minutes=5), take_up_late),
    Job("offers-run-out", timedelta(minutes=1), run_out),
    Job("match", timedelta(minutes=10), match_open),
)
