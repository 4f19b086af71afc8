"""The scorer once more, one pair at a time in plain Python, and small invented worlds for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

from services.clock import age_on, at_local, local, local_date
from services.matching.columns import VolunteerRow
from services.matching.tasks import Task
from services.rules.availability import DayException, Window, covers
from services.rules.booking import TRAVEL_BUFFER_MINUTES
from services.rules.eligibility import (
    HEALTH_DECLARATION,
    INSURANCE,
    ProviderFacts,
    TaskFacts,
    refusals,
)
from services.rules.languages import understands
from services.rules.levels import HeldCertificate, has_training, provider_level, valid_codes
from services.rules.matching import (
    FRESH_DAYS,
    UNKNOWN_TRAVEL_MINUTES,
    WEIGHTS,
    kept_permille,
    street_minutes,
)
from services.rules.published import shipped_rule_set
from services.rules.ratings import liked_permille, reliable_permille
from services.visits.days import quarters, week_of

RULES = shipped_rule_set()
BASE_DAY = date(2026, 3, 4)
NOW = datetime(2026, 3, 3, 20, 0, tzinfo=UTC)
CENTRE = (28_000_000, 120_650_000)
BOOK = "here"
SERVICES = ("A01", "A03", "A04", "C02", "C04", "D01", "E01", "B01")


def straight(task: Task, row: VolunteerRow) -> int | None:
    """Metres to the nearest place by the haversine formula, or None."""
    if task.remote or task.latitude_e6 is None or task.longitude_e6 is None or not row.places:
        return None
    return min(_metres((task.latitude_e6, task.longitude_e6), place) for place in row.places)


def _metres(one: tuple[int, int], other: tuple[int, int]) -> int:
    lat1, lon1, lat2, lon2 = (math.radians(each / 1e6) for each in (*one, *other))
    up, across = math.sin((lat2 - lat1) / 2), math.sin((lon2 - lon1) / 2)
    part = up * up + math.cos(lat1) * math.cos(lat2) * across * across
    return round(2 * 6_371_009 * math.asin(min(1.0, math.sqrt(part))))


def travel(task: Task, row: VolunteerRow) -> int:
    if task.remote:
        return 0
    metres = straight(task, row)
    if metres is None:
        return UNKNOWN_TRAVEL_MINUTES
    return street_minutes(metres, row.travel_mode, local(task.starts_at).hour)


def codes(task: Task, row: VolunteerRow) -> set[str]:
    """Every refusal, those of acceptance as the rules themselves give them."""
    today, end = local_date(NOW), task.starts_at + timedelta(minutes=task.booked_minutes)
    last = max(today, local_date(end))
    held = valid_codes(row.held, today, last)
    level = provider_level(held, row.served_minutes, RULES)
    accepted = task.people_needed - task.people_missing
    provider = ProviderFacts(
        age_years=age_on(row.born_on, local_date(task.starts_at)),
        sex=row.sex,
        level=level,
        certificates=held,
        insured=INSURANCE in held,
        health_declared=HEALTH_DECLARATION in held,
        identity_checked=row.identity_checked,
        guardian_consent=row.guardian_consent,
        paused_until=row.paused_until,
        as_extra=RULES.level(level).percent == 0,
        overlaps=not set(row.promised).isdisjoint(
            quarters(task.starts_at, task.booked_minutes, TRAVEL_BUFFER_MINUTES)
        ),
        languages=frozenset(row.languages),
        first_home_visit=not task.remote and not row.experienced,
        screened=any(
            first <= today and (until is None or last <= until) for first, until in row.screenings
        ),
        accompanied=task.company or row.id in task.companions,
        day_actual_minutes=row.minutes_by_day.get(local_date(task.starts_at), 0),
        week_actual_minutes=week_minutes(task, row),
        year_actual_minutes=row.minutes_by_year.get(local_date(task.starts_at).year, 0),
    )
    facts = TaskFacts(
        service=task.service_code,
        booked_minutes=task.booked_minutes,
        today=today,
        people_needed=task.people_needed,
        accepted=accepted,
        accepted_trained=0 if task.training_missing else accepted,
        required_sex=task.required_sex,
        required_languages=task.languages if task.language_must else frozenset(),
    )
    limits = {
        "actual_per_day_minutes": row.day_limit_minutes,
        "actual_per_week_minutes": row.week_limit_minutes,
        "actual_per_year_minutes": row.year_limit_minutes,
    }
    found = {each.code for each in refusals(provider, facts, RULES, limits)}
    return found | _only_asking(task, row, today, end)


def _only_asking(task: Task, row: VolunteerRow, today: date, end: datetime) -> set[str]:
    way, metres = timedelta(minutes=travel(task, row)), straight(task, row)
    near_days = local_date(task.starts_at) < BASE_DAY + timedelta(days=28)
    exceptions = row.exceptions if near_days else ()
    wish = row.weekly_minutes
    against = {
        "other_book": row.book not in (task.book, task.host_book)
        or (task.away and not task.remote and row.book == task.book and metres is None),
        "barred": row.id in task.barred or row.id == task.elder_id,
        # A way of more than fifteen quarters of an hour fits nowhere.
        "not_available": way > timedelta(minutes=225 + task.starts_at.minute % 15)
        or not covers(row.windows, exceptions, task.starts_at - way, end + way),
        "too_far": metres is not None and metres > row.radius_m,
        "week_wish": wish is not None and week_minutes(task, row) + task.booked_minutes > wish,
        "declined": task.service_code in row.declined_codes,
        "not_asked": not row.may_be_asked,
        "asked_enough": row.asks_per_day <= 0
        or (row.asked_on == today and row.asked_that_day >= row.asks_per_day),
    }
    return {code for code, holds in against.items() if holds}


def trained(task: Task, row: VolunteerRow) -> bool:
    today, end = local_date(NOW), task.starts_at + timedelta(minutes=task.booked_minutes)
    held = valid_codes(row.held, today, max(today, local_date(end)))
    level = provider_level(held, row.served_minutes, RULES)
    return has_training(RULES.service(task.service_code), level, held, RULES)


def week_minutes(task: Task, row: VolunteerRow) -> int:
    first, last = week_of(local_date(task.starts_at))
    return sum(m for day, m in row.minutes_by_day.items() if first <= day <= last)


def terms(task: Task, row: VolunteerRow) -> dict[str, int]:
    kept = kept_permille(row.kept_milli, row.promised_milli)
    liked = liked_permille(row.rated_milli, row.ratings)
    asked = 0 if row.last_asked_at is None else int(row.last_asked_at.timestamp()) // 60
    days = max(0, (int(NOW.timestamp()) // 3600 * 60 - asked) // 1_440)
    other_sex = task.preferred_sex is not None and row.sex != task.preferred_sex
    return {
        "travel": travel(task, row) * 1_000,
        "continuity": WEIGHTS.continuity if row.id in task.known else 0,
        "wished": WEIGHTS.wished if row.id == task.wished_id else 0,
        "dialect": 0 if understands(row.languages, task.languages) else WEIGHTS.dialect,
        "preferred_sex": WEIGHTS.preferred_sex if other_sex else 0,
        "reliability": (1_000 - reliable_permille(kept, liked)) * WEIGHTS.reliability // 1_000,
        "load": week_minutes(task, row) * WEIGHTS.load_an_hour // 60,
        "freshness": max(0, FRESH_DAYS - days) * WEIGHTS.freshness // FRESH_DAYS,
    }


def ranked(task: Task, rows: Sequence[VolunteerRow]) -> list[VolunteerRow]:
    """The eligible ones, best first; equal ones by id, turned by the request."""
    by_id = {row.id: number for number, row in enumerate(sorted(rows, key=lambda row: row.id))}
    turn = task.request_id.int % max(1, len(rows))
    fits = [row for row in rows if not codes(task, row)]
    return sorted(
        fits,
        key=lambda row: (sum(terms(task, row).values()), (by_id[row.id] + turn) % len(rows)),
    )


@dataclass(frozen=True)
class World:
    rows: tuple[VolunteerRow, ...]
    tasks: tuple[Task, ...]


def world(
    seed: int, people: int, tasks: int, *, gentle: bool = False, wide_m: int = 9_000
) -> World:
    """Some volunteers and tasks; in a gentle one most fit, in the other most things go wrong."""
    random = Random(seed)
    rows = tuple(_row(random, gentle, wide_m) for _ in range(people))
    return World(rows, tuple(_task(random, rows, gentle, wide_m) for _ in range(tasks)))


def _place(random: Random, wide_m: int) -> tuple[int, int]:
    north, east = (random.randint(-wide_m, wide_m) * 9 for _ in range(2))
    return CENTRE[0] + north, CENTRE[1] + east


def _row(random: Random, gentle: bool, wide_m: int) -> VolunteerRow:
    def rarely(one_in: int) -> bool:
        return random.randrange(one_in * (6 if gentle else 1)) == 0

    held = [HeldCertificate("course-4h", date(2025, 1, 1), date(2027, 1, 1))]
    for code in (
        "insurance-accident",
        "care-worker",
        "skilled-escort",
        "food-hygiene",
        "nurse",
        "health-declaration",
        "skilled-household",
    ):
        if random.random() < 0.4:
            until = random.choice((None, BASE_DAY + timedelta(days=random.randint(-2, 30))))
            held.append(HeldCertificate(code, date(2025, 6, 1), until))
            if until is not None and random.random() < 0.5:
                held.append(HeldCertificate(code, until + timedelta(days=random.randint(0, 2))))
    if rarely(6):
        held = held[1:]
    start = int(at_local(BASE_DAY, time(0)).timestamp()) // 900 + random.randrange(3_000)
    asked = random.choice((None, random.randint(0, 400)))
    return VolunteerRow(
        id=UUID(int=random.getrandbits(2) << 64 | random.getrandbits(64)),
        book="there" if rarely(12) else BOOK,
        sex=random.choice(("female", "male")),
        born_on=date(2026 - random.choice((13, 17, 18, 30, 69, 70, 75)), 3, random.randint(1, 28))
        if rarely(2)
        else date(1980, 1, 1),
        held=tuple(held),
        served_minutes=random.choice((0, 2_999, 3_000, 9_000)),
        identity_checked=not rarely(12),
        guardian_consent=random.random() < 0.5,
        paused_until=BASE_DAY + timedelta(days=random.randint(-2, 2)) if rarely(6) else None,
        screenings=((date(2026, 1, 1), random.choice((None, date(2026, 3, 20)))),)
        if random.random() < 0.5
        else (),
        experienced=not rarely(4),
        languages=random.choice(((), ("cmn",), ("wenzhou",), ("wenzhou", "yue"))),
        windows=_windows(random) if not gentle else (),
        exceptions=tuple(_exception(random) for _ in range(random.choice((0, 0, 1, 3))))
        if not gentle
        else (),
        declined_codes=tuple(random.sample(SERVICES, 2)) if rarely(3) else (),
        may_be_asked=not rarely(10),
        asks_per_day=random.choice((1, 2, 3)),
        asked_on=local_date(NOW) if rarely(3) else None,
        asked_that_day=random.choice((0, 1, 2)),
        last_asked_at=None if asked is None else NOW - timedelta(hours=asked),
        travel_mode=random.choice(("walk", "bicycle", "transit", "car")),
        radius_m=random.choice((1_000, 3_000, 6_000, 12_000)) if not gentle else 20_000,
        weekly_minutes=random.choice((None, None, 240, 600)),
        places=tuple(_place(random, wide_m) for _ in range(random.choice((0, 1, 1, 1, 2, 3)))),
        promised=range(start, start + 8) if rarely(2) else (),
        minutes_by_day={
            BASE_DAY + timedelta(days=random.randint(0, 12)): random.choice((60, 240, 450))
            for _ in range(random.choice((0, 1, 3)))
        },
        minutes_by_year={2026: random.choice((100, 59_950))} if rarely(4) else {},
        day_limit_minutes=random.choice((240, 480)),
        week_limit_minutes=random.choice((600, 1_800)),
        promised_milli=random.choice((0, 3_000, 9_500)),
        kept_milli=random.choice((0, 2_000, 3_000)),
        ratings=(ratings := random.choice((0, 0, 1, 7, 40))),
        rated_milli=sum(random.choice((0, 600, 1_000)) for _ in range(ratings)),
        answers=random.randint(0, 5),
        yeses=random.randint(0, 5),
    )


def _windows(random: Random) -> tuple[Window, ...]:
    found = []
    for _ in range(random.choice((0, 4, 12))):
        first = random.randrange(0, 80) * 15
        found.append(
            Window(random.randrange(7), first, min(1_440, first + random.randint(4, 40) * 15))
        )
    return tuple(found)


def _exception(random: Random) -> DayException:
    first = BASE_DAY + timedelta(days=random.randint(-3, 30))
    begin = random.randrange(0, 64) * 15
    return DayException(
        random.choice(("away", "extra")),
        first,
        first + timedelta(days=random.randint(0, 4)),
        begin,
        min(1_440, begin + random.randint(4, 60) * 15),
    )


def _task(random: Random, rows: Sequence[VolunteerRow], gentle: bool, wide_m: int) -> Task:
    code = random.choice(SERVICES)
    line = RULES.service(code)
    day = BASE_DAY + timedelta(
        days=random.choice((*range(1, 28), 30, 35)) if not gentle else random.choice((1, 2))
    )
    clock = time(
        random.randint(8, 18) if gentle else random.randint(4, 23), random.choice((0, 15, 40))
    )
    latitude, longitude = _place(random, wide_m)
    needed, missing, untrained = random.choice(
        ((1, 1, True), (1, 1, True), (2, 2, True), (2, 1, True), (2, 1, False))
    )
    some = [row.id for row in rows]
    lost = random.randrange(8) == 0
    return Task(
        request_id=UUID(int=random.getrandbits(128)),
        book=BOOK,
        service_code=code,
        starts_at=at_local(day, clock),
        booked_minutes=min(line.max_minutes, line.min_minutes + random.choice((0, 15, 30))),
        remote=line.remote and random.random() < 0.5,
        latitude_e6=None if lost else latitude,
        longitude_e6=None if lost else longitude,
        elder_id=random.choice((UUID(int=random.getrandbits(128)), random.choice(some))),
        people_needed=needed,
        people_missing=missing,
        training_missing=untrained,
        required_sex=random.choice((None, None, "female", "male")),
        preferred_sex=random.choice((None, "female", "male")),
        languages=random.choice((frozenset(), frozenset({"wenzhou"}), frozenset({"cmn", "yue"}))),
        language_must=random.random() < 0.3,
        known=dict.fromkeys(random.sample(some, min(2, len(some))), 2),
        barred=frozenset(random.sample(some, random.choice((0, 0, 1)))),
        company=random.random() < 0.3,
        companions=frozenset(random.sample(some, random.choice((0, 1)))),
        wished_id=random.choice((None, None, random.choice(some))),
        waited_minutes=random.randrange(30_000),
        risk_tier=random.randrange(3),
        host_book=random.choice((None, None, "there")),
        away=random.random() < 0.3,
    )
