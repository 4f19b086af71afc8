"""A year of standing visits, day by day: through Spring Festival, and into an unknown calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import chinese_calendar
import pytest

from models.oversight import OutboxMessage
from models.requests import RequestState, Visit, VisitState
from models.schedule import OccurrenceState
from services import rates
from services.clock import local, local_date
from services.policy import SYSTEM
from services.rules.recurrence import monthly, weekly
from services.schedule.exceptions import cancel_date, move_date
from services.schedule.regulars import REGULAR, accept_dates, agree, name_person
from services.schedule.sentences import CALENDAR_CHANGED, CALENDAR_SKIPPED
from services.schedule.series import review
from tests import factories
from tests.factories import LONGWAN
from tests.services.schedule.conftest import (
    request_on,
    rows_of,
    standing,
    sweep,
    weeks,
)
from tests.services.visits.conftest import Street

#: Friday, 26 December 2025, eight in the morning in China.
BEFORE = datetime(2025, 12, 26, 0, 0, tzinfo=UTC)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def live(street: Street, first: datetime, last: datetime) -> None:
    """The jobs, once a week."""
    for now in weeks(first, last):
        sweep(street, now)


def is_workday(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))


def is_holiday(day: date) -> bool:
    """A day off for a holiday's sake: beside the named ones, weekends that join them."""
    return chinese_calendar.get_holiday_detail(day)[1] is not None and not is_workday(day)


@pytest.mark.parametrize("policy", ["keep", "skip", "next_working_day"])
def test_a_year_of_tuesdays_and_saturdays(street: Street, policy: str) -> None:
    key = standing(
        street,
        BEFORE,
        rrule=weekly([1, 5]).text(),
        starts_local=datetime(2025, 12, 27, 9),
        holiday_policy=policy,
    )
    live(street, BEFORE, datetime(2026, 12, 25, tzinfo=UTC))
    rows = {day: row for day, row in rows_of(street, key).items() if day.year == 2026}
    every = [YEAR[0] + timedelta(days=i) for i in range(365)]
    # No date is lost and none comes twice.
    assert list(rows) == [day for day in every if day.weekday() in (1, 5)]
    held = {
        day: local(row.starts_at)
        for day, row in rows.items()
        if row.state in (OccurrenceState.ASKED, OccurrenceState.REFUSED)
    }
    assert all((at.hour, at.minute) == (9, 0) for at in held.values())
    days = [at.date() for at in held.values()]
    assert len(set(days)) == len(days), "two visits on one day"
    off = {day for day in rows if is_holiday(day)}
    # Make-up Saturdays are working days like any other.
    make_up = {day for day in rows if day.weekday() == 5 and is_workday(day)}
    assert len(make_up) == 4
    assert all(held[day].date() == day for day in rows if day not in off)
    if policy == "keep":
        assert all(held[day].date() == day for day in off)
    elif policy == "skip":
        assert off.isdisjoint(held)
    else:
        assert all(is_workday(held[day].date()) for day in off & set(held))
        assert all(held[day].date() > day for day in off & set(held))
        # Spring Festival: Tuesday the 17th and both Saturdays go to what comes after the 23rd.
        spring = date(2026, 2, 17)
        assert rows[date(2026, 2, 21)].state is OccurrenceState.SKIPPED
        assert rows[spring].state is OccurrenceState.SKIPPED
        assert held[date(2026, 10, 3)].date() == date(2026, 10, 8)
    assert all(row.calendar_is_published for row in rows.values())


def test_a_year_of_month_ends(street: Street) -> None:
    last = standing(
        street,
        BEFORE,
        rrule=monthly(31).text(),
        starts_local=datetime(2025, 12, 31, 14),
        holiday_policy="keep",
    )
    middle = standing(
        street,
        BEFORE,
        rrule=monthly(15).text(),
        starts_local=datetime(2026, 1, 15, 14),
        holiday_policy="next_working_day",
    )
    live(street, BEFORE, datetime(2026, 12, 25, tzinfo=UTC))
    ends = [day for day in rows_of(street, last) if day.year == 2026]
    assert [(day.month, day.day) for day in ends] == [
        (month, (date(2026, month % 12 + 1, 1) - timedelta(days=1)).day) for month in range(1, 13)
    ]
    rows = rows_of(street, middle)
    for month in range(1, 13):
        day = date(2026, month, 15)
        expected = day
        while not is_workday(expected):
            expected += timedelta(days=1)
        assert local_date(rows[day].starts_at) == expected, day


def test_each_date_is_said_yes_to_through_a_whole_year(street: Street) -> None:
    """A regular says yes to what is shown; the elder's hold and the claims follow every week."""
    street.give_coins(street.elder, 10_000)
    street.issue(50_000)
    me = street.act(
        SYSTEM,
        lambda ctx: factories.create_volunteer(ctx.session, "P1", now=BEFORE),
        BEFORE,
    )
    key = standing(street, BEFORE, starts_local=datetime(2026, 1, 2, 9), holiday_policy="skip")
    street.act(street.staff, lambda ctx: review(ctx, LONGWAN, key), BEFORE)
    street.act(street.elder, lambda ctx: name_person(ctx, LONGWAN, key, me, REGULAR), BEFORE)
    street.act(me, lambda ctx: agree(ctx, LONGWAN, key), BEFORE)
    for now in weeks(BEFORE, datetime(2026, 12, 25, tzinfo=UTC)):
        sweep(street, now)
        shown = [
            day
            for day, row in rows_of(street, key).items()
            if row.state is OccurrenceState.ASKED
            and row.starts_at > now
            and request_on(street, key, day).state is RequestState.OPEN
        ]
        if shown:
            street.act(me, lambda ctx, shown=shown: accept_dates(ctx, LONGWAN, key, shown), now)
    rows = rows_of(street, key)
    fridays = [d for d in rows if d < date(2026, 12, 25) and not is_holiday(d)]
    assert all(rows[day].state is OccurrenceState.ASKED for day in fridays)
    promised = {request_on(street, key, day).state for day in fridays}
    assert promised == {RequestState.FILLED}
    assert street.count(Visit, Visit.state == VisitState.ACCEPTED) >= len(fridays)
    # An hour and half an hour more are set aside for each: all are workdays, or made up for.
    assert street.earned(street.elder)[1] >= 90 * len(fridays)


def publish_2027(street: Street, now: datetime) -> None:
    """An invented notice: Spring Festival begins a day later and ends longer than reckoned."""
    notice = {
        "version": "2027.t",
        "year": 2027,
        "source": {"zh": "样例通知", "en": "A sample notice"},
        "holidays": [
            {
                "zh": "元旦",
                "en": "New Year",
                "from": "2027-01-01",
                "to": "2027-01-03",
                "statutory": ["2027-01-01"],
            },
            {
                "zh": "春节",
                "en": "Spring Festival",
                "from": "2027-02-05",
                "to": "2027-02-12",
                "statutory": ["2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08"],
            },
        ],
        "festival": {"from": "2027-02-05", "to": "2027-02-08"},
        "working_weekends": ["2027-01-30", "2027-02-13"],
    }
    street.act(SYSTEM, lambda ctx: rates.publish_calendar(ctx, notice), now)


AUTUMN = datetime(2026, 11, 16, 1, tzinfo=UTC)
PUBLISHED = datetime(2026, 12, 1, 1, tzinfo=UTC)


def unconfirmed(street: Street, **overrides: object) -> UUID:
    return standing(
        street,
        AUTUMN,
        rrule=weekly([4]).text(),
        starts_local=datetime(2026, 11, 20, 9),
        holiday_policy="next_working_day",
        **overrides,
    )


def test_a_year_without_a_calendar_is_unconfirmed(street: Street) -> None:
    key = unconfirmed(street)
    live(street, AUTUMN, AUTUMN + timedelta(days=7))
    rows = rows_of(street, key)
    assert rows[date(2026, 12, 25)].calendar_is_published
    new_year = rows[date(2027, 1, 1)]
    assert not new_year.calendar_is_published
    # Reckoned: New Year's Day is off, and nobody knows of a make-up day, so Monday it is.
    assert local_date(new_year.starts_at) == date(2027, 1, 4)
    # The eve of Spring Festival: reckoned days off run to the tenth of February.
    assert local_date(rows[date(2027, 2, 5)].starts_at) == date(2027, 2, 11)


def test_a_calendar_published_in_mid_year_moves_only_what_nobody_decided(street: Street) -> None:
    key = unconfirmed(street)
    live(street, AUTUMN, AUTUMN + timedelta(days=7))
    # Somebody has moved the eighth of January, and left out the fifteenth.
    tenth = datetime(2027, 1, 10, 2, tzinfo=UTC)
    street.act(
        street.elder,
        lambda ctx: move_date(ctx, LONGWAN, key, date(2027, 1, 8), tenth),
        AUTUMN,
    )
    street.act(street.elder, lambda ctx: cancel_date(ctx, LONGWAN, key, date(2027, 1, 15)), AUTUMN)
    before = rows_of(street, key)
    told = street.look(lambda session: len(_told(session, street.elder)))
    publish_2027(street, PUBLISHED)
    sweep(street, PUBLISHED)
    rows = rows_of(street, key)
    # The festival is longer than reckoned, and Saturday the 13th is a working day.
    assert local_date(rows[date(2027, 2, 5)].starts_at) == date(2027, 2, 13)
    assert rows[date(2027, 2, 5)].calendar_is_published
    # The week after it would share that Saturday: it is left out, and both were told.
    assert rows[date(2027, 2, 12)].state is OccurrenceState.SKIPPED
    for decided in (date(2027, 1, 8), date(2027, 1, 15)):
        assert rows[decided].starts_at == before[decided].starts_at
        assert rows[decided].state is before[decided].state
    assert rows[date(2027, 1, 8)].exception == "moved"
    notices = street.look(lambda session: _told(session, street.elder))
    assert len(notices) == told + 2
    # A second sweep finds nothing more to do.
    again = rows_of(street, key)
    sweep(street, PUBLISHED + timedelta(hours=1))
    assert {d: r.starts_at for d, r in rows_of(street, key).items()} == {
        d: r.starts_at for d, r in again.items()
    }


def test_what_has_been_asked_for_stays_when_the_calendar_comes(street: Street) -> None:
    """On the 22nd of December the first of January is asked for already."""
    street.give_coins(street.elder, 1_000)
    key = unconfirmed(street)
    late = datetime(2026, 12, 22, 1, tzinfo=UTC)
    live(street, AUTUMN, late)
    asked = rows_of(street, key)[date(2027, 1, 1)]
    assert asked.state is OccurrenceState.ASKED
    publish_2027(street, late)
    sweep(street, late)
    assert rows_of(street, key)[date(2027, 1, 1)].starts_at == asked.starts_at


def _told(session: object, member: UUID) -> list[object]:
    found = session.query(OutboxMessage).filter(  # type: ignore[attr-defined]
        OutboxMessage.member_id == member,
        OutboxMessage.sentence.in_((CALENDAR_CHANGED, CALENDAR_SKIPPED)),
    )
    return list(found)
