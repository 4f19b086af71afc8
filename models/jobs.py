"""What is due, what was run, and the scheduler's lease: nothing is done twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, IdKey, placed


class JobRun(Base):
    """One run of one job for one due time."""

    __tablename__ = "job_runs"
    __table_args__ = placed("local", deletes=True)

    job: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    scheduled_for: Mapped[datetime] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    #: The fence of the lease under which it ran; None for one started by hand.
    fence: Mapped[int | None] = mapped_column(sa.BigInteger())
    #: What went wrong, as an operator reads it: no values, they are about people.
    error: Mapped[str | None]
    #: How often it was begun: a run that was cut off is taken up again under a higher fence.
    attempts: Mapped[int] = mapped_column(default=1, server_default="1")


class DueTask(Base):
    """Something to do once at a moment. Done rows stay until they are tidied away."""

    __tablename__ = "due_tasks"
    __table_args__ = placed(
        "directory",
        sa.UniqueConstraint("queue", "kind", "subject_id"),
        sa.Index("ix_due_tasks_try_at", "queue", "done_at", "try_at"),
        by="queue",
        deletes=True,
    )

    queue: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    id: Mapped[IdKey]
    kind: Mapped[str] = mapped_column(sa.String(24))
    book: Mapped[str] = mapped_column(sa.String(16))
    subject_id: Mapped[UUID]
    due_at: Mapped[datetime]
    #: When it is tried next: ``due_at``, or later once it has failed.
    try_at: Mapped[datetime]
    #: Raised by each planning: what was planned anew while it was worked is not done yet.
    version: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    #: Who works on it: one claim, under the fence of a lease, until a moment.
    claim_id: Mapped[UUID | None]
    claim_fence: Mapped[int | None] = mapped_column(sa.BigInteger())
    claimed_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    #: When it was given up after so many failures; an administrator may have it tried again.
    given_up_at: Mapped[datetime | None]
    #: What went wrong last, without values.
    error: Mapped[str | None]


class Lease(Base):
    """Who may run the scheduler now; the fence grows with every new holder."""

    __tablename__ = "leases"
    __table_args__ = placed("local")

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(sa.String(80))
    expires_at: Mapped[datetime]
    fence: Mapped[int] = mapped_column(sa.BigInteger())
    #: Since when this holder has it, and when it last said so.
    since: Mapped[datetime | None]
    renewed_at: Mapped[datetime | None]
    #: Turns that this holder's scheduler came too late for, found still running, or saw fail.
    missed: Mapped[int] = mapped_column(default=0, server_default="0")
    crowded: Mapped[int] = mapped_column(default=0, server_default="0")
    failed: Mapped[int] = mapped_column(default=0, server_default="0")
