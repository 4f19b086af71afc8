"""Whom to ask at once, when to ask again, and how often a day: few messages, each with a chance.

A message that leads to nothing makes people look away for a while, so as few are sent as give
the wanted chance of a yes. Chances are in thousandths; a moment is passed in, never looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from services.clock import at_local, local

#: Wanted chance of enough yeses in a wave, by how many minutes are left at most.
TARGETS = ((6 * 60, 900), (24 * 60, 800), (48 * 60, 700))
TARGET_PERMILLE = 600
#: However little chance each has, no wave is larger.
MOST_A_WAVE = 6
#: Nobody is asked more often a day, whatever he allows.
MOST_ASKS_A_DAY = 3
#: Of somebody who has not stated how often.
ASKS_A_DAY = 2
#: A part of what is left passes between two waves, within these bounds.
GAP_PART, GAP_LEAST, GAP_MOST = 12, 10, 240
#: An offer stays open for so many gaps, and at most for so long.
OPEN_GAPS, OPEN_MOST = 6, 24 * 60
#: Whoever comes to a standing visit as a rule has longer to answer than others.
REGULAR_PART, REGULAR_MOST = 4, 3 * 24 * 60
#: Nobody is asked alone first when less is left than this: there is no time to wait for one.
ALONE_LEAST = 3 * 60
#: No message between these hours of the local day.
QUIET_FROM, QUIET_TO = time(21, 0), time(8, 0)
#: In this hour the batch looks once at everything; its messages wait for the morning.
NIGHTLY_HOUR = 5
#: A visit that cannot wait for the morning may be asked for outside these hours only.
NIGHT_FROM, NIGHT_TO = time(23, 0), time(6, 0)
#: Waiting for the morning would leave less than this before the visit: it cannot wait.
SHORT_NOTICE_MINUTES = 2 * 60
#: Who would step in on a fragile visit.
STANDBYS = 2
#: With less time left a standby would hardly get there, and is not looked for.
STANDBY_LEAST = 2 * 60
FRAGILE_GRADE, FRAGILE_TIER = 3, 3
#: So large is the chance that somebody comes who has said that he would step in.
STANDBY_PERMILLE = 800
#: Whoever was asked to no avail so lately is asked after the others.
REST_MINUTES = 36 * 60
#: An offer that is out but unanswered still counts, with this part of its chance.
OPEN_PART = 500
_ONE = 10**9


def rested_permille(yes: int, minutes_since: int | None) -> int:
    """A chance as it is now: small right after a message that came to nothing, then as before."""
    if minutes_since is None or minutes_since >= REST_MINUTES:
        return yes
    return yes * max(0, minutes_since) // REST_MINUTES


def is_rested(minutes_since: int | None) -> bool:
    """Whether the last message that came to nothing lies far enough back, or there was none."""
    return minutes_since is None or minutes_since >= REST_MINUTES


def chance_permille(chances: Sequence[int], needed: int = 1) -> int:
    """The chance that at least ``needed`` of those who are asked say yes."""
    # Entry n is the chance that exactly n have said yes so far, in thousand-millionths.
    exactly = [_ONE] + [0] * (needed - 1)
    for chance in chances:
        for n in range(needed - 1, -1, -1):
            more = exactly[n - 1] * chance if n else 0
            exactly[n] = (exactly[n] * (1000 - chance) + more) // 1000
    return (_ONE - sum(exactly)) * 1000 // _ONE


def target_permille(minutes_left: int) -> int:
    """The wanted chance of enough yeses: higher when the visit is near."""
    for most, target in TARGETS:
        if minutes_left <= most:
            return target
    return TARGET_PERMILLE


def wave_size(
    chances: Sequence[int],
    minutes_left: int,
    needed: int = 1,
    *,
    out: Sequence[int] = (),
    most: int = MOST_A_WAVE,
) -> int:
    """How many of the ranked people to ask at once.

    The fewest, from the best down, that reach the wanted chance together with the offers that
    are out; all that may be asked when they do not.
    """
    target = target_permille(minutes_left)
    before = [each * OPEN_PART // 1000 for each in out]
    limit = min(most, len(chances))
    for size in range(min(limit, max(0, needed - len(out))), limit):
        if chance_permille([*before, *chances[:size]], needed) >= target:
            return size
    return limit


def gap_minutes(minutes_left: int) -> int:
    """How long to wait for answers before the next wave."""
    return max(GAP_LEAST, min(GAP_MOST, minutes_left // GAP_PART))


def open_minutes(minutes_left: int, *, regular: bool = False) -> int:
    """How long an offer may be answered, never past the visit's start."""
    if regular:
        wanted = min(REGULAR_MOST, minutes_left // REGULAR_PART)
    else:
        wanted = min(OPEN_MOST, OPEN_GAPS * gap_minutes(minutes_left))
    return max(0, min(max(wanted, GAP_LEAST), minutes_left))


def asks_left(asked_today: int, allowed: int) -> int:
    """How many more messages somebody may get today; never more than the rule allows anybody."""
    return max(0, min(allowed, MOST_ASKS_A_DAY) - asked_today)


def day_began(now: datetime) -> datetime:
    """Midnight of the local day: messages are counted from there."""
    return at_local(local(now).date(), time())


def is_quiet(now: datetime) -> bool:
    """Whether it is between nine in the evening and eight in the morning."""
    return _within(local(now).time(), QUIET_FROM, QUIET_TO)


def cannot_wait(now: datetime, starts_at: datetime) -> bool:
    """The short-notice rule: waiting for the morning would leave too little before the visit."""
    return starts_at - quiet_end(now) < timedelta(minutes=SHORT_NOTICE_MINUTES)


def may_ask_now(now: datetime, starts_at: datetime) -> bool:
    """Whether people may be asked at this hour: by day, or at the edges on short notice."""
    if not is_quiet(now):
        return True
    return cannot_wait(now, starts_at) and not _within(local(now).time(), NIGHT_FROM, NIGHT_TO)


def next_asking(now: datetime, starts_at: datetime) -> datetime:
    """The first moment from now on at which people may be asked for this visit."""
    if may_ask_now(now, starts_at):
        return now
    return _next(now, NIGHT_TO) if cannot_wait(now, starts_at) else quiet_end(now)


def quiet_end(now: datetime) -> datetime:
    """When the quiet hours end that hold now, or this moment by day."""
    return _next(now, QUIET_TO) if is_quiet(now) else now


def next_day(now: datetime) -> datetime:
    """When the count of messages begins anew and people may be asked: tomorrow morning."""
    return at_local(local(now).date() + timedelta(days=1), QUIET_TO)


def is_fragile(
    *, care_grade: int, people_needed: int, lives_alone: bool, first_visit: bool, risk_tier: int
) -> bool:
    """Whether somebody not coming would hurt: such a visit has two people who would step in."""
    return (
        care_grade >= FRAGILE_GRADE
        or people_needed >= 2
        or risk_tier >= FRAGILE_TIER
        or (lives_alone and first_visit)
    )


def _within(clock: time, begin: time, end: time) -> bool:
    """Whether a wall clock shows a time of a span over midnight."""
    return clock >= begin or clock < end


def _next(now: datetime, clock: time) -> datetime:
    """The first time from now on at which a Chinese clock shows this."""
    found = at_local(local(now).date(), clock)
    return found if found >= now else found + timedelta(days=1)
