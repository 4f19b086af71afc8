"""What a person asks about the own data: a correction, or that it is erased."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, IdKey, placed, str_enum


class PrivacyKind(StrEnum):
    """What is asked for."""

    CORRECT = "correct"
    ERASE = "erase"


class PrivacyState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    #: An erasure that was granted: it is carried out when its days of grace are over.
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    DONE = "done"


class PrivacyRequest(Base):
    """A request about one's own data, how it was decided by the branch, and how it ended."""

    __tablename__ = "privacy_requests"
    __table_args__ = placed(
        "member", sa.Index("ix_privacy_requests_state", "state", "branch_id", "due_on")
    )

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    branch_id: Mapped[UUID]
    kind: Mapped[PrivacyKind] = mapped_column(str_enum(PrivacyKind, "privacy_kind"))
    how: Mapped[str] = mapped_column(sa.String(12))  # own, counter, guardian
    state: Mapped[PrivacyState] = mapped_column(str_enum(PrivacyState, "privacy_state"))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[UUID]
    #: The working day by which the branch has to have decided.
    due_on: Mapped[date]
    #: Of a correction: the fields as they should be, as sealed JSON.
    wanted_sealed: Mapped[str | None]
    #: Of an erasure: where coins that are left go (``pool``), None where there are none.
    coins_to: Mapped[str | None] = mapped_column(sa.String(8))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    #: Which paper the branch has seen.
    evidence: Mapped[str | None] = mapped_column(sa.String(24))
    #: Why it was refused.
    reason_sealed: Mapped[str | None]
    #: Of a granted erasure: it is not carried out before.
    run_after: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
