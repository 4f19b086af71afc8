"""A generated district: people of every kind and requests of every kind, written as rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from models.availability import (
    Accompaniment,
    Avoidance,
    CheckKind,
    SafeguardingCheck,
    TravelMode,
    VolunteerProfile,
)
from models.people import Certificate, Consent, Kinship, Member, MemberStatus, Sex
from models.requests import ProviderDay, ProviderSlot, Request, RequestState, Visit, VisitState
from services import rates
from services.clock import at_local, local_date
from services.visits.days import quarters
from tests import factories
from tests.factories import LONGWAN, NOW, YONGZHONG, make_ctx

VOLUNTEERS, ELDERS = 60, 6
#: Services of different training, with and without two people.
SERVICES = ("A04", "A05", "B01", "C01", "E02", "A02")
LATITUDE, LONGITUDE = 27_930_000, 120_800_000


@dataclass
class District:
    """Who lives there, and what is asked for."""

    branch: UUID
    volunteers: list[UUID] = field(default_factory=list)
    elders: list[UUID] = field(default_factory=list)
    requests: list[UUID] = field(default_factory=list)


def settle(session: Session, seed: int = 5, volunteers: int = VOLUNTEERS) -> District:
    """The district of a seed."""
    random = Random(seed)
    district = District(factories.create_branch(session))
    for number in range(ELDERS):
        district.elders.append(_member(session, district, random, number, is_provider=False))
    for number in range(volunteers):
        member = _member(session, district, random, 100 + number, is_provider=True)
        district.volunteers.append(member)
        _papers(session, random, member)
        _stated(session, random, member)
    session.flush()
    for number in range(len(SERVICES) * 2):
        district.requests.append(_request(session, district, random, number))
    session.flush()
    _diaries(session, district, random)
    _relations(session, district, random)
    session.flush()
    return district


def _new_id(session: Session) -> UUID:
    return make_ctx(session).new_id()


def _member(
    session: Session, district: District, random: Random, number: int, *, is_provider: bool
) -> UUID:
    age = random.choice((15, 17, 30, 45, 58, 66, 72, 78)) if is_provider else 80
    today = local_date(NOW)
    row = Member(
        id=_new_id(session),
        number=f"V{number:012d}",
        home_book=LONGWAN,
        region_code=YONGZHONG,
        branch_id=district.branch,
        name=factories.invented_name(),
        sex=random.choice(list(Sex)),
        # Some have their birthday in these days.
        born_on=date(today.year - age, today.month, today.day) + timedelta(random.randrange(4)),
        id_number_sealed="",
        skills=[],
        service_codes=[],
        is_provider=is_provider,
        is_recipient=not is_provider,
        status=MemberStatus.ACTIVE,
        identity_checked_at=NOW if random.random() < 0.9 else None,
        paused_until=today + timedelta(random.randrange(-1, 2)) if random.random() < 0.1 else None,
        served_minutes=random.choice((0, 50 * 60, 200 * 60)),
        latitude_e6=LATITUDE + random.randrange(20_000),
        longitude_e6=LONGITUDE + random.randrange(20_000),
        joined_at=NOW,
        joined_how="counter",
    )
    session.add(row)
    session.flush()
    return row.id


def _papers(session: Session, random: Random, member: UUID) -> None:
    rules = rates.rule_set_on(session, local_date(NOW))
    for code in rules.certificates:
        if random.random() > (0.8 if code in ("course-4h", "insurance-accident") else 0.4):
            continue
        first = local_date(NOW) - timedelta(days=random.randrange(0, 200))
        last = local_date(NOW) + timedelta(days=random.choice((-1, 0, 1, 2, 100, 300)))
        _certificate(session, member, code, first, last)
        if random.random() < 0.2:
            # One that follows on, or leaves a day open.
            gap = random.choice((1, 2))
            _certificate(session, member, code, last + timedelta(gap), last + timedelta(400))
    if random.random() < 0.5:
        session.add(
            Consent(
                member_id=member,
                id=_new_id(session),
                kind="guardian",
                how=random.choice(("own", "signature")),
                given_by="监护人",
                recorded_by_id=None,
                at=NOW,
            )
        )
    for kind, chance in ((CheckKind.SCREENING, 0.7), (CheckKind.ACCOMPANIED, 0.6)):
        if random.random() < chance:
            until = local_date(NOW) + timedelta(random.choice((0, 1, 300)))
            session.add(
                SafeguardingCheck(
                    member_id=member,
                    id=_new_id(session),
                    kind=kind,
                    on_day=local_date(NOW) - timedelta(days=30),
                    valid_to=until if kind is CheckKind.SCREENING else None,
                    reference="",
                    recorded_by_id=member,
                    recorded_at=NOW,
                )
            )


def _certificate(session: Session, member: UUID, code: str, first: date, last: date) -> None:
    session.add(
        Certificate(
            member_id=member,
            id=_new_id(session),
            code=code,
            issuer="样例培训中心",
            reference="Z1",
            valid_from=first,
            valid_to=last,
            recorded_by_id=member,
            recorded_at=NOW,
        )
    )


def _stated(session: Session, random: Random, member: UUID) -> None:
    if random.random() < 0.3:
        return
    session.add(
        VolunteerProfile(
            member_id=member,
            travel_mode=random.choice(list(TravelMode)),
            radius_m=random.choice((500, 4_000, 20_000)),
            weekly_minutes=random.choice((None, 120, 600)),
            languages=random.choice(([], ["cmn"], ["cmn", "wenzhou"], ["wenzhou"])),
            declined_codes=random.sample(SERVICES, random.randrange(2)),
            may_be_asked=random.random() < 0.9,
            asks_per_day=2,
            updated_at=NOW,
        )
    )


def _request(session: Session, district: District, random: Random, number: int) -> UUID:
    starts_at = _start(random)
    minutes = random.choice((30, 60, 120))
    wished = random.choice(([], [], ["wenzhou"]))
    row = Request(
        book=LONGWAN,
        id=_new_id(session),
        reference=f"0000-{number:04d}",
        region_code=YONGZHONG,
        branch_id=district.branch,
        elder_id=random.choice(district.elders),
        asked_by_id=district.elders[0],
        consent="own",
        service_code=SERVICES[number % len(SERVICES)],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        booked_minutes=minutes,
        people_needed=1 + number % 2,
        remote=number == 3,
        wished_sex=random.choice((None, None, "female", "male")),
        wished_languages=wished,
        language_must=bool(wished),
        care_grade=0,
        risk_tier=0,
        rule_set_version="CN-TB-1",
        elder_share_minutes=0,
        shortfall_minutes=0,
        state=RequestState.OPEN,
        submitted_at=NOW,
        decided_at=NOW,
    )
    session.add(row)
    return row.id


def _start(random: Random) -> datetime:
    day = local_date(NOW) + timedelta(days=random.choice((0, 1, 2, 5, 12)))
    return at_local(day, time(random.randrange(12, 21), random.choice((0, 15, 30, 45))))


def _diaries(session: Session, district: District, random: Random) -> None:
    """Hours served and promised, up to the limits and beyond them."""
    requests = [session.get_one(Request, (LONGWAN, each)) for each in district.requests]
    for member in district.volunteers:
        for each in random.sample(requests, 2):
            day = local_date(each.starts_at)
            _day(session, member, day, random.choice((60, 300, 420, 480)))
            _day(session, member, day - timedelta(days=1), random.choice((0, 480, 900, 1_500)))
        if random.random() < 0.1:
            _day(session, member, date(local_date(NOW).year, 1, 5), 70_000)
        near = random.choice(requests)
        start = near.starts_at + timedelta(minutes=random.choice((-90, -45, -15, 0, 60, 75, 150)))
        for quarter in quarters(start, 30, 0):
            session.add(
                ProviderSlot(
                    book=LONGWAN, provider_id=member, quarter=quarter, visit_id=_new_id(session)
                )
            )
    session.flush()


def _day(session: Session, member: UUID, day: date, minutes: int) -> None:
    row = session.get(ProviderDay, (LONGWAN, member, day))
    if row is None:
        row = ProviderDay(
            book=LONGWAN, provider_id=member, day=day, credit_minutes=0, actual_minutes=0
        )
        session.add(row)
    row.actual_minutes = minutes
    session.flush()


def _relations(session: Session, district: District, random: Random) -> None:
    """Kin, people who must not meet, people who come already, and companions."""
    for elder in district.elders:
        kin, avoided, other = random.sample(district.volunteers, 3)
        row = {"evidence": "户口簿", "recorded_by_id": kin, "recorded_at": NOW}
        session.add(Kinship(member_id=kin, other_id=elder, relation="parent", **row))
        session.add(Kinship(member_id=elder, other_id=kin, relation="child", **row))
        session.add(Kinship(member_id=other, other_id=elder, relation="sibling", **row))
        session.add(Avoidance(member_id=elder, other_id=avoided, since=NOW))
    for request_id in district.requests[1::2]:
        request = session.get_one(Request, (LONGWAN, request_id))
        first = random.choice(district.volunteers)
        session.add(_visit(session, request, first, random.choice(("P1", "P3"))))
        companion = random.choice(district.volunteers)
        session.add(
            Accompaniment(
                book=LONGWAN,
                request_id=request_id,
                provider_id=companion,
                companion="老志愿者",
                recorded_by_id=district.branch,
                recorded_at=NOW,
            )
        )


def promise(session: Session, request: Request, provider: UUID, **over: Any) -> None:
    """Somebody says yes to a request."""
    session.add(_visit(session, request, provider, "P1", **over))
    session.flush()


def _visit(session: Session, request: Request, provider: UUID, level: str, **over: Any) -> Visit:
    """Somebody's promise, as an acceptance would have written it."""
    values: dict[str, Any] = {
        "book": LONGWAN,
        "id": _new_id(session),
        "request_id": request.id,
        "elder_id": request.elder_id,
        "provider_id": provider,
        "provider_book": LONGWAN,
        "state": VisitState.ACCEPTED,
        "accepted_at": NOW,
        "starts_at": request.starts_at,
        "booked_minutes": request.booked_minutes,
        "rule_set_version": "CN-TB-1",
        "calendar_version": "none",
        "provider_level": level,
        "certificate_relevant": False,
        "care_grade": 0,
        "extra": False,
        "reserved_minutes": request.booked_minutes,
        "breaks": [],
    }
    return Visit(**{**values, **over})
