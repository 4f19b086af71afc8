"""Free time as bits: one for every quarter of an hour, of the coming weeks and of any week.

Hours are kept in quarters, so a time fits here exactly when it does by the rule
(``services.rules.availability.covers``). Beyond the weeks that were written out the weekly hours
alone answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache

from services.rules.availability import DayException, Window, quarters_on

#: Four weeks, and a day more so that the last night is whole.
DAYS = 29
DAY_QUARTERS = 96
WEEK_QUARTERS = 7 * DAY_QUARTERS
WORD_BITS = 64
#: One word more than is used, so that any stretch of 64 bits can be read from two words.
DATED_WORDS = -(-DAYS * DAY_QUARTERS // WORD_BITS) + 1
#: A week and its Monday again: a night from Sunday to Monday is one stretch.
WEEKLY_WORDS = (WEEK_QUARTERS + DAY_QUARTERS) // WORD_BITS + 1

_MONDAY = date(2024, 1, 1)


@lru_cache(maxsize=65_536)
def week_bits(windows: tuple[Window, ...]) -> int:
    """The quarters of a week from Monday at midnight, the first lowest."""
    bits = 0
    for weekday in range(7):
        day = _MONDAY + timedelta(days=weekday)
        bits |= quarters_on(windows, (), day) << (weekday * DAY_QUARTERS)
    return bits


def weekly(windows: tuple[Window, ...]) -> bytes:
    """The week, then its first day once more."""
    bits = week_bits(windows)
    monday = bits & ((1 << DAY_QUARTERS) - 1)
    return (bits | monday << WEEK_QUARTERS).to_bytes(WEEKLY_WORDS * 8, "little")


def dated(windows: tuple[Window, ...], exceptions: Sequence[DayException], base: date) -> bytes:
    """The quarters of the coming weeks from a day on, with what is otherwise on some days."""
    bits = _repeated(windows, base.weekday())
    day_mask = (1 << DAY_QUARTERS) - 1
    for number in _touched(exceptions, base):
        shift = number * DAY_QUARTERS
        own = quarters_on(windows, exceptions, base + timedelta(days=number))
        bits = bits & ~(day_mask << shift) | own << shift
    return bits.to_bytes(DATED_WORDS * 8, "little")


@lru_cache(maxsize=65_536)
def _repeated(windows: tuple[Window, ...], weekday: int) -> int:
    week = week_bits(windows)
    shift = weekday * DAY_QUARTERS
    turned = week >> shift | (week & ((1 << shift) - 1)) << (WEEK_QUARTERS - shift)
    weeks = sum(turned << number * WEEK_QUARTERS for number in range(DAYS // 7 + 1))
    return weeks & ((1 << DAYS * DAY_QUARTERS) - 1)


def _touched(exceptions: Iterable[DayException], base: date) -> list[int]:
    """Days of the coming weeks, by number, on which an exception says something."""
    found: set[int] = set()
    for each in exceptions:
        first = max(0, (each.first_day - base).days)
        last = min(DAYS - 1, (each.last_day - base).days)
        found.update(range(first, last + 1))
    return sorted(found)
