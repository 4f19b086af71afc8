"""Service days: dates kept ahead, a team that answers itself, stops that are ordinary requests."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from models.oversight import AuditRecord, OutboxMessage
from models.requests import ProviderSlot, Request, RequestState
from models.service_days import Round, RoundState, RoundStop, ServiceDay
from services.clock import at_local, local, local_date
from services.errors import Forbidden
from services.groups.attending import Attendance, attend
from services.people.reading import member_row
from services.policy import SYSTEM
from services.requests.asking import AskForm
from services.requests.reviewing import approve
from services.rules.recurrence import DaysMissing, RuleTooDense, monthly, weekly
from services.service_days import figures, making, reading, sheets, stops, team
from services.service_days import sentences as say
from services.visits.confirming import confirm
from tests import factories
from tests.factories import LONGWAN, NOW, WUMA
from tests.services.service_days.conftest import CLOSES, START, Room

FIFTEENTH = monthly(15).text()
#: Tomorrow, so that visits of the street's story lie in it.
WEEKLY = weekly([local_date(START).weekday()]).text()


def form(room: Room, **overrides: object) -> making.DayForm:
    return making.DayForm(
        **{
            "branch_id": room.street.branch,
            "name": "孝行服务日",
            "rrule": FIFTEENTH,
            "starts": time(9, 0),
            "minutes": 180,
            "holiday_policy": "next_working_day",
            **overrides,
        }
    )


def made(room: Room, **overrides: object) -> UUID:
    wanted = form(room, **overrides)
    return room.street.act(room.street.staff, lambda ctx: making.make(ctx, wanted))


def rounds(room: Room, day: UUID) -> list[Round]:
    rows = room.street.look(
        lambda session: (
            session.query(Round)
            .filter_by(book=LONGWAN, service_day_id=day)
            .order_by(Round.rule_day)
            .all()
        )
    )
    return list(rows)


def invited(room: Room, day: UUID, rule_day: date, *people: UUID) -> None:
    room.street.act(room.street.staff, lambda ctx: team.invite(ctx, LONGWAN, day, rule_day, people))


def answered(room: Room, day: UUID, rule_day: date, who: UUID, *, comes: bool = True) -> None:
    room.street.act(who, lambda ctx: team.answer(ctx, LONGWAN, day, rule_day, comes=comes))


def stop(room: Room, day: UUID, rule_day: date, **overrides: object) -> UUID:
    asked = AskForm(
        **{
            "elder_id": room.street.elder,
            "service_code": "A04",
            "starts_at": START,
            "booked_minutes": 60,
            "consent": "voice",
            **overrides,
        }
    )
    return room.street.act(
        room.street.staff, lambda ctx: stops.add_stop(ctx, LONGWAN, day, rule_day, asked)
    )


def test_the_fifteenth_moves_to_a_working_day(room: Room) -> None:
    """15 March 2026 is a Sunday, 15 April a Wednesday, 15 May a Friday."""
    day = made(room)
    found = rounds(room, day)
    assert [(each.rule_day, local_date(each.starts_at)) for each in found] == [
        (date(2026, 3, 15), date(2026, 3, 16)),
        (date(2026, 4, 15), date(2026, 4, 15)),
        (date(2026, 5, 15), date(2026, 5, 15)),
    ]
    assert all(local(each.starts_at).hour == 9 for each in found)
    assert {each.ends_at - each.starts_at for each in found} == {timedelta(hours=3)}


def test_a_kept_date_stays_where_it_is(room: Room) -> None:
    found = rounds(room, made(room, holiday_policy="keep"))
    assert local_date(found[0].starts_at) == date(2026, 3, 15)


def test_a_skipped_date_says_that_it_does_not_take_place(room: Room) -> None:
    """1 May is a holiday."""
    found = rounds(room, made(room, rrule=monthly(1).text(), holiday_policy="skip"))
    states = {each.rule_day: each.state for each in found}
    assert states[date(2026, 5, 1)] is RoundState.CANCELLED
    assert states[date(2026, 4, 1)] is RoundState.PLANNED


def test_the_job_keeps_twelve_weeks_ahead_and_repeats_nothing(room: Room) -> None:
    day = made(room)
    later = NOW + timedelta(days=40)
    keep = room.street.act(SYSTEM, lambda ctx: making.keep(ctx, LONGWAN, day), now=later)
    assert keep == 1
    assert room.street.act(SYSTEM, lambda ctx: making.keep(ctx, LONGWAN, day), now=later) == 0
    assert [each.rule_day.month for each in rounds(room, day)] == [3, 4, 5, 6]
    assert room.street.act(SYSTEM, making.hold_past, now=later) == 2
    states = [each.state for each in rounds(room, day)]
    assert states == [RoundState.HELD] * 2 + [RoundState.PLANNED] * 2


def test_a_year_that_is_not_published_says_so(room: Room) -> None:
    winter = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
    wanted = form(room)
    day = room.street.act(room.street.staff, lambda ctx: making.make(ctx, wanted), now=winter)
    published = {each.rule_day: each.calendar_is_published for each in rounds(room, day)}
    assert published[date(2026, 12, 15)]
    assert not published[date(2027, 1, 15)]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": " "}, say.DayNameMissing),
        ({"name": "长" * 41}, say.DayNameMissing),
        ({"minutes": 29}, say.DayLength),
        ({"minutes": 601}, say.DayLength),
        ({"holiday_policy": "never"}, say.RuleUnknown),
        ({"rrule": "FREQ=HOURLY"}, RuleTooDense),
        ({"rrule": "FREQ=WEEKLY"}, DaysMissing),
    ],
)
def test_what_is_no_service_day(room: Room, changes: dict[str, object], refusal: type) -> None:
    with pytest.raises(refusal):
        made(room, **changes)
    assert room.street.count(ServiceDay) == 0


def test_only_the_branch_makes_and_invites(room: Room) -> None:
    day = made(room)
    rule_day = rounds(room, day)[0].rule_day
    for who in (room.street.volunteer, room.street.elder, room.street.admins[0]):
        with pytest.raises(Forbidden):
            room.street.act(who, lambda ctx: making.make(ctx, form(room)))
        with pytest.raises(Forbidden):
            room.street.act(
                who,
                lambda ctx: team.invite(ctx, LONGWAN, day, rule_day, [room.street.volunteer]),
            )
        with pytest.raises(Forbidden):
            room.street.act(who, lambda ctx: making.end(ctx, LONGWAN, day, "不办了"))


def test_a_volunteer_answers_himself_and_a_yes_claims_nothing(room: Room) -> None:
    day = made(room)
    rule_day = rounds(room, day)[0].rule_day
    me = room.street.volunteer
    with pytest.raises(say.NotOfTheTeam):
        answered(room, day, rule_day, me)
    invited(room, day, rule_day, me)
    invited(room, day, rule_day, me)
    told = OutboxMessage.sentence == say.INVITED
    assert room.street.count(OutboxMessage, told, OutboxMessage.member_id == me) == 1
    [card] = room.street.act(me, sheets.invitations)
    assert (card.answer, card.stops) == ("asked", 0)
    answered(room, day, rule_day, me)
    assert room.street.count(ProviderSlot) == 0
    answered(room, day, rule_day, me, comes=False)
    [card] = room.street.act(me, sheets.invitations)
    assert card.answer == "no"
    over = at_local(date(2026, 3, 17), time(9))
    with pytest.raises(say.RoundOver):
        room.street.act(
            me, lambda ctx: team.answer(ctx, LONGWAN, day, rule_day, comes=True), now=over
        )


def test_who_cannot_be_invited(room: Room) -> None:
    day = made(room)
    rule_day = rounds(room, day)[0].rule_day
    unchecked = room.street.uow.run(
        lambda session: factories.create_volunteer(session, "P1", is_checked=False)
    )
    far = room.street.uow.run(
        lambda session: factories.create_volunteer(
            session, "P1", branch_id=factories.create_branch(session, WUMA)
        )
    )
    for who in (unchecked, far, room.street.elder, UUID(int=5)):
        with pytest.raises(say.NotInvitable):
            invited(room, day, rule_day, who)
    with pytest.raises(say.NotInvitable):
        invited(room, day, rule_day)


def test_a_stop_is_an_ordinary_request(room: Room) -> None:
    room.street.give_coins(room.street.elder, 300)
    day = made(room, rrule=WEEKLY)
    rule_day = rounds(room, day)[0].rule_day
    request = stop(room, day, rule_day)
    row = room.street.request(request)
    assert (row.state, row.consent) == (RequestState.SUBMITTED, "voice")
    assert room.street.earned(room.street.elder) == (300, 90)
    found = room.street.act(
        room.street.staff, lambda ctx: reading.round_file(ctx, LONGWAN, day, rule_day)
    )
    assert [each.request_id for each in found.stops] == [request]
    room.street.act(
        room.street.staff, lambda ctx: stops.drop_stop(ctx, LONGWAN, day, rule_day, request)
    )
    assert room.street.count(RoundStop) == 0
    assert room.street.request(request).state is RequestState.SUBMITTED
    with pytest.raises(say.StopUnknown):
        room.street.act(
            room.street.staff, lambda ctx: stops.drop_stop(ctx, LONGWAN, day, rule_day, request)
        )


def test_which_stops_cannot_be(room: Room) -> None:
    day = made(room, rrule=WEEKLY)
    rule_day = rounds(room, day)[0].rule_day
    with pytest.raises(say.OutsideRound):
        stop(room, day, rule_day, starts_at=START + timedelta(hours=2))
    other = room.street.uow.run(
        lambda session: factories.create_elder(
            session, branch_id=factories.create_branch(session, factories.YAOXI)
        )
    )
    with pytest.raises(say.AnotherBranch):
        stop(room, day, rule_day, elder_id=other)
    with pytest.raises(say.DayUnknown):
        stop(room, day, date(2026, 3, 2))
    assert room.street.count(Request) == 0


def test_the_way_goes_to_the_nearest_next(room: Room) -> None:
    day = made(room, rrule=WEEKLY)
    rule_day = rounds(room, day)[0].rule_day
    elders = [room.elder(0) for _ in range(3)]

    def place(session: object) -> None:
        for elder, north in zip(elders, (30_000, 10_000, 20_000), strict=True):
            row = member_row(session, elder)  # type: ignore[arg-type]
            row.latitude_e6, row.longitude_e6 = 28_000_000 + north, 120_000_000
        from models.places import Branch

        branch = session.get_one(Branch, room.street.branch)  # type: ignore[attr-defined]
        branch.latitude_e6, branch.longitude_e6 = 28_000_000, 120_000_000

    room.street.uow.run(place)
    for elder in elders:
        stop(room, day, rule_day, elder_id=elder)
    found = room.street.act(
        room.street.staff, lambda ctx: reading.round_file(ctx, LONGWAN, day, rule_day)
    )
    assert [each.elder_id for each in found.stops] == [elders[1], elders[2], elders[0]]


def test_the_team_is_asked_first_and_each_sees_only_the_own_doors(room: Room) -> None:
    room.street.issue(1_000)
    day = made(room, rrule=WEEKLY)
    rule_day = rounds(room, day)[0].rule_day
    me = room.street.volunteer
    other = room.street.uow.run(lambda session: factories.create_volunteer(session, "P1"))
    invited(room, day, rule_day, me, other)
    answered(room, day, rule_day, me)
    mine = stop(room, day, rule_day)
    theirs = stop(room, day, rule_day, elder_id=room.elder(0))
    team_of = room.street.look(lambda session: team.team_of_request(session, LONGWAN, mine))
    assert team_of == [me]
    for request in (mine, theirs):
        room.street.act(room.street.staff, lambda ctx, r=request: approve(ctx, LONGWAN, r))
    room.street.accepted(mine)
    _line, sheet = room.street.act(me, lambda ctx: sheets.my_sheet(ctx, LONGWAN, day, rule_day))
    assert [(each.request_id, each.address) for each in sheet.stops] == [
        (mine, "样例小区 2 幢 301 室")
    ]
    looked = (AuditRecord.act == "request.address", AuditRecord.subject_id == mine)
    assert room.street.count(AuditRecord, *looked) == 1
    whole = room.street.act(
        room.street.staff, lambda ctx: sheets.team_sheet(ctx, LONGWAN, day, rule_day)
    )
    assert [[each.request_id for each in part.stops] for part in whole.parts] == [[mine]]
    assert whole.open_stops == 1
    found = room.street.act(
        room.street.staff, lambda ctx: reading.round_file(ctx, LONGWAN, day, rule_day)
    )
    assert all("****" in (each.address or "") for each in found.stops)
    stranger = room.street.uow.run(lambda session: factories.create_volunteer(session, "P1"))
    with pytest.raises(say.DayUnknown):
        room.street.act(stranger, lambda ctx: sheets.my_sheet(ctx, LONGWAN, day, rule_day))


def test_person_times_and_hours_are_counted(room: Room) -> None:
    """One visit that was credited, and a session to which two came."""
    room.street.give_coins(room.street.elder, 300)
    room.street.issue(2_000)
    day = made(room, rrule=WEEKLY)
    rule_day = rounds(room, day)[0].rule_day
    request = stop(room, day, rule_day)
    room.street.act(room.street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    visit = room.street.accepted(request)
    leader = room.street.uow.run(lambda session: factories.create_volunteer(session, "P1"))
    session = room.made(service_day_id=day, rule_day=rule_day)
    from services.groups.leading import lead

    room.street.act(leader, lambda ctx: lead(ctx, LONGWAN, session))
    first, second = room.elder(), room.elder()
    room.book(session, first, second)
    room.close(CLOSES)
    room.street.come(visit)
    room.street.go(visit)
    later = START + timedelta(hours=3)
    room.street.act(room.street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=later)
    seen = Attendance(START, 60, (first, second))
    room.street.act(room.street.staff, lambda ctx: attend(ctx, LONGWAN, session, seen), now=later)
    found = room.street.act(
        room.street.staff, lambda ctx: reading.round_file(ctx, LONGWAN, day, rule_day), now=later
    )
    assert (found.count.person_times, found.count.minutes) == (3, 122)
    room.street.act(SYSTEM, making.hold_past, now=later)
    [line] = room.street.act(
        room.street.admins[0], lambda ctx: figures.figures(ctx, LONGWAN), now=later
    )
    assert (line.held, line.person_times, line.minutes) == (1, 3, 122)
    with pytest.raises(Forbidden):
        room.street.act(room.street.volunteer, lambda ctx: figures.figures(ctx, LONGWAN))


def test_a_date_is_called_off_and_the_visits_stand(room: Room) -> None:
    day = made(room, rrule=WEEKLY)
    rule_day = rounds(room, day)[0].rule_day
    invited(room, day, rule_day, room.street.volunteer)
    request = stop(room, day, rule_day)
    staff = room.street.staff
    with pytest.raises(say.RoundReasonMissing):
        room.street.act(staff, lambda ctx: making.cancel_round(ctx, LONGWAN, day, rule_day, " "))
    room.street.act(staff, lambda ctx: making.cancel_round(ctx, LONGWAN, day, rule_day, "台风"))
    assert room.street.request(request).state is RequestState.SUBMITTED
    told = OutboxMessage.sentence == say.ROUND_OFF
    assert room.street.count(OutboxMessage, told) == 1
    with pytest.raises(say.RoundOver):
        stop(room, day, rule_day, elder_id=room.elder(0))


def test_a_day_that_is_ended_keeps_what_is_planned(room: Room) -> None:
    day = made(room, rrule=WEEKLY)
    first, *others = rounds(room, day)
    stop(room, day, first.rule_day)
    staff = room.street.staff
    room.street.act(staff, lambda ctx: making.end(ctx, LONGWAN, day, "人手不够"))
    states = {each.rule_day: each.state for each in rounds(room, day)}
    assert states.pop(first.rule_day) is RoundState.PLANNED
    assert set(states.values()) == {RoundState.CANCELLED}
    assert len(states) == len(others)
    with pytest.raises(say.DayEnded):
        room.street.act(staff, lambda ctx: making.end(ctx, LONGWAN, day, "再说一次"))
    assert room.street.act(SYSTEM, making.running) == []


def test_who_has_been_there_needs_the_door_no_more(room: Room) -> None:
    room.street.give_coins(room.street.elder, 300)
    room.street.issue(2_000)
    day = made(room, rrule=WEEKLY)
    rule_day = rounds(room, day)[0].rule_day
    me = room.street.volunteer
    invited(room, day, rule_day, me)
    request = stop(room, day, rule_day)
    room.street.act(room.street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    visit = room.street.accepted(request)

    def seen(now: datetime) -> tuple[str, str | None]:
        _line, sheet = room.street.act(
            me, lambda ctx: sheets.my_sheet(ctx, LONGWAN, day, rule_day), now=now
        )
        [only] = sheet.stops
        return only.elder, only.address

    name = room.street.look(lambda session: member_row(session, room.street.elder).name)
    assert seen(NOW) == (name, "样例小区 2 幢 301 室")
    room.street.come(visit)
    room.street.go(visit)
    elder, address = seen(START + timedelta(hours=2))
    assert elder != name
    assert "****" in (address or "")
