"""Whom to look at: the people around a door."""

from __future__ import annotations

import numpy as np

from services.matching.grid import Array, rows_around, straight_m
from services.matching.scorer import UNKNOWN_M, Pairs
from services.matching.slots import Block
from services.rules.matching import FARTHEST_M, REACH_M


def near(block: Block, reach_m: int = REACH_M) -> Pairs:
    """Everybody within reach of a task, those who go further than that, those of no known place.

    Where nobody has to go anywhere, or the door is not known, it is everybody.
    """
    columns, task = block.columns, block.tasks[0]
    if block.nowhere or task.latitude_e6 is None or task.longitude_e6 is None:
        unknown = np.full(len(columns), UNKNOWN_M, dtype=np.int32)
        return Pairs(0, np.arange(len(columns)), unknown, everybody=True)
    here = np.array([(task.latitude_e6, task.longitude_e6)])
    _, rows = rows_around(columns.places.key, here[:, 0], here[:, 1], np.array([reach_m]))
    found = _nearest(block, here, np.concatenate((rows, columns.far)))
    limit = np.maximum(reach_m, columns.people.radius_m[found.who] + (reach_m - REACH_M))
    return found.where(found.distance_m <= limit)


def _nearest(block: Block, here: Array, rows: Array) -> Pairs:
    """The owners of these places, rising, with the nearest one of each; and the placeless."""
    columns = block.columns
    placeless = np.full(len(columns.placeless), UNKNOWN_M, dtype=np.int32)
    owner = np.concatenate((columns.places.owner[rows], columns.placeless))
    straight = np.minimum(straight_m(here, 0, columns.globe, rows), FARTHEST_M)
    distance = np.concatenate((straight, placeless))
    order = np.argsort(owner, kind="stable")
    owner, distance = owner[order], distance[order]
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    if len(starts):
        owner, distance = owner[starts], np.minimum.reduceat(distance, starts)
    return Pairs(0, owner.astype(np.intp), distance)
