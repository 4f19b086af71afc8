"""A standing visit in the invented district: every week, with somebody who comes as a rule."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from services.clock import local_date
from services.queries.schedule.volunteer import one_of_mine
from services.rules.recurrence import monthly, weekly
from services.schedule.locating import SeriesForm
from services.schedule.regulars import REGULAR, accept_dates, agree, name_person
from services.schedule.rescheduling import propose
from services.schedule.series import make, review
from timebank.demo.scene import HOME, Scene


def stage(scene: Scene, elder: UUID, volunteer: UUID, clerk: UUID, now: datetime) -> None:
    """One weekly visit with a promise, a question and another time proposed; one to review."""
    begun = now - timedelta(days=1)
    first = local_date(now) + timedelta(days=3)
    reading = SeriesForm(
        elder_id=elder,
        service_code="A04",
        rrule=weekly([first.weekday()]).text(),
        starts_local=datetime.combine(first, time(16, 30)),
        booked_minutes=60,
        note="爱听戏，请带一副老花镜",
    )
    weekly_visit = make(scene.actor(elder, begun), reading)
    review(scene.actor(clerk, begun + timedelta(hours=1)), HOME, weekly_visit)
    later = begun + timedelta(hours=2)
    name_person(scene.actor(elder, later), HOME, weekly_visit, volunteer, REGULAR)
    agree(scene.actor(volunteer, later + timedelta(hours=1)), HOME, weekly_visit)
    mine = one_of_mine(scene.actor(volunteer, later), weekly_visit)
    soon = scene.actor(volunteer, now - timedelta(hours=4))
    accept_dates(soon, HOME, weekly_visit, mine.open_days[:1])
    promised = next(each for each in mine.dates if each.rule_day in mine.open_days[:1])
    if promised.request_id is not None:
        other_time = promised.starts_at + timedelta(minutes=30)
        propose(scene.actor(elder, now - timedelta(hours=2)), HOME, promised.request_id, other_time)
    cleaning = SeriesForm(
        elder_id=elder,
        service_code="C01",
        rrule=monthly(-1).text(),
        starts_local=datetime.combine(first, time(9)),
        booked_minutes=120,
        holiday_policy="next_working_day",
    )
    make(scene.actor(elder, now - timedelta(hours=1)), cleaning)
