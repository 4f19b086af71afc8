"""Columns with one entry a volunteer, and flat tables of what a volunteer has several of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import Any, Self

import numpy as np

from services.matching.grid import Array


@dataclass(frozen=True, slots=True)
class People:
    """One entry a volunteer in every column."""

    high: Array
    low: Array
    cell: Array
    book: Array
    sex: Array
    born: Array  # year * 10000 + month * 100 + day
    served_minutes: Array
    identity_checked: Array
    guardian_consent: Array
    paused_until: Array
    experienced: Array
    languages: Array
    declined: Array
    may_be_asked: Array
    asks_per_day: Array
    asked_on: Array
    asked_that_day: Array
    last_asked: Array  # minutes since 1970
    mode: Array
    radius_m: Array
    weekly_minutes: Array
    day_limit: Array
    week_limit: Array
    year_limit: Array
    promised_milli: Array
    kept_milli: Array
    rated_milli: Array
    ratings: Array
    answers: Array
    yeses: Array
    weekly: Array
    dated: Array

    def __len__(self) -> int:
        return len(self.high)

    def take(self, index: Array) -> Self:
        """Some of them, in the order of the index."""
        return type(self)(*(getattr(self, each.name)[index] for each in fields(self)))

    def by_column(self) -> Self:
        """With every word of the hours lying together: a question reads two of them."""
        return replace(
            self, weekly=np.asfortranarray(self.weekly), dated=np.asfortranarray(self.dated)
        )

    def joined(self, other: Self) -> Self:
        """These and then the others."""
        return type(self)(
            *(
                np.concatenate((getattr(self, each.name), getattr(other, each.name)))
                for each in fields(self)
            )
        )


@dataclass(frozen=True, slots=True)
class Table:
    """Several rows a volunteer, sorted by key and then by owner: key, owner and two values."""

    key: Array
    owner: Array
    one: Array
    two: Array

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, int]]) -> Self:
        """From (key, owner, one, two) in any order."""
        flat = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return cls(
            flat[:, 0].copy(), *(flat[:, column].astype(np.int32) for column in (1, 2, 3))
        ).in_order()

    def in_order(self) -> Self:
        """Sorted."""
        order = np.lexsort((self.owner, self.key))
        return type(self)(self.key[order], self.owner[order], self.one[order], self.two[order])

    def between(self, first: int, last: int) -> slice:
        """The stretch with keys from the first to the last, both counted."""
        low, high = np.searchsorted(self.key, (first, last + 1))
        return slice(int(low), int(high))

    def renumbered(self, number: Array) -> Self:
        """With new owners; those numbered below zero are left out."""
        owner = number[self.owner]
        kept = owner >= 0
        return type(self)(self.key[kept], owner[kept], self.one[kept], self.two[kept])

    def joined(self, other: Self) -> Self:
        """These and the others, not sorted yet."""
        return type(self)(
            *(
                np.concatenate((getattr(self, each.name), getattr(other, each.name)))
                for each in fields(self)
            )
        )


class Memo:
    """The arrays worked out last, for many tasks alike; the oldest ones go first."""

    def __init__(self, most: int = 96) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made for the key; two threads may make the same thing, which does no harm."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
