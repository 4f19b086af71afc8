"""When, where and how a volunteer can come, what an elder wishes, and who must not meet whom."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class TravelMode(StrEnum):
    """How a volunteer gets from door to door."""

    WALK = "walk"
    BICYCLE = "bicycle"
    TRANSIT = "transit"
    CAR = "car"


class ExceptionKind(StrEnum):
    """What a dated exception does to the weekly hours."""

    AWAY = "away"
    EXTRA = "extra"


class CheckKind(StrEnum):
    """What is looked at before somebody goes to a home alone."""

    SCREENING = "screening"  # a certificate of no criminal record, and a talk
    ACCOMPANIED = "accompanied"  # the first home visit was made with somebody experienced


class IncidentState(StrEnum):
    """Where the review of an incident stands."""

    OPEN = "open"
    LIFTED = "lifted"  # the two may meet again
    KEPT_APART = "kept_apart"


class IncidentKind(StrEnum):
    """What an incident is about, in the words of the form."""

    HURT = "hurt"
    MONEY = "money"
    CONDUCT = "conduct"
    FEAR = "fear"
    OTHER = "other"


class VolunteerProfile(Base):
    """What a volunteer says of coming and going. No row: nothing has been said yet."""

    __tablename__ = "volunteer_profiles"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    travel_mode: Mapped[TravelMode] = mapped_column(str_enum(TravelMode, "travel_mode"))
    #: As far as the volunteer goes from a place of the own, straight, in metres.
    radius_m: Mapped[int]
    #: Hours a week wished for, in minutes; None where only the rules' limit holds.
    weekly_minutes: Mapped[int | None]
    #: Spoken languages and dialects, by code (``services.rules.languages``).
    languages: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    #: Catalogue codes that the volunteer does not want to be asked for.
    declined_codes: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    #: Whether to be asked at all, and how often a day at most.
    may_be_asked: Mapped[bool] = mapped_column(default=True)
    asks_per_day: Mapped[int] = mapped_column(default=2)
    updated_at: Mapped[datetime]


class WeeklyWindow(Base):
    """Hours of each week, door to door: the way there and back lies inside. Local minutes."""

    __tablename__ = "weekly_windows"
    __table_args__ = placed(
        "member",
        sa.CheckConstraint("weekday >= 0 AND weekday <= 6", name="weekday_range"),
        sa.CheckConstraint(
            "from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440", name="hours"
        ),
        deletes=True,
    )

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    weekday: Mapped[int]  # 0 is Monday
    from_minute: Mapped[int]
    to_minute: Mapped[int]


class AvailabilityException(Base):
    """Away on some days (a pause is a long one), or there when the week says otherwise."""

    __tablename__ = "availability_exceptions"
    __table_args__ = placed(
        "member",
        sa.CheckConstraint("first_day <= last_day", name="days"),
        sa.CheckConstraint(
            "from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440", name="hours"
        ),
        deletes=True,
    )

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    kind: Mapped[ExceptionKind] = mapped_column(str_enum(ExceptionKind, "exception_kind"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    from_minute: Mapped[int]
    to_minute: Mapped[int]


class ServingPlace(Base):
    """A place that a volunteer sets out from, beside the own home (work, a school)."""

    __tablename__ = "serving_places"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    label: Mapped[str] = mapped_column(sa.String(40))
    latitude_e6: Mapped[int]
    longitude_e6: Mapped[int]


class ElderWish(Base):
    """What an elder wishes of whoever comes, and which of it must be so."""

    __tablename__ = "elder_wishes"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    languages: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    language_must: Mapped[bool] = mapped_column(default=False)
    #: ``same`` or None: somebody of the elder's own sex.
    sex: Mapped[str | None] = mapped_column(sa.String(8))
    sex_must: Mapped[bool] = mapped_column(default=False)
    #: Rather somebody who has been there before.
    same_person: Mapped[bool] = mapped_column(default=True)
    #: Parts of the day that suit: morning, afternoon, evening.
    day_parts: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    updated_at: Mapped[datetime]


class Avoidance(Base):
    """A member does not want to meet another. Only the member and the system know of it."""

    __tablename__ = "avoidances"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SafeguardingCheck(Base):
    """A screening with its end, or the first home visit that was made in company."""

    __tablename__ = "safeguarding_checks"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    kind: Mapped[CheckKind] = mapped_column(str_enum(CheckKind, "check_kind"))
    on_day: Mapped[date]
    valid_to: Mapped[date | None]
    reference: Mapped[str]
    recorded_by_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class Accompaniment(Base):
    """A branch has named who goes along with somebody whose first home visit this is."""

    __tablename__ = "accompaniments"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "request_id"], ["requests.book", "requests.id"]),
        deletes=True,
    )

    book: Mapped[BookKey]
    request_id: Mapped[IdKey]
    provider_id: Mapped[IdKey]
    companion: Mapped[str]
    recorded_by_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class Incident(Base):
    """Something went wrong between two people: they do not meet until a branch has decided."""

    __tablename__ = "incidents"
    __table_args__ = placed(
        "book",
        sa.Index("ix_incidents_branch", "book", "branch_id", "state"),
        # Found over all books: somebody may have moved since.
        sa.Index("ix_incidents_elder", "elder_id"),
        sa.Index("ix_incidents_provider", "provider_id"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    branch_id: Mapped[UUID]
    elder_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    visit_id: Mapped[UUID]
    kind: Mapped[IncidentKind] = mapped_column(str_enum(IncidentKind, "incident_kind"))
    reported_by_id: Mapped[UUID]
    acting_for_id: Mapped[UUID | None]
    reported_at: Mapped[datetime]
    text_sealed: Mapped[str]
    state: Mapped[IncidentState] = mapped_column(str_enum(IncidentState, "incident_state"))
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
