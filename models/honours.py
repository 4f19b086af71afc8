"""Stars with their public notice, bans, honours and what regions give for them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class StarState(StrEnum):
    """Where a star rating stands."""

    NOTICE = "notice"  # published; anybody may object
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class StarAward(Base):
    """One to five stars for actual hours; in the member's home book."""

    __tablename__ = "star_awards"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "member_id", "stars", "proposed_at"),
        sa.Index("ix_star_awards_state", "book", "state", "notice_ends_on"),
        sa.Index("ix_star_awards_member", "book", "member_id"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    member_id: Mapped[UUID]
    stars: Mapped[int]
    #: Actual minutes served when it was proposed.
    served_minutes: Mapped[int] = mapped_column(sa.BigInteger())
    rule_set_version: Mapped[str] = mapped_column(sa.String(32))
    state: Mapped[StarState] = mapped_column(str_enum(StarState, "star_state"))
    #: county, city, province: who grants so many stars.
    granting_tier: Mapped[str] = mapped_column(sa.String(12))
    proposed_at: Mapped[datetime]
    notice_from: Mapped[date]
    notice_ends_on: Mapped[date]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    #: false_record, objection, mistake.
    end_reason: Mapped[str | None] = mapped_column(sa.String(24))


class StarObjection(Base):
    """Somebody says during the notice that a star should not be given."""

    __tablename__ = "star_objections"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "award_id"], ["star_awards.book", "star_awards.id"]),
        sa.Index("ix_star_objections_award", "book", "award_id"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    award_id: Mapped[UUID]
    by_id: Mapped[UUID]
    text_sealed: Mapped[str]
    at: Mapped[datetime]
    #: upheld, dismissed.
    decision: Mapped[str | None] = mapped_column(sa.String(12))
    decision_reason: Mapped[str | None]
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class StarBan(Base):
    """No stars for some years after a false record; what made it is named."""

    __tablename__ = "star_bans"
    __table_args__ = placed("book", sa.Index("ix_star_bans_member", "book", "member_id"))

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    member_id: Mapped[UUID]
    from_day: Mapped[date]
    until_day: Mapped[date]
    transfer_id: Mapped[UUID]
    made_by_id: Mapped[UUID]
    made_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class Honour(Base):
    """Name, day and giver, as 民政部令 67, article 9, asks for them."""

    __tablename__ = "honours"
    __table_args__ = placed("book", sa.Index("ix_honours_member", "book", "member_id"))

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    member_id: Mapped[UUID]
    name: Mapped[str]
    given_on: Mapped[date]
    given_by: Mapped[str]
    recorded_by_id: Mapped[UUID]
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Perk(Base):
    """What a region gives volunteers from so many stars on: no money, no goods."""

    __tablename__ = "perks"
    __table_args__ = placed("book", sa.Index("ix_perks_region", "book", "ends_on"))

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    name: Mapped[str]
    name_en: Mapped[str]
    terms: Mapped[str]
    terms_en: Mapped[str]
    from_stars: Mapped[int]
    begins_on: Mapped[date]
    ends_on: Mapped[date | None]
    made_by_id: Mapped[UUID]
    made_at: Mapped[datetime]
