"""Jobs of the main path: expiry, follow-up, funding, reminders, notices, seals and batches."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from models.batches import BatchState
from models.places import Book
from services import months
from services.batches import working
from services.due import forget_done
from services.requests import ending, funding
from services.runs import forget_runs
from services.visits import reviewing
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, peek
from timebank.sealing import publish, seal_all


def expire_requests(held: Timebank) -> int:
    """End requests that nobody took in time, one unit of work each."""
    due = peek(held, ending.due_to_expire)
    for book, request_id in due:
        as_system(held, partial(ending.expire, book=book, request_id=request_id))
    return len(due)


def expire_holds(held: Timebank) -> int:
    """End holds that have run out, book by book."""
    books = peek(held, lambda ctx: list(ctx.session.scalars(sa.select(Book.book))))
    return sum(as_system(held, partial(ending.expire_holds, book=book)) for book in books)


def follow_up_visits(held: Timebank) -> int:
    """Missed visits and silence go to a branch; nothing is ever credited here."""
    moved = 0
    for book, visit_id in peek(held, reviewing.due_for_review):
        moved += as_system(held, partial(reviewing.follow_up, book=book, visit_id=visit_id))
    return moved


def remind(held: Timebank) -> int:
    """Remind both sides of visits that begin soon."""
    return as_system(held, reviewing.remind)


def fund_waiting(held: Timebank) -> int:
    """Open what the pools can cover, in the published order, book by book."""
    books = peek(held, lambda ctx: list(ctx.session.scalars(sa.select(Book.book))))
    return sum(as_system(held, partial(funding.fund_waiting, book=book)) for book in books)


def close_months(held: Timebank) -> int:
    """Close the months that ended a day ago, one book and month to a unit of work."""
    closed = 0
    for book, month in peek(held, months.due):
        done = as_system(held, partial(months.close, book=book, month=month))
        closed += done is not None
    return closed


def publish_heads(held: Timebank) -> int:
    """Sign the day's list of all books' heads."""
    return int(publish(held))


def work_batches(held: Timebank) -> int:
    """Work off what two administrators have signed, a chunk to a unit of work."""
    worked = 0
    for book, batch_id in peek(held, working.signed_batches):
        state = BatchState.SIGNED
        while state is BatchState.SIGNED:
            state = as_system(held, partial(working.work_chunk, book=book, batch_id=batch_id)).state
            worked += 1
    return worked


def tidy(held: Timebank) -> int:
    """Forget old runs, and tasks done long ago."""
    return as_system(held, forget_runs) + as_system(held, forget_done)


JOBS = (
    Job("expire-requests", timedelta(minutes=5), expire_requests),
    Job("expire-holds", timedelta(minutes=5), expire_holds),
    Job("follow-up-visits", timedelta(minutes=5), follow_up_visits),
    Job("fund-waiting", timedelta(minutes=10), fund_waiting),
    Job("batches", timedelta(minutes=1), work_batches),
    Job("remind", timedelta(minutes=15), remind),
    Job("close-months", timedelta(days=1), close_months),
    Job("seal", timedelta(seconds=30), seal_all),
    Job("publish-heads", timedelta(days=1), publish_heads),
    Job("tidy", timedelta(days=1), tidy),
)
