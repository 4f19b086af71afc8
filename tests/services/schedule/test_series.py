"""Standing visits: made, changed, paused, ended; dates, refusals, and who comes as a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from models.availability import Avoidance
from models.oversight import OutboxMessage
from models.requests import Request, RequestState, Visit, VisitState
from models.schedule import Occurrence, OccurrenceState, Series, SeriesState
from services.errors import DomainError, Forbidden
from services.people.kin import grant_delegation, record_kinship
from services.policy import SYSTEM
from services.requests import sentences as asked
from services.requests.ending import cancel
from services.rules.recurrence import RuleTooDense, daily, monthly, weekly
from services.schedule import sentences as say
from services.schedule.exceptions import ask_again, cancel_date, move_date
from services.schedule.locating import SeriesForm
from services.schedule.materialising import ask_for, due_dates
from services.schedule.regulars import (
    REGULAR,
    SUBSTITUTE,
    accept_dates,
    agree,
    name_person,
    stop,
)
from services.schedule.rescheduling import answer
from services.schedule.series import change, end, make, pause, resume, review
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.schedule.conftest import (
    FRIDAYS,
    request_on,
    rows_of,
    series_of,
    standing,
    sweep,
)
from tests.services.visits.conftest import Street

FIRST = date(2026, 3, 13)
SECOND, THIRD, FOURTH = (FIRST + timedelta(days=7 * i) for i in (1, 2, 3))


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """A Chinese wall time."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_twelve_weeks_stand_as_rows_and_two_are_asked_for(street: Street) -> None:
    street.give_coins(street.elder, 1_000)
    key = standing(street)
    rows = rows_of(street, key)
    assert list(rows) == [FIRST + timedelta(days=7 * i) for i in range(12)]
    assert [row.state for row in rows.values()][:3] == [
        OccurrenceState.ASKED,
        OccurrenceState.ASKED,
        OccurrenceState.PLANNED,
    ]
    request = request_on(street, key, FIRST)
    assert (request.series_id, request.rule_day) == (key, FIRST)
    assert (request.state, request.consent) == (RequestState.SUBMITTED, "own")
    # An hour and half an hour more for each of the two.
    assert street.earned(street.elder) == (1_000, 180)


def test_sweeping_again_changes_nothing(street: Street) -> None:
    key = standing(street)
    before = {day: (row.state, row.request_id) for day, row in rows_of(street, key).items()}
    sweep(street, NOW)
    sweep(street, NOW + timedelta(minutes=5))
    assert before == {d: (row.state, row.request_id) for d, row in rows_of(street, key).items()}
    sweep(street, NOW + timedelta(days=7))
    after = rows_of(street, key)
    assert after[THIRD].state is OccurrenceState.ASKED
    assert len(after) == len(before) + 1
    assert street.count(Request) == 3


def test_a_double_press_makes_one(street: Street) -> None:
    form = replace(FRIDAYS, elder_id=street.elder)
    keys = {street.act(street.elder, lambda ctx: make(ctx, form), key="same") for _ in range(3)}
    assert len(keys) == 1
    assert street.count(Series) == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"rrule": "FREQ=HOURLY"}, RuleTooDense),
        ({"holiday_policy": "sometimes"}, say.PolicyUnknown),
        ({"starts_local": datetime(2026, 3, 13, 9, tzinfo=UTC)}, say.ZoneUnknown),
        ({"starts_local": datetime(2026, 3, 13, 9, 10)}, asked.OffQuarter),
        ({"starts_local": datetime(2026, 3, 6, 9)}, asked.TooSoon),
        ({"starts_local": datetime(2026, 6, 5, 9)}, asked.TooFar),
        ({"service_code": "Z99"}, asked.ServiceUnknown),
        ({"booked_minutes": 500}, asked.LengthOutOfRange),
        ({"service_code": "C01", "remote": True}, asked.NotRemote),
    ],
)
def test_what_cannot_be_is_said(
    street: Street, changes: dict[str, object], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        standing(street, **changes)
    assert street.count(Series) == 0


def test_the_same_twice_and_too_many_are_refused(street: Street) -> None:
    standing(street)
    with pytest.raises((say.SeriesAlready, asked.AskedAlready)):
        standing(street)
    with pytest.raises(say.SeriesAlready):
        standing(street, starts_local=datetime(2026, 4, 3, 9))
    for hour in range(10, 19):
        standing(street, starts_local=datetime(2026, 4, 3, hour))
    with pytest.raises(say.TooManySeries):
        standing(street, starts_local=datetime(2026, 4, 3, 20))


def test_who_may_and_by_whose_word(street: Street) -> None:
    form = replace(FRIDAYS, elder_id=street.elder)
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: make(ctx, form))
    with pytest.raises(asked.ConsentNeeded):
        street.act(street.staff, lambda ctx: make(ctx, form))
    key = street.act(street.staff, lambda ctx: make(ctx, replace(form, consent="voice")))
    assert series_of(street, key).consent == "voice"
    relative = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    for act in (
        lambda ctx: pause(ctx, LONGWAN, key),
        lambda ctx: end(ctx, LONGWAN, key),
        lambda ctx: cancel_date(ctx, LONGWAN, key, FIRST),
        lambda ctx: review(ctx, LONGWAN, key),
    ):
        with pytest.raises(Forbidden):
            street.act(relative, act)
    street.act(
        street.elder,
        lambda ctx: grant_delegation(
            ctx, street.elder, relative, frozenset({"ask"}), "own", date(2027, 3, 1), 6_000
        ),
    )
    street.act(relative, lambda ctx: pause(ctx, LONGWAN, key))
    with pytest.raises(say.SeriesUnknown):
        street.act(street.elder, lambda ctx: pause(ctx, LONGWAN, street.elder))


def test_a_review_holds_for_every_further_date_until_something_changes(street: Street) -> None:
    street.give_coins(street.elder, 2_000)
    key = standing(street)
    street.act(street.staff, lambda ctx: review(ctx, LONGWAN, key))
    assert request_on(street, key, FIRST).state is RequestState.OPEN
    sweep(street, NOW + timedelta(days=7))
    assert request_on(street, key, THIRD).state is RequestState.OPEN
    form = replace(FRIDAYS, elder_id=street.elder, booked_minutes=90)
    street.act(street.elder, lambda ctx: change(ctx, LONGWAN, key, form), NOW + timedelta(days=7))
    sweep(street, NOW + timedelta(days=14))
    fourth = request_on(street, key, FOURTH)
    assert (fourth.state, fourth.booked_minutes) == (RequestState.SUBMITTED, 90)
    street.act(street.staff, lambda ctx: review(ctx, LONGWAN, key), NOW + timedelta(days=14))
    with pytest.raises(say.SeriesChanged):
        street.act(street.staff, lambda ctx: review(ctx, LONGWAN, key), NOW + timedelta(days=14))


def test_a_change_of_days_keeps_what_somebody_decided(street: Street) -> None:
    key = standing(street)
    moved_to = at(date(2026, 5, 2), 15)
    street.act(
        street.elder,
        lambda ctx: move_date(ctx, LONGWAN, key, FIRST + timedelta(days=49), moved_to),
    )
    wednesdays = replace(FRIDAYS, elder_id=street.elder, rrule=weekly([2]).text())
    street.act(street.elder, lambda ctx: change(ctx, LONGWAN, key, wednesdays))
    rows = rows_of(street, key)
    asked_for = [day for day, row in rows.items() if row.request_id is not None]
    assert {FIRST, SECOND} <= set(asked_for)
    assert rows[FIRST + timedelta(days=49)].starts_at == moved_to
    assert rows[THIRD].state is OccurrenceState.CANCELLED
    assert rows[THIRD].reason == "changed"
    assert all(
        row.state is not OccurrenceState.CANCELLED
        for day, row in rows.items()
        if day.weekday() == 2
    )
    # Changed back, the days come back too.
    fridays = replace(FRIDAYS, elder_id=street.elder)
    street.act(street.elder, lambda ctx: change(ctx, LONGWAN, key, fridays))
    assert rows_of(street, key)[THIRD].state is OccurrenceState.PLANNED


def test_a_paused_visit_asks_nobody(street: Street) -> None:
    key = standing(street)
    street.act(street.elder, lambda ctx: pause(ctx, LONGWAN, key, "去儿子家住"))
    with pytest.raises(say.SeriesChanged):
        street.act(street.elder, lambda ctx: pause(ctx, LONGWAN, key))
    later = NOW + timedelta(days=21)
    sweep(street, later)
    assert street.count(Request) == 2
    # A date that was found due just before the pause is looked at again.
    assert street.act(SYSTEM, lambda ctx: ask_for(ctx, LONGWAN, key, FOURTH), later) is None
    street.act(street.elder, lambda ctx: resume(ctx, LONGWAN, key), later)
    with pytest.raises(say.SeriesChanged):
        street.act(street.elder, lambda ctx: resume(ctx, LONGWAN, key), later)
    assert rows_of(street, key)[FOURTH].state is OccurrenceState.ASKED


def test_what_is_changed_of_a_paused_visit_asks_nobody_and_holds_nothing(street: Street) -> None:
    street.give_coins(street.elder, 1_000)
    key = standing(street, starts_local=datetime(2026, 4, 3, 9))
    street.act(street.elder, lambda ctx: pause(ctx, LONGWAN, key, "去儿子家住"))
    later = NOW + timedelta(days=16)
    first = date(2026, 4, 3)
    longer = replace(
        FRIDAYS,
        elder_id=street.elder,
        starts_local=datetime(2026, 4, 3, 9),
        booked_minutes=90,
    )
    street.act(street.elder, lambda ctx: change(ctx, LONGWAN, key, longer), later)
    street.act(street.elder, lambda ctx: move_date(ctx, LONGWAN, key, first, at(first, 15)), later)
    assert street.count(Request) == 0
    assert street.earned(street.elder) == (1_000, 0)
    street.act(street.elder, lambda ctx: resume(ctx, LONGWAN, key), later)
    assert request_on(street, key, first).starts_at == at(first, 15)


def test_a_date_left_out_this_morning_stays_left_out_for_its_holiday(street: Street) -> None:
    # 3 April 2026 is no day off, 1 May is.
    key = standing(street, starts_local=datetime(2026, 4, 3, 9))
    holiday = date(2026, 5, 1)
    assert rows_of(street, key)[holiday].state is OccurrenceState.SKIPPED
    sweep(street, at(holiday, 15))
    assert rows_of(street, key)[holiday].state is OccurrenceState.SKIPPED


def test_the_end_gives_back_what_nobody_promised_and_keeps_what_somebody_did(
    street: Street,
) -> None:
    street.give_coins(street.elder, 1_000)
    street.issue(1_000)
    key = standing(street)
    street.act(street.staff, lambda ctx: review(ctx, LONGWAN, key))
    visit = street.accepted(request_on(street, key, FIRST).id)
    street.act(street.elder, lambda ctx: end(ctx, LONGWAN, key))
    rows = rows_of(street, key)
    assert rows[FIRST].state is OccurrenceState.ASKED
    assert street.visit(visit).state is VisitState.ACCEPTED
    assert {row.state for day, row in rows.items() if day > FIRST} == {OccurrenceState.CANCELLED}
    assert street.earned(street.elder) == (1_000, 90)
    assert series_of(street, key).state is SeriesState.ENDED
    for act in (
        lambda ctx: end(ctx, LONGWAN, key),
        lambda ctx: pause(ctx, LONGWAN, key),
        lambda ctx: cancel_date(ctx, LONGWAN, key, SECOND),
    ):
        with pytest.raises(say.SeriesOver):
            street.act(street.elder, act)
    sweep(street, NOW + timedelta(days=7))
    assert street.count(Request) == 2


def test_one_date_is_left_out(street: Street) -> None:
    street.give_coins(street.elder, 1_000)
    street.issue(1_000)
    key = standing(street)
    street.act(street.staff, lambda ctx: review(ctx, LONGWAN, key))
    visit = street.accepted(request_on(street, key, FIRST).id)
    for day in (FIRST, FOURTH):
        street.act(street.elder, lambda ctx, day=day: cancel_date(ctx, LONGWAN, key, day))
    rows = rows_of(street, key)
    assert {rows[day].exception for day in (FIRST, FOURTH)} == {"cancelled"}
    row = street.visit(visit)
    assert (row.state, row.cancelled_by, row.cancelled_late) == (
        VisitState.CANCELLED,
        "elder",
        False,
    )
    assert request_on(street, key, FIRST).state is RequestState.CANCELLED
    with pytest.raises(say.DateDecided):
        street.act(street.elder, lambda ctx: cancel_date(ctx, LONGWAN, key, FIRST))
    with pytest.raises(say.DateUnknown):
        street.act(
            street.elder, lambda ctx: cancel_date(ctx, LONGWAN, key, FIRST + timedelta(days=1))
        )
    sweep(street, NOW + timedelta(days=15))
    assert rows_of(street, key)[FOURTH].state is OccurrenceState.CANCELLED


def test_one_date_is_moved(street: Street) -> None:
    street.give_coins(street.elder, 1_000)
    street.issue(1_000)
    key = standing(street)
    elder = street.elder
    moved = street.act(elder, lambda ctx: move_date(ctx, LONGWAN, key, FOURTH, at(FOURTH, 15)))
    assert moved.is_moved
    row = rows_of(street, key)[FOURTH]
    assert (row.starts_at, row.exception) == (at(FOURTH, 15), "moved")
    for to_at, refusal in (
        (at(FOURTH, 15, 5), asked.OffQuarter),
        (NOW, asked.TooSoon),
        (at(FOURTH, 15), say.SameTime),
        (at(THIRD), say.DateTaken),
    ):
        with pytest.raises(refusal):
            street.act(elder, lambda ctx, to_at=to_at: move_date(ctx, LONGWAN, key, FOURTH, to_at))
    # One that has been asked for moves with its request; a promised one by the volunteer's yes.
    street.act(street.staff, lambda ctx: review(ctx, LONGWAN, key))
    street.act(elder, lambda ctx: move_date(ctx, LONGWAN, key, SECOND, at(SECOND, 14)))
    assert request_on(street, key, SECOND).starts_at == at(SECOND, 14)
    visit = street.accepted(request_on(street, key, FIRST).id)
    outcome = street.act(elder, lambda ctx: move_date(ctx, LONGWAN, key, FIRST, at(FIRST, 14)))
    assert not outcome.is_moved
    assert rows_of(street, key)[FIRST].exception is None
    asked_of = outcome.proposal_id
    assert asked_of is not None
    street.act(street.volunteer, lambda ctx: answer(ctx, LONGWAN, asked_of, agrees=True))
    assert street.visit(visit).starts_at == at(FIRST, 14)
    assert rows_of(street, key)[FIRST].exception == "moved"


def test_a_date_that_cannot_be_asked_for_stands_with_its_reason(street: Street) -> None:
    key = standing(street)
    by_hand = street.ask(starts_at=at(THIRD))
    later = NOW + timedelta(days=7)
    assert (LONGWAN, key, THIRD) in street.act(SYSTEM, due_dates, later)
    sweep(street, later)
    row = rows_of(street, key)[THIRD]
    assert (row.state, row.request_id) == (OccurrenceState.REFUSED, None)
    assert "asked_already" in (row.reason or "")
    told = street.count(OutboxMessage, OutboxMessage.sentence == say.DATE_REFUSED)
    assert told == 1
    assert street.act(street.staff, lambda ctx: ask_again(ctx, LONGWAN, key, THIRD), later) is None
    street.act(street.elder, lambda ctx: cancel(ctx, LONGWAN, by_hand), later)
    assert street.act(street.staff, lambda ctx: ask_again(ctx, LONGWAN, key, THIRD), later)
    assert rows_of(street, key)[THIRD].state is OccurrenceState.ASKED
    with pytest.raises(say.DateDecided):
        street.act(street.staff, lambda ctx: ask_again(ctx, LONGWAN, key, THIRD), later)


def regular(street: Street, who: UUID | None = None) -> UUID:
    """A reviewed standing visit to which somebody comes as a rule."""
    street.give_coins(street.elder, 2_000)
    street.issue(5_000)
    key = standing(street)
    me = who or street.volunteer
    street.act(street.staff, lambda ctx: review(ctx, LONGWAN, key))
    street.act(street.elder, lambda ctx: name_person(ctx, LONGWAN, key, me, REGULAR))
    return key


def test_nobody_is_assigned_by_being_named_or_by_agreeing(street: Street) -> None:
    key = regular(street)
    assert series_of(street, key).regular_agreed_at is None
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: accept_dates(ctx, LONGWAN, key, [FIRST]))
    street.act(street.volunteer, lambda ctx: agree(ctx, LONGWAN, key))
    assert series_of(street, key).regular_agreed_at == NOW
    assert street.count(Visit) == 0
    found = street.act(
        street.volunteer, lambda ctx: accept_dates(ctx, LONGWAN, key, [FIRST, SECOND]), key="k"
    )
    assert all(each.visit_id for each in found)
    again = street.act(
        street.volunteer, lambda ctx: accept_dates(ctx, LONGWAN, key, [FIRST, SECOND]), key="k"
    )
    assert [each.visit_id for each in again] == [each.visit_id for each in found]
    assert street.count(Visit) == 2
    with pytest.raises(say.NotAskedYet):
        street.act(street.volunteer, lambda ctx: accept_dates(ctx, LONGWAN, key, [THIRD]))


def test_a_date_that_does_not_suit_harms_no_other(street: Street) -> None:
    key = regular(street)
    street.act(street.volunteer, lambda ctx: agree(ctx, LONGWAN, key))
    neighbour = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=0))
    street.accepted(street.open_request(elder_id=neighbour, starts_at=at(FIRST)))
    first, second = street.act(
        street.volunteer, lambda ctx: accept_dates(ctx, LONGWAN, key, [FIRST, SECOND])
    )
    assert first.visit_id is None
    assert first.refusal is not None
    assert second.visit_id is not None
    assert request_on(street, key, FIRST).state is RequestState.OPEN


def test_a_regular_stops_and_promises_stand(street: Street) -> None:
    key = regular(street)
    street.act(street.volunteer, lambda ctx: agree(ctx, LONGWAN, key))
    street.act(street.volunteer, lambda ctx: accept_dates(ctx, LONGWAN, key, [FIRST]))
    street.act(street.volunteer, lambda ctx: stop(ctx, LONGWAN, key))
    assert series_of(street, key).regular_id is None
    assert street.count(Visit, Visit.state == VisitState.ACCEPTED) == 1
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: agree(ctx, LONGWAN, key))


def test_a_substitute_is_somebody_else(street: Street) -> None:
    key = regular(street)
    other = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    with pytest.raises(say.RegularTaken):
        street.act(
            street.elder,
            lambda ctx: name_person(ctx, LONGWAN, key, street.volunteer, SUBSTITUTE),
        )
    street.act(street.elder, lambda ctx: name_person(ctx, LONGWAN, key, other, SUBSTITUTE))
    street.act(other, lambda ctx: agree(ctx, LONGWAN, key))
    assert series_of(street, key).substitute_agreed_at == NOW
    street.act(street.elder, lambda ctx: name_person(ctx, LONGWAN, key, None, SUBSTITUTE))
    assert series_of(street, key).substitute_id is None


def test_another_time_asks_the_regular_again(street: Street) -> None:
    key = regular(street)
    street.act(street.volunteer, lambda ctx: agree(ctx, LONGWAN, key))
    later = replace(FRIDAYS, elder_id=street.elder, starts_local=datetime(2026, 3, 13, 15))
    street.act(street.elder, lambda ctx: change(ctx, LONGWAN, key, later))
    row = series_of(street, key)
    assert (row.regular_id, row.regular_agreed_at) == (street.volunteer, None)
    assert street.count(OutboxMessage, OutboxMessage.sentence == say.ASK_AGAIN) == 1


def test_whoever_cannot_come_is_refused_in_one_sentence_for_every_reason(
    street: Street,
) -> None:
    key = standing(street)
    kin, avoided, helper = (
        street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
        for _ in range(3)
    )
    clerk = street.act(SYSTEM, lambda ctx: factories.clerk(ctx.session, street.branch))
    street.act(clerk, lambda ctx: record_kinship(ctx, kin, street.elder, "parent", "户口簿"))
    street.act(
        SYSTEM,
        lambda ctx: ctx.session.add(Avoidance(member_id=avoided, other_id=street.elder, since=NOW)),
    )
    for who in (kin, avoided, street.elder, street.staff, UUID(int=7)):
        with pytest.raises(say.CannotComeRegularly):
            street.act(
                street.elder, lambda ctx, who=who: name_person(ctx, LONGWAN, key, who, REGULAR)
            )
    street.act(street.elder, lambda ctx: name_person(ctx, LONGWAN, key, helper, REGULAR))


def test_daily_and_month_end_visits_can_be_made(street: Street) -> None:
    every_day = standing(
        street, service_code="A01", booked_minutes=15, remote=True, rrule=daily().text()
    )
    assert len(rows_of(street, every_day)) == 82
    last = standing(street, rrule=monthly(-1).text(), starts_local=datetime(2026, 3, 11, 9))
    # DTSTART is the rule's own first date, as calendar programs want it.
    assert series_of(street, last).starts_local == "2026-03-31T09:00:00"
    assert street.count(Occurrence, Occurrence.series_id == last) == 3


def test_a_form_is_plain_data() -> None:
    assert SeriesForm(**FRIDAYS.content()) == FRIDAYS
