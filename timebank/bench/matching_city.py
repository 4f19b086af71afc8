"""An invented city out of a seed: volunteers around its centres, and requests for two weeks."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from math import cos, radians
from random import Random
from typing import TypeVar
from uuid import UUID

from services.clock import at_local
from services.matching.columns import VolunteerRow
from services.matching.tasks import Task
from services.rules.availability import Window
from services.rules.levels import HeldCertificate
from services.rules.rule_set import RuleSet

T = TypeVar("T")

BOOK = "city"
BASE_DAY = date(2026, 3, 2)  # a Monday
NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
DAYS = 14
CENTRE = (28_000_000, 120_650_000)
#: Offsets of the centres in metres (east, north), how wide each is, and its share of the people.
CENTRES = (
    (0, 0, 3_600, 28),
    (9_000, 2_000, 3_000, 14),
    (-8_000, 4_000, 2_800, 12),
    (3_000, -10_000, 3_000, 12),
    (-13_000, -7_000, 2_500, 9),
    (17_000, 11_000, 2_500, 8),
    (13_000, -14_000, 2_200, 6),
    (-19_000, 12_000, 2_200, 5),
    (24_000, -4_000, 2_000, 3),
    (-3_000, 20_000, 2_000, 3),
)
#: Levels with their certificate, and their share; the first one is in training.
PAPERS = (
    ((), 4),
    (("course-4h",), 58),
    (("course-4h", "skilled-company"), 7),
    (("course-4h", "skilled-household"), 7),
    (("course-4h", "skilled-escort"), 8),
    (("course-4h", "food-hygiene"), 5),
    (("care-worker",), 6),
    (("nurse",), 2),
    (("social-worker",), 1),
    (("psychologist",), 1),
    (("trainer-escort",), 1),
)
#: Weekdays, hours and share: what people of different lives say of their weeks.
WEEKS = (
    ((range(5), 8, 12), 14),
    ((range(5), 13, 18), 12),
    ((range(5), 8, 18), 12),
    ((range(7), 8, 20), 8),
    ((range(5, 7), 8, 20), 16),
    ((range(5), 17, 21), 10),
    ((range(0, 7, 2), 9, 17), 14),
    ((range(1, 7, 2), 9, 17), 14),
)
#: Services, their minutes and their share of the requests.
WISHES = (
    ("A01", 30, 8),
    ("A03", 60, 16),
    ("A04", 90, 14),
    ("A05", 90, 9),
    ("B01", 60, 10),
    ("B02", 45, 10),
    ("B04", 90, 5),
    ("B05", 60, 7),
    ("C01", 120, 8),
    ("C02", 90, 2),
    ("C03", 60, 3),
    ("C05", 60, 2),
    ("D01", 180, 4),
    ("D03", 30, 2),
)
MODES = (("walk", 2_000, 25), ("bicycle", 4_000, 40), ("transit", 6_000, 20), ("car", 6_000, 15))


@dataclass(frozen=True, slots=True)
class City:
    """What a seed gives."""

    volunteers: tuple[VolunteerRow, ...]
    tasks: tuple[Task, ...]


def city(
    seed: int, requests: int, volunteers: int, rules: RuleSet, *, pairs_percent: int = 0
) -> City:
    """A city; the same for the same seed, whatever the machine."""
    random = Random(f"{seed} {requests} {volunteers}")  # noqa: S311
    people = tuple(_volunteer(random, rules) for _ in range(volunteers))
    ids = tuple(each.id for each in people)
    tasks = tuple(_task(random, ids, pairs_percent) for _ in range(requests))
    return City(people, tasks)


def _volunteer(random: Random, rules: RuleSet) -> VolunteerRow:
    codes = list(_drawn(random, PAPERS))
    if random.random() < 0.7:
        codes.append("insurance-accident")
    born = date(2026 - random.randint(18, 74), random.randint(1, 12), random.randint(1, 28))
    mode = random.choices([row[0] for row in MODES], [row[2] for row in MODES])[0]
    radius = next(row[1] for row in MODES if row[0] == mode)
    days, first, last = _drawn(random, WEEKS)
    promised = random.randint(0, 20)
    taken = random.choices((0, 60, 120, 240, 360), (60, 15, 12, 9, 4))[0]
    declined = random.sample(list(rules.services), random.choices((0, 2, 5), (60, 30, 10))[0])
    return VolunteerRow(
        id=UUID(int=random.getrandbits(128)),
        book=BOOK,
        sex="female" if random.random() < 0.62 else "male",
        born_on=born,
        held=tuple(HeldCertificate(code, date(2024, 1, 1), date(2027, 1, 1)) for code in codes),
        served_minutes=random.randint(0, 20_000),
        guardian_consent=True,
        languages=("cmn", "wenzhou") if random.random() < 0.45 else ("cmn",),
        windows=tuple(Window(day, first * 60, last * 60) for day in days),
        declined_codes=tuple(declined),
        asked_on=None,
        last_asked_at=NOW - timedelta(hours=random.randint(1, 600)),
        travel_mode=mode,
        radius_m=radius,
        weekly_minutes=random.choice((None, 240, 480, 600)),
        places=_places(random),
        minutes_by_day={BASE_DAY + timedelta(days=random.randint(0, 6)): taken} if taken else {},
        minutes_by_year={2026: taken + random.randint(0, 6_000)},
        promised_milli=promised * 1_000,
        kept_milli=promised * random.randint(700, 1_000),
        answers=random.randint(0, 12),
        yeses=random.randint(0, 4),
    )


def _places(random: Random) -> tuple[tuple[int, int], ...]:
    return tuple(_place(random) for _ in range(1 if random.random() < 0.85 else 2))


def _place(random: Random) -> tuple[int, int]:
    """Somewhere around one of the centres."""
    east, north, width = random.choices([row[:3] for row in CENTRES], [row[3] for row in CENTRES])[
        0
    ]
    metres_east = random.gauss(east, width)
    metres_north = random.gauss(north, width)
    latitude = CENTRE[0] + round(metres_north * 1_000_000 / 111_195)
    shrink = cos(radians(CENTRE[0] / 1_000_000))
    return latitude, CENTRE[1] + round(metres_east * 1_000_000 / (111_195 * shrink))


def _task(random: Random, ids: Sequence[UUID], pairs_percent: int) -> Task:
    code, minutes = random.choices([row[:2] for row in WISHES], [row[2] for row in WISHES])[0]
    day = BASE_DAY + timedelta(days=random.randrange(DAYS))
    # Most want the morning or the afternoon; few an evening.
    quarter = random.choice((*range(34, 46), *range(54, 66), *range(34, 46), 72, 73, 74))
    latitude, longitude = _place(random)
    pair = random.randrange(100) < pairs_percent
    return Task(
        request_id=UUID(int=random.getrandbits(128)),
        book=BOOK,
        service_code=code,
        starts_at=at_local(day, time(quarter // 4, quarter % 4 * 15)),
        booked_minutes=minutes,
        remote=code == "A01",
        latitude_e6=latitude,
        longitude_e6=longitude,
        elder_id=UUID(int=random.getrandbits(128)),
        people_needed=2 if pair else 1,
        people_missing=2 if pair else 1,
        required_sex="female" if random.random() < 0.06 else None,
        preferred_sex="female" if random.random() < 0.2 else None,
        languages=frozenset({"wenzhou"}) if random.random() < 0.5 else frozenset(),
        known={each: random.randint(1, 9) for each in random.sample(ids, random.choice((0, 1, 3)))},
        barred=frozenset(random.sample(ids, random.choice((0, 0, 1)))),
        waited_minutes=random.randrange(5 * 1_440),
        risk_tier=random.choices((0, 1, 2), (70, 22, 8))[0],
    )


def _drawn(random: Random, shares: Sequence[tuple[T, int]]) -> T:
    ends = list(accumulate(share for _, share in shares))
    return shares[bisect(ends, random.randrange(ends[-1]))][0]
