"""How the installation does, in figures without a person in them: for whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from models.audit_seals import UnsealedRecord
from models.jobs import DueTask, JobRun, Lease
from models.oversight import OutboxMessage
from models.places import Book
from models.seals import Unsealed
from models.verifications import Verification
from services import policy
from services.context import Context
from services.jobs.due import QUEUE
from services.jobs.runs import FAILED
from services.policy import NATION

#: Counting stops here: more than this waiting is an alarm whatever the number.
MOST = 100_000


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """What is due by one way and has not gone out."""

    way: str
    waiting: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobTimes:
    """When a job last ended well, and when it last failed."""

    job: str
    succeeded_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Operating:
    """``verified_at``: the oldest of all books' last checks; breaches are those of the last."""

    outbox: tuple[OutboxLine, ...]
    jobs: tuple[JobTimes, ...]
    lease_until: datetime | None
    fence: int
    late: int
    given_up: int
    unsealed_transfers: int
    unsealed_records: int
    verified_books: int
    unverified_books: int
    verified_at: datetime | None
    breaches: int


def operating(ctx: Context) -> Operating:
    """Read it all; for the machine itself."""
    policy.require(ctx.actor, "jobs.run")
    lease = ctx.session.scalars(sa.select(Lease).order_by(Lease.fence.desc()).limit(1)).first()
    open_tasks = (DueTask.queue == QUEUE, DueTask.done_at.is_(None))
    last = _last_checks(ctx)
    books = {NATION, *ctx.session.scalars(sa.select(Book.book))}
    return Operating(
        outbox=_outbox(ctx),
        jobs=_jobs(ctx),
        lease_until=lease.expires_at if lease else None,
        fence=lease.fence if lease else 0,
        late=_count(ctx, DueTask, *open_tasks, DueTask.given_up_at.is_(None),
                    DueTask.try_at <= ctx.now),
        given_up=_count(ctx, DueTask, *open_tasks, DueTask.given_up_at.is_not(None)),
        unsealed_transfers=_count(ctx, Unsealed),
        unsealed_records=_count(ctx, UnsealedRecord),
        verified_books=len(books & last.keys()),
        unverified_books=len(books - last.keys()),
        verified_at=min((at for at, _breaches in last.values()), default=None),
        breaches=sum(breaches for _at, breaches in last.values()),
    )  # fmt: skip


def _count(ctx: Context, model: type, *conditions: sa.ColumnElement[bool]) -> int:
    some = sa.select(sa.literal(1)).select_from(model).where(*conditions).limit(MOST).subquery()
    counted = sa.select(sa.func.count()).select_from(some).execution_options(cross_book=True)
    return int(ctx.session.scalar(counted) or 0)


def _outbox(ctx: Context) -> tuple[OutboxLine, ...]:
    rows = ctx.session.execute(
        sa.select(OutboxMessage.channel, sa.func.count(), sa.func.min(OutboxMessage.send_after))
        .where(
            OutboxMessage.sent_at.is_(None),
            OutboxMessage.given_up_at.is_(None),
            OutboxMessage.send_after <= ctx.now,
            OutboxMessage.channel.in_(("sms", "email", "call")),
        )
        .group_by(OutboxMessage.channel)
        .order_by(OutboxMessage.channel)
        .execution_options(cross_book=True)
    )
    return tuple(OutboxLine(way, count, oldest) for way, count, oldest in rows)


def _jobs(ctx: Context) -> tuple[JobTimes, ...]:
    failed = JobRun.outcome == FAILED
    rows = ctx.session.execute(
        sa.select(
            JobRun.job,
            sa.func.max(sa.case((sa.not_(failed), JobRun.finished_at))),
            sa.func.max(sa.case((failed, JobRun.finished_at))),
        )
        .where(JobRun.finished_at.is_not(None))
        .group_by(JobRun.job)
        .order_by(JobRun.job)
    )
    return tuple(JobTimes(job, done_at, failed_at) for job, done_at, failed_at in rows)


def _last_checks(ctx: Context) -> dict[str, tuple[datetime, int]]:
    ranked = sa.select(
        Verification.book,
        Verification.finished_at,
        Verification.breaches,
        sa.func.row_number()
        .over(
            partition_by=Verification.book,
            order_by=(Verification.finished_at.desc(), Verification.id.desc()),
        )
        .label("place"),
    ).subquery()
    rows = ctx.session.execute(
        sa.select(ranked.c.book, ranked.c.finished_at, ranked.c.breaches)
        .where(ranked.c.place == 1)
        .execution_options(cross_book=True)
    )
    return {book: (at, breaches) for book, at, breaches in rows}
