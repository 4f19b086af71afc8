"""How long the way takes, without a map: the straight line made longer, a speed, and a while."""

from __future__ import annotations

from services.rules.matching import (
    DETOUR_PERMILLE,
    FIXED_TRAVEL_MINUTES,
    RUSH_HOURS,
    SPEEDS,
    UNKNOWN_TRAVEL_MINUTES,
)

#: Of whoever has not said how far and how they come.
DEFAULT_MODE = "bicycle"
DEFAULT_RADIUS_M = 4_000
LEAST_RADIUS_M, MOST_RADIUS_M = 500, 50_000


def travel_minutes(distance_m: int | None, mode: str, hour: int) -> int:
    """Whole minutes for a straight distance at an hour of the day, doors and stairs included."""
    if distance_m is None:
        return UNKNOWN_TRAVEL_MINUTES
    speed = SPEEDS[mode][hour in RUSH_HOURS]
    return -(-distance_m * DETOUR_PERMILLE // (1_000 * speed)) + FIXED_TRAVEL_MINUTES
