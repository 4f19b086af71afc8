"""Volunteers for the scorer, read from the database: a few statements for many people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import CheckKind
from models.people import Member, MemberStatus
from services.matching.columns import VolunteerRow
from services.matching.readings import PARTS, STEP_DAYS, Reader, Which, raw
from services.places.settings import regional_settings
from services.rules.availability import DEFAULT_ASKS, DayException, Window
from services.rules.levels import HeldCertificate
from services.rules.matching import faded
from services.rules.ratings import MilliSum, milli_of
from services.rules.regional import regional_value
from services.rules.rule_set import RuleSet
from services.rules.travel import DEFAULT_MODE, DEFAULT_RADIUS_M

#: So many volunteers at once; engines bound the number of parameters, and we the memory.
CHUNK, MOST_IDS = 10_000, 1_000


def all_volunteers(session: Session, now: datetime, rules: RuleSet) -> Iterator[list[VolunteerRow]]:
    """Everybody who serves, in the order of ids, so many at a time."""
    loader = _Loader(Reader(session, now), rules)
    last: UUID | None = None
    while True:
        ids = session.scalars(
            sa.select(Member.id)
            .where(*_SERVING, *([] if last is None else [Member.id > last]))
            .order_by(Member.id)
            .limit(CHUNK)
        ).all()
        if not ids:
            return
        first, last = ids[0], ids[-1]
        yield loader.rows(_between(first, last))


def volunteers(
    session: Session, now: datetime, rules: RuleSet, ids: Iterable[UUID]
) -> list[VolunteerRow]:
    """Those of some members who serve."""
    loader, wanted = _Loader(Reader(session, now), rules), sorted(set(ids))
    found: list[VolunteerRow] = []
    for start in range(0, len(wanted), MOST_IDS):
        found += loader.rows(_among(wanted[start : start + MOST_IDS]))
    return found


_SERVING = (Member.is_provider, Member.status == MemberStatus.ACTIVE)


def _between(first: UUID, last: UUID) -> Which:
    return lambda column: column.between(first, last)


def _among(ids: Sequence[UUID]) -> Which:
    return lambda column: column.in_(ids)


@dataclass(frozen=True, slots=True)
class _Loader:
    """Makes volunteers of what is read at one moment, by one rule set."""

    reader: Reader
    rules: RuleSet
    limits: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def rows(self, which: Which) -> list[VolunteerRow]:
        """Those of the members who serve."""
        several = {name: read(self.reader, which) for name, read in PARTS.items()}
        members = self.reader.session.execute(
            sa.select(
                raw(Member.id).label("key"),
                Member.id,
                Member.home_book,
                Member.region_code,
                Member.sex,
                Member.born_on,
                Member.served_minutes,
                Member.identity_checked_at.is_not(None).label("is_checked"),
                Member.paused_until,
                Member.latitude_e6,
                Member.longitude_e6,
            ).where(which(Member.id), *_SERVING)
        )
        return [
            self._row(row, {name: found.get(row.key, ()) for name, found in several.items()})
            for row in members
        ]

    def _row(self, member: Any, of: Mapping[str, Sequence[tuple[Any, ...]]]) -> VolunteerRow:
        day, week, year = self._limits(member.region_code)
        home = ((member.latitude_e6, member.longitude_e6),) if _placed(member) else ()
        return VolunteerRow(
            id=member.id,
            book=member.home_book,
            sex=member.sex.value,
            born_on=member.born_on,
            held=tuple(HeldCertificate(*row) for row in of["certificates"]),
            served_minutes=member.served_minutes,
            identity_checked=bool(member.is_checked),
            guardian_consent=bool(of["consents"]),
            paused_until=member.paused_until,
            screenings=_screenings(of["checks"]),
            experienced=bool(of["been"])
            or any(
                kind is CheckKind.ACCOMPANIED and until is None for kind, _, until in of["checks"]
            ),
            windows=tuple(Window(*row) for row in of["windows"]),
            exceptions=tuple(DayException(kind.value, *rest) for kind, *rest in of["exceptions"]),
            places=(*home, *((lat, lon) for lat, lon in of["places"])),
            # Promises are kept with the book that the member is at home in.
            promised=frozenset(q for book, q in of["slots"] if book == member.home_book),
            minutes_by_day={
                on: minutes for book, on, minutes in of["days"] if book == member.home_book
            },
            minutes_by_year=_by_year(of["years"], member.home_book, self.reader.today.year),
            day_limit_minutes=day,
            week_limit_minutes=week,
            year_limit_minutes=year,
            **_profile(of["profiles"]),
            **_reliability(of["visits"]),
            **_rated(of["ratings"]),
            **self._asked(of["offers"]),
        )

    def _asked(self, rows: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
        if not rows:
            return {}
        [(answers, yeses, last, of_today)] = _added(rows)
        return {
            "answers": answers,
            "yeses": yeses,
            "last_asked_at": last,
            "asked_on": self.reader.today if of_today else None,
            "asked_that_day": of_today,
        }

    def _limits(self, region_code: str) -> tuple[int, int, int]:
        if region_code not in self.limits:
            own = regional_settings(self.reader.session, region_code, self.reader.today)
            day, week, year = (
                regional_value(self.rules, name, own.get(name))
                for name in (
                    "actual_per_day_minutes",
                    "actual_per_week_minutes",
                    "actual_per_year_minutes",
                )
            )
            self.limits[region_code] = (day, week, year)
        return self.limits[region_code]


def _placed(member: Any) -> bool:
    return member.latitude_e6 is not None and member.longitude_e6 is not None


def _screenings(rows: Iterable[tuple[Any, ...]]) -> tuple[tuple[date, date | None], ...]:
    return tuple((first, last) for kind, first, last in rows if kind is CheckKind.SCREENING)


def _profile(rows: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    if not rows:
        return {
            "travel_mode": DEFAULT_MODE,
            "radius_m": DEFAULT_RADIUS_M,
            "asks_per_day": DEFAULT_ASKS,
        }
    [(mode, radius_m, weekly_minutes, languages, declined, may_be_asked, asks)] = rows
    return {
        "travel_mode": mode.value,
        "radius_m": radius_m,
        "weekly_minutes": weekly_minutes,
        "languages": tuple(languages),
        "declined_codes": tuple(declined),
        "may_be_asked": may_be_asked,
        "asks_per_day": asks,
    }


def _by_year(rows: Iterable[tuple[Any, ...]], book: str, this: int) -> dict[int, int]:
    return {
        this + is_next: int(minutes)
        for where, is_next, minutes in rows
        if where == book and minutes
    }


def _reliability(rows: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    promised = kept = 0
    for days, is_kept, times in rows:
        weight = faded(days - STEP_DAYS // 2) * times
        promised += weight
        kept += weight * is_kept
    return {"promised_milli": promised, "kept_milli": kept}


def _rated(rows: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    total = MilliSum()
    for score, times in rows:
        total = total.plus(milli_of(score) * times, times)
    return {"rated_milli": total.milli, "ratings": total.ratings}


def _added(rows: Sequence[tuple[Any, ...]]) -> list[tuple[int, int, datetime, int]]:
    """One row of those of several books."""
    answers, yeses, last, of_today = zip(*rows, strict=True)
    return [(sum(answers), sum(yeses), max(last), sum(of_today))]
