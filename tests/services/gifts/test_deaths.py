"""A death, and gifts on either side of it; and two at once over the last coin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from models.giving import Gift, GiftState
from models.ledger import Hold, HoldOutcome, Transfer
from models.people import Member, MemberStatus
from services.context import Context
from services.errors import DomainError
from services.gifts import sentences as say
from services.gifts.capturing import settle
from services.gifts.confirming import confirm
from services.gifts.dying import (
    GiftAtDeath,
    release_for_death,
    restore_after_mistake,
)
from services.gifts.making import GiftForm, make
from services.gifts.taking_back import refuse, take_back
from services.people.actors import actor_for
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from services.visits.days import lock_members
from tests.factories import LONGWAN, NOW
from tests.services.gifts.conftest import AFTER, DAY, Family
from tests.services.visits.conftest import START
from tests.services.visits.test_races import at_once, succeeded

HOUR = timedelta(hours=1)


def dies(family: Family, member: UUID, died_at: datetime, now: datetime) -> dict[UUID, GiftAtDeath]:
    """The freezing's own step."""

    def work(ctx: Context) -> dict[UUID, GiftAtDeath]:
        lock_members(ctx.session, {member})
        row = ctx.session.get_one(Member, member)
        row.status, row.died_at = MemberStatus.CLOSED, died_at
        return {each.gift_id: each for each in release_for_death(ctx, row, died_at)}

    return family.street.act(SYSTEM, work, now)


def test_the_giver_dies_within_the_window(family: Family) -> None:
    """What waits or is held comes back. So does what the job had made final since the death,
    and what somebody gave by the dead giver's login; what stood before the death stays.
    """
    street = family.street
    old = family.final(50, NOW - 2 * DAY)
    minutes_before = family.held(60)
    family.run_job()
    after_death = family.held(40, NOW + 2 * HOUR)
    waiting = family.waiting(10, AFTER)
    found = dies(family, family.giver, NOW + HOUR, AFTER)
    assert {key: each.came_back for key, each in found.items()} == {
        minutes_before: True,
        after_death: True,
        waiting: True,
    }
    states = [family.state(gift) for gift in (old, minutes_before, after_death, waiting)]
    assert states == [GiftState.FINAL, *[GiftState.RETURNED] * 3]
    assert family.row(minutes_before).reason == "giver_died"
    assert street.earned(family.giver) == (550, 0)
    assert family.received(family.mother) == (50, 0)
    assert say.GIVER_DIED in family.told(family.mother)
    assert say.GIVER_DIED not in family.told(family.giver)
    assert dies(family, family.giver, NOW + HOUR, AFTER) == {}
    assert family.run_job(AFTER + DAY) == 0
    assert family.breaches() == set()


def test_what_the_receiver_has_used_meanwhile_stays_and_is_said(family: Family) -> None:
    street = family.street
    gift = family.held(60)
    family.run_job()
    street.ask(starts_at=START + DAY)
    found = dies(family, family.giver, NOW + HOUR, AFTER)
    assert [(each.minutes, each.came_back) for each in found.values()] == [(60, False)]
    assert family.state(gift) is GiftState.FINAL
    assert family.received(family.mother) == (60, 60)
    assert family.breaches() == set()


def test_the_receiver_dies_within_the_window(family: Family) -> None:
    street = family.street
    old, gift = family.final(50, NOW - 2 * DAY), family.held(60)
    found = dies(family, family.mother, NOW + HOUR, NOW + 2 * HOUR)
    assert [each.gift_id for each in found.values()] == [gift]
    assert (family.row(gift).reason, family.state(old)) == ("receiver_died", GiftState.FINAL)
    assert street.earned(family.giver) == (550, 0)
    assert say.RECEIVER_DIED in family.told(family.giver)
    assert family.breaches() == set()


def lives(family: Family, member: UUID, since: datetime, now: datetime) -> int:
    """The undoing's own step."""

    def work(ctx: Context) -> int:
        lock_members(ctx.session, {member})
        row = ctx.session.get_one(Member, member)
        row.status, row.died_at = MemberStatus.ACTIVE, None
        return restore_after_mistake(ctx, row, since)

    return family.street.act(SYSTEM, work, now)


def test_a_mistaken_death_gives_its_gifts_back(family: Family) -> None:
    """What came back is set aside anew with a whole window, once."""
    street = family.street
    made_final, held = family.held(60), family.held(40)
    family.run_job()
    waiting, late = family.waiting(10, AFTER), family.held(450, AFTER)
    dies(family, family.giver, NOW + HOUR, AFTER)
    later = AFTER + DAY
    assert lives(family, family.giver, AFTER, later) == 3
    assert lives(family, family.giver, AFTER, later) == 0
    assert family.state(waiting) is GiftState.RETURNED
    assert street.earned(family.giver) == (600, 550)
    assert family.row(late).revocable_until == later + DAY
    street.act(family.giver, lambda ctx: take_back(ctx, LONGWAN, held), later)
    assert family.breaches() == set()
    family.run_job(later + DAY)
    assert family.row(made_final).given_minutes == 60
    assert family.received(family.mother) == (510, 0)
    street.act(family.mother, lambda ctx: refuse(ctx, LONGWAN, made_final), later + DAY)
    assert family.received(family.mother) == (450, 0)
    assert family.breaches() == set()


def test_what_has_been_used_meanwhile_stays_back(family: Family) -> None:
    street = family.street
    gift, child = family.held(500), family.joins()
    family.relate(family.giver, child, "child")
    dies(family, family.mother, NOW + HOUR, NOW + 2 * HOUR)
    family.held(200, NOW + 3 * HOUR, receiver_id=child)
    assert lives(family, family.mother, NOW, NOW + 4 * HOUR) == 0
    assert family.state(gift) is GiftState.RETURNED
    assert street.earned(family.giver) == (600, 200)
    family.change(family.giver, status=MemberStatus.CLOSED)
    assert lives(family, family.mother, NOW, NOW + 4 * HOUR) == 0
    assert family.breaches() == set()


def test_what_has_no_room_in_the_givers_year_stays_back(family: Family) -> None:
    """What came back was given to somebody else: no year has its limit twice."""
    street = family.street
    street.give_coins(family.giver, 23_400)
    gift, child = family.held(7_000), family.joins()
    family.relate(family.giver, child, "child")
    dies(family, family.mother, NOW + HOUR, NOW + 2 * HOUR)
    family.held(7_000, NOW + 3 * HOUR, receiver_id=child)
    assert lives(family, family.mother, NOW, NOW + 4 * HOUR) == 0
    assert family.state(gift) is GiftState.RETURNED
    assert street.earned(family.giver) == (24_000, 7_000)


def test_the_dead_give_nothing_whatever_comes_to_them_late(family: Family) -> None:
    """A service is credited to a dead giver: neither a code on its way nor a counter gives it."""
    street = family.street
    gift = family.waiting(60)
    code = family.code(gift)
    with street.uow.read() as session:
        was = actor_for(session, family.giver, NOW)
    family.change(family.giver, status=MemberStatus.CLOSED)
    with pytest.raises(say.GiverNotActive):
        street.act(was, lambda ctx: confirm(ctx, LONGWAN, gift, code))
    with pytest.raises(say.GiverNotActive):
        street.act(street.staff, lambda ctx: make(ctx, GiftForm(family.giver, family.mother, 60)))
    assert street.earned(family.giver) == (600, 0)


def test_the_last_coin_is_either_given_or_spent(family: Family) -> None:
    """The giver confirms a gift and asks for help with the same sixty minutes, at once."""
    street = family.street
    giver = street.elder
    street.give_coins(giver, 60)
    guard = {"hurried": False, "own_wish": True, "promised": False}
    gift = family.waiting(60, giver_id=giver, receiver_id=family.giver, guard=guard)
    code = family.code(gift)
    form = AskForm(giver, "A04", START, 60)
    results = at_once(
        lambda: street.act(giver, lambda ctx: confirm(ctx, LONGWAN, gift, code)),
        lambda: street.act(giver, lambda ctx: ask(ctx, form)),
    )
    assert street.earned(giver) == (60, 60)
    given = not isinstance(results[0], DomainError)
    asked = results[1]
    assert isinstance(asked, UUID)
    # A request is taken all the same: what is missing waits for the pool.
    assert street.request(asked).shortfall_minutes == (60 if given else 0)
    assert given or isinstance(results[0], say.NotEnoughEarned)
    assert family.state(gift) is (GiftState.HELD if given else GiftState.WAITING)
    assert family.breaches() == set()


def test_two_gifts_at_once_keep_to_the_years_limit(family: Family) -> None:
    """Twelve thousand a year, two of seven thousand; and a double click makes one."""
    street = family.street
    street.give_coins(family.giver, 20_000)
    form = GiftForm(family.giver, family.mother, 7_000)

    def click(key: str) -> Callable[[], UUID]:
        return lambda: street.act(family.giver, lambda ctx: make(ctx, form), key=key)

    results = at_once(click("one"), click("two"), click("one"))
    assert succeeded(results) in (1, 2)
    assert street.count(Gift) == 1
    refused = [each for each in results if isinstance(each, DomainError)]
    assert all(isinstance(each, say.AboveYearLimit) for each in refused)


def test_taken_back_or_captured_or_returned_but_only_one(family: Family) -> None:
    """At the last moment the giver, the job and a death all reach for the same gift."""
    street = family.street
    gift = family.held(60)
    at_once(
        lambda: street.act(
            family.giver, lambda ctx: take_back(ctx, LONGWAN, gift), AFTER - timedelta(seconds=1)
        ),
        lambda: street.act(SYSTEM, lambda ctx: settle(ctx, LONGWAN, gift), AFTER),
        lambda: dies(family, family.mother, NOW + HOUR, AFTER),
    )
    posted = street.count(Transfer, Transfer.kind == "gift")
    reversed_ = street.count(Transfer, Transfer.kind == "reversal")
    assert posted == reversed_
    assert street.earned(family.giver) == (600, 0)
    assert family.received(family.mother) == (0, 0)
    assert street.count(HoldOutcome) == street.count(Hold) == 1
    assert family.state(gift) in (GiftState.TAKEN_BACK, GiftState.RETURNED)
    assert family.breaches() == set()
