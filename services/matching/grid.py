"""Cells of two kilometres, and how far it is straight from door to door.

Cells lie in rows from west to east, and their numbers rise along a row: what lies around a place
is one stretch of a sorted table for each row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

EARTH_M = 6_371_009
CELL_M = 2_000
#: A degree of latitude in metres, rounded down so that a search never ends too early.
DEGREE_M = 111_000
#: Height of a row in millionths of a degree.
ROW_E6 = 17_966
ROW_BITS = 20
#: For somebody of whom no place is known.
NOWHERE = -1


def cells(latitude_e6: Array, longitude_e6: Array) -> Array:
    """The cell of each place."""
    rows = (latitude_e6.astype(np.int64) + 90_000_000) // ROW_E6
    columns = (longitude_e6.astype(np.int64) + 180_000_000) // _widths(rows)
    return (rows << ROW_BITS) | columns


def stretches(latitude_e6: int, longitude_e6: int, reach_m: int) -> Iterator[tuple[int, int]]:
    """First and last cell of each row that comes within reach of a place."""
    height = reach_m * 1_000_000 // DEGREE_M + 1
    here = latitude_e6 + 90_000_000
    lowest, highest = (here - height) // ROW_E6, (here + height) // ROW_E6
    # The degree of longitude is shortest at the edge that is nearer to a pole.
    edge = min(89_000_000, max(abs(latitude_e6 - height), abs(latitude_e6 + height)))
    shrink = math.cos(math.radians(edge / 1_000_000))
    for row in range(lowest, highest + 1):
        # How far the row is at its nearest, and what is left of the reach to both sides.
        apart = max(0, row * ROW_E6 - here, here - (row + 1) * ROW_E6)
        half = math.ceil(math.sqrt(max(0, height * height - apart * apart)) / shrink) + 1
        width = _width(row)
        west = max(0, (longitude_e6 - half + 180_000_000) // width)
        east = (longitude_e6 + half + 180_000_000) // width
        yield (row << ROW_BITS) | west, (row << ROW_BITS) | east


def on_globe(latitude_e6: Array, longitude_e6: Array) -> Array:
    """Places on a globe of radius one: three rows of coordinates."""
    latitude, longitude = np.radians(latitude_e6 / 1_000_000), np.radians(longitude_e6 / 1_000_000)
    flat = np.cos(latitude)
    return np.stack((flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)))


def straight_m(latitude_e6: int, longitude_e6: int, places: Array) -> Array:
    """Metres along the great circle to places on the globe, to the nearest metre.

    Half the chord is the sine of half the angle: the haversine formula without its cosines.
    """
    here = on_globe(np.array([latitude_e6]), np.array([longitude_e6]))
    apart = places - here
    half_chord = np.sqrt(np.einsum("ij,ij->j", apart, apart)) / 2
    metres: Array = np.rint(2 * EARTH_M * np.arcsin(np.minimum(1.0, half_chord)))
    return metres.astype(np.int32)


@cache
def _width(row: int) -> int:
    return int(_widths(np.array([row]))[0])


def _widths(rows: Array) -> Array:
    """How wide a cell of each row is, in millionths of a degree of longitude."""
    middle = (rows * ROW_E6 + ROW_E6 // 2 - 90_000_000) / 1_000_000
    shrink = np.maximum(np.cos(np.radians(np.clip(middle, -89.0, 89.0))), 0.01)
    widths: Array = np.rint(ROW_E6 / shrink).astype(np.int64)
    return widths
