"""Group sessions: who may do what, what is refused, and two at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.availability import Avoidance
from models.oversight import OutboxMessage
from models.requests import ProviderSlot
from models.service_days import GroupPlace, GroupState
from services.availability.barred import is_barred
from services.errors import DomainError, Forbidden
from services.groups import reading
from services.groups import sentences as say
from services.groups.attending import Attendance, attend
from services.groups.booking import book_place, cancel_place
from services.groups.leading import lead, step_back
from services.groups.making import cancel, make
from services.people.kin import record_kinship
from services.requests.sentences import ConsentNeeded, NotARecipient
from services.visits.sentences import Overlap
from tests import factories
from tests.country import ONE, TWO, join_all
from tests.factories import LONGWAN, NOW, WUMA
from tests.services.service_days.conftest import CLOSES, START, Room
from tests.services.visits.test_races import at_once, succeeded


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"service_code": "A04"}, say.NoGroupService),
        ({"service_code": "X99"}, say.NoGroupService),
        ({"booked_minutes": 20}, say.SessionLength),
        ({"booked_minutes": 121}, say.SessionLength),
        ({"places": 0}, say.PlacesWrong),
        ({"places": 61}, say.PlacesWrong),
        ({"place": " "}, say.PlaceMissing),
        ({"starts_at": START + timedelta(minutes=5)}, say.NotOnQuarter),
        ({"starts_at": NOW + timedelta(days=120, hours=1)}, say.SessionTooFar),
        ({"closes_at": START - timedelta(minutes=59)}, say.ClosesWrong),
        ({"closes_at": NOW}, say.ClosesWrong),
    ],
)
def test_what_cannot_be_offered(room: Room, changes: dict[str, Any], refusal: type) -> None:
    form = replace(room.form(), **changes)
    with pytest.raises(refusal):
        room.street.act(room.street.staff, lambda ctx: make(ctx, form))


def test_only_the_branch_offers_and_calls_off(room: Room) -> None:
    session = room.made()
    other = room.street.uow.run(
        lambda session: factories.create_staff(
            session, factories.create_branch(session, factories.YAOXI)
        )
    )
    for who in (room.street.volunteer, room.street.elder, other, room.street.admins[0]):
        with pytest.raises(Forbidden):
            room.street.act(who, lambda ctx: make(ctx, room.form()))
        with pytest.raises(Forbidden):
            room.street.act(who, lambda ctx: cancel(ctx, LONGWAN, session, "没有理由"))
    with pytest.raises(say.WhyMissing):
        room.street.act(room.street.staff, lambda ctx: cancel(ctx, LONGWAN, session, " "))


def test_who_books_for_whom(room: Room) -> None:
    session = room.made()
    elder = room.elder()
    staff = room.street.staff
    with pytest.raises(Forbidden):
        room.street.act(room.street.volunteer, lambda ctx: book_place(ctx, LONGWAN, session, elder))
    with pytest.raises(ConsentNeeded):
        room.street.act(staff, lambda ctx: book_place(ctx, LONGWAN, session, elder))
    room.street.act(staff, lambda ctx: book_place(ctx, LONGWAN, session, elder, "voice"))
    assert room.place(session, elder).consent == "voice"
    with pytest.raises(say.BookedAlready):
        room.book(session, elder)


def test_who_cannot_have_a_place(room: Room) -> None:
    session = room.made(places=1)
    young = room.street.uow.run(
        lambda found: factories.create_member(found, branch_id=room.street.branch)
    )
    with pytest.raises(NotARecipient):
        room.book(session, young)
    far = room.street.uow.run(
        lambda found: factories.create_elder(found, branch_id=factories.create_branch(found, WUMA))
    )
    with pytest.raises(say.GroupUnknown):
        room.book(session, far)
    room.book(session, room.elder())
    with pytest.raises(say.PlacesTaken):
        room.book(session, room.elder())
    late = room.elder()
    with pytest.raises(say.BookingClosed):
        room.street.act(late, lambda ctx: book_place(ctx, LONGWAN, session, late), now=CLOSES)
    with pytest.raises(say.NotBooked):
        room.unbook(session, late)


def test_nobody_gives_a_place_back_once_it_has_begun(room: Room) -> None:
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    room.close()
    with pytest.raises(say.SessionChanged):
        room.unbook(session, elder, now=START)


def test_a_leader_is_eligible_and_comes_of_his_own_accord(room: Room) -> None:
    room.street.issue(1_000)
    session = room.made()
    learner = room.street.uow.run(lambda found: factories.create_volunteer(found, "P0"))
    with pytest.raises(say.LeadUnfit) as refused:
        room.street.act(learner, lambda ctx: lead(ctx, LONGWAN, session))
    assert "level_too_low" in {each.code for each in refused.value.params["reasons"]}
    with pytest.raises(Forbidden):
        room.street.act(room.street.elder, lambda ctx: lead(ctx, LONGWAN, session))
    room.street.act(room.street.volunteer, lambda ctx: lead(ctx, LONGWAN, session))
    second = room.street.uow.run(lambda found: factories.create_volunteer(found, "P1"))
    with pytest.raises(say.LeadTaken):
        room.street.act(second, lambda ctx: lead(ctx, LONGWAN, session))
    with pytest.raises(Forbidden):
        room.street.act(second, lambda ctx: step_back(ctx, LONGWAN, session, "替他说"))


def test_a_session_is_led_by_its_own_region(room: Room) -> None:
    """Whatever the two regions have agreed: what is for a whole table stays in one book."""
    session = room.made()

    def guest(found: Session) -> UUID:
        join_all(found, ONE, TWO)
        branch = factories.create_branch(found, WUMA)
        return factories.create_volunteer(found, "P1", branch_id=branch)

    who = room.street.uow.run(guest)
    with pytest.raises(say.LeadUnfit) as refused:
        room.street.act(who, lambda ctx: lead(ctx, LONGWAN, session))
    assert refused.value.sentence == say.LED_FROM_HERE


def test_a_leader_has_no_other_service_at_that_time(room: Room) -> None:
    session = room.led()
    again = room.made(place="另一间")
    with pytest.raises((Overlap, say.LeadUnfit)):
        room.street.act(room.street.volunteer, lambda ctx: lead(ctx, LONGWAN, again))
    request = room.street.open_request("A04", 60)
    with pytest.raises(DomainError):
        room.street.accepted(request)
    assert room.session(session).provider_id == room.street.volunteer


def test_nobody_leads_a_session_in_which_he_has_a_place(room: Room) -> None:
    room.street.issue(1_000)
    session = room.made()
    both = room.street.uow.run(
        lambda found: factories.create_volunteer(found, "P1", age=66, wants_to_receive=True)
    )
    room.book(session, both)
    with pytest.raises(say.BookedAlready):
        room.street.act(both, lambda ctx: lead(ctx, LONGWAN, session))
    room.unbook(session, both)
    room.street.act(both, lambda ctx: lead(ctx, LONGWAN, session))


def test_who_must_not_meet_the_leader_hears_only_that_there_is_no_place(room: Room) -> None:
    elder = room.elder()
    avoided = {"member_id": elder, "other_id": room.street.volunteer, "since": NOW}
    room.street.uow.run(lambda session: session.add(Avoidance(**avoided)))
    assert room.street.look(lambda found: is_barred(found, elder, room.street.volunteer))
    session = room.led()
    with pytest.raises(say.PlacesTaken):
        room.book(session, elder)
    shown = room.street.act(elder, lambda ctx: reading.for_elder(ctx, elder))
    assert shown.others == ()
    other = room.made(starts_at=START + timedelta(hours=5))
    room.book(other, elder)
    with pytest.raises(say.LeadTaken):
        room.street.act(room.street.volunteer, lambda ctx: lead(ctx, LONGWAN, other))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"minutes": 0}, say.GroupMinutesWrong),
        ({"minutes": 361}, say.GroupMinutesWrong),
        ({"began_at": START + timedelta(minutes=61)}, say.BeganWrong),
        ({"minutes": 300}, say.NotYetOver),
        ({"present": (UUID(int=7),)}, say.NotOnList),
    ],
)
def test_what_cannot_have_been(room: Room, changes: dict[str, Any], refusal: type) -> None:
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    room.close()
    seen = replace(Attendance(START, 60, (elder,)), **changes)
    later = START + timedelta(hours=2)
    with pytest.raises(refusal):
        room.street.act(
            room.street.staff, lambda ctx: attend(ctx, LONGWAN, session, seen), now=later
        )
    assert room.session(session).state is GroupState.CLOSED


def test_who_came_is_written_with_the_leaders_row_locked_before_the_day(room: Room) -> None:
    """As an acceptance locks them: of two that do it the other way round one would fail."""
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    room.close()
    said = listening(room)
    room.attend(session, elder, minutes=9)
    assert first(said, "ORDER BY members.id") < first(said, "FROM provider_days")


def test_a_session_is_called_off_with_the_leaders_day_locked_before_the_accounts(
    room: Room,
) -> None:
    session = room.led()
    room.book(session, room.elder())
    said = listening(room)
    room.street.act(room.street.staff, lambda ctx: cancel(ctx, LONGWAN, session, "停电"))
    assert first(said, "FROM provider_days") < first(said, "UPDATE balances")


def listening(room: Room) -> list[str]:
    """Every statement from now on."""
    said: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(" ".join(statement.split()))

    event.listen(room.street.uow.engine, "before_cursor_execute", note)
    return said


def first(said: list[str], words: str) -> int:
    """The place of the first statement with these words."""
    return next(place for place, each in enumerate(said) if words in each)


def test_nobody_writes_down_his_own_or_his_kin(room: Room) -> None:
    session = room.led()
    elder = room.elder()
    room.book(session, elder)
    room.close()
    staff = room.street.staff
    room.street.uow.run(
        lambda found: record_kinship(
            factories.make_ctx(found, factories.clerk(found, room.street.branch)),
            staff,
            elder,
            "parent",
            "户口簿",
        )
    )
    with pytest.raises(say.OnTheList):
        room.attend(session, elder)
    with pytest.raises(Forbidden):
        room.attend(session, elder, who=room.street.volunteer)


def test_two_want_the_last_place_at_once(room: Room) -> None:
    session = room.led(places=1)
    elders = [room.elder() for _ in range(4)]

    def take(elder: UUID) -> None:
        room.street.act(elder, lambda ctx: book_place(ctx, LONGWAN, session, elder))

    results = at_once(*[lambda each=each: take(each) for each in elders])
    assert succeeded(results) == 1
    assert {type(each) for each in results if each is not None} == {say.PlacesTaken}
    assert room.street.count(GroupPlace) == 1
    assert sum(room.street.earned(each)[1] for each in elders) == 99


def test_a_double_click_books_once(room: Room) -> None:
    session, elder = room.made(), room.elder()

    def click() -> None:
        room.street.act(
            elder, lambda ctx: book_place(ctx, LONGWAN, session, elder), key="same click"
        )

    assert succeeded(at_once(click, click, click)) == 3
    assert room.street.earned(elder) == (300, 99)
    told = OutboxMessage.sentence == say.BOOKED
    assert room.street.count(OutboxMessage, told, OutboxMessage.member_id == elder) == 1


def test_two_lead_at_once(room: Room) -> None:
    room.street.issue(1_000)
    session = room.made()
    others = [
        room.street.uow.run(lambda found: factories.create_volunteer(found, "P1")) for _ in range(3)
    ]

    def say_yes(who: UUID) -> None:
        room.street.act(who, lambda ctx: lead(ctx, LONGWAN, session))

    assert succeeded(at_once(*[lambda each=each: say_yes(each) for each in others])) == 1
    assert room.street.pool() == (1_000, 99)
    assert room.street.count(ProviderSlot) == 6


def test_what_each_side_sees(room: Room) -> None:
    session = room.led()
    elder, other = room.elder(), room.elder()
    room.book(session, elder)
    mine = room.street.act(elder, lambda ctx: reading.for_elder(ctx, elder))
    assert [each.view.id for each in mine.booked] == [session]
    assert (mine.booked[0].held_minutes, mine.booked[0].now_minutes) == (99, 99)
    theirs = room.street.act(other, lambda ctx: reading.for_elder(ctx, other))
    assert [each.now_minutes for each in theirs.others] == [50]
    assert theirs.others[0].may_book
    [line] = room.street.act(room.street.volunteer, reading.for_volunteer)
    assert line.is_mine
    found = room.street.act(
        room.street.staff, lambda ctx: reading.session_file(ctx, LONGWAN, session)
    )
    assert [(each.elder_id, each.held_minutes) for each in found.lines] == [(elder, 99)]
    with pytest.raises(Forbidden):
        room.street.act(elder, lambda ctx: reading.session_file(ctx, LONGWAN, session))


def test_cancelling_for_somebody_else_is_refused(room: Room) -> None:
    session, elder = room.made(), room.elder()
    room.book(session, elder)
    stranger = room.elder()
    with pytest.raises(Forbidden):
        room.street.act(stranger, lambda ctx: cancel_place(ctx, LONGWAN, session, elder))


def test_a_session_with_somebody_one_must_not_meet_looks_taken(room: Room) -> None:
    elder, other = room.elder(), room.elder()
    me = room.street.volunteer
    avoided = {"member_id": elder, "other_id": me, "since": NOW}
    room.street.uow.run(lambda session: session.add(Avoidance(**avoided)))
    session = room.made()

    def listed() -> list[UUID]:
        return [each.view.id for each in room.street.act(me, reading.for_volunteer)]

    room.book(session, other)
    assert listed() == [session]
    room.book(session, elder)
    assert listed() == []
    room.unbook(session, elder)
    assert listed() == [session]
