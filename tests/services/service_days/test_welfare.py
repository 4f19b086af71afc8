"""Welfare visits: who is on the list, who was seen, what is opened, and when it is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from models.oversight import OutboxMessage, SafetySheet
from models.people import Member, MemberStatus
from models.service_days import WelfareSubject, WelfareVisit
from services.errors import Forbidden
from services.people.reading import member_row
from services.policy import SYSTEM
from services.queries.branch.inbox import inbox
from services.queries.branch.safety import sheet_file
from services.visits.confirming import confirm
from services.welfare import figures, files, listing, reading, recording, warning
from services.welfare import sentences as say
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.service_days.conftest import START, Room


def facts(room: Room, elder: UUID, **given: object) -> UUID:
    """Set what is on record of an elder."""

    def run(session: object) -> None:
        row: Member = member_row(session, elder)  # type: ignore[arg-type]
        for name, value in given.items():
            setattr(row, name, value)

    room.street.uow.run(run)
    return elder


def refresh(room: Room, now: datetime = NOW) -> None:
    room.street.act(SYSTEM, lambda ctx: listing.refresh(ctx, LONGWAN), now=now)


def subject(room: Room, elder: UUID) -> WelfareSubject:
    return room.street.look(lambda session: session.get_one(WelfareSubject, (LONGWAN, elder)))


def month(room: Room, now: datetime = NOW, **wanted: object) -> reading.WelfareMonth:
    return room.street.act(
        room.street.staff,
        lambda ctx: reading.welfare_month(ctx, room.street.branch, **wanted),
        now=now,
    )


def look_in(
    room: Room,
    elder: UUID,
    finding: str = "well",
    how: str = "home",
    at: datetime = NOW,
    note: str = "",
    who: UUID | None = None,
    now: datetime | None = None,
    key: str | None = None,
) -> recording.Recorded:
    seen = recording.LookIn(elder, at, how, finding, note)
    return room.street.act(
        who or room.street.staff, lambda ctx: recording.record(ctx, seen), now=now or at, key=key
    )


def test_the_list_follows_from_what_is_on_record(room: Room) -> None:
    alone = facts(room, room.elder(0, age=70), lives_alone=True)
    frail = facts(room, room.elder(0, age=85), lives_alone=True, in_hardship=True)
    well = room.elder(0, age=70)
    refresh(room)
    assert (subject(room, alone).tier.value, subject(room, alone).facts) == ("low", ["lives_alone"])
    assert subject(room, frail).tier.value == "high"
    assert well not in {each.elder_id for each in month(room).lines}
    facts(room, alone, lives_alone=False)
    refresh(room, NOW + timedelta(days=1))
    assert subject(room, alone).ended_on is not None
    facts(room, alone, lives_alone=True)
    facts(room, frail, status=MemberStatus.CLOSED)
    refresh(room, NOW + timedelta(days=2))
    assert subject(room, alone).ended_on is None
    assert subject(room, frail).ended_on is not None


def test_the_most_at_risk_and_longest_unseen_come_first(room: Room) -> None:
    low = facts(room, room.elder(0, age=70), lives_alone=True)
    high, older = (
        facts(room, room.elder(0, age=85), lives_alone=True, in_hardship=True) for _ in range(2)
    )
    refresh(room)
    february = NOW - timedelta(days=20)
    look_in(room, high, at=february, now=NOW)
    assert [each.elder_id for each in month(room).lines] == [older, high, low]
    assert month(room).lines[1].last_at == february
    look_in(room, older)
    found = month(room)
    assert [each.elder_id for each in found.lines] == [high, low]
    assert (found.seen, found.total) == (1, 3)
    everybody = month(room, unseen=False)
    assert [each.elder_id for each in everybody.lines] == [high, low, older]
    tiers = {each.tier: (each.total, each.seen, each.planned, each.made) for each in found.tiers}
    assert tiers["high"] == (2, 1, 8, 1)


def test_somebody_not_reached_is_not_seen(room: Room) -> None:
    elder = facts(room, room.elder(0, age=70), lives_alone=True)
    refresh(room)
    look_in(room, elder, "not_reached", "phone")
    [line] = month(room).lines
    assert (line.times, line.tried_at, line.last_at) == (0, NOW, None)
    assert room.street.count(SafetySheet) == 0


def test_a_credited_visit_counts_by_itself_and_names_who_could_go(room: Room) -> None:
    elder = facts(room, room.street.elder, lives_alone=True)
    room.street.give_coins(elder, 300)
    refresh(room)
    visit = room.street.accepted(room.street.open_request())
    room.street.come(visit)
    room.street.go(visit)
    assert not month(room, START + timedelta(hours=2)).seen
    later = START + timedelta(hours=2)
    room.street.act(elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=later)
    assert month(room, later).seen == 1
    april = datetime(2026, 4, 2, tzinfo=UTC)
    [line] = month(room, april).lines
    name = room.street.look(lambda session: member_row(session, room.street.volunteer).name)
    assert (line.last_at, line.could_go) == (START, (name,))


def test_a_session_attended_counts_too(room: Room) -> None:
    elder = facts(room, room.elder(), lives_alone=True)
    refresh(room)
    session = room.led()
    room.book(session, elder)
    room.close()
    room.attend(session, elder)
    assert month(room, START + timedelta(hours=2)).seen == 1


def test_the_month_ends_by_the_chinese_clock(room: Room) -> None:
    """16:30 UTC on 31 March is half past midnight on 1 April in China."""
    elder = facts(room, room.elder(0, age=70), lives_alone=True)
    refresh(room)
    before, after = (
        datetime(2026, 3, 31, 15, 30, tzinfo=UTC),
        datetime(2026, 3, 31, 16, 30, tzinfo=UTC),
    )
    look_in(room, elder, at=before)
    assert month(room, before).seen == 1
    assert month(room, after).seen == 0
    assert month(room, after).month.left_days == 30
    assert month(room, before).month.left_days == 1
    march = month(room, after, day=datetime(2026, 3, 5, tzinfo=UTC).date(), unseen=False)
    assert (march.seen, march.month.left_days) == (1, 0)


def test_who_needs_help_has_a_safety_sheet_at_once(room: Room) -> None:
    elder = room.elder(0)
    made = look_in(room, elder, "needs_help", "phone", note="摔了一跤，要人送饭", key="once")
    assert made.sheet_id is not None
    again = look_in(room, elder, "needs_help", "phone", note="摔了一跤，要人送饭", key="once")
    assert again == made
    assert room.street.count(SafetySheet) == room.street.count(WelfareVisit) == 1
    staff = room.street.staff
    sheet = room.street.act(staff, lambda ctx: sheet_file(ctx, LONGWAN, made.sheet_id))
    assert (sheet.visit_id, sheet.visitor) == (None, None)
    assert sheet.address == "样例小区 2 幢 301 室"
    work = room.street.act(staff, lambda ctx: inbox(ctx, room.street.branch, "safety"))
    assert [each.subject_id for each in work.works] == [made.sheet_id]
    found = room.street.act(staff, lambda ctx: files.subject_file(ctx, elder))
    assert [(each.finding, each.note) for each in found.look_ins] == [
        ("needs_help", "摔了一跤，要人送饭")
    ]


def test_a_door_that_stays_shut_opens_one_too(room: Room) -> None:
    assert look_in(room, room.elder(0), "not_reached", "home").sheet_id is not None


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"finding": "gone"}, say.FindingUnknown),
        ({"how": "letter"}, say.WayUnknown),
        ({"at": NOW + timedelta(minutes=1), "now": NOW}, say.WhenWrong),
        ({"at": NOW - timedelta(days=32), "now": NOW}, say.WhenWrong),
        ({"finding": "needs_help"}, say.NeedMissing),
        ({"note": "长" * 501}, say.NoteTooLong),
    ],
)
def test_what_is_no_look_in(room: Room, given: dict[str, object], refusal: type) -> None:
    with pytest.raises(refusal):
        look_in(room, room.elder(0), **given)
    assert room.street.count(WelfareVisit) == 0


def test_only_the_branch_writes_look_ins_and_raises(room: Room) -> None:
    elder = room.elder(0)
    for who in (room.street.volunteer, elder, room.street.admins[0]):
        with pytest.raises(Forbidden):
            look_in(room, elder, who=who)
        with pytest.raises(Forbidden):
            room.street.act(who, lambda ctx: listing.raise_tier(ctx, elder, "high", "担心"))
    with pytest.raises(say.NotAnElder):
        look_in(room, room.street.volunteer)


def test_a_clerk_raises_with_a_reason_and_the_facts_never_lower_it(room: Room) -> None:
    elder = room.elder(0, age=70)
    staff = room.street.staff

    def raised(tier: str, reason: str = "老伴刚过世") -> None:
        room.street.act(staff, lambda ctx: listing.raise_tier(ctx, elder, tier, reason))

    for tier, reason, refusal in (
        ("urgent", "担心", say.TierUnknown),
        ("high", " ", say.WhyRaised),
    ):
        with pytest.raises(refusal):
            raised(tier, reason)
    raised("middle")
    with pytest.raises(say.NotHigher):
        raised("low")
    refresh(room)
    assert subject(room, elder).tier.value == "middle"
    raised("high")
    found = room.street.act(staff, lambda ctx: files.subject_file(ctx, elder))
    assert (found.tier, found.raised_reason) == ("high", "老伴刚过世")
    [line] = month(room).lines
    assert line.is_raised


def test_branches_hear_of_it_in_the_last_ten_days_once_a_day(room: Room) -> None:
    elder = facts(room, room.elder(0, age=70), lives_alone=True)
    refresh(room)

    def warned(day: int, hour: int = 2) -> int:
        now = datetime(2026, 3, day, hour, tzinfo=UTC)
        return room.street.act(SYSTEM, lambda ctx: warning.warn(ctx, LONGWAN), now=now)

    assert warned(21) == 0
    assert (warned(22), warned(22, 8)) == (1, 1)
    branch = OutboxMessage.sentence == say.UNSEEN_BRANCH
    region = OutboxMessage.sentence == say.UNSEEN_REGION
    assert room.street.count(OutboxMessage, branch) == 1
    assert room.street.count(OutboxMessage, region) == 0
    warned(30)
    assert room.street.count(OutboxMessage, branch) == 2
    assert room.street.count(OutboxMessage, region) == 2
    look_in(room, elder, at=datetime(2026, 3, 30, 3, tzinfo=UTC))
    assert warned(31) == 0
    assert room.street.count(OutboxMessage, branch) == 2


def test_the_administrator_sees_every_branch(room: Room) -> None:
    facts(room, room.elder(0, age=70), lives_alone=True)
    other = room.street.uow.run(lambda session: factories.create_branch(session, factories.YAOXI))
    seen = room.street.uow.run(
        lambda session: factories.create_elder(session, grade=2, branch_id=other, age=70)
    )
    refresh(room)
    clerk = room.street.uow.run(lambda session: factories.create_staff(session, other))
    look_in(room, seen, who=clerk)
    _month, lines = room.street.act(
        room.street.admins[0], lambda ctx: figures.figures(ctx, LONGWAN)
    )
    assert {each.branch_id: (each.total, each.seen) for each in lines} == {
        room.street.branch: (1, 0),
        other: (1, 1),
    }
    for who in (room.street.staff, room.street.volunteer):
        with pytest.raises(Forbidden):
            room.street.act(who, lambda ctx: figures.figures(ctx, LONGWAN))
    with pytest.raises(Forbidden):
        room.street.act(clerk, lambda ctx: reading.welfare_month(ctx, room.street.branch))
