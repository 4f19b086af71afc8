"""Volunteers in columns, sorted by cell: what the scorer reads. A copy, and never the truth.

Everything is a whole number: metres, minutes, thousandths, days since the year 1, quarters of an
hour since 1970. Of what a volunteer has several of there are flat tables with an owner, each
sorted by the key that is looked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

import numpy as np

from services.matching import hours
from services.matching.arrays import Memo, People, Table
from services.matching.grid import NOWHERE, Array, cells, on_globe
from services.rules.availability import DayException, Window
from services.rules.languages import LANGUAGES, spoken
from services.rules.levels import HeldCertificate
from services.rules.matching import MODES, REACH_M
from services.rules.rule_set import RuleSet

FEMALE, MALE = 0, 1
SEXES = {"female": FEMALE, "male": MALE}
#: The end of what has no end.
FOREVER = date.max.toordinal()
NO_WISH = -1
_LOW = (1 << 64) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerRow:
    """All that decides where somebody fits, as plain values."""

    id: UUID
    book: str
    sex: str
    born_on: date
    #: Certificates and documents (insurance, health declaration) with their days.
    held: tuple[HeldCertificate, ...] = ()
    served_minutes: int = 0
    identity_checked: bool = True
    guardian_consent: bool = False
    paused_until: date | None = None
    #: First and last day of each screening; and whether a home has been visited before, or the
    #: first time in company is on record (``services.availability.facts``).
    screenings: tuple[tuple[date, date | None], ...] = ()
    experienced: bool = True
    #: As stated; nothing stated means Mandarin and any hours of the day.
    languages: Collection[str] = ()
    windows: tuple[Window, ...] = ()
    exceptions: tuple[DayException, ...] = ()
    declined_codes: Collection[str] = ()
    may_be_asked: bool = True
    asks_per_day: int = 2
    #: The last day on which messages asked for something, and how many did.
    asked_on: date | None = None
    asked_that_day: int = 0
    last_asked_at: datetime | None = None
    travel_mode: str = "walk"
    radius_m: int = 3_000
    #: Hours a week wished for, in minutes.
    weekly_minutes: int | None = None
    #: Home and other places to set out from: latitude and longitude in millionths of a degree.
    places: tuple[tuple[int, int], ...] = ()
    #: Promised quarters of an hour since 1970 (``ProviderSlot.quarter``), from today on.
    promised: Collection[int] = ()
    #: Actual minutes served or promised by date, from this week's Monday on; and by year.
    minutes_by_day: Mapping[date, int] = field(default_factory=dict)
    minutes_by_year: Mapping[int, int] = field(default_factory=dict)
    #: Limits of the own region (``regional_value`` of ``actual_per_..._minutes``).
    day_limit_minutes: int = 480
    week_limit_minutes: int = 1_800
    year_limit_minutes: int = 60_000
    #: Visits promised and kept, each in thousandths that fade with time
    #: (``services.rules.matching.faded``).
    promised_milli: int = 0
    kept_milli: int = 0
    #: The marks of ratings in thousandths, added up, and how many there are.
    rated_milli: int = 0
    ratings: int = 0
    #: Offers answered, and those answered with yes.
    answers: int = 0
    yeses: int = 0


TABLES = ("places", "certificates", "promised", "days", "years")


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Many volunteers, ready to be scored."""

    base_day: date
    rules: RuleSet
    books: tuple[str, ...]
    people: People
    places: Table  # cell -> latitude, longitude
    certificates: Table  # code by its place in the rules, then screenings -> first, last day
    promised: Table  # quarter
    days: Table  # date -> minutes
    years: Table  # year -> minutes
    #: The places on a globe, for distances.
    globe: Array
    #: Rows of places by their owner, and where those of each begin.
    owner_rows: Array
    owner_starts: Array
    #: Places of those who go further than the usual reach, and volunteers without a place.
    far: Array
    placeless: Array
    #: Volunteers in the order of their ids, the upper halves of those, and the way back.
    by_id: Array
    highs: Array
    id_rank: Array
    #: What was worked out for many tasks alike.
    memo: Memo = field(default_factory=Memo, repr=False)

    def __len__(self) -> int:
        return len(self.people)

    @classmethod
    def build(cls, rows: Iterable[VolunteerRow], base_day: date, rules: RuleSet) -> Self:
        """The columns of these volunteers; the coming weeks begin on ``base_day``."""
        return cls._arranged(base_day, rules, *_read(list(rows), base_day, rules, ()))

    def replaced(self, rows: Iterable[VolunteerRow], removed: Iterable[UUID] = ()) -> Self:
        """The same with some volunteers read anew or added, and others gone."""
        new = list(rows)
        gone = self.find([*(each.id for each in new), *removed])
        keep = np.ones(len(self), dtype=bool)
        keep[gone] = False
        number = np.where(keep, np.cumsum(keep) - 1, -1).astype(np.int32)
        books, people, tables = _read(new, self.base_day, self.rules, self.books)
        left = int(keep.sum())
        moved = np.arange(left, left + len(people), dtype=np.int32)
        return self._arranged(
            self.base_day,
            self.rules,
            books,
            self.people.take(np.flatnonzero(keep)).joined(people),
            {
                name: getattr(self, name).renumbered(number).joined(tables[name].renumbered(moved))
                for name in TABLES
            },
        )

    @classmethod
    def _arranged(
        cls,
        base_day: date,
        rules: RuleSet,
        books: tuple[str, ...],
        people: People,
        tables: Mapping[str, Table],
    ) -> Self:
        """Volunteers by cell and then by id, and every table in its order."""
        order = np.lexsort((people.low, people.high, people.cell))
        number = np.empty(len(order), dtype=np.int32)
        number[order] = np.arange(len(order), dtype=np.int32)
        people = people.take(order).by_column()
        tables = {name: each.renumbered(number).in_order() for name, each in tables.items()}
        places = tables["places"]
        by_id = np.lexsort((people.low, people.high))
        id_rank = np.empty(len(order), dtype=np.int64)
        id_rank[by_id] = np.arange(len(order))
        return cls(
            base_day=base_day,
            rules=rules,
            books=books,
            people=people,
            places=places,
            certificates=tables["certificates"],
            promised=tables["promised"],
            days=tables["days"],
            years=tables["years"],
            globe=on_globe(places.one, places.two),
            owner_rows=np.argsort(places.owner, kind="stable"),
            owner_starts=np.searchsorted(
                np.sort(places.owner), np.arange(len(people) + 1, dtype=np.int32)
            ),
            far=np.flatnonzero(people.radius_m[places.owner] > REACH_M),
            placeless=np.flatnonzero(people.cell == NOWHERE),
            by_id=by_id,
            highs=people.high[by_id],
            id_rank=id_rank,
        )

    def find(self, ids: Iterable[UUID]) -> Array:
        """Where these volunteers stand, those who are here, in the order of their places."""
        places = self.places_of(list(set(ids)))
        return np.sort(places[places >= 0])

    def places_of(self, ids: Sequence[UUID]) -> Array:
        """Where each of these stands, or -1."""
        high = np.array([each.int >> 64 for each in ids], dtype=np.uint64)
        low = np.array([each.int & _LOW for each in ids], dtype=np.uint64)
        found = np.full(len(ids), -1, dtype=np.int64)
        first = np.searchsorted(self.highs, high, "left")
        last = np.searchsorted(self.highs, high, "right")
        # Ids made in one moment share their upper half.
        step = 0
        while (open_ := (found < 0) & (first + step < last)).any():
            place = self.by_id[first[open_] + step]
            found[open_] = np.where(self.people.low[place] == low[open_], place, -1)
            step += 1
        return found

    def rows_of(self, who: Iterable[int]) -> list[Array]:
        """The rows of these volunteers' places."""
        starts = self.owner_starts
        return [self.owner_rows[starts[each] : starts[each + 1]] for each in who]

    def id_at(self, place: int) -> UUID:
        """Whose entry it is."""
        return UUID(int=int(self.people.high[place]) << 64 | int(self.people.low[place]))

    def book_number(self, book: str) -> int:
        """The number of a book in its column, or one that nobody has."""
        return self.books.index(book) if book in self.books else -1


def _read(
    rows: Sequence[VolunteerRow], base_day: date, rules: RuleSet, books: tuple[str, ...]
) -> tuple[tuple[str, ...], People, dict[str, Table]]:
    """Columns and tables of rows, in their order."""
    known = (*books, *sorted({each.book for each in rows} - set(books)))
    return known, _people(rows, base_day, rules, known), _tables(rows, rules)


def _people(
    rows: Sequence[VolunteerRow], base_day: date, rules: RuleSet, books: tuple[str, ...]
) -> People:
    def column(kind: Any, values: Iterable[Any]) -> Array:
        return np.fromiter(values, dtype=kind, count=len(rows))

    book_at = {book: number for number, book in enumerate(books)}
    service_at = {code: 1 << number for number, code in enumerate(rules.services)}
    language_at = {code: 1 << number for number, code in enumerate(LANGUAGES)}
    whole = {
        name: column(np.int32, (getattr(each, name) for each in rows))
        for name in (
            "served_minutes asks_per_day asked_that_day radius_m promised_milli kept_milli"
            " rated_milli ratings answers yeses"
        ).split()
    }
    flags = {
        name: column(bool, (getattr(each, name) for each in rows))
        for name in ("identity_checked", "guardian_consent", "experienced", "may_be_asked")
    }
    days = {
        name: column(np.int32, (_ordinal(getattr(each, name)) for each in rows))
        for name in ("paused_until", "asked_on")
    }
    return People(
        high=column(np.uint64, (each.id.int >> 64 for each in rows)),
        low=column(np.uint64, (each.id.int & _LOW for each in rows)),
        cell=_first_cells(rows),
        book=column(np.int32, (book_at[each.book] for each in rows)),
        sex=column(np.int8, (SEXES[each.sex] for each in rows)),
        born=column(np.int32, (_written(each.born_on) for each in rows)),
        languages=column(np.uint64, (_mask(spoken(each.languages), language_at) for each in rows)),
        declined=column(np.uint64, (_mask(each.declined_codes, service_at) for each in rows)),
        last_asked=column(np.int64, (_minute(each.last_asked_at) for each in rows)),
        mode=column(np.int8, (MODES.index(each.travel_mode) for each in rows)),
        weekly_minutes=column(np.int32, (_wish(each.weekly_minutes) for each in rows)),
        day_limit=column(np.int32, (each.day_limit_minutes for each in rows)),
        week_limit=column(np.int32, (each.week_limit_minutes for each in rows)),
        year_limit=column(np.int32, (each.year_limit_minutes for each in rows)),
        weekly=_words((hours.weekly(each.windows) for each in rows), hours.WEEKLY_WORDS),
        dated=_words(
            (hours.dated(each.windows, each.exceptions, base_day) for each in rows),
            hours.DATED_WORDS,
        ),
        **whole,
        **flags,
        **days,
    )


def _first_cells(rows: Sequence[VolunteerRow]) -> Array:
    """The cell of the first place of each, or nowhere."""
    places = np.array([each.places[0] if each.places else (0, 0) for each in rows], dtype=np.int64)
    placed = np.array([bool(each.places) for each in rows], dtype=bool)
    return np.where(placed, cells(*places.reshape(-1, 2).T), NOWHERE)


def _tables(rows: Sequence[VolunteerRow], rules: RuleSet) -> dict[str, Table]:
    code_at = {code: number for number, code in enumerate(rules.certificates)}
    places = [
        (0, owner, *place) for owner, each in enumerate(rows) for place in sorted(set(each.places))
    ]
    by_place = Table.of(places)
    return {
        "places": replace(by_place, key=cells(by_place.one, by_place.two)),
        "certificates": Table.of(
            [
                (code_at[code], owner, first, last)
                for owner, each in enumerate(rows)
                for code, first, last in _held(each.held)
                if code in code_at
            ]
            + [
                (
                    len(code_at),
                    owner,
                    first.toordinal(),
                    FOREVER if last is None else last.toordinal(),
                )
                for owner, each in enumerate(rows)
                for first, last in each.screenings
            ]
        ),
        "promised": Table.of(
            [(q, owner, 0, 0) for owner, each in enumerate(rows) for q in set(each.promised)]
        ),
        "days": Table.of(
            [
                (day.toordinal(), owner, minutes, 0)
                for owner, each in enumerate(rows)
                for day, minutes in each.minutes_by_day.items()
            ]
        ),
        "years": Table.of(
            [
                (year, owner, minutes, 0)
                for owner, each in enumerate(rows)
                for year, minutes in each.minutes_by_year.items()
            ]
        ),
    }


def _held(held: Iterable[HeldCertificate]) -> list[tuple[str, int, int]]:
    """Code, first and last day; those of a kind that follow on or overlap made one."""
    found: list[tuple[str, int, int]] = []
    for each in sorted(held, key=lambda one: (one.code, one.valid_from)):
        first = each.valid_from.toordinal()
        last = FOREVER if each.valid_to is None else each.valid_to.toordinal()
        if last < first:
            continue
        if found and found[-1][0] == each.code and first <= found[-1][2] + 1:
            found[-1] = (each.code, found[-1][1], max(found[-1][2], last))
        else:
            found.append((each.code, first, last))
    return found


def _words(rows: Iterable[bytes], words: int) -> Array:
    return np.frombuffer(b"".join(rows), dtype="<u8").reshape(-1, words).copy()


def _mask(codes: Iterable[str], bits: Mapping[str, int]) -> int:
    return sum({bits[code] for code in codes if code in bits})


def _ordinal(day: date | None) -> int:
    return 0 if day is None else day.toordinal()


def _wish(minutes: int | None) -> int:
    return NO_WISH if minutes is None else minutes


def _minute(at: datetime | None) -> int:
    return 0 if at is None else int(at.timestamp()) // 60


def _written(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
