"""Service days in the invented district: a team for the 15th, sessions, and look-ins."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from services.clock import at_local, local_date
from services.errors import DomainError
from services.groups import attending, booking, closing, leading, making
from services.requests.asking import AskForm
from services.requests.reviewing import approve
from services.rules.recurrence import monthly
from services.service_days import making as days
from services.service_days import reading, stops, team
from services.welfare import listing, recording
from timebank.demo.scene import HOME, Cast, Scene

#: How a month's first look-ins went.
FOUND = (
    ("home", "well", "精神很好，在晒太阳"),
    ("phone", "well", ""),
    ("phone", "not_reached", ""),
)


def stage(scene: Scene, cast: Cast, now: datetime) -> None:
    """A service day with a team, a session to book, one to sign for, and a list half done."""
    clerk = cast.staff[cast.branches[0]]
    _service_day(scene, cast, clerk, now)
    _coming_session(scene, cast, clerk, now)
    _past_session(scene, cast, clerk, now)
    _welfare(scene, cast, clerk, now)


def _own(cast: Cast) -> list[UUID]:
    """The elders of the first branch."""
    return [each.id for each in cast.elders if cast.branch_of.get(each.id) == cast.branches[0]]


def _service_day(scene: Scene, cast: Cast, clerk: UUID, now: datetime) -> None:
    form = days.DayForm(
        branch_id=cast.branches[0],
        name="孝行服务日",
        rrule=monthly(15).text(),
        starts=time(9, 0),
        minutes=180,
        holiday_policy="next_working_day",
    )
    made = days.make(scene.actor(clerk, now - timedelta(days=8)), form)
    line = reading.day_file(scene.actor(clerk, now), HOME, made).line
    assert line.next_day is not None
    assert line.next_at is not None
    people = [each.id for each in cast.volunteers[:6]]
    invited = scene.actor(clerk, now - timedelta(days=6))
    team.invite(invited, HOME, made, line.next_day, people)
    for place, member in enumerate(people[1:5]):
        ctx = scene.actor(member, now - timedelta(days=5))
        team.answer(ctx, HOME, made, line.next_day, comes=place != 2)
    for place, elder in enumerate(_own(cast)[1:4]):
        asked = AskForm(
            elder_id=elder,
            service_code=("A03", "A04", "B01")[place],
            starts_at=line.next_at + timedelta(minutes=45 * place),
            booked_minutes=45,
            consent="voice",
        )
        try:
            with scene.attempt():
                ctx = scene.actor(clerk, now - timedelta(days=2))
                request = stops.add_stop(ctx, HOME, made, line.next_day, asked)
                if place:
                    approve(scene.actor(clerk, now - timedelta(days=1)), HOME, request)
        except DomainError:
            continue


def _session(
    scene: Scene, cast: Cast, clerk: UUID, starts: datetime, made: datetime, elders: list[UUID]
) -> UUID:
    """Telephone lessons for eight, some of whose places are taken."""
    form = making.SessionForm(
        branch_id=cast.branches[0],
        service_code="B05",
        starts_at=starts,
        booked_minutes=90,
        closes_at=starts - timedelta(hours=18),
        places=8,
        place="二楼活动室",
    )
    session = making.make(scene.actor(clerk, made), form)
    for elder in elders:
        booking.book_place(scene.actor(elder, made + timedelta(hours=1)), HOME, session, elder)
    return session


def _coming_session(scene: Scene, cast: Cast, clerk: UUID, now: datetime) -> None:
    starts = at_local(local_date(now) + timedelta(days=5), time(14, 0))
    elders = _own(cast)[2:6]
    session = _session(scene, cast, clerk, starts, now - timedelta(days=3), elders)
    _led(scene, cast, session, now - timedelta(days=2))


def _past_session(scene: Scene, cast: Cast, clerk: UUID, now: datetime) -> None:
    """Held some days ago: the list waits for an administrator's signature."""
    starts = at_local(local_date(now) - timedelta(days=4), time(14, 0))
    elders = _own(cast)[5:9]
    session = _session(scene, cast, clerk, starts, starts - timedelta(days=6), elders)
    if not _led(scene, cast, session, starts - timedelta(days=5)):
        return
    closing.close(scene.system(starts - timedelta(hours=18)), HOME, session)
    seen = attending.Attendance(starts, 90, tuple(elders[:-1]))
    attending.attend(scene.actor(clerk, starts + timedelta(hours=2)), HOME, session, seen)


def _led(scene: Scene, cast: Cast, session: UUID, when: datetime) -> bool:
    """The first of the keen who may lead it says yes."""
    for volunteer in cast.volunteers[1:12]:
        try:
            with scene.attempt():
                leading.lead(scene.actor(volunteer.id, when), HOME, session)
        except DomainError:
            continue
        return True
    return False


def _welfare(scene: Scene, cast: Cast, clerk: UUID, now: datetime) -> None:
    """Whoever is at risk is on the list; a few have been looked in on, one needs more care."""
    after = listing.refresh(scene.system(now), HOME)
    while after is not None:
        after = listing.refresh(scene.system(now), HOME, after)
    elders = _own(cast)
    for place, (how, finding, note) in enumerate(FOUND):
        seen = recording.LookIn(elders[-1 - place], now - timedelta(hours=3), how, finding, note)
        recording.record(scene.actor(clerk, now - timedelta(hours=2)), seen)
    try:
        with scene.attempt():
            listing.raise_tier(
                scene.actor(clerk, now), elders[-4], "high", "老伴刚过世，一个人不太出门"
            )
    except DomainError:
        return
