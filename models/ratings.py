"""What the elder thought of a visit, in one tap and in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed


class Rating(Base):
    """One a visit; it may be changed for some days, and every change is on record."""

    __tablename__ = "ratings"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "visit_id"], ["visits.book", "visits.id"]),
        sa.CheckConstraint("score >= 1 AND score <= 3", name="score_range"),
        sa.Index("ix_ratings_provider", "provider_id", "rated_at"),
        sa.Index("ix_ratings_branch", "book", "branch_id", "rated_at"),
        sa.Index("ix_ratings_low", "book", "score", "sheet_id", "rated_at"),
    )

    book: Mapped[BookKey]
    visit_id: Mapped[IdKey]
    elder_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    branch_id: Mapped[UUID]
    service_code: Mapped[str] = mapped_column(sa.String(8))
    #: 3 good, 2 fair, 1 not good.
    score: Mapped[int]
    words_sealed: Mapped[str | None]
    #: The first time; from here the days count in which it may be changed.
    rated_at: Mapped[datetime]
    rated_by_id: Mapped[UUID]
    #: own, family, voice.
    how: Mapped[str] = mapped_column(sa.String(12))
    changed_at: Mapped[datetime | None]
    #: Of a low rating: whether the branch shall not be told; None: the elder has not said yet.
    quiet: Mapped[bool | None]
    #: The warning sheet that a low rating opened.
    sheet_id: Mapped[UUID | None]


class VisitChecklist(Base):
    """Which points of the service's published checklist the provider says were done."""

    __tablename__ = "visit_checklists"
    __table_args__ = placed(
        "book", sa.ForeignKeyConstraint(["book", "visit_id"], ["visits.book", "visits.id"])
    )

    book: Mapped[BookKey]
    visit_id: Mapped[IdKey]
    standard_version: Mapped[str] = mapped_column(sa.String(32))
    done: Mapped[list[Any]] = mapped_column(sa.JSON())
    at: Mapped[datetime]
