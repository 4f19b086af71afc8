"""Group sessions: what is held, who pays, and that it always comes out even."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.batches import BatchState
from models.ledger import Balance
from models.people import Member
from models.requests import ProviderDay, ProviderSlot
from models.service_days import GroupState
from services import rates
from services.batches.signing import withdraw
from services.clock import local_date
from services.groups import sentences as say
from services.groups.attending import Attendance, attend
from services.groups.leading import lead, step_back
from services.groups.making import cancel
from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.queries.volunteer.honours import honours
from services.verification import verify
from tests.factories import LONGWAN
from tests.services.service_days.conftest import CLOSES, START, Room

#: B05 is tier T2: 60 minutes are 66 standard minutes, with the overrun 99.
HOUR, MOST = 66, 99
DAY = timedelta(days=1)


def even(room: Room) -> bool:
    """Nothing is held by anybody any more, and all accounts add up to nothing."""
    rows = room.street.look(lambda session: session.query(Balance).all())
    return not sum(row.posted_minutes for row in rows) and not any(r.held_minutes for r in rows)


def day_of(room: Room) -> tuple[int, int]:
    """Credit and actual minutes of the leader's day."""
    key = (LONGWAN, room.street.volunteer, local_date(START))
    row = room.street.look(lambda session: session.get_one(ProviderDay, key))
    return row.credit_minutes, row.actual_minutes


def served(room: Room) -> int:
    return room.street.look(
        lambda session: session.get_one(Member, room.street.volunteer).served_minutes
    )


def test_three_come_and_each_pays_a_third_rounded_up(room: Room) -> None:
    session = room.led()
    elders = [room.elder() for _ in range(4)]
    room.book(session, *elders)
    # Nobody knows yet how many there will be: the most that a share may be is held.
    assert [room.street.earned(each) for each in elders] == [(300, MOST)] * 4
    assert room.street.pool() == (1_000, MOST)
    assert room.close() == 1
    assert room.session(session).booked == 4
    assert [room.street.earned(each) for each in elders] == [(300, 25)] * 4
    batch = room.attend(session, *elders[:3])
    assert batch is not None
    # Two signatures: nothing has moved yet, and what is held stays held.
    assert room.street.earned(elders[0]) == (300, 25)
    assert room.session(session).state is GroupState.HELD
    room.pay(batch)
    # 66 in four parts is 16.5: each pays 17; the absent one pays nothing, the pool bears it.
    assert [room.street.earned(each) for each in elders] == [(283, 0)] * 3 + [(300, 0)]
    assert room.street.earned(room.street.volunteer) == (HOUR, 0)
    assert room.street.pool() == (1_000 - (HOUR - 3 * 17), 0)
    assert day_of(room) == (60, 60)
    assert served(room) == 60
    later = START + timedelta(hours=4)
    shown = room.street.act(room.street.volunteer, honours, now=later)
    assert (shown.year_minutes, shown.visits) == (60, 1)
    assert room.session(session).settled_at is not None
    assert even(room)


def test_the_rounding_goes_to_the_pool(room: Room) -> None:
    session = room.led()
    elders = [room.elder() for _ in range(4)]
    room.book(session, *elders)
    room.close()
    room.pay(room.attend(session, *elders))
    assert room.street.pool() == (1_000 + 4 * 17 - HOUR, 0)
    assert even(room)


def test_whoever_lacks_coins_is_not_refused_and_never_pays_above_the_hold(room: Room) -> None:
    session = room.led()
    rich, poor, none = room.elder(), room.elder(5), room.elder(0)
    room.book(session, rich, poor, none)
    assert room.street.earned(poor) == (5, 5)
    room.close()
    # What is earned after booking has closed was never held for this.
    room.street.give_coins(none, 200)
    room.pay(room.attend(session, rich, poor, none))
    assert [room.street.earned(each) for each in (rich, poor, none)] == [
        (300 - 22, 0),
        (0, 0),
        (200, 0),
    ]
    assert room.street.pool() == (1_000 - (HOUR - 22 - 5), 0)
    assert even(room)


def test_one_who_gives_the_place_back_in_time_lowers_the_number(room: Room) -> None:
    session = room.led()
    first, second = room.elder(), room.elder()
    room.book(session, first, second)
    room.unbook(session, second)
    assert room.street.earned(second) == (300, 0)
    room.close()
    assert room.session(session).booked == 1
    room.pay(room.attend(session, first))
    assert room.street.earned(first) == (300 - HOUR, 0)


def test_one_who_gives_it_back_late_stays_in_the_number_and_the_pool_bears_it(room: Room) -> None:
    session = room.led()
    first, second = room.elder(), room.elder()
    room.book(session, first, second)
    room.close()
    room.unbook(session, second, now=CLOSES + timedelta(minutes=30))
    assert room.street.earned(second) == (300, 0)
    room.pay(room.attend(session, first))
    assert room.street.earned(first) == (300 - 33, 0)
    assert room.street.pool() == (1_000 - 33, 0)
    assert even(room)


def test_one_who_gives_it_back_before_a_late_job_has_closed_is_not_counted(room: Room) -> None:
    session = room.led()
    first, second = room.elder(), room.elder()
    room.book(session, first, second)
    room.unbook(session, second, now=CLOSES + timedelta(minutes=3))
    room.close(now=CLOSES + timedelta(minutes=5))
    assert room.session(session).booked == 1
    # What the valuation says and what the list takes are of the same number.
    room.pay(room.attend(session, first))
    assert room.street.earned(first) == (300 - HOUR, 0)
    assert room.street.pool() == (1_000, 0)
    assert even(room)


def test_a_place_can_be_taken_again_after_it_was_given_back(room: Room) -> None:
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    room.unbook(session, elder)
    room.book(session, elder)
    assert room.street.earned(elder) == (300, MOST)


def test_a_longer_session_costs_what_was_given_and_at_most_what_is_held(room: Room) -> None:
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    room.close()
    room.pay(room.attend(session, elder, minutes=120))
    # Thirty minutes beyond the booked time at most.
    assert room.street.earned(elder) == (300 - MOST, 0)
    assert day_of(room) == (90, 90)
    assert served(room) == 90


def test_nobody_booked(room: Room) -> None:
    session = room.led()
    room.close()
    row = room.session(session)
    assert (row.state, row.reason) == (GroupState.CANCELLED, say.NOBODY_BOOKED)
    assert room.street.pool() == (1_000, 0)
    assert room.street.count(ProviderSlot) == 0
    assert day_of(room) == (0, 0)


def test_nobody_came(room: Room) -> None:
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    room.close()
    assert room.attend(session) is None
    row = room.session(session)
    assert (row.state, row.reason) == (GroupState.CANCELLED, say.NOBODY_CAME)
    assert room.place(session, elder).present is False
    assert served(room) == 0
    assert day_of(room) == (0, 0)
    assert even(room)


def test_nobody_leads_it_by_the_time_it_begins(room: Room) -> None:
    session = room.made()
    elder = room.elder()
    room.book(session, elder)
    room.close()
    assert room.session(session).state is GroupState.CLOSED
    assert room.close(now=START) == 1
    assert room.session(session).reason == say.NOBODY_LEADS
    assert room.street.earned(elder) == (300, 0)
    assert room.close(now=START) == 0


def test_calling_off_gives_everything_back(room: Room) -> None:
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    room.street.act(room.street.staff, lambda ctx: cancel(ctx, LONGWAN, session, "停电"))
    assert room.session(session).state is GroupState.CANCELLED
    assert even(room)
    assert room.street.count(ProviderSlot) == 0
    with pytest.raises(say.SessionChanged):
        room.street.act(room.street.staff, lambda ctx: cancel(ctx, LONGWAN, session, "停电"))


def test_a_leader_who_steps_back_frees_the_pool_and_the_next_one_holds_anew(room: Room) -> None:
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    room.street.act(room.street.volunteer, lambda ctx: step_back(ctx, LONGWAN, session, "家里有事"))
    assert room.street.pool() == (1_000, 0)
    assert room.street.earned(elder) == (300, MOST)
    room.street.act(room.street.volunteer, lambda ctx: lead(ctx, LONGWAN, session))
    assert room.street.pool() == (1_000, MOST)
    room.close()
    room.pay(room.attend(session, elder))
    assert room.street.earned(room.street.volunteer) == (HOUR, 0)


def test_a_withdrawn_list_is_written_anew_and_paid_once(room: Room) -> None:
    session = room.led()
    first, second = room.elder(), room.elder()
    room.book(session, first, second)
    room.close()
    wrong = room.attend(session, first)
    again = Attendance(START, 60, (first, second))
    later = START + timedelta(hours=2)
    with pytest.raises(say.SessionChanged):
        room.street.act(
            room.street.staff, lambda ctx: attend(ctx, LONGWAN, session, again), now=later
        )
    room.street.act(room.street.admins[0], lambda ctx: withdraw(ctx, LONGWAN, wrong), now=later)
    batch = room.street.act(
        room.street.staff, lambda ctx: attend(ctx, LONGWAN, session, again), now=later
    )
    room.pay(batch)
    assert [room.street.earned(each) for each in (first, second)] == [(267, 0)] * 2
    assert day_of(room) == (60, 60)
    assert served(room) == 60
    assert even(room)


def test_a_withdrawn_list_may_be_given_up_altogether(room: Room) -> None:
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    room.close()
    batch = room.attend(session, elder)
    later = START + timedelta(hours=2)
    room.street.act(room.street.admins[0], lambda ctx: withdraw(ctx, LONGWAN, batch), now=later)
    room.street.act(
        room.street.staff, lambda ctx: cancel(ctx, LONGWAN, session, "登记错了"), now=later
    )
    assert room.batch(batch).state is BatchState.WITHDRAWN
    assert day_of(room) == (0, 0)
    assert even(room)


def test_too_short_a_session_counts_no_minutes_and_costs_nothing(room: Room) -> None:
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    room.close()
    assert room.attend(session, elder, minutes=9) is None
    assert room.session(session).state is GroupState.HELD
    assert served(room) == 0
    assert even(room)


def test_a_pool_that_is_empty_lets_nobody_lead(room: Room) -> None:
    session = room.made()
    with pytest.raises(say.PoolTooSmall):
        room.street.act(room.street.volunteer, lambda ctx: lead(ctx, LONGWAN, session))
    assert room.session(session).provider_id is None
    assert room.street.count(ProviderSlot) == 0


def test_the_ledger_verifies(room: Room) -> None:
    session = room.led()
    elders = [room.elder(), room.elder(7)]
    room.book(session, *elders)
    room.close()
    room.pay(room.attend(session, *elders))
    found = room.street.act(SYSTEM, lambda ctx: list(verify(ctx, LONGWAN, Tally())))
    # The scene's own coins came into the world without two signatures.
    assert {each.code for each in found} <= {"issue_without_authorisation"}


def test_a_list_that_nobody_writes_gives_everything_back(room: Room) -> None:
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    assert room.close() == 1
    calendar = room.street.look(rates.calendar_on)
    last = calendar.add_working_days(local_date(START), 10)
    for day, state in ((last, GroupState.CLOSED), (last + DAY, GroupState.CANCELLED)):
        room.close(START + (day - local_date(START)))
        assert room.session(session).state is state
    assert room.session(session).reason == say.NEVER_WRITTEN
    assert even(room)
    assert day_of(room) == (0, 0)
