"""Whom to look at: the people around a door."""

from __future__ import annotations

import numpy as np

from services.matching.grid import Array, straight_m, stretches
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
    here = (task.latitude_e6, task.longitude_e6)
    ends = np.array(list(stretches(*here, reach_m)))
    first = np.searchsorted(columns.places.key, ends[:, 0], "left").tolist()
    last = np.searchsorted(columns.places.key, ends[:, 1], "right").tolist()
    rows = [np.arange(*each) for each in zip(first, last, strict=True)]
    found = _nearest(block, here, np.concatenate([*rows, columns.far]))
    limit = np.maximum(reach_m, columns.people.radius_m[found.who] + (reach_m - REACH_M))
    return found.where(found.distance_m <= limit)


def _nearest(block: Block, here: tuple[int, int], rows: Array) -> Pairs:
    """The owners of these places, rising, with the nearest one of each; and the placeless."""
    columns = block.columns
    placeless = np.full(len(columns.placeless), UNKNOWN_M, dtype=np.int32)
    owner = np.concatenate((columns.places.owner[rows], columns.placeless))
    straight = np.minimum(straight_m(*here, columns.globe[:, rows]), FARTHEST_M)
    distance = np.concatenate((straight, placeless))
    order = np.argsort(owner, kind="stable")
    owner, distance = owner[order], distance[order]
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    if len(starts):
        owner, distance = owner[starts], np.minimum.reduceat(distance, starts)
    return Pairs(0, owner.astype(np.intp), distance)
