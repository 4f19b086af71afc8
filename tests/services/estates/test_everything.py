"""Everything that one death touches at once, and what a check of the books would find."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from models.estates import Estate, EstateCheck, EstateState
from models.giving import GiftState
from models.notices import CallItem
from models.oversight import OutboxMessage
from models.people import Member, MemberStatus
from models.schedule import Series
from models.service_days import GroupPlace, GroupSession
from models.training import Enrolment, EnrolmentState
from services.context import Context
from services.designations.making import make as designate
from services.designations.reading import Named
from services.errors import Forbidden
from services.groups.leading import lead
from services.ledger.accounts import estate_account, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from services.schedule.locating import SeriesForm
from services.schedule.regulars import REGULAR, agree, name_person
from services.schedule.series import make as make_series
from services.training import booking
from services.welfare.listing import raise_tier
from services.welfare.reading import month_around, subject_lines
from tests import factories
from tests.factories import LONGWAN
from tests.services.estates.conftest import LATER, House
from tests.services.gifts.conftest import Family
from tests.services.service_days.conftest import Room
from tests.services.training.conftest import School
from tests.services.visits.conftest import START


def test_the_elders_gift_place_and_payer_go_with_the_elder(house: House) -> None:
    """The volunteer, who is his daughter too, gives him an hour; he has a place in a session."""
    street = house.street
    family = Family(street)
    gift = family.held(60, LATER)
    room = Room(street)
    session = room.led()
    street.give_coins(house.father, 600)
    room.book(session, house.father)
    assert street.earned(house.father)[1] > 0
    estate = house.frozen()
    assert family.state(gift) is GiftState.RETURNED
    assert street.earned(family.giver) == (600, 0)
    place = street.look(lambda s: s.get_one(GroupPlace, (LONGWAN, session, house.father)))
    assert place.cancelled_at is not None
    assert street.earned(house.father) == (0, 0)
    assert house.kept() == 600
    house.undo(estate)
    # He lives: the gift is in its window again.
    assert family.state(gift) is GiftState.HELD
    assert house.breaches() == []


def test_what_a_volunteer_led_taught_and_promised_is_free(house: House) -> None:
    street = house.street
    dead = street.volunteer
    son = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    house.relate(dead, son, "child")
    session = Room(street).led()
    school = School(street)
    course = school.session(places=1)
    waits = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P0"))
    for who in (dead, waits):
        street.act(who, lambda c, w=who: booking.book_place(c, LONGWAN, course, w))
    form = SeriesForm(
        elder_id=house.father,
        service_code="A04",
        rrule="FREQ=WEEKLY;BYDAY=FR",
        starts_local=(START + timedelta(hours=8)).replace(tzinfo=None),
        booked_minutes=60,
    )
    series = street.act(house.father, lambda ctx: make_series(ctx, form))
    street.act(house.father, lambda c: name_person(c, LONGWAN, series, dead, REGULAR))
    street.act(dead, lambda c: agree(c, LONGWAN, series))
    estate = house.reported(by=son, member=dead)
    house.check(estate, street.staff)
    house.check(estate, house.second)
    row = street.look(lambda s: s.get_one(GroupSession, (LONGWAN, session)))
    assert row.provider_id is None
    assert street.pool()[1] == 0
    assert street.look(lambda s: s.get_one(Series, (LONGWAN, series))).regular_id is None

    def state(who: object) -> EnrolmentState:
        found = street.look(lambda s: s.get_one(Enrolment, (LONGWAN, course, who)))
        return found.state

    assert (state(dead), state(waits)) == (EnrolmentState.CANCELLED, EnrolmentState.BOOKED)
    other = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    street.act(other, lambda c: lead(c, LONGWAN, session))
    assert house.breaches() == []


def test_nobody_calls_or_writes_to_the_dead(small_house: House) -> None:
    house = small_house
    street = house.street
    street.give_coins(house.father, 600)
    form = AskForm(house.father, "A04", START, 60)
    street.act(house.father, lambda ctx: ask(ctx, form))
    visit_for = street.open_request("A04", starts_at=START + timedelta(hours=3))
    street.accepted(visit_for)
    unsent = sa.select(sa.func.count()).where(
        OutboxMessage.book == LONGWAN,
        OutboxMessage.member_id == house.father,
        OutboxMessage.sent_at.is_(None),
    )
    later = unsent.where(
        sa.or_(OutboxMessage.send_before.is_(None), OutboxMessage.send_before > LATER)
    )
    assert street.look(lambda s: s.scalar(later)) > 0
    street.act(street.staff, lambda ctx: raise_tier(ctx, house.father, "high", "心脏不好"))

    def looked_in_on(ctx: Context) -> set[object]:
        month = month_around(LATER.date(), ctx.now)
        return {line.elder_id for line in subject_lines(ctx, LONGWAN, month)}

    assert house.father in street.act(SYSTEM, looked_in_on)
    house.frozen()
    assert house.father not in street.act(SYSTEM, looked_in_on)
    assert street.look(lambda s: s.scalar(later)) == 0
    assert street.count(CallItem, CallItem.member_id == house.father) == 0


def test_kin_of_whoever_is_named_verify_nothing(small_house: House) -> None:
    """The sentence is the one for kin: it does not say who is named."""
    house, street = small_house, small_house.street
    friend = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    house.relate(friend, house.second, "spouse")
    named = (Named(friend, house.member(friend).name, "friend"),)
    street.act(house.father, lambda ctx: designate(ctx, house.father, named))
    estate = house.reported()
    with pytest.raises(Forbidden):
        house.check(estate, house.second)
    assert not house.check(estate, street.staff)


def test_the_check_names_what_cannot_be(small_house: House) -> None:
    """Each row is changed behind the application's back, one after the other."""
    house = small_house
    street = house.street
    street.give_coins(house.father, 600)
    estate = house.frozen()
    assert house.breaches() == []

    def change(statement: object) -> list[str]:
        street.uow.run(lambda session: session.execute(statement))
        return house.breaches()

    one = Estate.id == estate
    him = Member.id == house.father
    book = Estate.book == LONGWAN
    assert change(sa.update(Member).where(him).values(status=MemberStatus.ACTIVE)) == [
        "estate_of_the_living"
    ]
    change(sa.update(Member).where(him).values(status=MemberStatus.CLOSED))
    divided = (
        sa.update(Estate)
        .where(book, one)
        .values(state=EstateState.DIVIDED, estate_minutes=600, remainder_minutes=500)
    )
    assert change(divided) == ["estate_division_differs", "estate_balance_differs"]
    change(sa.update(Estate).where(book, one).values(state=EstateState.DISMISSED))
    assert house.breaches() == ["death_without_estate", "estate_balance_differs"]
    change(sa.update(Estate).where(book, one).values(state=EstateState.FROZEN))
    draft = Draft(
        book=LONGWAN,
        kind="estate",
        key="behind the back",
        legs=(
            Leg(estate_account(LONGWAN, house.father), -10),
            Leg(pool_of(LONGWAN), 10),
        ),
        effective_at=LATER,
    )
    street.uow.run(lambda session: post(session, [draft], Stamp(LATER, SYSTEM.id)))
    assert house.breaches() == ["estate_entry_unexplained"]
    assert street.count(EstateCheck, EstateCheck.book == LONGWAN) == 2
