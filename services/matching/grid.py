"""Cells of two kilometres, and how far it is straight from door to door.

Cells lie in rows from west to east, and their numbers rise along a row: what lies around a place
is one stretch of a sorted table for each row.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

EARTH_M = 6_371_009
#: A degree of latitude in metres, rounded down so that a search never ends too early.
DEGREE_M = 111_000
#: Height of a row in millionths of a degree.
ROW_E6 = 17_966
ROW_BITS = 20
#: For somebody of whom no place is known.
NOWHERE = -1


def cells(latitude_e6: Array, longitude_e6: Array, row_e6: int = ROW_E6) -> Array:
    """The cell of each place."""
    rows = (latitude_e6.astype(np.int64) + 90_000_000) // row_e6
    columns = (longitude_e6.astype(np.int64) + 180_000_000) // _widths(rows, row_e6)
    return (rows << ROW_BITS) | columns


def stretches(
    latitude_e6: Array, longitude_e6: Array, reach_m: Array, row_e6: int = ROW_E6
) -> tuple[Array, Array]:
    """For each place, a row of the first and the last cells of what comes within its reach.

    There is one stretch for each row of cells; those that would lie out of reach are empty.
    """
    height = (reach_m.astype(np.int64) * 1_000_000 // DEGREE_M + 1)[:, None]
    here = latitude_e6.astype(np.int64)[:, None] + 90_000_000
    rows = (here - height) // row_e6 + np.arange(2 * int(height.max(initial=1)) // row_e6 + 2)
    # How far a row is at its nearest, and what is left of the reach to both sides.
    apart = np.maximum(0, np.maximum(rows * row_e6 - here, here - (rows + 1) * row_e6))
    left = np.sqrt(np.maximum(0, height * height - apart * apart))
    # The degree of longitude is shortest at the edge that is nearer to a pole.
    edge = np.minimum(89_000_000, np.abs(here - 90_000_000) + height)
    half = np.ceil(left / np.cos(np.radians(edge / 1_000_000))).astype(np.int64) + 1
    width, east = _widths(rows, row_e6), longitude_e6.astype(np.int64)[:, None] + 180_000_000
    first = (rows << ROW_BITS) | np.maximum(0, (east - half) // width)
    last = (rows << ROW_BITS) | ((east + half) // width)
    return first, np.where(apart > height, first - 1, last)


def between(cells: Array, first: Array, last: Array) -> tuple[Array, Array]:
    """Where each stretch begins in a sorted column of cells, and how long it is."""
    begin = np.searchsorted(cells, first, "left")
    return begin, np.maximum(0, np.searchsorted(cells, last, "right") - begin)


def running(begin: Array, length: Array) -> Array:
    """All rows of many stretches, one after the other."""
    begin, length = begin.ravel(), length.ravel()
    # A running number, moved for each stretch to where that one begins.
    before = np.cumsum(length) - length
    rows: Array = np.arange(int(length.sum())) + np.repeat(begin - before, length)
    return rows


def rows_around(
    cells: Array, latitude_e6: Array, longitude_e6: Array, reach_m: Array
) -> tuple[Array, Array]:
    """For many places at once: the number of a place with each row of a sorted column of cells."""
    begin, length = between(cells, *stretches(latitude_e6, longitude_e6, reach_m))
    return np.repeat(np.arange(len(begin)), length.sum(axis=1)), running(begin, length)


def straight_m(here: Array, of: Array | int, places: Array, rows: Array) -> Array:
    """Metres along the great circle from places (latitude, longitude), each chosen by ``of``.

    Half the chord is the sine of half the angle: the haversine formula without its cosines.
    """
    globe = on_globe(here[:, 0], here[:, 1])
    total = np.zeros(len(rows))
    for axis in range(3):
        apart = places[axis][rows] - globe[axis][of]
        total += apart * apart
    metres: Array = np.rint(2 * EARTH_M * np.arcsin(np.minimum(1.0, np.sqrt(total) / 2)))
    return metres.astype(np.int32)


def on_globe(latitude_e6: Array, longitude_e6: Array) -> Array:
    """Places on a globe of radius one: three rows of coordinates."""
    latitude, longitude = np.radians(latitude_e6 / 1_000_000), np.radians(longitude_e6 / 1_000_000)
    flat = np.cos(latitude)
    return np.stack((flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)))


def _widths(rows: Array, row_e6: int) -> Array:
    """How wide a cell of each row is, in millionths of a degree of longitude."""
    table = _width_table(row_e6)
    widths: Array = table[np.clip(rows, 0, len(table) - 1)]
    return widths


@lru_cache
def _width_table(row_e6: int) -> Array:
    rows = np.arange(180_000_000 // row_e6 + 1)
    middle = (rows * row_e6 + row_e6 // 2 - 90_000_000) / 1_000_000
    shrink = np.maximum(np.cos(np.radians(np.clip(middle, -89.0, 89.0))), 0.01)
    widths: Array = np.rint(row_e6 / shrink).astype(np.int64)
    return widths
