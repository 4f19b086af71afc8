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


class DueTask(Base):
    """Something to do once at a moment. Done rows stay until they are tidied away."""

    __tablename__ = "due_tasks"
    __table_args__ = placed(
        "directory",
        sa.UniqueConstraint("queue", "kind", "subject_id"),
        sa.Index("ix_due_tasks_due_at", "queue", "done_at", "due_at"),
        by="queue",
        deletes=True,
    )

    queue: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    id: Mapped[IdKey]
    kind: Mapped[str] = mapped_column(sa.String(24))
    book: Mapped[str] = mapped_column(sa.String(16))
    subject_id: Mapped[UUID]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    error: Mapped[str | None]


class Lease(Base):
    """Who may run the scheduler now; the fence grows with every new holder."""

    __tablename__ = "leases"
    __table_args__ = placed("local")

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(sa.String(80))
    expires_at: Mapped[datetime]
    fence: Mapped[int] = mapped_column(sa.BigInteger())
