"""Jobs of the main path: expiry, follow-up, funding, reminders, notices, seals and batches."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

import sqlalchemy as sa

from models.batches import BatchState
from models.places import Book
from services import months
from services.batches import working
from services.jobs.due import forget_done
from services.jobs.runs import forget_runs
from services.requests import ending, funding
from services.visits import reviewing
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek
from timebank.seals.sealing import publish, seal_all


def _books(held: Timebank) -> list[str]:
    return peek(held, lambda ctx: list(ctx.session.scalars(sa.select(Book.book))))


def expire_requests(held: Timebank) -> int:
    """End requests that nobody took in time, one unit of work each."""

    def end(due: tuple[str, UUID]) -> int:
        book, request_id = due
        as_system(held, partial(ending.expire, book=book, request_id=request_id))
        return 1

    return each_alone(peek(held, ending.due_to_expire), end)


def expire_holds(held: Timebank) -> int:
    """End holds that have run out, book by book."""
    return each_alone(
        _books(held), lambda book: as_system(held, partial(ending.expire_holds, book=book))
    )


def follow_up_visits(held: Timebank) -> int:
    """Missed visits and silence go to a branch; nothing is ever credited here."""

    def follow_up(due: tuple[str, UUID]) -> int:
        book, visit_id = due
        return as_system(held, partial(reviewing.follow_up, book=book, visit_id=visit_id))

    return each_alone(peek(held, reviewing.due_for_review), follow_up)


def remind(held: Timebank) -> int:
    """Remind both sides of visits that begin soon."""
    return as_system(held, reviewing.remind)


def fund_waiting(held: Timebank) -> int:
    """Open what the pools can cover, in the published order, book by book."""
    return each_alone(
        _books(held), lambda book: as_system(held, partial(funding.fund_waiting, book=book))
    )


def close_months(held: Timebank) -> int:
    """Close the months that ended a day ago, one book and month to a unit of work."""

    def close(due: tuple[str, str]) -> int:
        book, month = due
        return as_system(held, partial(months.close, book=book, month=month)) is not None

    return each_alone(peek(held, months.due), close)


def publish_heads(held: Timebank) -> int:
    """Sign the day's list of all books' heads."""
    return int(publish(held))


def work_batches(held: Timebank) -> int:
    """Work off what two administrators have signed, a chunk to a unit of work."""

    def work_off(signed: tuple[str, UUID]) -> int:
        book, batch_id = signed
        state, worked = BatchState.SIGNED, 0
        while state is BatchState.SIGNED:
            state = as_system(held, partial(working.work_chunk, book=book, batch_id=batch_id)).state
            worked += 1
        return worked

    return each_alone(peek(held, working.signed_batches), work_off)


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
