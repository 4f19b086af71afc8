"""When a notice may go out, when one that failed is tried again, and what none may hold. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta

#: Nobody's telephone rings between nine in the evening and eight in the morning.
QUIET_FROM_MINUTE, QUIET_TO_MINUTE = 21 * 60, 8 * 60
A_DAY_MINUTES = 24 * 60
#: Minutes to wait after each attempt that failed; after the last one a notice is given up.
RETRY_MINUTES = (1, 5, 30, 120, 720)
#: Minutes until somebody who did not answer the telephone is called again.
CALL_AGAIN_MINUTES = (60, 180)
#: A visit called off within so many hours is told at once, whatever the hour.
SOON_HOURS = 12

#: What a notice never holds, whoever reads it: it may be read on a locked telephone, on paper,
#: or by the wrong person.
NEVER_SAID = frozenset(
    "address note risk_note grade care_grade assessment illness health diagnosis medicine "
    "phone contact id_number born_on latitude_e6 longitude_e6 coordinates".split()
)


def is_soon(now: datetime, starts_at: datetime) -> bool:
    """Whether a change of this visit must be told at once, whatever the hour."""
    return starts_at - now <= timedelta(hours=SOON_HOURS)


def is_quiet(minute: int, from_minute: int, to_minute: int) -> bool:
    """Whether a minute of the day lies in the quiet hours; equal ends mean that there are none."""
    if from_minute <= to_minute:
        return from_minute <= minute < to_minute
    return minute >= from_minute or minute < to_minute


def quiet_ends(at: datetime, from_minute: int, to_minute: int) -> datetime | None:
    """When the quiet hours around a moment on a wall clock end; None when it is not quiet."""
    minute = at.hour * 60 + at.minute
    if not is_quiet(minute, from_minute, to_minute):
        return None
    day = at.date()
    if minute >= to_minute:
        day += timedelta(days=1)
    return datetime.combine(day, time(to_minute // 60, to_minute % 60), tzinfo=at.tzinfo)


def retry_after(attempts: int, spread: int) -> timedelta | None:
    """How long to wait after so many attempts; None when it is time to give up.

    ``spread`` (any number of the message's own) adds up to a fifth, so that what failed together
    does not come back together.
    """
    if not 1 <= attempts <= len(RETRY_MINUTES):
        return None
    seconds = RETRY_MINUTES[attempts - 1] * 60
    return timedelta(seconds=seconds + spread % (seconds // 5 + 1))


def call_again_after(attempts: int) -> timedelta | None:
    """How long to wait after so many calls without an answer; None when it is time to look."""
    if not 1 <= attempts <= len(CALL_AGAIN_MINUTES):
        return None
    return timedelta(minutes=CALL_AGAIN_MINUTES[attempts - 1])
