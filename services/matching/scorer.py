"""The one scorer: for any volunteers and a task, every refusal as a bit and every term in minutes.

Ranking, the city's batch and whatever plans a day ask the same function, so that reasons are the
same everywhere. Times are thousandths of a minute. It proposes; acceptance is judged by
``services.visits.fitness`` on the tables themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np

from services.matching import hours, standing
from services.matching.codes import BIT, KIND
from services.matching.columns import SEXES, Columns
from services.matching.grid import Array, straight_m, stretches
from services.matching.slots import Slot, slot_of
from services.matching.standing import EVERYBODY, Which, when
from services.matching.tasks import Task
from services.rules.languages import LANGUAGES
from services.rules.matching import (
    DETOUR_PERMILLE,
    FARTHEST_M,
    FIXED_TRAVEL_MINUTES,
    MILLI,
    MODES,
    REACH_M,
    RUSH_HOURS,
    SPEEDS,
    UNKNOWN_TRAVEL_MINUTES,
    WEIGHTS,
    Weights,
)

#: In the order in which they are told.
TERMS = (
    "travel",
    "continuity",
    "wished",
    "dialect",
    "preferred_sex",
    "reliability",
    "load",
    "freshness",
)
UNKNOWN_M = -1
WORD = hours.WORD_BITS
#: Quarters that are looked at before the start: a longer way than this fits nowhere.
LEAD = 15
#: The lowest bits, by their number.
_LOWEST = np.array([(1 << number) - 1 for number in range(WORD + 1)], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Near:
    """Volunteers, rising, and how far it is from the nearest place of each, or unknown."""

    who: Array
    distance_m: Array
    everybody: bool = False

    @property
    def which(self) -> Which:
        """For choosing from a column, which is not copied where everybody is meant."""
        return EVERYBODY if self.everybody else self.who

    def where(self, kept: Array) -> Near:
        """Some of them."""
        return Near(self.who[kept], self.distance_m[kept])


def near(columns: Columns, task: Task, reach_m: int = REACH_M) -> Near:
    """Everybody within reach, everybody who goes further than that, and those of no known place.

    Where nobody has to go anywhere, or the door is not known, it is everybody.
    """
    if task.remote or task.latitude_e6 is None or task.longitude_e6 is None:
        everybody = np.arange(len(columns))
        unknown = np.full(len(columns), UNKNOWN_M, dtype=np.int32)
        return Near(everybody, unknown, everybody=True)
    table = columns.places
    rows = np.concatenate(
        [
            np.arange(*_span(table.between(first, last)))
            for first, last in stretches(task.latitude_e6, task.longitude_e6, reach_m)
        ]
        + [columns.far]
    )
    distance = straight_m(task.latitude_e6, task.longitude_e6, columns.globe[:, rows])
    nearest = np.full(len(columns), FARTHEST_M + 1, dtype=np.int32)
    np.minimum.at(nearest, table.owner[rows], np.minimum(distance, FARTHEST_M))
    nearest[columns.placeless] = UNKNOWN_M
    who = np.flatnonzero(nearest <= FARTHEST_M)
    limit = np.maximum(reach_m, columns.people.radius_m[who] + (reach_m - REACH_M))
    return Near(who, nearest[who]).where(nearest[who] <= limit)


@dataclass(frozen=True, slots=True)
class Judged:
    """Volunteers by their places in the columns, rising, and what stands against each."""

    who: Array
    distance_m: Array
    travel_minutes: Array
    codes: Array

    def where(self, kept: Array) -> Judged:
        """Some of them."""
        return Judged(
            self.who[kept], self.distance_m[kept], self.travel_minutes[kept], self.codes[kept]
        )

    @property
    def eligible(self) -> Judged:
        """Those whom nothing stands against."""
        return self.where(np.flatnonzero(self.codes == 0))


@dataclass(frozen=True, slots=True)
class Scored:
    """Eligible volunteers with each term, in the order of ``TERMS``, and the sum of these."""

    who: Array
    distance_m: Array
    travel_minutes: Array
    terms: tuple[Array, ...]
    cost: Array

    def where(self, kept: Array) -> Scored:
        """Some of them, in the order of the index."""
        return Scored(
            self.who[kept],
            self.distance_m[kept],
            self.travel_minutes[kept],
            tuple(term[kept] for term in self.terms),
            self.cost[kept],
        )


def judge(columns: Columns, task: Task, those: Near, now: datetime) -> Judged:
    """Everything that stands against each of these volunteers for the task."""
    slot, which = slot_of(columns, task, now), those.which
    travel = travel_minutes(columns, task, those, slot)
    codes = standing.papers(columns, task, slot, which)
    codes |= standing.hours_left(columns, slot, task.booked_minutes, which)
    _against_wishes(columns, task, those, codes)
    rows = columns.promised.between(slot.first_quarter, slot.end_quarter - 1)
    if rows.start < rows.stop:
        taken = np.zeros(len(columns), dtype=bool)
        taken[columns.promised.owner[rows]] = True
        codes |= when(taken[which], "overlap")
    if not task.remote:
        codes |= when(those.distance_m > columns.people.radius_m[which], "too_far")
    codes |= when(~is_free(columns, slot, which, travel), "not_available")
    barred = _Marks(columns, those.who).of({*task.barred, task.elder_id})
    codes[barred] |= KIND(BIT["barred"])
    return Judged(those.who, those.distance_m, travel, codes)


def score(
    columns: Columns, task: Task, judged: Judged, now: datetime, weights: Weights = WEIGHTS
) -> Scored:
    """The terms of those who are eligible."""
    fit = judged.eligible
    terms = _terms(columns, task, slot_of(columns, task, now), fit, now, weights)
    total: Array = sum(terms[1:], start=terms[0])
    return Scored(fit.who, fit.distance_m, fit.travel_minutes, terms, total)


def travel_minutes(columns: Columns, task: Task, those: Near, slot: Slot) -> Array:
    """Whole minutes from door to door, by the distance, the means and the hour."""
    if task.remote or task.latitude_e6 is None or task.longitude_e6 is None:
        way = 0 if task.remote else UNKNOWN_TRAVEL_MINUTES
        return np.full(len(those.who), way, dtype=np.int32)
    rush = slot.hour in RUSH_HOURS
    speeds = np.array([SPEEDS[mode][rush] * MILLI for mode in MODES], dtype=np.int32)
    street = np.minimum(those.distance_m, FARTHEST_M) * np.int32(DETOUR_PERMILLE)
    found = -(-street // speeds[columns.people.mode[those.which]])
    found += np.int32(FIXED_TRAVEL_MINUTES)
    found[those.distance_m == UNKNOWN_M] = UNKNOWN_TRAVEL_MINUTES
    return found


def is_free(columns: Columns, slot: Slot, which: Which, travel: Array) -> Array:
    """Whose hours hold the visit with the way there and back."""
    start = slot.begin_minute // 15 - LEAD
    if slot.begin_minute >= 0:
        # What lies before the first day is over.
        start = max(0, start)
    words = _stretch(columns, start, which)
    way: Array | int = travel
    if len(travel) and travel.min() == travel.max():
        way = int(travel[0])
    first = (slot.begin_minute - way) // 15 - start
    last = -(-(slot.end_minute + way) // 15) - start
    fits = (first >= 0) & (last <= WORD)
    needed = _LOWEST[np.clip(last, 0, WORD)] ^ _LOWEST[np.clip(first, 0, WORD)]
    free: Array = fits & ((words & needed) == needed)
    return free


def _stretch(columns: Columns, start: int, which: Which) -> Array:
    """64 quarters of each, from a quarter on since midnight of the first day."""
    if start >= 0 and start + WORD <= hours.DAYS * hours.DAY_QUARTERS:
        table = columns.people.dated
    else:
        # Before the first day and beyond the weeks written out, the weekly hours answer.
        table = columns.people.weekly
        start = (start + columns.base_day.weekday() * hours.DAY_QUARTERS) % hours.WEEK_QUARTERS
    word, shift = divmod(start, WORD)
    low: Array = table[:, word][which] >> np.uint64(shift)
    if shift:
        low = low | table[:, word + 1][which] << np.uint64(WORD - shift)
    return low


def _against_wishes(columns: Columns, task: Task, those: Near, codes: Array) -> None:
    """Add what the elder insists on."""
    people, which = columns.people, those.which
    if task.required_sex is not None:
        other = people.sex[which] != SEXES[task.required_sex]
        codes |= when(other, "woman_wished" if task.required_sex == "female" else "man_wished")
    if task.languages and task.language_must:
        codes |= when(~_speaks(columns, task, which), "language_required")
    if not task.remote and not task.company:
        alone = ~people.experienced[which]
        alone[_Marks(columns, those.who).of(task.companions)] = False
        codes |= when(alone, "first_visit_alone")


def _speaks(columns: Columns, task: Task, which: Which) -> Array:
    wished = sum(1 << number for number, code in enumerate(LANGUAGES) if code in task.languages)
    shared: Array = (columns.people.languages[which] & np.uint64(wished)) != 0
    return shared


def _terms(
    columns: Columns, task: Task, slot: Slot, fit: Judged, now: datetime, weights: Weights
) -> tuple[Array, ...]:
    """In the order of ``TERMS``."""
    who, marks = fit.who, _Marks(columns, fit.who)
    continuity, wished, dialect, sex = (np.zeros(len(who), dtype=np.int32) for _ in range(4))
    continuity[marks.of(task.known)] = weights.continuity
    if task.wished_id is not None:
        wished[marks.of([task.wished_id])] = weights.wished
    if task.languages:
        dialect[~_speaks(columns, task, who)] = weights.dialect
    if task.preferred_sex is not None:
        sex[columns.people.sex[who] != SEXES[task.preferred_sex]] = weights.preferred_sex
    week = standing.week_minutes(columns, slot.monday)[who]
    return (
        fit.travel_minutes * np.int32(MILLI),
        continuity,
        wished,
        dialect,
        sex,
        standing.unkept(columns, weights)[who],
        week * np.int32(weights.load_an_hour) // np.int32(60),
        standing.asked_lately(columns, int(now.timestamp()) // 60, weights)[who],
    )


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where single people stand among those who are scored."""

    columns: Columns
    who: Array

    def of(self, ids: Iterable[UUID]) -> Array:
        """Their places in ``who``, those who are there."""
        wanted = self.columns.find(ids)
        if not len(wanted):
            return wanted
        place = np.searchsorted(self.who, wanted)
        inside = place < len(self.who)
        place, wanted = place[inside], wanted[inside]
        found: Array = place[self.who[place] == wanted]
        return found


def in_order(columns: Columns, task: Task, scored: Scored, most: int) -> Array:
    """Places of the cheapest, best first.

    Who costs the same comes in the order of ids, turned by the request: nobody is always last.
    """
    people = max(1, len(columns))
    rank = (columns.id_rank[scored.who] + task.request_id.int % people) % people
    key = (scored.cost.astype(np.int64) << 32) | rank
    if most >= len(key):
        return np.argsort(key)
    chosen = np.argpartition(key, most - 1)[:most]
    ordered: Array = chosen[np.argsort(key[chosen])]
    return ordered


def _span(rows: slice) -> tuple[int, int]:
    return rows.start, rows.stop
