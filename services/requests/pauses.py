"""Whether the host's volunteers can be asked for somebody who stays there, and if not until when.

A region at its cap still serves, but what its elders draw elsewhere waits: the request stays open
to volunteers of the elder's own region, and the search goes on once there is room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.requests import Request
from services import rates
from services.clock import local_date
from services.context import Context
from services.corridors.claiming import freed_at, room_of
from services.corridors.pairs import Pair, barriers, views_of
from services.rules.calendar import Calendar
from services.rules.rule_set import RuleSet
from services.rules.valuation import largest_earn

CAP_REACHED = "cap_reached"


@dataclass(frozen=True, slots=True)
class Pause:
    """Why nobody of the host's county is asked now: not_joined, corridor_shut or cap_reached."""

    code: str
    #: When a used-up cap is expected to leave room again.
    until: datetime | None = None


def pause_of(ctx: Context, request: Request) -> Pause | None:
    """What keeps a request from the host's volunteers now; None: nothing, or it is at home."""
    return pauses_of(ctx, [request]).get(request.id)


def pauses_of(ctx: Context, requests: Sequence[Request]) -> dict[UUID, Pause]:
    """By request, what keeps it from the host's volunteers; the others are left out.

    Read without a lock: whoever says yes is told for certain.
    """
    pairs = {each.id: (each.book, each.place_book) for each in requests if each.place_book}
    if not pairs:
        return {}
    shut = barriers(ctx.session, set(pairs.values()), local_date(ctx.now))
    left = _left(ctx, set(pairs.values()) - set(shut))
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    calendar = rates.calendar_on(ctx.session)
    found: dict[UUID, Pause] = {}
    for each in requests:
        pair = pairs.get(each.id)
        if pair is None:
            continue
        if pair in shut:
            found[each.id] = Pause(shut[pair])
        elif pair in left and most_minutes(each, rules, calendar) > left[pair]:
            found[each.id] = Pause(CAP_REACHED, freed_at(ctx))
    return found


def _left(ctx: Context, pairs: set[Pair]) -> dict[Pair, int]:
    """What the caps leave each pair; those without any cap are left out."""
    day = local_date(ctx.now)
    found: dict[Pair, int] = {}
    for pair, view in views_of(ctx.session, pairs, day).items():
        if view.is_kept_together:
            continue
        rooms = room_of(ctx.session, view, pair[0], day)
        left = [room.left_minutes for room in rooms if room.left_minutes is not None]
        if left:
            found[pair] = min(left)
    return found


def most_minutes(request: Request, rules: RuleSet, calendar: Calendar) -> int:
    """The most that a request may cost for one of those who come, whoever it is."""
    earn = largest_earn(
        service=request.service_code,
        booked_start=request.starts_at,
        booked_minutes=request.booked_minutes,
        provider_level=list(rules.levels)[-1],
        certificate_relevant=True,
        care_grade=request.care_grade,
        rules=rules,
        calendar=calendar,
    )
    return earn if request.remote else max(earn, rules.closed_door_minutes)
