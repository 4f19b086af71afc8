"""What holds of volunteers whatever the place: papers, age, hours left, and how they stand.

``which`` chooses volunteers by their places in the columns; what takes longer to work out covers
everybody, and is kept for the next task that asks the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeAlias

import numpy as np

from services.matching.arrays import Table
from services.matching.codes import BIT, KIND
from services.matching.columns import NO_WISH, Columns
from services.matching.grid import NOWHERE, Array
from services.matching.slots import Slot
from services.matching.tasks import Task
from services.rules.eligibility import HEALTH_DECLARATION, INSURANCE
from services.rules.matching import FRESH_DAYS, KEPT_PRIOR, MILLI, PROMISED_PRIOR, Weights
from services.rules.ratings import LIKED_EXPECTED, LIKED_PRIOR, LIKED_SHARE
from services.rules.rule_set import RuleSet, ServiceLine

OLDEST = 150
Which: TypeAlias = Array | slice
EVERYBODY = slice(None)


def when(condition: Array, code: str) -> Array:
    """The code's bit where the condition holds."""
    found: Array = condition * KIND(BIT[code])
    return found


def codes(columns: Columns, task: Task, slot: Slot, which: Which = EVERYBODY) -> Array:
    """What stands against volunteers whatever the place and the hour of the task."""
    found = papers(columns, task, slot, which)
    found |= hours_left(columns, slot, task.booked_minutes, which)
    return found


def papers(columns: Columns, task: Task, slot: Slot, which: Which = EVERYBODY) -> Array:
    """Codes of who somebody is, has learnt and wants, for the service and the day."""
    line, rules = columns.rules.service(task.service_code), columns.rules
    pair = task.people_needed > 1
    # Of two people the second may know less, until the last one has to be who knows.
    strict = not pair or (task.training_missing and task.people_missing < 2)
    valid, rank = valid_papers(columns, slot)[which], _levels(columns, slot)[which]
    found: Array = _person(columns, task, slot.today)[which] | _age(columns, line, slot, which)
    found |= _training(rules, line, valid, rank, pair=pair, strict=strict)
    if line.insurance:
        found |= when(~_holds(rules, valid, [INSURANCE]), "insurance_missing")
    if not task.remote:
        screened = (valid & np.uint64(1 << len(rules.certificates))) != 0
        found |= when(~(columns.people.experienced[which] | screened), "screening_missing")
    declined = columns.people.declined[which] & service_bit(rules, task.service_code)
    found |= when(declined != 0, "declined")
    return found


def trained(columns: Columns, code: str, slot: Slot, which: Which = EVERYBODY) -> Array:
    """Who holds the listed training of a service through the visit's end."""
    line, rules = columns.rules.service(code), columns.rules
    return _trained(rules, line, valid_papers(columns, slot)[which], _levels(columns, slot)[which])


def hours_left(columns: Columns, slot: Slot, minutes: int, which: Which = EVERYBODY) -> Array:
    """Codes of the limits by day, week and year, and of the hours a week wished for."""
    people = columns.people
    day, week = day_minutes(columns, slot.day), week_minutes(columns, slot.monday)[which]
    codes = when(day[which] + minutes > day_limit(columns, slot.day)[which], "day_full")
    codes |= when(week + minutes > people.week_limit[which], "week_full")
    year = year_minutes(columns, slot.year)[which]
    codes |= when(year + minutes > people.year_limit[which], "year_full")
    wish = people.weekly_minutes[which]
    return codes | when((wish != NO_WISH) & (week + minutes > wish), "week_wish")


def service_bit(rules: RuleSet, code: str) -> np.uint64:
    """The bit of a service among those that were declined."""
    return np.uint64(1 << list(rules.services).index(code))


def week_minutes(columns: Columns, monday: int) -> Array:
    """Minutes served or promised in the week that begins on a Monday."""

    def make() -> Array:
        total = np.zeros(len(columns), dtype=np.int32)
        for day in range(monday, monday + 7):
            total += _by_owner(columns, columns.days, day)
        return total

    found: Array = columns.memo.get(("week", monday), make)
    return found


def load(columns: Columns, monday: int, weights: Weights) -> Array:
    """The term of load: each further hour costs more than the last, as the week fills."""

    def make() -> Array:
        week = week_minutes(columns, monday)
        term: Array = week * np.int32(weights.load_an_hour) // np.int32(60)
        return term

    found: Array = columns.memo.get(("load", monday, weights), make)
    return found


def unkept(columns: Columns, weights: Weights) -> Array:
    """The term of reliability: what a broken promise and a visit done badly count.

    The formulas are those of ``kept_permille`` and ``reliable_permille``.
    """

    def make() -> Array:
        people = columns.people
        rated = people.rated_milli.astype(np.int64) + LIKED_PRIOR * LIKED_EXPECTED
        liked = rated // (people.ratings + LIKED_PRIOR)
        promised = np.maximum(people.promised_milli, people.kept_milli).astype(np.int64)
        kept = (
            MILLI
            * (people.kept_milli.astype(np.int64) + KEPT_PRIOR * MILLI)
            // (promised + PROMISED_PRIOR * MILLI)
        )
        moved = kept + (liked - LIKED_EXPECTED) * LIKED_SHARE // MILLI
        lacking = MILLI - np.clip(moved, 0, MILLI)
        term: Array = (lacking * weights.reliability // MILLI).astype(np.int32)
        return term

    found: Array = columns.memo.get(("unkept", weights), make)
    return found


def asked_lately(columns: Columns, now_minute: int, weights: Weights) -> Array:
    """The term of freshness: it fades in whole days since the last message."""
    hour = now_minute // 60

    def make() -> Array:
        since = (hour * 60 - columns.people.last_asked) // 1_440
        left = np.clip(FRESH_DAYS - np.maximum(since, 0), 0, FRESH_DAYS)
        term: Array = (left * weights.freshness // FRESH_DAYS).astype(np.int32)
        return term

    found: Array = columns.memo.get(("asked", hour, weights), make)
    return found


def alone(columns: Columns, monday: int, now: datetime, weights: Weights) -> Array:
    """What everybody costs by himself: every term that neither place nor elder has a part in."""

    def make() -> Array:
        lately = asked_lately(columns, int(now.timestamp()) // 60, weights)
        total: Array = unkept(columns, weights) + load(columns, monday, weights) + lately
        return total

    found: Array = columns.memo.get(("alone", monday, now, weights), make)
    return found


def by_cost(columns: Columns, monday: int, now: datetime, weights: Weights) -> Array:
    """Everybody in the order of that."""

    def make() -> Array:
        return np.argsort(alone(columns, monday, now, weights), kind="stable")

    found: Array = columns.memo.get(("by cost", monday, now, weights), make)
    return found


def ages(columns: Columns, day: int) -> Array:
    """Whole years lived on a day."""

    def make() -> Array:
        at = date.fromordinal(day)
        written = at.year * 10_000 + at.month * 100 + at.day
        years: Array = np.clip((written - columns.people.born) // 10_000, 0, OLDEST)
        return years

    found: Array = columns.memo.get(("ages", day), make)
    return found


def valid_papers(columns: Columns, slot: Slot) -> Array:
    """A bit for each certificate valid from today through the visit's end; screenings last."""

    def make() -> Array:
        table = columns.certificates
        holds = (table.one <= slot.today) & (table.two >= slot.last_day)
        found = np.zeros(len(columns), dtype=np.uint64)
        for number in range(len(columns.rules.certificates) + 1):
            rows = table.between(number, number)
            found[table.owner[rows][holds[rows]]] |= np.uint64(1 << number)
        return found

    valid: Array = columns.memo.get(("valid", slot.today, slot.last_day), make)
    return valid


def _person(columns: Columns, task: Task, today: int) -> Array:
    away = task.away and not task.remote
    unplaced = task.latitude_e6 is None or task.longitude_e6 is None

    def make() -> Array:
        people = columns.people
        asked_books = [columns.book_number(each) for each in (task.book, task.host_book) if each]
        codes = when(~people.identity_checked, "identity_unchecked")
        codes |= when(people.paused_until >= today, "paused")
        codes |= when(~np.isin(people.book, asked_books), "other_book")
        if away:
            # Whoever is at home with the elder is asked only when known to live near the stay.
            at_home = people.book == columns.book_number(task.book)
            codes |= when(at_home & (unplaced | (people.cell == NOWHERE)), "other_book")
        codes |= when(~people.may_be_asked, "not_asked")
        asked = (people.asked_on == today) & (people.asked_that_day >= people.asks_per_day)
        asked |= people.asks_per_day <= 0
        return codes | when(asked, "asked_enough")

    key = ("person", task.book, task.host_book, away, away and unplaced, today)
    found: Array = columns.memo.get(key, make)
    return found


def _age(columns: Columns, line: ServiceLine, slot: Slot, which: Which) -> Array:
    always, unguarded, unwell = columns.memo.get(
        ("ages", line.tier), lambda: _age_codes(columns.rules, line.tier)
    )
    age = ages(columns, slot.day)[which]
    healthy = _holds(columns.rules, valid_papers(columns, slot)[which], [HEALTH_DECLARATION])
    codes: Array = always[age]
    codes |= np.where(columns.people.guardian_consent[which], KIND(0), unguarded[age])
    codes |= np.where(healthy, KIND(0), unwell[age])
    return codes


def _age_codes(rules: RuleSet, tier: str) -> tuple[Array, Array, Array]:
    """By age: what holds always, what without a guardian, what without a health declaration."""
    earning = rules.earning
    always, unguarded, unwell = (np.zeros(OLDEST + 1, dtype=KIND) for _ in range(3))
    for age in range(OLDEST + 1):
        if age < earning.minor_age:
            always[age] |= BIT["too_young"]
        elif age < earning.adult_age:
            unguarded[age] |= BIT["guardian_missing"]
            if tier not in earning.minor_tiers:
                always[age] |= BIT["minor_tier"]
        older = earning.older_rule(age)
        if older is not None:
            if tier not in older.tiers:
                always[age] |= BIT["older_tier"]
            if older.health_declaration:
                unwell[age] |= BIT["health_missing"]
    return always, unguarded, unwell


def day_limit(columns: Columns, day: int) -> Array:
    """Minutes a day: the region's, and less for older people."""

    def make() -> Array:
        rows = [columns.rules.earning.older_rule(age) for age in range(OLDEST + 1)]
        by_age = [1_440 if row is None else row.per_day_minutes for row in rows]
        by_rule = np.array(by_age, dtype=np.int32)[ages(columns, day)]
        return np.minimum(columns.people.day_limit, by_rule)

    found: Array = columns.memo.get(("day limit", day), make)
    return found


def _training(
    rules: RuleSet, line: ServiceLine, valid: Array, rank: Array, *, pair: bool, strict: bool
) -> Array:
    learner = np.array([level.percent == 0 for level in rules.levels.values()])[rank]
    lacks = ~(_trained(rules, line, valid, rank) | learner)
    codes = when(learner, "extra_too_early")
    if pair:
        low = rank < rules.level_rank(rules.second_level)
        codes |= when(lacks & low, "second_level_too_low")
        if strict:
            codes |= when(lacks, "trained_missing")
    if strict:
        codes |= when(lacks & (rank < rules.level_rank(line.level)), "level_too_low")
        if line.all_of:
            codes |= when(lacks & ~_all(rules, valid, line), "certificate_missing")
        if line.one_of:
            missing = ~_holds(rules, valid, line.one_of)
            codes |= when(lacks & missing, "one_certificate_missing")
    return codes


def _trained(rules: RuleSet, line: ServiceLine, valid: Array, rank: Array) -> Array:
    held: Array = rank >= rules.level_rank(line.level)
    if line.all_of:
        held &= _all(rules, valid, line)
    if line.one_of:
        held &= _holds(rules, valid, line.one_of)
    return held


def _levels(columns: Columns, slot: Slot) -> Array:
    """The rank of everybody's level: what certificates support and minutes served allow."""

    def make() -> Array:
        rules, valid = columns.rules, valid_papers(columns, slot)
        best = np.zeros(len(columns), dtype=np.int8)
        levels = list(rules.levels)
        for rank, level in enumerate(levels):
            codes = [each.code for each in rules.certificates.values() if each.level == level]
            if rank and codes:
                best[_holds(rules, valid, codes)] = rank
        for rank in range(len(levels) - 1, 0, -1):
            needed = rules.levels[levels[rank]].served_hours * 60
            best[(best == rank) & (columns.people.served_minutes < needed)] = rank - 1
        return best

    found: Array = columns.memo.get(("levels", slot.today, slot.last_day), make)
    return found


def _holds(rules: RuleSet, valid: Array, codes: Iterable[str]) -> Array:
    """Who holds one of these."""
    held: Array = (valid & _bits(rules, codes)) != 0
    return held


def _all(rules: RuleSet, valid: Array, line: ServiceLine) -> Array:
    needed = _bits(rules, line.all_of)
    held: Array = (valid & needed) == needed
    return held


def _bits(rules: RuleSet, codes: Iterable[str]) -> np.uint64:
    known = {code: 1 << number for number, code in enumerate(rules.certificates)}
    return np.uint64(sum(known[code] for code in set(codes)))


def day_minutes(columns: Columns, day: int) -> Array:
    """Minutes served or promised on a day."""

    def make() -> Array:
        return _by_owner(columns, columns.days, day)

    found: Array = columns.memo.get(("day", day), make)
    return found


def year_minutes(columns: Columns, year: int) -> Array:
    """Minutes served or promised in a calendar year."""

    def make() -> Array:
        return _by_owner(columns, columns.years, year)

    found: Array = columns.memo.get(("year", year), make)
    return found


def _by_owner(columns: Columns, table: Table, key: int) -> Array:
    total, rows = np.zeros(len(columns), dtype=np.int32), table.between(key, key)
    total[table.owner[rows]] = table.one[rows]
    return total
