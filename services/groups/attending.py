"""Who came is written down, the session is valued, and a list is proposed that another signs.

Nothing is paid here: whoever wrote the list down is its first signature, a regional administrator
the second. The holds stay until the list is worked off, and are what it pays from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.batches import BatchKind
from models.people import Member
from models.service_days import GroupPlace, GroupSession, GroupState
from services import audit, policy, rates
from services.acts import once
from services.batches.kinds.sessions import ABSENT, PROVIDER, RECIPIENT
from services.batches.proposing import put_forward
from services.clock import local_date
from services.context import Context
from services.entry_rights import require_hand
from services.groups import sentences as say
from services.groups.finding import locked_session, places_of, rules_of, subject_of
from services.groups.making import call_off, is_open_to_change, release_places
from services.groups.promise import settle_leader_day
from services.groups.settling import count_hours
from services.ledger.drafts import Stamp
from services.ledger.holds import release
from services.places import regional_settings
from services.rules.caps import credit_per_day
from services.rules.factors import STOPS
from services.rules.valuation import Valuation, VisitFacts, settle_group, value
from services.visits.days import lock_members, locked_day

#: The true start is near the booked one.
NEAR = timedelta(hours=1)
LONGEST_MINUTES = 360


@dataclass(frozen=True, slots=True)
class Attendance:
    """When it really began, how long it took, and who came."""

    began_at: datetime
    minutes: int
    present: tuple[UUID, ...]


def attend(ctx: Context, book: str, session_id: UUID, seen: Attendance) -> UUID | None:
    """Write down who came; returns the list that waits for its signature, if there is one.

    Nobody came: then nothing was given, nothing is paid, and everything held goes back.
    """
    row = locked_session(ctx, book, session_id)
    policy.require(ctx.actor, "group.attend", subject_of(ctx, row))
    require_hand(ctx, subject_of(ctx, row))
    asked = {
        "session_id": session_id,
        "began_at": seen.began_at,
        "minutes": seen.minutes,
        "present": sorted(str(each) for each in seen.present),
    }
    found = once(ctx, book, "group.attend", asked, lambda: _attend(ctx, row, seen))
    return UUID(found["batch_id"]) if found.get("batch_id") else None


def _attend(ctx: Context, row: GroupSession, seen: Attendance) -> dict[str, str]:
    places = [each for each in places_of(ctx, row) if _counted(row, each)]
    _check(ctx, row, seen, places)
    for place in places:
        place.present = place.elder_id in seen.present
    if not seen.present:
        call_off(ctx, row, say.NOBODY_CAME)
        return {}
    assert row.provider_id is not None
    # Before the day and the accounts, as everybody locks them: hours may be counted at the end.
    lock_members(ctx.session, {row.provider_id})
    valuation = _value(ctx, row, seen)
    settle_leader_day(
        ctx,
        row,
        valuation.credited_minutes if valuation.earn_minutes else 0,
        valuation.creditable_minutes,
    )
    row.began_at, row.actual_minutes = seen.began_at, valuation.creditable_minutes
    row.state, row.batch_id = GroupState.HELD, None
    if valuation.earn_minutes:
        row.batch_id = put_forward(
            ctx,
            row.book,
            BatchKind.SESSION,
            _terms(ctx, row, places, valuation),
            _list(ctx, row, places, valuation.earn_minutes),
        )
    audit.record(
        ctx,
        "group.attend",
        "group_session",
        row.id,
        book=row.book,
        after={
            "present": len(seen.present),
            "booked": row.booked,
            "actual_minutes": row.actual_minutes,
            "earn_minutes": valuation.earn_minutes,
        },
    )
    ctx.session.flush()
    if row.batch_id is None:
        _end_unpaid(ctx, row)
        return {}
    return {"batch_id": str(row.batch_id)}


def _counted(row: GroupSession, place: GroupPlace) -> bool:
    """Had a place when booking closed, and has not been dropped from the number since."""
    return place.cancelled_at is None or place.cancelled_at > row.closes_at


def _check(ctx: Context, row: GroupSession, seen: Attendance, places: Sequence[GroupPlace]) -> None:
    if row.state is GroupState.BOOKING or not is_open_to_change(ctx, row):
        raise say.SessionChanged
    if row.provider_id is None:
        raise say.SessionChanged
    if not 1 <= seen.minutes <= LONGEST_MINUTES:
        raise say.GroupMinutesWrong(field="minutes", most_minutes=LONGEST_MINUTES)
    if abs(seen.began_at - row.starts_at) > NEAR:
        raise say.BeganWrong(field="began_at")
    if seen.began_at + timedelta(minutes=seen.minutes) > ctx.now:
        raise say.NotYetOver
    here = {place.elder_id for place in places if place.cancelled_at is None}
    if not set(seen.present) <= here:
        raise say.NotOnList(field="present")
    if {place.elder_id for place in places} & ({ctx.actor.id} | ctx.actor.relatives):
        raise say.OnTheList


def _value(ctx: Context, row: GroupSession, seen: Attendance) -> Valuation:
    """What the session is worth by what was pinned when its leader said yes."""
    assert row.provider_id is not None
    assert row.provider_level is not None
    assert row.calendar_version is not None
    assert row.booked is not None
    rules = rules_of(ctx, row)
    calendar = rates.calendar_version(ctx.session, row.calendar_version)
    provider = ctx.session.get_one(Member, row.provider_id)
    settings = regional_settings(ctx.session, provider.region_code, local_date(ctx.now))
    day = locked_day(ctx.session, row.book, provider.id, local_date(row.starts_at))
    elsewhere = day.credit_minutes - row.reserved_minutes
    end = seen.began_at + timedelta(minutes=seen.minutes)
    start = max(seen.began_at, row.starts_at)
    facts = VisitFacts(
        service=row.service_code,
        start=start,
        actual_minutes=max(0, int((end - start).total_seconds()) // 60),
        booked_minutes=row.booked_minutes,
        provider_level=row.provider_level,
        certificate_relevant=False,
        care_grade=0,
        credited_today_minutes=elsewhere,
        recipients=row.booked,
        group=True,
        credit_per_day_minutes=max(
            credit_per_day(rules, settings), elsewhere + row.reserved_minutes
        ),
        booked_start=row.starts_at,
        premium_stop=STOPS[row.premium_stop],
    )
    return settle_group(value(facts, rules, calendar), len(seen.present))


def _terms(
    ctx: Context, row: GroupSession, places: Sequence[GroupPlace], valuation: Valuation
) -> dict[str, Any]:
    """What the signer sees, what is paid from, and why it is worth so much."""
    numbers = _numbers(ctx, [place.elder_id for place in places])
    holds = {
        numbers[place.elder_id]: str(place.hold_id) for place in places if place.hold_id is not None
    }
    name = rules_of(ctx, row).service(row.service_code).name
    return {
        "title": f"{name.zh} · {row.place}"[:60],
        "held_on": local_date(row.starts_at).isoformat(),
        "group_session_id": str(row.id),
        "holds": holds,
        "pool_hold": str(row.pool_hold_id) if row.pool_hold_id else None,
        "valuation": valuation.to_dict(),
    }


def _list(
    ctx: Context, row: GroupSession, places: Sequence[GroupPlace], earn_minutes: int
) -> bytes:
    """The list as it would have been typed: the leader, who came, who did not."""
    assert row.provider_id is not None
    numbers = _numbers(ctx, [row.provider_id, *(place.elder_id for place in places)])
    lines = ["number,part,minutes", f"{numbers[row.provider_id]},{PROVIDER},{earn_minutes}"]
    for place in places:
        part = RECIPIENT if place.present else ABSENT
        lines.append(f"{numbers[place.elder_id]},{part},")
    return ("\n".join(lines) + "\n").encode()


def _numbers(ctx: Context, members: Sequence[UUID]) -> dict[UUID, str]:
    rows = ctx.session.execute(
        sa.select(Member.id, Member.number).where(Member.id.in_(list(members)))
    )
    return {row.id: row.number for row in rows}


def _end_unpaid(ctx: Context, row: GroupSession) -> None:
    """Too short, or the day's credit was used up: hours count, and nobody pays."""
    release_places(ctx, row)
    if row.pool_hold_id is not None:
        release(ctx.session, row.book, [row.pool_hold_id], Stamp(ctx.now, ctx.actor.id))
    count_hours(ctx, row)
    row.settled_at = ctx.now
    ctx.session.flush()
