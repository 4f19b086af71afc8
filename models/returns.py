"""What a region reports each month, and the rolls of those entitled to help."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed


class MonthlyReturn(Base):
    """A book's figures of a month at a watermark, signed; what comes later is a correction."""

    __tablename__ = "monthly_returns"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "month"),
        changes=("signed_by_id", "signed_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    month: Mapped[str] = mapped_column(sa.String(7))
    #: Everything posted or decided up to this moment is in it, nothing after.
    watermark_at: Mapped[datetime]
    calendar_version: Mapped[str] = mapped_column(sa.String(64))
    #: The figures as canonical JSON, byte for byte what was signed.
    content: Mapped[str]
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    #: The operator's signature over the digest.
    key_id: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[str] = mapped_column(sa.String(128))
    closed_at: Mapped[datetime]
    #: An administrator answers for it.
    signed_by_id: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]


class EntitlementRoll(Base):
    """A month's list of people entitled on one ground, as another office sent it."""

    __tablename__ = "entitlement_rolls"
    __table_args__ = placed(
        "book",
        sa.Index("ix_entitlement_rolls_month", "book", "kind", "month"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    #: hardship, alone, special_family.
    kind: Mapped[str] = mapped_column(sa.String(24))
    month: Mapped[str] = mapped_column(sa.String(7))
    source: Mapped[str] = mapped_column(sa.String(120))
    file_hash: Mapped[str] = mapped_column(sa.String(64))
    rows: Mapped[int]
    proposed_by_id: Mapped[UUID]
    proposed_at: Mapped[datetime]
    signed_by_id: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    #: When the facts of all its members followed it.
    applied_at: Mapped[datetime | None]


class RollEntry(Base):
    """One person on a roll, and whether it is somebody with an account."""

    __tablename__ = "roll_entries"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(
            ["book", "roll_id"], ["entitlement_rolls.book", "entitlement_rolls.id"]
        ),
        sa.Index("ix_roll_entries_member", "book", "member_id"),
        append_only=True,
    )

    book: Mapped[BookKey]
    roll_id: Mapped[IdKey]
    #: Keyed digest of the ID number.
    person: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name_sealed: Mapped[str]
    member_id: Mapped[UUID | None]


class RollChange(Base):
    """Who joined or left a roll against the month before, and why."""

    __tablename__ = "roll_changes"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(
            ["book", "roll_id"], ["entitlement_rolls.book", "entitlement_rolls.id"]
        ),
        append_only=True,
    )

    book: Mapped[BookKey]
    roll_id: Mapped[IdKey]
    person: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    member_id: Mapped[UUID | None]
    name_sealed: Mapped[str]
    #: joined, left.
    change: Mapped[str] = mapped_column(sa.String(8))
    #: By code: new, moved_in, died, moved_out, no_longer_entitled, corrected.
    why: Mapped[str] = mapped_column(sa.String(24))
