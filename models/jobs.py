"""Job runs and the scheduler's lease: a second runner or a restart does nothing twice."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, placed


class JobRun(Base):
    """One run of one job for one due time."""

    __tablename__ = "job_runs"
    __table_args__ = placed("local", deletes=True)

    job: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    scheduled_for: Mapped[datetime] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class Lease(Base):
    """Who may run the scheduler now; the fence grows with every new holder."""

    __tablename__ = "leases"
    __table_args__ = placed("local")

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(sa.String(80))
    expires_at: Mapped[datetime]
    fence: Mapped[int] = mapped_column(sa.BigInteger())
