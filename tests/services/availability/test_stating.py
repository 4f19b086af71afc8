"""A volunteer says when, where from and how; every wrong answer has its sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from models.availability import TravelMode, VolunteerProfile
from models.matching import MatchingMark
from models.oversight import AuditRecord
from services.availability import errors as say
from services.availability import stating
from services.availability.exceptions import add_exception, end_exception, pause, resume
from services.availability.loading import Stated, stated_by
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden, Invalid
from services.people.errors import MissingText, PlaceWrong
from services.requests.sentences import ServiceUnknown
from services.rules.availability import AWAY, EXTRA, DayException, Window, covers
from services.rules.travel import DEFAULT_MODE, DEFAULT_RADIUS_M
from tests.factories import NOW
from tests.services.visits.conftest import START, Street

TODAY = local_date(NOW)
TUESDAY = Window(1, 9 * 60, 12 * 60)


def stated(street: Street) -> Stated:
    """What the volunteer has stated."""
    return street.look(lambda session: stated_by(session, [street.volunteer], TODAY))[
        street.volunteer
    ]


def marked(street: Street) -> int:
    """How often the volunteer was marked for whoever matches."""
    return street.look(
        lambda session: session.scalar(
            sa.select(MatchingMark.version).where(MatchingMark.member_id == street.volunteer)
        )
    )


def test_nothing_said_has_defaults(street: Street) -> None:
    found = stated(street)
    assert not found.is_said
    assert (found.travel_mode, found.radius_m) == (DEFAULT_MODE, DEFAULT_RADIUS_M)
    assert found.may_be_asked
    assert covers(found.windows, found.exceptions, START, START + timedelta(hours=2))


def test_a_week_is_said_once_and_replaced_whole(street: Street) -> None:
    week = [Window(2, 600, 660), Window(2, 540, 600), TUESDAY]
    before = marked(street)
    street.act(street.volunteer, lambda ctx: stating.set_week(ctx, street.volunteer, week))
    assert stated(street).windows == (TUESDAY, Window(2, 540, 660))
    assert marked(street) == before + 1
    street.act(street.volunteer, lambda ctx: stating.set_week(ctx, street.volunteer, [TUESDAY]))
    assert stated(street).windows == (TUESDAY,)
    street.act(street.staff, lambda ctx: stating.set_week(ctx, street.volunteer, []))
    assert stated(street).windows == ()


def test_the_same_key_states_once(street: Street) -> None:
    before = marked(street)
    for _ in range(2):
        street.act(
            street.volunteer,
            lambda ctx: stating.set_week(ctx, street.volunteer, [TUESDAY]),
            key="once",
        )
    assert marked(street) == before + 1
    assert street.count(AuditRecord, AuditRecord.act == "availability.week") == 1


def test_how_far_what_and_how_often(street: Street) -> None:
    me = street.volunteer
    street.act(me, lambda ctx: stating.set_travel(ctx, me, "walk", 1_500))
    street.act(me, lambda ctx: stating.set_languages(ctx, me, ["wenzhou", "cmn"]))
    street.act(me, lambda ctx: stating.set_declined(ctx, me, ["C01"]))
    street.act(
        me,
        lambda ctx: stating.set_asking(
            ctx, me, may_be_asked=False, asks_per_day=1, weekly_minutes=240
        ),
    )
    found = stated(street)
    assert found.is_said
    assert (found.travel_mode, found.radius_m) == (TravelMode.WALK, 1_500)
    assert found.languages == {"cmn", "wenzhou"}
    assert found.declined_codes == {"C01"}
    assert (found.may_be_asked, found.asks_per_day, found.weekly_minutes) == (False, 1, 240)
    assert street.count(VolunteerProfile) == 1


def test_places_come_and_go(street: Street) -> None:
    me = street.volunteer
    street.act(me, lambda ctx: stating.add_place(ctx, me, " 单位 ", 28_010_000, 120_650_000))
    [place] = stated(street).places
    assert (place.label, place.latitude_e6, place.longitude_e6) == ("单位", 28_010_000, 120_650_000)
    street.act(me, lambda ctx: stating.remove_place(ctx, me, place.id))
    assert stated(street).places == ()
    with pytest.raises(say.PlaceUnknown):
        street.act(me, lambda ctx: stating.remove_place(ctx, me, place.id))
    for turn in range(5):
        street.act(
            me, lambda ctx, n=turn: stating.add_place(ctx, me, f"地方{n}", 28_000_000, 120_000_000)
        )
    with pytest.raises(say.TooManyPlaces):
        street.act(me, lambda ctx: stating.add_place(ctx, me, "再一处", 28_000_000, 120_000_000))


def test_days_away_extra_hours_and_a_pause(street: Street) -> None:
    me = street.volunteer
    tomorrow = TODAY + timedelta(days=1)
    away = DayException(AWAY, tomorrow, tomorrow)
    extra = DayException(EXTRA, tomorrow, tomorrow, 18 * 60, 20 * 60)
    street.act(me, lambda ctx: add_exception(ctx, me, extra))
    street.act(me, lambda ctx: add_exception(ctx, me, away))
    assert set(stated(street).exceptions) == {extra, away}
    first = stated(street).exception_ids[0]
    street.act(me, lambda ctx: end_exception(ctx, me, first))
    with pytest.raises(say.ExceptionUnknown):
        street.act(me, lambda ctx: end_exception(ctx, me, first))
    assert len(stated(street).exceptions) == 1
    with pytest.raises(say.NotPaused):
        street.act(me, lambda ctx: resume(ctx, me))
    street.act(me, lambda ctx: pause(ctx, me, TODAY + timedelta(days=20)))
    found = stated(street)
    assert not covers(found.windows, found.exceptions, START, START + timedelta(hours=1))
    street.act(me, lambda ctx: resume(ctx, me))
    assert len(stated(street).exceptions) == 1
    with pytest.raises(say.NotPaused):
        street.act(me, lambda ctx: resume(ctx, me))


def test_what_is_over_is_not_read(street: Street) -> None:
    me = street.volunteer
    street.act(me, lambda ctx: pause(ctx, me, TODAY + timedelta(days=1)))
    later = TODAY + timedelta(days=2)
    found = street.look(lambda session: stated_by(session, [me], later))[me]
    assert found.exceptions == ()


def _exception(**changes: Any) -> DayException:
    return DayException(
        **{"kind": AWAY, "first_day": TODAY, "last_day": TODAY + timedelta(days=1), **changes}
    )


Statement = Callable[[Context, UUID], Any]
WRONG: list[tuple[Statement, type[Invalid]]] = [
    (lambda ctx, me: stating.set_week(ctx, me, [Window(7, 0, 60)]), say.HoursWrong),
    (lambda ctx, me: stating.set_week(ctx, me, [Window(1, 60, 60)]), say.HoursWrong),
    (lambda ctx, me: stating.set_week(ctx, me, [Window(1, 60, 1441)]), say.HoursWrong),
    (
        lambda ctx, me: stating.set_week(
            ctx,
            me,
            [Window(day, hour * 60, hour * 60 + 30) for day in range(7) for hour in range(5)],
        ),
        say.TooManyHours,
    ),
    (lambda ctx, me: stating.set_travel(ctx, me, "horse", 1_000), say.ModeUnknown),
    (lambda ctx, me: stating.set_travel(ctx, me, "walk", 499), say.RadiusWrong),
    (lambda ctx, me: stating.set_travel(ctx, me, "walk", 50_001), say.RadiusWrong),
    (lambda ctx, me: stating.set_languages(ctx, me, ["elvish"]), say.DialectUnknown),
    (lambda ctx, me: stating.set_declined(ctx, me, ["Z9"]), ServiceUnknown),
    (lambda ctx, me: _asking(ctx, me, asks_per_day=0), say.AsksWrong),
    (lambda ctx, me: _asking(ctx, me, asks_per_day=11), say.AsksWrong),
    (lambda ctx, me: _asking(ctx, me, weekly_minutes=59), say.WeekWrong),
    (lambda ctx, me: _asking(ctx, me, weekly_minutes=2_401), say.WeekWrong),
    (lambda ctx, me: stating.add_place(ctx, me, " ", 28_000_000, 120_000_000), MissingText),
    (lambda ctx, me: stating.add_place(ctx, me, "单位", 1, 120_000_000), PlaceWrong),
    (
        lambda ctx, me: add_exception(ctx, me, _exception(last_day=TODAY - timedelta(days=1))),
        say.DaysWrong,
    ),
    (
        lambda ctx, me: add_exception(ctx, me, _exception(first_day=TODAY + timedelta(days=2))),
        say.DaysWrong,
    ),
    (
        lambda ctx, me: add_exception(ctx, me, _exception(last_day=TODAY + timedelta(days=401))),
        say.DaysTooFar,
    ),
    (
        lambda ctx, me: add_exception(ctx, me, _exception(from_minute=60, to_minute=60)),
        say.HoursWrong,
    ),
]


def _asking(ctx: Context, me: UUID, **changes: Any) -> None:
    answers = {"may_be_asked": True, "asks_per_day": 2, "weekly_minutes": None, **changes}
    stating.set_asking(ctx, me, **answers)


@pytest.mark.parametrize(("statement", "error"), WRONG)
def test_wrong_answers(street: Street, statement: Statement, error: type[Invalid]) -> None:
    with pytest.raises(error) as caught:
        street.act(street.volunteer, lambda ctx: statement(ctx, street.volunteer))
    assert "{" not in caught.value.message
    assert street.count(AuditRecord, AuditRecord.act.startswith("availability.")) == 0


def test_too_many_exceptions(street: Street) -> None:
    me = street.volunteer

    def sixty(ctx: Context) -> None:
        for turn in range(60):
            add_exception(ctx, me, _exception(first_day=TODAY, last_day=TODAY + timedelta(turn)))

    street.act(me, sixty)
    with pytest.raises(say.TooManyHours):
        street.act(me, lambda ctx: add_exception(ctx, me, _exception()))


def test_only_the_volunteer_and_the_own_branch_state(street: Street) -> None:
    for who in (street.elder, street.admins[0]):
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: stating.set_week(ctx, street.volunteer, [TUESDAY]))
    with pytest.raises(say.NotAProvider):
        street.act(street.staff, lambda ctx: stating.set_week(ctx, street.elder, [TUESDAY]))
    with pytest.raises(say.PlaceUnknown):
        street.act(
            street.volunteer, lambda ctx: stating.remove_place(ctx, street.volunteer, uuid4())
        )
