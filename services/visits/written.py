"""A slip as it comes back to the counter: codes and hours of a wall clock, without a day.

The day follows from the visit that the slip belongs to. A pile of slips is entered slip by slip,
each in a unit of work of its own, so that none waits for, or falls with, another one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from models.requests import Visit
from services.clock import at_local, local_date
from services.context import Context
from services.people.reading import member_row
from services.queries.branch.desks import books_of, desk
from services.visits import sentences as say
from services.visits.checking import Slip, enter_slip
from services.visits.slips import visit_of_any_slip

#: As many slips as a page, or a call of the API, takes at once.
MOST_SLIPS = 50
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WrittenSlip:
    """What stands on a slip. ``came`` and ``code_in`` are left out where a telephone said so."""

    reference: str
    code_in: str | None
    code_out: str
    came: time | None
    left: time
    rest: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class EnteredSlip:
    """What was entered, for whoever now asks the elder; actual minutes."""

    book: str
    visit_id: UUID
    elder_name: str
    provider_name: str
    came_at: datetime
    left_at: datetime
    actual_minutes: int


def enter_written(ctx: Context, branch_id: UUID, slip: WrittenSlip) -> EnteredSlip:
    """Enter one slip at a branch. Raises what :func:`visit_of_any_slip` and enter_slip raise."""
    here = desk(ctx, branch_id)
    found = visit_of_any_slip(ctx, books_of(ctx, here), slip.reference, slip.code_out)
    came_at = _nearest(found.starts_at, slip.came) if slip.came else found.came_at
    if came_at is None:
        raise say.SlipWithoutComing(field="came_at")
    left_at = _first_after(came_at, slip.left)
    breaks: tuple[tuple[datetime, datetime], ...] = ()
    if slip.rest is not None:
        begin = _first_after(came_at, slip.rest[0])
        breaks = ((begin, _first_after(begin, slip.rest[1])),)
    whole = Slip(slip.code_in, slip.code_out, came_at if slip.came else None, left_at, breaks)
    enter_slip(ctx, found.book, found.visit_id, whole)
    return _entered(ctx, ctx.session.get_one(Visit, (found.book, found.visit_id)))


def key_of(key: str, slip: WrittenSlip) -> str:
    """The key of one slip among those that came under one key: whatever its place among them."""
    return hashlib.sha256(f"{key}:{':'.join(_mark(slip))}".encode()).hexdigest()


def refuse_double(slips: Sequence[WrittenSlip | None], place: int) -> None:
    """Raise SlipTwice where the same slip stands further up; rows count from 1."""
    mine = slips[place]
    for row, other in enumerate(slips[:place], 1):
        if mine is not None and other is not None and _mark(other) == _mark(mine):
            raise say.SlipTwice(field="reference", row=row)


def _mark(slip: WrittenSlip) -> tuple[str, str]:
    """What tells a slip from any other, however it was typed."""
    code = "".join(char for char in slip.code_out.upper() if char.isalnum())
    return re.sub(r"\D", "", slip.reference), code


def _nearest(moment: datetime, clock: time) -> datetime:
    """The moment with this time of day that is nearest to another one."""
    day = local_date(moment)
    around = (at_local(day + step * DAY, clock) for step in (-1, 0, 1))
    return min(around, key=lambda each: abs(each - moment))


def _first_after(moment: datetime, clock: time) -> datetime:
    """The first moment with this time of day after another one: a night ends on the next day."""
    found = at_local(local_date(moment), clock)
    return found if found > moment else at_local(local_date(moment) + DAY, clock)


def _entered(ctx: Context, visit: Visit) -> EnteredSlip:
    assert visit.checked_in_at is not None, "a slip that was entered has both ends"
    assert visit.checked_out_at is not None, "a slip that was entered has both ends"
    return EnteredSlip(
        book=visit.book,
        visit_id=visit.id,
        elder_name=member_row(ctx.session, visit.elder_id).name,
        provider_name=member_row(ctx.session, visit.provider_id).name,
        came_at=visit.checked_in_at,
        left_at=visit.checked_out_at,
        actual_minutes=visit.actual_minutes or 0,
    )
