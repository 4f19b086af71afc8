"""A delegation's month: how much of the elder's coins may be set aside by what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Delegation
from models.requests import Request
from models.schedule import Occurrence, OccurrenceState
from models.service_days import GroupPlace
from services.context import Context
from services.errors import DomainError
from services.groups.booking import book_place, cancel_place
from services.ledger.breaches import Tally
from services.people.family_errors import SpendOutOfRange
from services.people.kin import revoke_delegation
from services.policy import SYSTEM
from services.requests import sentences as say
from services.requests.asking import AskForm, ask
from services.requests.ending import cancel
from services.requests.reviewing import approve
from services.requests.spending import own_part
from services.schedule.rescheduling import answer, propose
from services.schedule.sentences import AboveMonth
from services.schedule.series import make
from services.verification import verify
from services.visits.confirming import confirm
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.family.conftest import Household
from tests.services.schedule.conftest import FRIDAYS
from tests.services.service_days.conftest import Room
from tests.services.visits.conftest import START, Street
from tests.services.visits.test_races import at_once, succeeded

DAY = timedelta(days=1)
APRIL = datetime(2026, 4, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("share", "others", "own", "captured", "part"),
    [
        pytest.param(60, 0, 90, None, 60, id="booked, not the overrun"),
        pytest.param(60, 40, 50, None, 20, id="after the payer"),
        pytest.param(60, 90, 0, None, 0, id="the payer alone"),
        pytest.param(60, 0, 25, None, 25, id="no more than there was"),
        pytest.param(60, 40, 50, 62, 22, id="as it was taken"),
        pytest.param(60, 40, 50, 30, 0, id="the payer took all of it"),
    ],
)
def test_the_elders_own_part(
    share: int, others: int, own: int, captured: int | None, part: int
) -> None:
    assert own_part(share, others, own, captured) == part


def test_a_month_has_its_limit(home: Household, street: Street) -> None:
    street.give_coins(street.elder, 600)
    street.give_coins(home.daughter, 600)
    home.lend(100)
    first = home.ask()
    assert (home.spent().used_minutes, home.spent().left_minutes) == (60, 40)
    with pytest.raises(say.SpendLimit) as refused:
        home.ask("A03")
    assert refused.value.params["left_minutes"] == 40
    assert refused.value.params["needed_minutes"] == 60
    assert street.count(Request) == 1
    # A shorter one fits, the elder asks as ever, and own coins count against nothing.
    home.ask("A01", booked_minutes=40)
    street.ask("A03")
    home.ask("A03", starts_at=START + DAY, payer=True)
    assert home.spent().left_minutes == 0
    street.act(home.daughter, lambda ctx: cancel(ctx, LONGWAN, first))
    assert home.spent().left_minutes == 60
    home.ask("A03", starts_at=START + 2 * DAY)
    # The next month begins anew; what was set aside stays this month's.
    home.ask(now=APRIL, starts_at=APRIL + DAY)
    assert home.spent(APRIL).used_minutes == 60


def test_what_the_pool_covers_is_not_the_elders(home: Household, street: Street) -> None:
    street.give_coins(street.elder, 25)
    home.lend(30)
    home.ask()
    assert home.spent().used_minutes == 25
    home.ask("A03")
    assert home.spent().used_minutes == 25


def test_an_old_delegation_has_no_limit_and_a_new_one_must_say_it(
    home: Household, street: Street
) -> None:
    street.give_coins(street.elder, 600)
    for wrong in (-1, 6_001):
        with pytest.raises(SpendOutOfRange):
            home.lend(wrong)
    home.lend(0)
    with pytest.raises(say.SpendLimit):
        home.ask()

    def forget(session: Session) -> None:
        session.execute(sa.update(Delegation).values(spend_minutes=None))

    street.uow.run(forget)
    home.ask()
    assert (home.spent().limit_minutes, home.spent().left_minutes) == (None, None)


def test_two_requests_at_once_share_one_month(home: Household, street: Street) -> None:
    street.give_coins(street.elder, 600)
    home.lend(90)

    def click(code: str) -> Callable[[], UUID]:
        form = AskForm(street.elder, code, START, 60)
        return lambda: street.act(home.daughter, lambda ctx: ask(ctx, form))

    results = at_once(click("A04"), click("A03"))
    assert succeeded(results) == 1
    assert {type(each) for each in results if isinstance(each, DomainError)} == {say.SpendLimit}
    assert home.spent().used_minutes == 60


def test_a_place_in_a_group_counts(home: Household, street: Street) -> None:
    street.issue(600)
    street.give_coins(street.elder, 600)
    home.lend(120)
    room = Room(street)
    session = room.made()

    def book() -> None:
        street.act(home.daughter, lambda ctx: book_place(ctx, LONGWAN, session, street.elder))

    book()
    # An hour and the overrun at 110 %: what it may cost at most until booking has closed.
    assert home.spent().used_minutes == 99
    with pytest.raises(say.SpendLimit):
        home.ask()
    street.act(home.daughter, lambda ctx: cancel_place(ctx, LONGWAN, session, street.elder))
    home.ask()
    with pytest.raises(say.SpendLimit):
        book()
    # A place that is moved to another elder behind everybody's back keeps a stranger's coins.
    with street.uow.read() as reading:
        reading.execute(sa.update(GroupPlace).values(elder_id=street.volunteer))
        ctx = Context(reading, SYSTEM, NOW, VAULT)
        assert "share_of_stranger" in {each.code for each in verify(ctx, LONGWAN, Tally())}


def test_dates_of_a_standing_visit_count_and_go_on_when_the_leave_ends(
    home: Household, street: Street
) -> None:
    street.give_coins(street.elder, 600)
    leave = home.lend(60)
    form = replace(FRIDAYS, elder_id=street.elder)
    series = street.act(home.daughter, lambda ctx: make(ctx, form))
    # Two Fridays are near: the month pays for one, the other goes to the branch.
    states = street.look(
        lambda session: session.scalars(
            sa.select(Occurrence.state)
            .where(Occurrence.book == LONGWAN, Occurrence.series_id == series)
            .order_by(Occurrence.rule_day)
            .limit(2)
        ).all()
    )
    assert states == [OccurrenceState.ASKED, OccurrenceState.REFUSED]
    assert "没有约成" in home.told(street.elder)
    street.act(street.elder, lambda ctx: revoke_delegation(ctx, street.elder, leave))
    assert home.spent().limit_minutes == 60
    assert home.spent().left_minutes == 0


def test_a_dearer_time_stays_within_the_month(home: Household, street: Street) -> None:
    street.issue(600)
    street.give_coins(street.elder, 600)
    home.lend(60)
    request = home.ask()
    sunday = START + 4 * DAY
    with pytest.raises(AboveMonth):
        street.act(home.daughter, lambda ctx: propose(ctx, LONGWAN, request, sunday))
    assert street.request(request).starts_at == START
    # Once somebody has promised it waits for the volunteer's yes, and then holds as little.
    street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    street.accepted(request)
    made = street.act(home.daughter, lambda ctx: propose(ctx, LONGWAN, request, sunday))
    with pytest.raises(AboveMonth):
        street.act(
            street.volunteer,
            lambda ctx: answer(ctx, LONGWAN, made.proposal_id, agrees=True),
        )
    street.act(street.volunteer, lambda ctx: answer(ctx, LONGWAN, made.proposal_id, agrees=False))
    # The elder himself may: it is his time.
    made = street.act(street.elder, lambda ctx: propose(ctx, LONGWAN, request, sunday))
    street.act(street.volunteer, lambda ctx: answer(ctx, LONGWAN, made.proposal_id, agrees=True))


def test_a_settled_service_counts_as_it_was_taken(home: Household, street: Street) -> None:
    street.give_coins(street.elder, 600)
    street.issue(600)
    request = home.ask()
    street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    visit = street.accepted(request)
    street.come(visit)
    street.go(visit, 31)
    assert home.spent().used_minutes == 60
    street.act(home.daughter, lambda ctx: confirm(ctx, LONGWAN, visit), now=START + DAY / 24)
    assert home.spent(NOW).used_minutes == 31
