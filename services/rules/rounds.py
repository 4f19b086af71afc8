"""Service days and group sessions: the product's own limits, and the order of a team's way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K")

#: Dates of a service day are kept so far ahead.
AHEAD_DAYS = 84
#: A service day lasts no longer, and no shorter.
SHORTEST_MINUTES, LONGEST_MINUTES = 30, 600
#: Elders of one date, and people of its team, at most.
MOST_STOPS, MOST_TEAM = 60, 60
#: Places of a group session, and so many days ahead it may be made.
MOST_PLACES, SESSION_AHEAD_DAYS = 60, 90
#: Booking closes at least so long before the start, so that whoever leads it knows.
CLOSE_BEFORE_MINUTES = 60
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Point(Generic[K]):
    """Something at a place, in millionths of a degree; a place that is not known is None."""

    key: K
    latitude_e6: int | None
    longitude_e6: int | None


def route(start: Point[K] | None, stops: Sequence[Point[K]]) -> list[K]:
    """The stops from the start on, always the nearest next; those without a place come last.

    Two at the same distance keep the order in which they were given.
    """
    left = [each for each in stops if _is_known(each)]
    lost = [each.key for each in stops if not _is_known(each)]
    at = start if start is not None and _is_known(start) else (left[0] if left else None)
    way: list[K] = []
    while left and at is not None:
        here = at
        at = min(left, key=lambda each: _apart(here, each))
        left.remove(at)
        way.append(at.key)
    return way + lost


def _is_known(point: Point[K]) -> bool:
    return point.latitude_e6 is not None and point.longitude_e6 is not None


def _apart(one: Point[K], other: Point[K]) -> int:
    """The square of the distance, in a measure of its own: only the order matters."""
    assert one.latitude_e6 is not None
    assert other.latitude_e6 is not None
    assert one.longitude_e6 is not None
    assert other.longitude_e6 is not None
    north = one.latitude_e6 - other.latitude_e6
    east = (one.longitude_e6 - other.longitude_e6) * _narrowing(one.latitude_e6) // 1000
    return north * north + east * east


def _narrowing(latitude_e6: int) -> int:
    """How much nearer two meridians are than at the equator, in permille (a cosine, by series)."""
    radians = abs(latitude_e6) * 17_453 // 10**9
    square = radians * radians // 1000
    return 1000 - square // 2 + square * square // 24_000
