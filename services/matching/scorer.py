"""The one scorer: for any volunteers and tasks, every refusal as a bit, every term in minutes.

Ranking, the city's batch and whatever plans a day ask the same two functions, so that reasons
are the same everywhere: ``judge`` says what stands against whom, ``score`` what speaks for and
against those who are eligible, in thousandths of a minute. It proposes; acceptance is judged by
``services.visits.fitness`` on the tables themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from services.matching import hours, standing
from services.matching.codes import KIND
from services.matching.grid import Array
from services.matching.slots import NO_SEX, Block
from services.matching.standing import EVERYBODY, Which, when
from services.rules.matching import (
    DETOUR_PERMILLE,
    FARTHEST_M,
    FIXED_TRAVEL_MINUTES,
    MILLI,
    MODES,
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
class Pairs:
    """Volunteers by their places in the columns, each with the task that is meant.

    ``of`` is 0 where there is one task only: what belongs to it is a single figure then.
    """

    of: Array | int
    who: Array
    distance_m: Array
    everybody: bool = False

    @property
    def which(self) -> Which:
        """For choosing from a column, which is not copied where everybody is meant."""
        return EVERYBODY if self.everybody else self.who

    def where(self, kept: Array) -> Self:
        """Some of them."""
        return type(self)(_some(self.of, kept), self.who[kept], self.distance_m[kept])

    def named(self, block: Block, role: str) -> Array | None:
        """Which of them are named for their task as a role, or None for none."""
        keys = block.named(role)
        if not len(keys):
            return None
        own = self.of * len(block.columns) + self.who
        place = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
        named: Array = keys[place] == own
        return named


@dataclass(frozen=True, slots=True)
class Judged:
    """Pairs, the way from door to door, and everything that stands against each."""

    pairs: Pairs
    travel_minutes: Array
    codes: Array

    @property
    def who(self) -> Array:
        """The volunteers."""
        return self.pairs.who


@dataclass(frozen=True, slots=True)
class Scored:
    """Eligible pairs with each term, in the order of ``TERMS``, and the sum of these."""

    of: Array | int
    who: Array
    distance_m: Array
    travel_minutes: Array
    terms: tuple[Array, ...]
    cost: Array

    def where(self, kept: Array) -> Self:
        """Some of them, in the order of the index."""
        return type(self)(
            _some(self.of, kept),
            self.who[kept],
            self.distance_m[kept],
            self.travel_minutes[kept],
            tuple(term[kept] for term in self.terms),
            self.cost[kept],
        )


def judge(block: Block, pairs: Pairs, *, settled: bool = False) -> Judged:
    """Everything that stands against each of these volunteers for the task.

    ``settled``: papers and hours left have been looked at, and nothing of that stands against
    any of them (``standing.codes``).
    """
    columns, which = block.columns, pairs.which
    travel = travel_minutes(block, pairs)
    if settled:
        codes = np.zeros(len(pairs.who), dtype=KIND)
    else:
        codes = standing.codes(columns, block.tasks[0], block.slot, which)
    _against_wishes(block, pairs, codes)
    for number, slot in enumerate(block.slots):
        rows = columns.promised.between(slot.first_quarter, slot.end_quarter - 1)
        if rows.start < rows.stop:
            taken = np.zeros(len(columns), dtype=bool)
            taken[columns.promised.owner[rows]] = True
            codes |= when(taken[which] & (pairs.of == number), "overlap")
    if not block.remote:
        codes |= when(pairs.distance_m > columns.people.radius_m[which], "too_far")
    codes |= when(~is_free(block, pairs.of, which, travel), "not_available")
    barred = pairs.named(block, "barred")
    if barred is not None:
        codes |= when(barred, "barred")
    return Judged(pairs, travel, codes)


def score(block: Block, judged: Judged, weights: Weights = WEIGHTS) -> Scored:
    """The terms of those who are eligible."""
    fits = np.flatnonzero(judged.codes == 0)
    pairs, travel = judged.pairs.where(fits), judged.travel_minutes[fits]
    terms = _terms(block, pairs, travel, weights)
    total: Array = sum(terms[1:], start=terms[0])
    return Scored(pairs.of, pairs.who, pairs.distance_m, travel, terms, total)


def is_free(block: Block, of: Array | int, which: Which, travel: Array | int) -> Array:
    """Whose hours hold the visit with the way there and back."""
    slot = block.slot
    start = slot.begin_minute // 15 - LEAD
    if slot.begin_minute >= 0:
        # What lies before the first day is over.
        start = max(0, start)
    words = _stretch(block, start, which)
    first = np.asarray((slot.begin_minute - travel) // 15 - start)
    last = np.asarray(-(-(block.end_minute[of] + travel) // 15) - start)
    fits = (first >= 0) & (last <= WORD)
    needed = _LOWEST[np.clip(last, 0, WORD)] ^ _LOWEST[np.clip(first, 0, WORD)]
    free: Array = fits & ((words & needed) == needed)
    return free


def order_key(block: Block, scored: Scored) -> Array:
    """One number by which the scored of a task are ordered, the best lowest.

    Who costs the same comes in the order of ids, turned by the request: nobody is always last.
    """
    people = max(1, len(block.columns))
    turns = np.array([task.request_id.int % people for task in block.tasks], dtype=np.int64)
    rank = (block.columns.id_rank[scored.who] + turns[scored.of]) % people
    key: Array = (scored.cost.astype(np.int64) << 32) | rank
    return key


def in_order(block: Block, scored: Scored, most: int) -> Array:
    """Places of the cheapest of a single task, best first."""
    key = order_key(block, scored)
    if most >= len(key):
        return np.argsort(key)
    chosen = np.argpartition(key, most - 1)[:most]
    ordered: Array = chosen[np.argsort(key[chosen])]
    return ordered


def travel_minutes(block: Block, pairs: Pairs) -> Array:
    """Whole minutes from door to door, by the distance, the means and the hour."""
    if block.nowhere:
        way = 0 if block.remote else UNKNOWN_TRAVEL_MINUTES
        return np.full(len(pairs.who), way, dtype=np.int32)
    rush = block.slot.hour in RUSH_HOURS
    speeds = np.array([SPEEDS[mode][rush] * MILLI for mode in MODES], dtype=np.int32)
    street = np.minimum(pairs.distance_m, FARTHEST_M) * np.int32(DETOUR_PERMILLE)
    found = -(-street // speeds[block.columns.people.mode[pairs.which]])
    found += np.int32(FIXED_TRAVEL_MINUTES)
    found[pairs.distance_m == UNKNOWN_M] = UNKNOWN_TRAVEL_MINUTES
    return found


def _stretch(block: Block, start: int, which: Which) -> Array:
    """64 quarters of each, from a quarter on since midnight of the first day."""
    people = block.columns.people
    if start >= 0 and start + WORD <= hours.DAYS * hours.DAY_QUARTERS:
        table = people.dated
    else:
        # Before the first day and beyond the weeks written out, the weekly hours answer.
        table = people.weekly
        start += block.columns.base_day.weekday() * hours.DAY_QUARTERS
        start %= hours.WEEK_QUARTERS
    word, shift = divmod(start, WORD)
    low: Array = table[:, word][which] >> np.uint64(shift)
    if shift:
        low = low | table[:, word + 1][which] << np.uint64(WORD - shift)
    return low


def _against_wishes(block: Block, pairs: Pairs, codes: Array) -> None:
    """Add what the elder insists on."""
    people, which, of = block.columns.people, pairs.which, pairs.of
    for code, sex in (("woman_wished", 0), ("man_wished", 1)):
        if (block.required_sex == sex).any():
            codes |= when((block.required_sex[of] == sex) & (people.sex[which] != sex), code)
    must = block.language_must & (block.languages != 0)
    if must.any():
        codes |= when(must[of] & ~_speaks(block, pairs), "language_required")
    if not block.remote and not block.company.all():
        alone = ~people.experienced[which] & ~block.company[of]
        if alone.any():
            led = pairs.named(block, "companion")
            codes |= when(alone if led is None else alone & ~led, "first_visit_alone")


def _speaks(block: Block, pairs: Pairs) -> Array:
    spoken = block.columns.people.languages[pairs.which]
    shared: Array = (spoken & block.languages[pairs.of]) != 0
    return shared


def _terms(block: Block, pairs: Pairs, travel: Array, weights: Weights) -> tuple[Array, ...]:
    """In the order of ``TERMS``."""
    columns, who, of = block.columns, pairs.who, pairs.of
    continuity, wished, dialect, sex = (np.zeros(len(who), dtype=np.int32) for _ in range(4))
    known = pairs.named(block, "known")
    if known is not None:
        continuity[known] = weights.continuity
    named = pairs.named(block, "wished")
    if named is not None:
        wished[named] = weights.wished
    if block.languages.any():
        dialect[(block.languages[of] != 0) & ~_speaks(block, pairs)] = weights.dialect
    preferred = block.preferred_sex[of]
    if (block.preferred_sex != NO_SEX).any():
        other = columns.people.sex[who] != preferred
        sex[other & (preferred != NO_SEX)] = weights.preferred_sex
    return (
        travel * np.int32(MILLI),
        continuity,
        wished,
        dialect,
        sex,
        standing.unkept(columns, weights)[who],
        standing.load(columns, block.slot.monday, weights)[who],
        standing.asked_lately(columns, int(block.now.timestamp()) // 60, weights)[who],
    )


def _some(of: Array | int, kept: Array) -> Array | int:
    return of if isinstance(of, int) else of[kept]
