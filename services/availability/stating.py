"""A volunteer says when, where from and how; or staff write it down at the counter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.availability import ServingPlace, TravelMode, VolunteerProfile, WeeklyWindow
from models.people import Member
from services import policy, rates
from services.acts import once
from services.availability import errors as say
from services.claims import claim_row
from services.clock import local_date
from services.context import Context
from services.people import texts
from services.people.reading import member_row, subject_of
from services.people.trail import note
from services.privacy.effects import PLACE, has_refused
from services.privacy.sentences import PlaceConsentMissing
from services.requests.sentences import ServiceUnknown
from services.rules.availability import (
    DAY_MINUTES,
    DEFAULT_ASKS,
    MOST_ASKS,
    MOST_PLACES,
    MOST_WEEK_HOURS,
    MOST_WINDOWS,
    Window,
    merged,
)
from services.rules.languages import LANGUAGES
from services.rules.travel import (
    DEFAULT_MODE,
    DEFAULT_RADIUS_M,
    LEAST_RADIUS_M,
    MOST_RADIUS_M,
)


def change(
    ctx: Context,
    member_id: UUID,
    what: str,
    content: Mapping[str, Any],
    do: Callable[[Member], UUID | None],
) -> UUID | None:
    """One act on what a volunteer states: allowed, and once; gives the id of what was made."""
    member = volunteer_row(ctx, member_id)

    def run() -> dict[str, str]:
        found = do(member)
        return {} if found is None else {"id": str(found)}

    content = {"member_id": member_id, **content}
    made = once(ctx, member.home_book, f"availability.{what}", content, run).get("id")
    return None if made is None else UUID(made)


def volunteer_row(ctx: Context, member_id: UUID) -> Member:
    """The volunteer's row, for whoever may change what is stated."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "availability.update", subject_of(member))
    if not member.is_provider:
        raise say.NotAProvider
    return member


def set_week(ctx: Context, member_id: UUID, windows: Sequence[Window]) -> None:
    """Set the hours of each week, door to door; none at all means that nothing is stated."""
    for each in windows:
        if not (0 <= each.weekday <= 6 and 0 <= each.from_minute < each.to_minute <= DAY_MINUTES):
            raise say.HoursWrong(field="windows")
    found = [
        Window(weekday, begin, end)
        for weekday in range(7)
        for begin, end in merged(
            (each.from_minute, each.to_minute) for each in windows if each.weekday == weekday
        )
    ]
    if len(found) > MOST_WINDOWS:
        raise say.TooManyHours(field="windows", most=MOST_WINDOWS)
    rows = [[each.weekday, each.from_minute, each.to_minute] for each in found]

    def do(member: Member) -> None:
        ctx.session.execute(sa.delete(WeeklyWindow).where(WeeklyWindow.member_id == member.id))
        for weekday, begin, end in rows:
            ctx.session.add(
                WeeklyWindow(
                    member_id=member.id,
                    id=ctx.new_id(),
                    weekday=weekday,
                    from_minute=begin,
                    to_minute=end,
                )
            )
        note(ctx, "availability.week", member, after={"windows": rows})
        ctx.session.flush()

    change(ctx, member_id, "week", {"windows": rows}, do)


def set_travel(ctx: Context, member_id: UUID, mode: str, radius_m: int) -> None:
    """Set how and how far the volunteer comes."""
    if mode not in {each.value for each in TravelMode}:
        raise say.ModeUnknown(field="mode")
    if not LEAST_RADIUS_M <= radius_m <= MOST_RADIUS_M:
        least, most = f"{LEAST_RADIUS_M / 1000:g}", f"{MOST_RADIUS_M // 1000}"
        raise say.RadiusWrong(field="radius_m", least_km=least, most_km=most)
    values = {"travel_mode": TravelMode(mode), "radius_m": radius_m}
    _set_profile(ctx, member_id, "travel", values)


def set_languages(ctx: Context, member_id: UUID, codes: Collection[str]) -> None:
    """Set the languages and dialects that the volunteer speaks."""
    if not set(codes) <= set(LANGUAGES):
        raise say.DialectUnknown(field="languages")
    values = {"languages": [code for code in LANGUAGES if code in codes]}
    _set_profile(ctx, member_id, "languages", values)


def set_declined(ctx: Context, member_id: UUID, codes: Collection[str]) -> None:
    """Set the services that the volunteer does not want to be asked for."""
    services = rates.rule_set_on(ctx.session, local_date(ctx.now)).services
    if not set(codes) <= set(services):
        raise ServiceUnknown(field="declined_codes")
    values = {"declined_codes": [code for code in services if code in codes]}
    _set_profile(ctx, member_id, "declined", values)


def set_asking(
    ctx: Context,
    member_id: UUID,
    *,
    may_be_asked: bool,
    asks_per_day: int,
    weekly_minutes: int | None,
) -> None:
    """Set whether and how often a day the volunteer is asked, and for how long a week."""
    if not 1 <= asks_per_day <= MOST_ASKS:
        raise say.AsksWrong(field="asks_per_day", most=MOST_ASKS)
    if weekly_minutes is not None and not 60 <= weekly_minutes <= MOST_WEEK_HOURS * 60:
        raise say.WeekWrong(field="weekly_minutes", most=MOST_WEEK_HOURS)
    values = {
        "may_be_asked": may_be_asked,
        "asks_per_day": asks_per_day,
        "weekly_minutes": weekly_minutes,
    }
    _set_profile(ctx, member_id, "asking", values)


def add_place(
    ctx: Context, member_id: UUID, label: str, latitude_e6: int, longitude_e6: int
) -> UUID | None:
    """Add a place that the volunteer sets out from, beside the own home; returns its id."""
    texts.place(latitude_e6, longitude_e6)
    name = texts.needed(label, "label", 40)

    def do(member: Member) -> UUID:
        if has_refused(ctx.session, member.id, PLACE):
            raise PlaceConsentMissing
        known = ctx.session.scalar(
            sa.select(sa.func.count())
            .select_from(ServingPlace)
            .where(ServingPlace.member_id == member.id)
        )
        if (known or 0) >= MOST_PLACES:
            raise say.TooManyPlaces(most=MOST_PLACES)
        place_id = ctx.new_id()
        ctx.session.add(
            ServingPlace(
                member_id=member.id,
                id=place_id,
                label=name,
                latitude_e6=latitude_e6,
                longitude_e6=longitude_e6,
            )
        )
        note(ctx, "availability.place", member, after={"place": str(place_id)})
        ctx.session.flush()
        return place_id

    content = {"label": name, "latitude_e6": latitude_e6, "longitude_e6": longitude_e6}
    return change(ctx, member_id, "place", content, do)


def remove_place(ctx: Context, member_id: UUID, place_id: UUID) -> None:
    """Take a place off the list."""

    def do(member: Member) -> None:
        row = ctx.session.get(ServingPlace, (member.id, place_id))
        if row is None:
            raise say.PlaceUnknown
        ctx.session.execute(
            sa.delete(ServingPlace).where(
                ServingPlace.member_id == member.id, ServingPlace.id == place_id
            )
        )
        note(ctx, "availability.place", member, before={"place": str(place_id)})
        ctx.session.flush()

    change(ctx, member_id, "place_end", {"place_id": place_id}, do)


def _set_profile(ctx: Context, member_id: UUID, what: str, values: dict[str, Any]) -> None:
    def do(member: Member) -> None:
        row = profile_row(ctx, member)
        before = {name: getattr(row, name) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
        row.updated_at = ctx.now
        note(ctx, f"availability.{what}", member, before=before, after=values)
        ctx.session.flush()

    change(ctx, member_id, what, values, do)


def profile_row(ctx: Context, member: Member) -> VolunteerProfile:
    """The volunteer's row, made when missing; services only."""
    ctx.session.flush()
    claim_row(
        ctx.session,
        VolunteerProfile,
        {
            "member_id": member.id,
            "travel_mode": TravelMode(DEFAULT_MODE),
            "radius_m": DEFAULT_RADIUS_M,
            "weekly_minutes": None,
            "languages": [],
            "declined_codes": [],
            "may_be_asked": True,
            "asks_per_day": DEFAULT_ASKS,
            "updated_at": ctx.now,
        },
    )
    return ctx.session.get_one(VolunteerProfile, member.id, with_for_update=True)
