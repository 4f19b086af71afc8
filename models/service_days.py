"""Service days with a team, group sessions, and welfare visits to those at risk."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed, str_enum
from models.schedule import HolidayPolicy


class RoundState(StrEnum):
    """Where one service day stands."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class GroupState(StrEnum):
    """Where a group session stands."""

    BOOKING = "booking"
    CLOSED = "closed"  # the number of recipients is fixed
    HELD = "held"  # attendance is recorded, and a batch proposed
    CANCELLED = "cancelled"


class RiskTier(StrEnum):
    """How closely somebody is looked after by welfare visits."""

    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"


class ServiceDay(Base):
    """A recurring day on which a team goes out together (say, the 15th of each month)."""

    __tablename__ = "service_days"
    __table_args__ = placed("book", sa.Index("ix_service_days_branch", "book", "branch_id"))

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    branch_id: Mapped[UUID]
    name: Mapped[str]
    rrule: Mapped[str]
    starts_local: Mapped[str] = mapped_column(sa.String(19))
    minutes: Mapped[Minutes]
    holiday_policy: Mapped[HolidayPolicy] = mapped_column(
        str_enum(HolidayPolicy, "service_day_policy")
    )
    made_until: Mapped[date | None]
    made_by_id: Mapped[UUID]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Round(Base):
    """One date of a service day."""

    __tablename__ = "rounds"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(
            ["book", "service_day_id"], ["service_days.book", "service_days.id"]
        ),
        sa.Index("ix_rounds_starts_at", "book", "starts_at"),
    )

    book: Mapped[BookKey]
    service_day_id: Mapped[IdKey]
    rule_day: Mapped[date] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[RoundState] = mapped_column(str_enum(RoundState, "round_state"))
    calendar_is_published: Mapped[bool]
    reason: Mapped[str | None]


class RoundMember(Base):
    """Somebody of a service day's team, who said yes to this date."""

    __tablename__ = "round_members"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(
            ["book", "service_day_id", "rule_day"],
            ["rounds.book", "rounds.service_day_id", "rounds.rule_day"],
        ),
        sa.Index("ix_round_members_member", "book", "member_id"),
    )

    book: Mapped[BookKey]
    service_day_id: Mapped[IdKey]
    rule_day: Mapped[date] = mapped_column(primary_key=True)
    member_id: Mapped[IdKey]
    answer: Mapped[str] = mapped_column(sa.String(8))  # asked, yes, no
    answered_at: Mapped[datetime | None]


class RoundStop(Base):
    """An elder whom the team visits on a date; the visit itself is an ordinary request."""

    __tablename__ = "round_stops"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(
            ["book", "service_day_id", "rule_day"],
            ["rounds.book", "rounds.service_day_id", "rounds.rule_day"],
        ),
        sa.Index("ix_round_stops_request", "book", "request_id"),
        deletes=True,
    )

    book: Mapped[BookKey]
    service_day_id: Mapped[IdKey]
    rule_day: Mapped[date] = mapped_column(primary_key=True)
    request_id: Mapped[IdKey]
    place: Mapped[int]


class GroupSession(Base):
    """One service given to several recipients at once, at a branch."""

    __tablename__ = "group_sessions"
    __table_args__ = placed(
        "book",
        sa.Index("ix_group_sessions_branch", "book", "branch_id", "starts_at"),
        sa.Index("ix_group_sessions_state", "book", "state", "closes_at"),
        sa.CheckConstraint("places > 0", name="places_positive"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    branch_id: Mapped[UUID]
    #: The service day that it belongs to, if any, and its date.
    service_day_id: Mapped[UUID | None]
    rule_day: Mapped[date | None]
    service_code: Mapped[str] = mapped_column(sa.String(8))
    starts_at: Mapped[datetime]
    booked_minutes: Mapped[Minutes]
    closes_at: Mapped[datetime]
    places: Mapped[int]
    place: Mapped[str]
    state: Mapped[GroupState] = mapped_column(str_enum(GroupState, "group_state"))
    #: How many had booked when booking closed: each pays one part in as many.
    booked: Mapped[int | None]
    #: Who leads it, and what was pinned and reserved when he said yes.
    provider_id: Mapped[UUID | None]
    accepted_at: Mapped[datetime | None]
    rule_set_version: Mapped[str | None] = mapped_column(sa.String(32))
    calendar_version: Mapped[str | None] = mapped_column(sa.String(64))
    provider_level: Mapped[str | None] = mapped_column(sa.String(4))
    premium_stop: Mapped[str] = mapped_column(sa.String(8), default="none", server_default="none")
    reserved_minutes: Mapped[int] = mapped_column(sa.BigInteger(), default=0)
    pool_hold_id: Mapped[UUID | None]
    began_at: Mapped[datetime | None]
    actual_minutes: Mapped[int | None]
    #: The list that two people sign, and when what it says was done.
    batch_id: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
    made_by_id: Mapped[UUID]
    made_at: Mapped[datetime]
    reason: Mapped[str | None]


class GroupPlace(Base):
    """One recipient's place in a group session, and whether the recipient came."""

    __tablename__ = "group_places"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(
            ["book", "session_id"], ["group_sessions.book", "group_sessions.id"]
        ),
        sa.Index("ix_group_places_elder", "book", "elder_id"),
    )

    book: Mapped[BookKey]
    session_id: Mapped[IdKey]
    elder_id: Mapped[IdKey]
    booked_by_id: Mapped[UUID]
    consent: Mapped[str] = mapped_column(sa.String(16))
    booked_at: Mapped[datetime]
    hold_id: Mapped[UUID | None]
    cancelled_at: Mapped[datetime | None]
    present: Mapped[bool | None]


class WelfareSubject(Base):
    """An elder who is looked in on each month, more often the higher the risk."""

    __tablename__ = "welfare_subjects"
    __table_args__ = placed("book", sa.Index("ix_welfare_subjects_branch", "book", "branch_id"))

    book: Mapped[BookKey]
    elder_id: Mapped[IdKey]
    branch_id: Mapped[UUID]
    tier: Mapped[RiskTier] = mapped_column(str_enum(RiskTier, "risk_tier"))
    #: The facts that put the elder in the tier, as codes.
    facts: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    since: Mapped[date]
    ended_on: Mapped[date | None]
    #: A clerk found that more care is needed than the facts say, and why.
    raised_to: Mapped[RiskTier | None] = mapped_column(str_enum(RiskTier, "raised_tier"))
    raise_reason_sealed: Mapped[str | None]
    raised_by_id: Mapped[UUID | None]
    raised_at: Mapped[datetime | None]


class WelfareVisit(Base):
    """Somebody looked in, or called, and what was found."""

    __tablename__ = "welfare_visits"
    __table_args__ = placed(
        "book",
        sa.Index("ix_welfare_visits_elder", "book", "elder_id", "at"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    elder_id: Mapped[UUID]
    at: Mapped[datetime]
    how: Mapped[str] = mapped_column(sa.String(8))  # home, phone, video
    by_id: Mapped[UUID]
    #: well, needs_help, not_reached
    finding: Mapped[str] = mapped_column(sa.String(16))
    note_sealed: Mapped[str | None]
    #: What was opened for whoever needs help, or did not open the door.
    sheet_id: Mapped[UUID | None]
