"""Members who move home to another book, and regions that take over from others."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed


class Move(Base):
    """One atomic act: coins by origin, bookings and everything of a member to another book.

    It stands in the book that was left, whose accounts point on by it.
    """

    __tablename__ = "moves"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "reference"),
        sa.Index("ix_moves_member", "book", "member_id"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    reference: Mapped[str] = mapped_column(sa.String(24))
    member_id: Mapped[UUID]
    from_region_code: Mapped[str] = mapped_column(sa.String(12))
    from_branch_id: Mapped[UUID]
    to_book: Mapped[str] = mapped_column(sa.String(16))
    to_region_code: Mapped[str] = mapped_column(sa.String(12))
    to_branch_id: Mapped[UUID]
    #: own, counter
    how: Mapped[str] = mapped_column(sa.String(8))
    moved_by_id: Mapped[UUID]
    moved_at: Mapped[datetime]
    #: The receipt: minutes by origin, what stayed, every booking with its old and new ids.
    content: Mapped[dict[str, Any]]
    link_id: Mapped[UUID | None]


class Succession(Base):
    """From a day on a region keeps the book of another one that has ended."""

    __tablename__ = "successions"
    __table_args__ = placed("reference", sa.UniqueConstraint("book", "from_day"))

    id: Mapped[IdKey]
    book: Mapped[str] = mapped_column(sa.String(16))
    #: The code that has ended (or lost its book), and the county that keeps the book from then.
    old_code: Mapped[str] = mapped_column(sa.String(12))
    new_code: Mapped[str] = mapped_column(sa.String(12))
    from_day: Mapped[date]
    document: Mapped[str] = mapped_column(sa.String(60))
    decided_by_id: Mapped[UUID]
    decided_at: Mapped[datetime]
