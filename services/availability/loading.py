"""What volunteers have stated, as plain values, for many of them at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import (
    AvailabilityException,
    ServingPlace,
    VolunteerProfile,
    WeeklyWindow,
)
from services.rules.availability import DEFAULT_ASKS, DayException, Window
from services.rules.travel import DEFAULT_MODE, DEFAULT_RADIUS_M


@dataclass(frozen=True, slots=True)
class Place:
    """A place that somebody sets out from, beside the own home."""

    id: UUID
    label: str
    latitude_e6: int
    longitude_e6: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What one volunteer has stated; the defaults where nothing has been said."""

    #: Whether anything but hours and places has ever been said.
    is_said: bool = False
    travel_mode: str = DEFAULT_MODE
    radius_m: int = DEFAULT_RADIUS_M
    weekly_minutes: int | None = None
    languages: frozenset[str] = frozenset()
    declined_codes: frozenset[str] = frozenset()
    may_be_asked: bool = True
    asks_per_day: int = DEFAULT_ASKS
    windows: tuple[Window, ...] = ()
    exceptions: tuple[DayException, ...] = ()
    #: Of each exception, its id, in the same order.
    exception_ids: tuple[UUID, ...] = ()
    places: tuple[Place, ...] = field(default=())


def stated_by(session: Session, member_ids: Collection[UUID], since: date) -> dict[UUID, Stated]:
    """What these members have stated; exceptions that were over before a day are left out."""
    profiles = {
        row.member_id: row
        for row in session.scalars(
            sa.select(VolunteerProfile).where(VolunteerProfile.member_id.in_(member_ids))
        )
    }
    windows: dict[UUID, list[Window]] = {}
    for row in session.scalars(
        sa.select(WeeklyWindow)
        .where(WeeklyWindow.member_id.in_(member_ids))
        .order_by(WeeklyWindow.weekday, WeeklyWindow.from_minute)
    ):
        windows.setdefault(row.member_id, []).append(
            Window(row.weekday, row.from_minute, row.to_minute)
        )
    exceptions = _exceptions(session, member_ids, since)
    places: dict[UUID, list[Place]] = {}
    for place in session.scalars(
        sa.select(ServingPlace)
        .where(ServingPlace.member_id.in_(member_ids))
        .order_by(ServingPlace.label, ServingPlace.id)
    ):
        places.setdefault(place.member_id, []).append(
            Place(place.id, place.label, place.latitude_e6, place.longitude_e6)
        )
    return {
        each: _stated(
            profiles.get(each),
            windows.get(each, []),
            exceptions.get(each, []),
            places.get(each, []),
        )
        for each in member_ids
    }


def _exceptions(
    session: Session, member_ids: Collection[UUID], since: date
) -> dict[UUID, list[tuple[UUID, DayException]]]:
    found: dict[UUID, list[tuple[UUID, DayException]]] = {}
    for row in session.scalars(
        sa.select(AvailabilityException)
        .where(
            AvailabilityException.member_id.in_(member_ids),
            AvailabilityException.last_day >= since,
        )
        .order_by(AvailabilityException.first_day, AvailabilityException.id)
    ):
        stated = DayException(
            row.kind.value, row.first_day, row.last_day, row.from_minute, row.to_minute
        )
        found.setdefault(row.member_id, []).append((row.id, stated))
    return found


def _stated(
    profile: VolunteerProfile | None,
    windows: list[Window],
    exceptions: list[tuple[UUID, DayException]],
    places: list[Place],
) -> Stated:
    hours = Stated(
        windows=tuple(windows),
        exceptions=tuple(each for _, each in exceptions),
        exception_ids=tuple(key for key, _ in exceptions),
        places=tuple(places),
    )
    if profile is None:
        return hours
    return Stated(
        is_said=True,
        travel_mode=profile.travel_mode.value,
        radius_m=profile.radius_m,
        weekly_minutes=profile.weekly_minutes,
        languages=frozenset(profile.languages),
        declined_codes=frozenset(profile.declined_codes),
        may_be_asked=profile.may_be_asked,
        asks_per_day=profile.asks_per_day,
        windows=hours.windows,
        exceptions=hours.exceptions,
        exception_ids=hours.exception_ids,
        places=hours.places,
    )
