"""Standing visits: a rule in local wall time, its exceptions, and the dates that follow."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed, str_enum


class HolidayPolicy(StrEnum):
    """What a date of the rule does that falls on a day off."""

    KEEP = "keep"
    SKIP = "skip"
    NEXT_WORKING_DAY = "next_working_day"


class SeriesState(StrEnum):
    """Where a standing visit stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class OccurrenceState(StrEnum):
    """What became of one date of a standing visit."""

    PLANNED = "planned"  # too far ahead to ask anybody
    ASKED = "asked"  # a request has been made of it
    SKIPPED = "skipped"  # a holiday, by the policy
    CANCELLED = "cancelled"  # an exception
    REFUSED = "refused"  # the request could not be made; the reason stands beside it


class Series(Base):
    """A standing visit. The rule is an RRULE over local wall time, never over UTC."""

    __tablename__ = "series"
    __table_args__ = placed(
        "book",
        sa.Index("ix_series_elder", "book", "elder_id"),
        sa.Index("ix_series_state", "book", "state", "made_until"),
        sa.Index("ix_series_branch", "book", "branch_id", "state"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    branch_id: Mapped[UUID]
    elder_id: Mapped[UUID]
    asked_by_id: Mapped[UUID]
    consent: Mapped[str] = mapped_column(sa.String(16))
    service_code: Mapped[str] = mapped_column(sa.String(8))
    #: RFC 5545, without DTSTART; ``starts_local`` is DTSTART as naive ISO text.
    rrule: Mapped[str]
    starts_local: Mapped[str] = mapped_column(sa.String(19))
    tzid: Mapped[str] = mapped_column(sa.String(40))
    booked_minutes: Mapped[Minutes]
    remote: Mapped[bool] = mapped_column(default=False)
    holiday_policy: Mapped[HolidayPolicy] = mapped_column(str_enum(HolidayPolicy, "holiday_policy"))
    note_sealed: Mapped[str | None]
    risk_note_sealed: Mapped[str | None]
    address_sealed: Mapped[str | None]
    wished_sex: Mapped[str | None] = mapped_column(sa.String(8))
    regular_id: Mapped[UUID | None]
    regular_agreed_at: Mapped[datetime | None]
    substitute_id: Mapped[UUID | None]
    substitute_agreed_at: Mapped[datetime | None]
    state: Mapped[SeriesState] = mapped_column(str_enum(SeriesState, "series_state"))
    #: A branch has let its further dates through; a change of what is asked takes that back.
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[UUID | None]
    #: Dates up to and including this day stand as rows.
    made_until: Mapped[date | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    #: Raised by each change, for calendar programs.
    sequence: Mapped[int] = mapped_column(default=0)


class Occurrence(Base):
    """One date of a standing visit, known by the date that the rule gave it."""

    __tablename__ = "occurrences"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "series_id"], ["series.book", "series.id"]),
        sa.Index("ix_occurrences_state", "book", "state", "starts_at"),
        sa.Index("ix_occurrences_request", "book", "request_id"),
    )

    book: Mapped[BookKey]
    series_id: Mapped[IdKey]
    #: The RECURRENCE-ID: the day that the rule named, whatever was moved later.
    rule_day: Mapped[date] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    state: Mapped[OccurrenceState] = mapped_column(str_enum(OccurrenceState, "occurrence_state"))
    #: ``moved``, ``cancelled`` or None; a person's decision is never overwritten by the rule.
    exception: Mapped[str | None] = mapped_column(sa.String(12))
    #: Whether the year's calendar was published when the day was worked out.
    calendar_is_published: Mapped[bool]
    holiday: Mapped[str | None]
    request_id: Mapped[UUID | None]
    reason: Mapped[str | None]


class Reschedule(Base):
    """Another time proposed for a promised visit: it holds once the other side agrees."""

    __tablename__ = "reschedules"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "request_id"], ["requests.book", "requests.id"]),
        sa.Index("ix_reschedules_request", "book", "request_id"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    request_id: Mapped[UUID]
    proposed_by_id: Mapped[UUID]
    acting_for_id: Mapped[UUID | None]
    proposed_at: Mapped[datetime]
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    #: Who has to say yes: [member ids, as text], and who has.
    asked: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    agreed: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    state: Mapped[str] = mapped_column(sa.String(12))  # open, done, refused, lapsed
    ended_at: Mapped[datetime | None]
