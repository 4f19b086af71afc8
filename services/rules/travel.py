"""How long the way takes, without a map: the straight line made longer, a speed, and a while."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: A street is longer than the straight line between its ends: 1.3 times on average in a city.
DETOUR_PERCENT = 130
#: Shoes, stairs, a lock, the right door.
FIXED_MINUTES = 5
#: Metres a minute from door to door; waiting for a bus is in the speed.
SPEEDS: Mapping[str, int] = MappingProxyType(
    {"walk": 70, "bicycle": 200, "transit": 220, "car": 350}
)
#: Of whoever has not said how far and how they come.
DEFAULT_MODE = "bicycle"
DEFAULT_RADIUS_M = 4_000
LEAST_RADIUS_M, MOST_RADIUS_M = 500, 50_000


def travel_minutes(distance_m: int | None, mode: str) -> int:
    """Whole minutes for a straight distance; of a way that is not known, only the fixed part."""
    if distance_m is None:
        return FIXED_MINUTES
    return -(-distance_m * DETOUR_PERCENT // (100 * SPEEDS[mode])) + FIXED_MINUTES
