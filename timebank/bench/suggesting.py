"""Suggestions measured: a city written into a database, read into columns, and asked for people."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import (
    CheckKind,
    SafeguardingCheck,
    ServingPlace,
    TravelMode,
    VolunteerProfile,
    WeeklyWindow,
)
from models.base import Base
from models.people import Certificate, Member, MemberStatus
from models.places import Book
from models.requests import ProviderDay, Request, RequestState
from services import rates
from services.clock import local_date
from services.context import Context
from services.ids import derived
from services.matching.columns import VolunteerRow
from services.matching.marks import mark
from services.matching.ranking import rank
from services.matching.requests import tasks_of
from services.matching.snapshot import Snapshot, follow, load
from services.matching.suggesting import suggest
from services.matching.tasks import Task
from services.policy import SYSTEM
from services.rules.published import parse_document, shipped_text
from services.vault import Vault
from timebank.bench.matching_city import BOOK, NOW, City, city
from timebank.uow import UnitOfWork

REGION = "330302000000"
BRANCH = UUID(int=3)
ROWS_AT_ONCE = 20_000
#: So many people change before a look.
CHANGED = 10
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """One thing that was timed: its name, and seconds of each time, in rising order."""

    name: str
    seconds: tuple[float, ...]

    def at(self, permille: int) -> float:
        """The seconds that so many thousandths do not exceed."""
        return self.seconds[max(0, -(-len(self.seconds) * permille // 1000) - 1)]


def fill(work: UnitOfWork, seed: int, requests: int, volunteers: int) -> None:
    """Write the city of a seed into an empty, migrated database."""

    def publish(session: Session) -> None:
        session.add(Book(book=BOOK, region_code=REGION, opened_at=NOW))
        rates.publish_rule_set(_ctx(session), parse_document(shipped_text("cn-tb-1.json")))

    work.run(publish)
    with work.read() as session:
        rules = rates.rule_set_on(session, local_date(NOW))
    made = city(seed, requests, volunteers, rules)
    work.run(lambda session: _write(session, made))


def measure(work: UnitOfWork) -> list[Measured]:
    """Reading everybody, a look after a few changes, ranking alone, and the whole suggestion."""
    began = time.perf_counter()
    with work.read() as session:
        snapshot = load(session, NOW)
    loaded = time.perf_counter() - began
    columns = snapshot.columns
    with work.read() as session:
        ctx = _ctx(session)
        rows = list(session.scalars(sa.select(Request).where(Request.book == BOOK)))
        tasks = tasks_of(ctx, rows)
        cold, warm = (
            [_seconds(partial(rank, columns, each, now=NOW, limit=SHOWN)) for each in tasks]
            for _ in range(2)
        )
        whole = [_seconds(partial(suggest, ctx, columns, each, SHOWN)) for each in rows]
    found = {
        "load": [loaded],
        "follow": list(_follow(work, snapshot)),
        "rank cold": cold,
        "rank": warm,
        "suggest": whole,
    }
    return [Measured(name, tuple(sorted(seconds))) for name, seconds in found.items()]


def _follow(work: UnitOfWork, snapshot: Snapshot) -> Iterable[float]:
    """One look after some people have changed, a few times over."""
    with work.read() as session:
        ids = list(session.scalars(sa.select(Member.id).where(Member.is_provider).limit(2_000)))
    drawn = random.Random(1)  # noqa: S311
    for turn in range(5):
        at = NOW + timedelta(seconds=turn + 1)
        work.run(partial(mark, member_ids=drawn.sample(ids, CHANGED), at=at))
        began = time.perf_counter()
        with work.read() as session:
            snapshot = follow(session, snapshot, NOW)
        yield time.perf_counter() - began


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ctx(session: Session) -> Context:
    return Context(session=session, actor=SYSTEM, now=NOW, vault=Vault(bytes(32), bytes(32)))


def _write(session: Session, made: City) -> None:
    people = made.volunteers
    _insert(session, Member, (_member(each.id, each) for each in people))
    _insert(session, Member, (_elder(each) for each in made.tasks))
    _insert(session, Certificate, (row for each in people for row in _certificates(each)))
    _insert(session, VolunteerProfile, (_profile(each) for each in people))
    _insert(session, WeeklyWindow, (row for each in people for row in _windows(each)))
    _insert(session, ServingPlace, (row for each in people for row in _other_places(each)))
    _insert(session, SafeguardingCheck, (_check(each) for each in people))
    _insert(session, ProviderDay, (row for each in people for row in _days(each)))
    _insert(session, Request, (_request(each, place) for place, each in enumerate(made.tasks)))


def _insert(session: Session, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    waiting: list[Mapping[str, Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == ROWS_AT_ONCE:
            session.execute(sa.insert(model), waiting)
            waiting = []
    if waiting:
        session.execute(sa.insert(model), waiting)


def _member(member_id: UUID, row: VolunteerRow) -> dict[str, Any]:
    return _person(
        member_id,
        row.sex,
        row.places[0],
        born_on=row.born_on,
        is_provider=True,
        served_minutes=row.served_minutes,
    )


def _elder(task: Task) -> dict[str, Any]:
    place = (task.latitude_e6 or 0, task.longitude_e6 or 0)
    return _person(task.elder_id, "female", place, is_recipient=True)


def _person(member_id: UUID, sex: str, place: tuple[int, int], **more: Any) -> dict[str, Any]:
    values = {
        "id": member_id,
        "number": member_id.hex[:16],
        "home_book": BOOK,
        "region_code": REGION,
        "branch_id": BRANCH,
        "name": "X",
        "sex": sex,
        "born_on": NOW.date() - timedelta(days=80 * 365),
        "id_number_sealed": "",
        "skills": [],
        "service_codes": [],
        "is_provider": False,
        "is_recipient": False,
        "status": MemberStatus.ACTIVE,
        "identity_checked_at": NOW,
        "latitude_e6": place[0],
        "longitude_e6": place[1],
        "served_minutes": 0,
        "joined_at": NOW,
        "joined_how": "self",
    }
    return {**values, **more}


def _key(row: VolunteerRow, what: str, number: int = 0) -> UUID:
    return derived(what, row.id, number)


def _certificates(row: VolunteerRow) -> list[dict[str, Any]]:
    return [
        {
            "member_id": row.id,
            "id": _key(row, "certificate", number),
            "code": each.code,
            "issuer": "",
            "reference": "",
            "valid_from": each.valid_from,
            "valid_to": each.valid_to,
            "recorded_by_id": BRANCH,
            "recorded_at": NOW,
        }
        for number, each in enumerate(row.held)
    ]


def _profile(row: VolunteerRow) -> dict[str, Any]:
    return {
        "member_id": row.id,
        "travel_mode": TravelMode(row.travel_mode),
        "radius_m": row.radius_m,
        "weekly_minutes": row.weekly_minutes,
        "languages": list(row.languages),
        "declined_codes": list(row.declined_codes),
        "may_be_asked": row.may_be_asked,
        "asks_per_day": row.asks_per_day,
        "updated_at": NOW,
    }


def _windows(row: VolunteerRow) -> list[dict[str, Any]]:
    return [
        {
            "member_id": row.id,
            "id": _key(row, "window", number),
            "weekday": each.weekday,
            "from_minute": each.from_minute,
            "to_minute": each.to_minute,
        }
        for number, each in enumerate(row.windows)
    ]


def _other_places(row: VolunteerRow) -> list[dict[str, Any]]:
    return [
        {
            "member_id": row.id,
            "id": _key(row, "place", number),
            "label": "",
            "latitude_e6": latitude,
            "longitude_e6": longitude,
        }
        for number, (latitude, longitude) in enumerate(row.places[1:])
    ]


def _check(row: VolunteerRow) -> dict[str, Any]:
    return {
        "member_id": row.id,
        "id": _key(row, "check"),
        "kind": CheckKind.ACCOMPANIED,
        "on_day": NOW.date(),
        "reference": "",
        "recorded_by_id": BRANCH,
        "recorded_at": NOW,
    }


def _days(row: VolunteerRow) -> list[dict[str, Any]]:
    return [
        {
            "book": BOOK,
            "provider_id": row.id,
            "day": day,
            "credit_minutes": 0,
            "actual_minutes": minutes,
        }
        for day, minutes in row.minutes_by_day.items()
    ]


def _request(task: Task, place: int) -> dict[str, Any]:
    return {
        "book": BOOK,
        "id": task.request_id,
        "reference": f"{place:08d}",
        "region_code": REGION,
        "branch_id": BRANCH,
        "elder_id": task.elder_id,
        "asked_by_id": task.elder_id,
        "consent": "own",
        "service_code": task.service_code,
        "starts_at": task.starts_at,
        "ends_at": task.starts_at + timedelta(minutes=task.booked_minutes),
        "booked_minutes": task.booked_minutes,
        "people_needed": task.people_needed,
        "remote": task.remote,
        "wished_sex": task.required_sex,
        "preferred_sex": task.preferred_sex,
        "wished_languages": sorted(task.languages),
        "care_grade": 0,
        "risk_tier": task.risk_tier,
        "rule_set_version": "CN-TB-1",
        "elder_share_minutes": 0,
        "shortfall_minutes": 0,
        "state": RequestState.OPEN,
        "submitted_at": NOW,
        "decided_at": NOW,
    }
